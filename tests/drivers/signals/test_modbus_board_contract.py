# SPDX-License-Identifier: Apache-2.0
"""The signal board keeps the contract of all devices, on real TCP and as RTU on a real pty."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from drivers.core import Role, SetLight
from drivers.signals.modbus_board import ModbusBoard
from drivers.sim.modbus_board import BEEPER, INPUTS, LIGHTS, ModbusBoardSimulator
from drivers.testing.contract import DeviceContract, Subject


def _subject(simulator: ModbusBoardSimulator, *, is_exclusive: bool) -> Subject:
    return Subject(
        make=lambda: ModbusBoard(
            "signals", url=simulator.endpoint, lights=LIGHTS, inputs=INPUTS, beeper=BEEPER
        ),
        simulator=simulator,
        work=SetLight(Role.ID_CARD),
        make_ready=lambda: None,
        talk_nonsense=lambda: simulator.set_mode("garbage"),
        talk_sense=lambda: simulator.set_mode("healthy"),
        is_exclusive=is_exclusive,
    )


class TestModbusBoardOnTcpKeepsTheContract(DeviceContract):
    @pytest.fixture
    def subject(self) -> Iterator[Subject]:
        simulator = ModbusBoardSimulator("signals")
        simulator.start()
        yield _subject(simulator, is_exclusive=False)
        simulator.stop()


class TestModbusBoardOnPtyKeepsTheContract(DeviceContract):
    @pytest.fixture
    def subject(self, tmp_path: Path) -> Iterator[Subject]:
        simulator = ModbusBoardSimulator("signals", link=tmp_path / "port")
        simulator.start()
        yield _subject(simulator, is_exclusive=True)
        simulator.stop()
