# SPDX-License-Identifier: Apache-2.0
"""The camera that looks for codes keeps the contract of all devices, over a network camera."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from drivers.code_scanner.camera_scanner import CameraScanner
from drivers.core import ScanCode
from drivers.sim.code_camera import CodeCameraSimulator
from drivers.testing.contract import DeviceContract, Subject


class TestCameraScannerKeepsTheContract(DeviceContract):
    @pytest.fixture
    def subject(self) -> Iterator[Subject]:
        simulator = CodeCameraSimulator()
        simulator.start()
        yield Subject(
            make=lambda: CameraScanner("code_scanner", device=simulator.endpoint),
            simulator=simulator,
            work=ScanCode(),
            make_ready=lambda: simulator.present("GFM-0042"),
            talk_nonsense=simulator.actions()["garbage"],
            talk_sense=simulator.actions()["sense"],
            is_exclusive=False,
        )
        simulator.stop()
