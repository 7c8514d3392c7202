# SPDX-License-Identifier: Apache-2.0
"""The overhead camera keeps the contract of all devices, on a real socket."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from drivers.core import ScanPage
from drivers.document_scanner.overhead_camera import OverheadCamera
from drivers.sim.mjpeg_camera import MjpegCameraSimulator
from drivers.testing.contract import DeviceContract, Subject
from tests.support.photographed_pages import photograph


class TestOverheadCameraKeepsTheContract(DeviceContract):
    @pytest.fixture
    def subject(self) -> Iterator[Subject]:
        simulator = MjpegCameraSimulator()
        simulator.start()
        page = photograph("dark_table", 1, (800, 600)).picture
        yield Subject(
            make=lambda: OverheadCamera("document_scanner", device=simulator.endpoint),
            simulator=simulator,
            work=ScanPage(100),
            make_ready=lambda: simulator.show_picture(page),
            talk_nonsense=simulator.actions()["garbage"],
            talk_sense=simulator.actions()["sense"],
            # A network camera serves several at once; a USB camera is its driver's by the kernel.
            is_exclusive=False,
        )
        simulator.stop()
