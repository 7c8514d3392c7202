# SPDX-License-Identifier: Apache-2.0
"""The serial code scanner keeps the contract of all devices, on a real pty."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from drivers.code_scanner.serial_scanner import SerialScanner
from drivers.core import ScanCode
from drivers.sim.code_scanner import CodeScannerSimulator
from drivers.testing.contract import DeviceContract, Subject


class TestSerialScannerKeepsTheContract(DeviceContract):
    @pytest.fixture
    def subject(self, tmp_path: Path) -> Iterator[Subject]:
        simulator = CodeScannerSimulator("code_scanner", tmp_path / "port")
        simulator.start()
        yield Subject(
            make=lambda: SerialScanner("code_scanner", url=simulator.endpoint, profile="syn"),
            simulator=simulator,
            work=ScanCode(),
            make_ready=lambda: simulator.present("GFM-0042"),
            talk_nonsense=lambda: simulator.set_mode("garbage"),
            talk_sense=lambda: simulator.set_mode("healthy"),
        )
        simulator.stop()
