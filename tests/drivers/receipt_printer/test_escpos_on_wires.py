# SPDX-License-Identifier: Apache-2.0
"""The real driver against the simulated printer on a real TCP port and a real pty."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from drivers.core import (
    CommandContext,
    Condition,
    DeviceError,
    NotPresentError,
    PrintOutcome,
    PrintReceipt,
    PrintResult,
    Receipt,
    Supply,
)
from drivers.receipt_printer.escpos import EscPosPrinter, Patience
from drivers.receipt_printer.profiles import PROFILES
from drivers.sim.escpos_printer import EscPosPrinterSimulator

DONE, NOT_DONE, UNKNOWN = PrintResult.DONE, PrintResult.NOT_DONE, PrintResult.UNKNOWN
QUICK = replace(PROFILES["epson"], speed_mm_s=5000.0)
SHORT = Patience(connect_s=0.5, answer_s=0.15, stall_s=0.3, passing_s=0.2, cut_s=0.05)
SLIP = Receipt(title="受理回执", rows=(("姓名", "王𬱖"),), qr="https://example.invalid/1")
Wait = Callable[..., None]


@pytest.fixture(params=["tcp", "pty"])
def simulator(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[EscPosPrinterSimulator]:
    made = (
        EscPosPrinterSimulator.on_tcp()
        if request.param == "tcp"
        else EscPosPrinterSimulator.on_pty("receipt_printer", tmp_path / "printer")
    )
    made.start()
    made.speed(0)
    yield made
    made.stop()


@pytest.fixture
def printer(simulator: EscPosPrinterSimulator) -> Iterator[EscPosPrinter]:
    made = EscPosPrinter("receipt_printer", url=simulator.endpoint, profile=QUICK, patience=SHORT)
    yield made
    made.close()


def context(seconds: float = 10.0) -> CommandContext:
    return CommandContext.within(seconds)


def print_slip(printer: EscPosPrinter, receipt: Receipt = SLIP) -> PrintOutcome:
    return printer.print_receipt(PrintReceipt(receipt), context())


def test_slips_follow_each_other_on_one_connection(
    simulator: EscPosPrinterSimulator, printer: EscPosPrinter
) -> None:
    assert print_slip(printer) == PrintOutcome(DONE)
    assert print_slip(printer) == PrintOutcome(DONE)
    assert printer.status(context()).condition is Condition.ONLINE
    assert [slip.finished for slip in simulator.slips()] == [True, True]
    assert "受理回执" in simulator.text()


@pytest.mark.parametrize(
    ("action", "outcome"),
    [
        ("paper_out", PrintOutcome(NOT_DONE, "media.out")),
        ("cover_open", PrintOutcome(NOT_DONE, "media.cover_open")),
        ("cutter_stuck", PrintOutcome(NOT_DONE, "media.cutter")),
        ("cutter_error", PrintOutcome(UNKNOWN, "media.cutter")),
        ("defect", PrintOutcome(NOT_DONE, "dev.hardware")),
        ("mute", PrintOutcome(NOT_DONE, "dev.mute")),
        ("garbage", PrintOutcome(NOT_DONE, "dev.protocol")),
        ("freeze", PrintOutcome(NOT_DONE, "dev.mute")),
        ("unplug", PrintOutcome(NOT_DONE, "dev.not_present")),
        ("paper_low", PrintOutcome(DONE, "media.low")),
    ],
)
def test_each_fault_gives_its_result_and_code(
    simulator: EscPosPrinterSimulator, printer: EscPosPrinter, action: str, outcome: PrintOutcome
) -> None:
    simulator.actions()[action]()
    assert print_slip(printer) == outcome


def test_paper_that_ends_in_the_middle_is_unknown_and_a_new_roll_helps(
    simulator: EscPosPrinterSimulator, printer: EscPosPrinter
) -> None:
    simulator.paper_out_after("20")
    assert print_slip(printer) == PrintOutcome(UNKNOWN, "media.out")
    assert printer.status(context()).paper is Supply.OUT
    simulator.actions()["load_paper"]()
    assert print_slip(printer) == PrintOutcome(DONE)
    assert [slip.finished for slip in simulator.slips()] == [False, True]


def test_a_printer_unplugged_between_jobs_comes_back_without_restart(
    simulator: EscPosPrinterSimulator, printer: EscPosPrinter
) -> None:
    assert print_slip(printer) == PrintOutcome(DONE)
    simulator.actions()["unplug"]()
    assert printer.status(context()).condition is Condition.NO_DEVICE
    assert print_slip(printer) == PrintOutcome(NOT_DONE, "dev.not_present")
    simulator.actions()["replug"]()
    assert print_slip(printer) == PrintOutcome(DONE)


def test_a_stale_connection_is_made_anew_before_printing(
    simulator: EscPosPrinterSimulator, printer: EscPosPrinter
) -> None:
    assert print_slip(printer) == PrintOutcome(DONE)
    simulator.actions()["unplug"]()
    simulator.actions()["replug"]()
    assert print_slip(printer) == PrintOutcome(DONE)


def test_a_frozen_printer_in_the_middle_is_unknown(
    simulator: EscPosPrinterSimulator, printer: EscPosPrinter
) -> None:
    simulator.speed(40)
    # Frozen while it prints: a progress report of the driver is the moment.
    moment = CommandContext(
        context().deadline,
        on_progress=lambda step: (
            simulator.actions()["freeze"]() if step.code == "print.printing" else None
        ),
    )
    assert printer.print_receipt(PrintReceipt(SLIP), moment) == PrintOutcome(UNKNOWN, "dev.mute")


def test_opening_proves_that_a_printer_answers(
    simulator: EscPosPrinterSimulator, printer: EscPosPrinter
) -> None:
    printer.open(context())
    printer.close()
    printer.close()
    simulator.actions()["mute"]()
    with pytest.raises(DeviceError, match=r"dev\.mute"):
        printer.open(context())


def test_closing_from_another_thread_ends_a_job_with_an_outcome(
    simulator: EscPosPrinterSimulator, printer: EscPosPrinter
) -> None:
    simulator.speed(20)
    closer = threading.Timer(0.4, printer.close)
    closer.start()
    outcome = print_slip(printer)
    closer.join()
    assert outcome == PrintOutcome(UNKNOWN, "dev.closed")


def test_a_connection_that_breaks_in_the_middle_is_unknown() -> None:
    simulator = EscPosPrinterSimulator.on_tcp()
    simulator.start()
    printer = EscPosPrinter("p", url=simulator.endpoint, profile=QUICK, patience=SHORT)
    try:
        simulator.disconnect_after("300")
        assert print_slip(printer) == PrintOutcome(UNKNOWN, "dev.unplugged")
        assert not [slip for slip in simulator.slips() if slip.finished]
        assert print_slip(printer) == PrintOutcome(DONE)
    finally:
        printer.close()
        simulator.stop()


def test_nothing_at_the_address_is_not_present() -> None:
    simulator = EscPosPrinterSimulator.on_tcp()
    simulator.start()
    url = simulator.endpoint
    simulator.stop()
    printer = EscPosPrinter("p", url=url, patience=SHORT)
    with pytest.raises(NotPresentError):
        printer.open(context())
    assert printer.status(context()).condition is Condition.NO_DEVICE
    assert print_slip(printer) == PrintOutcome(NOT_DONE, "dev.not_present")
    printer.close()
