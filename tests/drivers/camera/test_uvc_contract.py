# SPDX-License-Identifier: Apache-2.0
"""The camera driver keeps the contract of all devices, over a network camera."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from drivers.camera.uvc import UvcCamera
from drivers.core import CaptureFace
from drivers.sim.camera import FaceCameraSimulator
from drivers.testing.contract import DeviceContract, Subject


class TestUvcCameraKeepsTheContract(DeviceContract):
    @pytest.fixture
    def subject(self) -> Iterator[Subject]:
        simulator = FaceCameraSimulator("camera")
        simulator.start()
        yield Subject(
            make=lambda: UvcCamera("camera", device=simulator.endpoint),
            simulator=simulator,
            work=CaptureFace(),
            make_ready=lambda: simulator.scene("face"),
            talk_nonsense=simulator.actions()["garbage"],
            talk_sense=simulator.actions()["sense"],
            is_exclusive=False,
        )
        simulator.stop()
