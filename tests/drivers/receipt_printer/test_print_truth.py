# SPDX-License-Identifier: Apache-2.0
"""What the driver says of a print job, against what the paper shows, in virtual time.

The printer is the simulator's mechanism; a fault strikes at any byte or millimetre. Whatever happens,
DONE means that a whole slip was cut, and NOT_DONE that nothing came out.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from drivers.core import (
    CancelledError,
    CommandContext,
    Condition,
    PrintOutcome,
    PrintReceipt,
    PrintResult,
    Receipt,
    Recovery,
    Supply,
    Verdict,
)
from drivers.receipt_printer.escpos import EscPosPrinter
from drivers.receipt_printer.glyphs import GlyphDrawer
from drivers.sim.escpos_machine import PrinterMachine, Talk
from drivers.sim.pty_device import Piece
from drivers.testing.virtual_wire import VirtualClock, VirtualWire

DONE, NOT_DONE, UNKNOWN = PrintResult.DONE, PrintResult.NOT_DONE, PrintResult.UNKNOWN
DRAWER = GlyphDrawer()
SLIP = Receipt(
    title="受理回执",
    number="1121-4821-0007-3",
    rows=(("事项", "高龄津贴申领"), ("姓名", "王苗苗")),
    notes=("请保管好这张小票。",),
    qr="https://example.invalid/1",
)
Fault = Callable[[PrinterMachine], object]


class Bench:
    """A printer in virtual time: it prints at ``speed`` whenever the driver writes to it."""

    def __init__(
        self, model: str = "generic", *, speed: float = 150.0, ordered: bool = True
    ) -> None:
        self.clock = VirtualClock()
        self.machine = PrinterMachine(ordered=ordered)
        self.wire = VirtualWire(self._hear, self.clock)
        self.printer = EscPosPrinter(
            "receipt_printer", url="", model=model, glyphs=DRAWER, transport=self.wire
        )
        self.delay_s = 0.001
        self.strike: tuple[int, Fault] | None = None
        """A fault that comes when so many bytes have been received."""
        self.heard = 0
        self._speed = speed
        self._work_at = 0.0

    def _hear(self, data: bytes) -> Sequence[Piece]:
        answers = b""
        for start in range(0, len(data), 64):
            piece = data[start : start + 64]
            self.heard += len(piece)
            if self.strike is not None and self.heard >= self.strike[0]:
                self.strike[1](self.machine)
                self.strike = None
            answers += self.machine.receive(piece)
        answers += self._print()
        return [Piece(answers, self.delay_s)] if answers else []

    def _print(self) -> bytes:
        answers = b""
        while self._work_at <= self.clock.now:
            done = self.machine.work()
            if done is None:
                self._work_at = self.clock.now
                break
            answers += done[1]
            self._work_at += done[0] / self._speed
        return answers

    def print_slip(self, seconds: float = 60.0) -> PrintOutcome:
        return self.printer.print_receipt(PrintReceipt(SLIP), self.wire.context(seconds))

    @property
    def cut(self) -> int:
        return sum(slip.finished for slip in self.machine.slips)


@pytest.fixture
def bench() -> Bench:
    return Bench()


@pytest.mark.parametrize("model", ["generic", "epson", "masung", "custom-vkp80"])
def test_done_means_a_cut_slip(model: str) -> None:
    bench = Bench(model)
    assert bench.print_slip() == PrintOutcome(DONE)
    assert bench.cut == 1


def test_a_model_that_answers_in_turn_is_not_waited_for_longer_than_needed() -> None:
    quick, slow = Bench("epson", speed=300), Bench("epson", speed=300, ordered=False)
    for bench in (quick, slow):
        started = bench.clock.now
        assert bench.print_slip() == PrintOutcome(DONE)
        bench.delay_s = bench.clock.now - started
    assert quick.delay_s < slow.delay_s


@pytest.mark.parametrize(
    ("fault", "code"),
    [
        (lambda m: m.end_paper_after(0), "media.out"),
        (lambda m: setattr(m, "cover_open", True), "media.cover_open"),
        (lambda m: setattr(m, "cutter_error", True), "media.cutter"),
        (lambda m: setattr(m, "defect", True), "dev.hardware"),
        (lambda m: setattr(m, "talk", Talk.MUTE), "dev.mute"),
        (lambda m: setattr(m, "talk", Talk.GARBAGE), "dev.protocol"),
    ],
    ids=["out", "cover", "cutter", "defect", "mute", "garbage"],
)
def test_trouble_before_the_first_byte_is_not_done(bench: Bench, fault: Fault, code: str) -> None:
    fault(bench.machine)
    started = bench.clock.now
    assert bench.print_slip() == PrintOutcome(NOT_DONE, code)
    assert bench.clock.now - started < 10
    assert bench.machine.hanging().marks == ()


@pytest.mark.parametrize(
    ("fault", "code"),
    [
        (lambda m: m.end_paper_after(0), "media.out"),
        (lambda m: setattr(m, "cover_open", True), "media.cover_open"),
        (lambda m: setattr(m, "fail_cut", True), "media.cutter"),
        (lambda m: setattr(m, "defect", True), "dev.hardware"),
        (lambda m: setattr(m, "talk", Talk.MUTE), "dev.mute"),
        (lambda m: setattr(m, "talk", Talk.GARBAGE), "dev.protocol"),
    ],
    ids=["out", "cover", "cutter", "defect", "mute", "garbage"],
)
@pytest.mark.parametrize("model", ["generic", "epson"])
def test_trouble_in_the_middle_is_unknown_within_ten_seconds(
    model: str, fault: Fault, code: str
) -> None:
    bench = Bench(model)
    bench.strike = (200, fault)
    started = bench.clock.now
    assert bench.print_slip() == PrintOutcome(UNKNOWN, code)
    assert bench.clock.now - started < 10
    assert bench.cut == 0 or code in {"dev.mute", "dev.protocol"}


def test_paper_that_ends_while_the_buffer_is_printed_is_found() -> None:
    # All bytes are with the printer and every answer is well; the roll ends 40 mm later.
    bench = Bench()
    bench.machine.end_paper_after(40)
    assert bench.print_slip() == PrintOutcome(UNKNOWN, "media.out")
    assert bench.cut == 0


def test_what_waits_in_a_printer_is_cleared_so_that_a_new_roll_does_not_print_it() -> None:
    bench = Bench("epson")
    bench.machine.end_paper_after(40)
    assert bench.print_slip() == PrintOutcome(UNKNOWN, "media.out")
    assert bench.machine.cleared == 1
    bench.machine.new_roll()
    while bench.machine.work() is not None:
        pass
    assert bench.machine.hanging().marks == ()


def test_near_the_end_of_the_roll_done_carries_a_warning(bench: Bench) -> None:
    bench.machine.paper_low = True
    assert bench.print_slip() == PrintOutcome(DONE, "media.low")


def test_a_replaced_character_is_a_warning(bench: Bench) -> None:
    command = PrintReceipt(Receipt(title="😀"))
    outcome = bench.printer.print_receipt(command, bench.wire.context(60))
    assert outcome == PrintOutcome(DONE, "text.substituted")


def test_a_slip_that_cannot_be_rendered_sends_nothing(bench: Bench) -> None:
    command = PrintReceipt(Receipt(title="回执", qr="x" * 3000))
    outcome = bench.printer.print_receipt(command, bench.wire.context(60))
    assert outcome == PrintOutcome(NOT_DONE, "receipt.qr_too_long")
    assert bench.heard == 0


def test_late_answers_are_understood_as_long_as_they_come(bench: Bench) -> None:
    bench.delay_s = 0.5
    assert bench.print_slip() == PrintOutcome(DONE)


def test_answers_later_than_any_question_waits_are_silence(bench: Bench) -> None:
    bench.delay_s = 2.5
    assert bench.print_slip() == PrintOutcome(NOT_DONE, "dev.mute")


def test_old_bytes_on_the_line_are_not_an_answer(bench: Bench) -> None:
    bench.printer.open(bench.wire.context(5))
    bench.machine.end_paper_after(0)
    # What an earlier program asked for and never read: four times "all is well".
    bench.wire._coming.append((bench.clock.now, b"\x12\x12\x12\x12"))
    assert bench.print_slip() == PrintOutcome(NOT_DONE, "media.out")


def test_a_cancel_before_the_first_byte_raises(bench: Bench) -> None:
    context = bench.wire.context(60)
    context.cancelled.set()
    with pytest.raises(CancelledError):
        bench.printer.print_receipt(PrintReceipt(SLIP), context)
    assert bench.heard == 0


def test_a_cancel_after_the_first_byte_is_not_obeyed(bench: Bench) -> None:
    context = bench.wire.context(60)
    bench.strike = (200, lambda _machine: context.cancelled.set())
    outcome = bench.printer.print_receipt(PrintReceipt(SLIP), context)
    assert context.cancelled.is_set()
    assert outcome == PrintOutcome(DONE)


def test_a_deadline_in_the_middle_is_unknown() -> None:
    bench = Bench(speed=5.0)
    assert bench.print_slip(seconds=1.0) == PrintOutcome(UNKNOWN, "dev.deadline")


def test_a_deadline_before_the_first_byte_is_not_done(bench: Bench) -> None:
    bench.machine.talk = Talk.MUTE
    assert bench.print_slip(seconds=0.5) == PrintOutcome(NOT_DONE, "dev.deadline")


FAULTS: dict[str, Fault] = {
    "none": lambda _m: None,
    "out": lambda m: m.end_paper_after(0),
    "cover": lambda m: setattr(m, "cover_open", True),
    "cutter": lambda m: setattr(m, "fail_cut", True),
    "defect": lambda m: setattr(m, "defect", True),
    "mute": lambda m: setattr(m, "talk", Talk.MUTE),
    "garbage": lambda m: setattr(m, "talk", Talk.GARBAGE),
}


@given(
    model=st.sampled_from(["generic", "epson", "custom-vkp80"]),
    fault=st.sampled_from(sorted(FAULTS)),
    at_byte=st.integers(0, 10_000),
    paper_mm=st.one_of(st.none(), st.floats(0, 160)),
    speed=st.floats(60, 300),
    ordered=st.booleans(),
)
@settings(max_examples=120)
def test_whatever_strikes_the_outcome_is_true(
    model: str, fault: str, at_byte: int, *, paper_mm: float | None, speed: float, ordered: bool
) -> None:
    bench = Bench(model, speed=speed, ordered=ordered)
    if paper_mm is not None:
        bench.machine.end_paper_after(paper_mm)
    bench.strike = (at_byte, FAULTS[fault])
    started = bench.clock.now
    outcome = bench.print_slip()
    if outcome.result is DONE:
        assert bench.cut == 1
    if outcome.result is NOT_DONE:
        assert bench.cut == 0
        assert bench.machine.hanging().marks == ()
    assert outcome.code or outcome.result is DONE
    assert bench.clock.now - started < 15


# --- status and checks --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fault", "condition", "code", "paper", "cover"),
    [
        (lambda _m: None, Condition.ONLINE, "", Supply.FULL, False),
        (lambda m: setattr(m, "paper_low", True), Condition.ONLINE, "media.low", Supply.LOW, False),
        (lambda m: m.end_paper_after(0), Condition.USER_ERROR, "media.out", Supply.OUT, False),
        (
            lambda m: setattr(m, "cover_open", True),
            Condition.USER_ERROR,
            "media.cover_open",
            Supply.FULL,
            True,
        ),
        (
            lambda m: setattr(m, "cutter_error", True),
            Condition.HARDWARE_ERROR,
            "media.cutter",
            Supply.FULL,
            False,
        ),
        (
            lambda m: setattr(m, "talk", Talk.MUTE),
            Condition.OFFLINE,
            "dev.mute",
            Supply.UNKNOWN,
            None,
        ),
        (
            lambda m: setattr(m, "talk", Talk.GARBAGE),
            Condition.OFFLINE,
            "dev.protocol",
            Supply.UNKNOWN,
            None,
        ),
    ],
    ids=["well", "low", "out", "cover", "cutter", "mute", "garbage"],
)
def test_status_says_what_the_printer_says(
    bench: Bench,
    *,
    fault: Fault,
    condition: Condition,
    code: str,
    paper: Supply,
    cover: bool | None,
) -> None:
    fault(bench.machine)
    started = bench.clock.now
    status = bench.printer.status(bench.wire.context(5))
    assert (status.condition, status.code, status.paper, status.cover_open) == (
        condition,
        code,
        paper,
        cover,
    )
    assert (status.recovery is Recovery.NONE) == (not code)
    assert bench.clock.now - started < 1.5


def test_diagnose_gives_each_part_its_verdict(bench: Bench) -> None:
    bench.machine.cover_open = True
    checks = {check.name: check for check in bench.printer.diagnose(bench.wire.context(10))}
    assert checks["connection"].verdict is Verdict.PASS
    assert checks["cover"].verdict is Verdict.FAIL
    assert checks["cover"].reason == "media.cover_open"
    assert checks["paper"].verdict is Verdict.PASS
    assert checks["rare_characters"].verdict is Verdict.PASS


def test_a_mute_printer_passes_no_check_of_its_parts(bench: Bench) -> None:
    bench.machine.talk = Talk.MUTE
    checks = {check.name: check for check in bench.printer.self_test(bench.wire.context(10))}
    assert checks["answers"].verdict is Verdict.FAIL
    assert checks["paper"].verdict is Verdict.UNKNOWN
    assert checks["cutter"].verdict is Verdict.UNKNOWN


def test_the_constructor_does_no_io_and_knows_its_model() -> None:
    printer = EscPosPrinter("p", url="tcp://192.0.2.1:9100", model="masung")
    assert printer.info.model == "Masung (80 mm)"
    printer.close()


def test_reset_reopens(bench: Bench) -> None:
    bench.printer.open(bench.wire.context(5))
    bench.printer.reset(bench.wire.context(5))
    assert bench.wire.is_open
    assert isinstance(bench.wire.context(1), CommandContext)
