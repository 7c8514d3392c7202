# SPDX-License-Identifier: Apache-2.0
"""Receipts over USB: the same truth about paper, with the faults that only USB has."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pytest

from drivers.core import Media, PrintOutcome, PrintReceipt, PrintResult, Receipt
from drivers.receipt_printer.escpos import EscPosPrinter
from drivers.receipt_printer.glyphs import GlyphDrawer
from drivers.sim.escpos_machine import PrinterMachine
from drivers.sim.escpos_presenter import SimulatedPresenter
from drivers.sim.pty_device import Piece
from drivers.sim.receipt_text import decode_receipt
from drivers.sim.usb_bus import PlayedUsbBus
from drivers.sim.usb_descriptors import PRINTER
from drivers.sim.usb_device import PlayedUsbDevice
from drivers.testing.virtual_wire import VirtualClock
from drivers.transports import UsbTransport

SLIP = Receipt(title="受理回执", number="1121-4821-0007-3", rows=(("事项", "高龄津贴申领"),))
DRAWER = GlyphDrawer()


class PlayedPrinter(PlayedUsbDevice):
    """A printer-class device around the simulated mechanism; it prints as fast as it hears."""

    def __init__(self, machine: PrinterMachine) -> None:
        super().__init__(PRINTER)
        self.machine = machine
        self.strike: tuple[int, Callable[[], object]] | None = None
        """A fault that comes with the transfer of that number."""

    def hear(self, address: int, data: bytes) -> Sequence[tuple[int, Piece]]:
        del address
        if self.strike is not None and len(self.written) >= self.strike[0]:
            self.strike[1]()
            self.strike = None
        answers = self.machine.receive(data)
        while (done := self.machine.work()) is not None:
            answers += done[1]
        return [(0x81, Piece(answers))] if answers else []


class Bench:
    def __init__(self) -> None:
        self.clock = VirtualClock()
        self.presenter = SimulatedPresenter(self.clock)
        self.played = PlayedPrinter(PrinterMachine(presenter=self.presenter))
        self.bus = PlayedUsbBus(clock=self.clock, pause=self.clock.pass_by)
        self.bus.plug_in(self.played)
        self.printer = EscPosPrinter(
            "receipt_printer",
            url="",
            model="custom-vkp80iii",
            glyphs=DRAWER,
            transport=UsbTransport("usb://0DD4:0205", backend=self.bus),
        )

    def print_slip(self) -> PrintOutcome:
        return self.printer.print_receipt(PrintReceipt(SLIP), self.clock.context(60))


@pytest.fixture
def bench() -> Bench:
    return Bench()


def test_a_slip_comes_out_whole(bench: Bench) -> None:
    # The kernel's own printer driver sits there at first, as on every machine.
    bench.played.kernel_driver.add(0)
    assert bench.print_slip() == PrintOutcome(PrintResult.DONE)
    assert "高龄津贴申领" in decode_receipt(bench.played.machine.slips[-1].raw)
    assert bench.printer.status(bench.clock.context(5)).media is Media.PRESENT
    bench.printer.close()
    assert bench.bus.open_handles == 0


def test_absent_is_not_done(bench: Bench) -> None:
    bench.bus.pull_out(bench.played)
    assert bench.print_slip() == PrintOutcome(PrintResult.NOT_DONE, "dev.not_present")


@pytest.mark.parametrize("at_transfer", [8, 9, 10])
def test_pulled_out_in_the_middle_is_unknown(bench: Bench, at_transfer: int) -> None:
    bench.printer.open(bench.clock.context(5))
    bench.played.strike = (at_transfer, lambda: bench.bus.pull_out(bench.played))
    assert bench.print_slip() == PrintOutcome(PrintResult.UNKNOWN, "dev.unplugged")
    assert bench.bus.open_handles == 0


def test_a_printer_that_takes_no_more_is_unknown_within_ten_seconds(bench: Bench) -> None:
    bench.printer.open(bench.clock.context(5))
    bench.played.strike = (8, lambda: setattr(bench.played, "frozen", True))
    started = bench.clock.now
    assert bench.print_slip() == PrintOutcome(PrintResult.UNKNOWN, "dev.mute")
    assert bench.clock.now - started < 10


def test_passing_stalls_lose_and_double_nothing(bench: Bench) -> None:
    bench.printer.open(bench.clock.context(5))
    whole = Bench()
    assert whole.print_slip() == PrintOutcome(PrintResult.DONE)
    bench.played.strike = (7, lambda: bench.played.stalls.update({0x02: 2, 0x81: 1}))
    assert bench.print_slip() == PrintOutcome(PrintResult.DONE)
    assert bench.played.machine.slips[-1].raw == whole.played.machine.slips[-1].raw


def test_lasting_stalls_in_the_middle_are_unknown(bench: Bench) -> None:
    bench.printer.open(bench.clock.context(5))
    bench.played.strike = (8, lambda: bench.played.stalls.update({0x02: 99}))
    assert bench.print_slip() == PrintOutcome(PrintResult.UNKNOWN, "dev.stalled")
