# SPDX-License-Identifier: Apache-2.0
"""The receipt printer keeps the contract of all devices, on a real TCP port and a real pty."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from drivers.core import PrintReceipt, Receipt
from drivers.receipt_printer.escpos import EscPosPrinter
from drivers.sim.escpos_printer import EscPosPrinterSimulator
from drivers.testing.contract import DeviceContract, Subject


def _subject(simulator: EscPosPrinterSimulator, *, is_exclusive: bool) -> Subject:
    return Subject(
        make=lambda: EscPosPrinter("receipt_printer", url=simulator.endpoint, model="epson"),
        simulator=simulator,
        work=PrintReceipt(Receipt(title="受理回执", number="A17")),
        make_ready=lambda: None,
        talk_nonsense=simulator.actions()["garbage"],
        talk_sense=simulator.actions()["unmute"],
        is_exclusive=is_exclusive,
        obeys_cancel_while_frozen=True,
    )


class TestEscPosOnTcpKeepsTheContract(DeviceContract):
    @pytest.fixture
    def subject(self) -> Iterator[Subject]:
        simulator = EscPosPrinterSimulator.on_tcp()
        simulator.start()
        # A network printer lets a second connection wait instead of refusing it.
        yield _subject(simulator, is_exclusive=False)
        simulator.stop()


class TestEscPosOnPtyKeepsTheContract(DeviceContract):
    @pytest.fixture
    def subject(self, tmp_path: Path) -> Iterator[Subject]:
        simulator = EscPosPrinterSimulator.on_pty("receipt_printer", tmp_path / "port")
        simulator.start()
        yield _subject(simulator, is_exclusive=True)
        simulator.stop()
