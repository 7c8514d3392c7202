# SPDX-License-Identifier: Apache-2.0
"""The identity-card reader keeps the contract of all devices, on a real pty."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from drivers.core import ReadCard
from drivers.id_card.sam_serial import SamSerialReader
from drivers.sim.sam_reader import SamReaderSimulator
from drivers.testing.contract import DeviceContract, Subject


class TestSamSerialKeepsTheContract(DeviceContract):
    @pytest.fixture
    def subject(self, tmp_path: Path) -> Iterator[Subject]:
        simulator = SamReaderSimulator("id_card", tmp_path / "port")
        simulator.start()
        yield Subject(
            make=lambda: SamSerialReader("id_card", url=simulator.endpoint),
            simulator=simulator,
            work=ReadCard(),
            make_ready=lambda: simulator.place("worker"),
            talk_nonsense=lambda: simulator.set_mode("garbage"),
            talk_sense=lambda: simulator.set_mode("healthy"),
        )
        simulator.stop()
