# SPDX-License-Identifier: Apache-2.0
"""The slip at a presenter's mouth, against the simulated mechanism, in virtual time.

Whatever happens: DONE means that the slip lay at the mouth, RETRACTED that it is in the bin, and what
cannot be known is called unknown.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from drivers.core import (
    CancelledError,
    Check,
    ClearMouth,
    CommandContext,
    Condition,
    DeviceError,
    Media,
    MediaError,
    PrintOutcome,
    PrintReceipt,
    PrintResult,
    Receipt,
    Recovery,
    Status,
    Supply,
    UnsupportedError,
    Verdict,
)
from drivers.host.process import perform
from drivers.receipt_printer.dle_eot import Sign, trouble
from drivers.receipt_printer.escpos import EscPosPrinter
from drivers.receipt_printer.full_status import FULL_SIZE, exit_details, find_full_status
from drivers.receipt_printer.glyphs import GlyphDrawer
from drivers.receipt_printer.mouth import Mouth
from drivers.receipt_printer.profiles import PROFILES
from drivers.sim.escpos_machine import PrinterMachine, Talk
from drivers.sim.escpos_presenter import Lying, SimulatedPresenter
from drivers.sim.escpos_printer import EscPosPrinterSimulator
from drivers.sim.pty_device import Piece
from drivers.sim.simulator import ActionError
from drivers.testing.virtual_wire import VirtualClock, VirtualWire

DONE, NOT_DONE, UNKNOWN = PrintResult.DONE, PrintResult.NOT_DONE, PrintResult.UNKNOWN
DRAWER = GlyphDrawer()
SLIP = Receipt(title="受理回执", number="1121-4821-0007-3", rows=(("事项", "高龄津贴申领"),))
WITH_RETRACT = ["custom-vkp80", "pyramid"]
PRESENTERS = [*WITH_RETRACT, "custom-vkp80iii"]


class Bench:
    """A printer with a presenter; it works whenever the driver writes to it."""

    def __init__(self, model: str, *, presenter: bool = True, exit_byte: int | None = None) -> None:
        self.clock = VirtualClock()
        self.presenter = SimulatedPresenter(self.clock)
        profile = PROFILES[model]
        self.machine = PrinterMachine(
            ordered=profile.ordered_status,
            presenter=self.presenter if presenter else None,
            form=profile.valid_value,
            exit_byte=exit_byte,
        )
        self.wire = VirtualWire(self._hear, self.clock)
        self.printer = EscPosPrinter(
            "receipt_printer", url="", model=model, glyphs=DRAWER, transport=self.wire
        )
        self.events: list[str] = []
        self.at: list[tuple[float, Callable[[], object]]] = []
        """What somebody does at which time."""
        self._work_at = 0.0

    def _hear(self, data: bytes) -> Sequence[Piece]:
        for when, act in list(self.at):
            if self.clock.now >= when:
                self.at.remove((when, act))
                act()
        answers = self.machine.receive(data)
        while self._work_at <= self.clock.now:
            done = self.machine.work()
            if done is None:
                self._work_at = self.clock.now
                break
            answers += done[1]
            self._work_at += done[0] / 150.0
        return [Piece(answers, 0.001)] if answers else []

    def context(self, seconds: float = 60.0) -> CommandContext:
        context = self.wire.context(seconds)
        return replace(context, on_progress=lambda step: self.events.append(step.code))

    def print_slip(self) -> PrintOutcome:
        return self.printer.print_receipt(PrintReceipt(SLIP), self.context())

    def status(self) -> Status:
        return self.printer.status(self.context(5))

    def clear(self, after_s: float = 0.0, *, eject: bool = False) -> Media:
        return self.printer.clear_mouth(ClearMouth(after_s, eject), self.context())

    def later(self, seconds: float, act: Callable[[], object]) -> None:
        self.at.append((self.clock.now + seconds, act))


@pytest.fixture(params=PRESENTERS)
def bench(request: pytest.FixtureRequest) -> Bench:
    return Bench(request.param)


@pytest.fixture
def vkp80() -> Bench:
    return Bench("custom-vkp80")


# --- printing -----------------------------------------------------------------------------------------


def test_done_means_that_the_slip_lies_at_the_mouth(bench: Bench) -> None:
    assert bench.print_slip() == PrintOutcome(DONE)
    assert bench.presenter.at_exit
    assert bench.events[-1] == "media.presented"
    assert [slip.finished for slip in bench.machine.slips] == [True]
    status = bench.status()
    assert (status.condition, status.media, status.paper) == (
        Condition.ONLINE,
        Media.PRESENT,
        Supply.FULL,
    )


def test_a_slip_that_jams_on_its_way_out_is_unknown_and_a_jam(bench: Bench) -> None:
    bench.presenter.jam_next = True
    assert bench.print_slip() == PrintOutcome(UNKNOWN, "media.jam")
    status = bench.status()
    assert (status.condition, status.code, status.recovery, status.paper, status.media) == (
        Condition.USER_ERROR,
        "media.jam",
        Recovery.CLEAR,
        Supply.JAMMED,
        Media.JAMMED,
    )
    assert bench.print_slip() == PrintOutcome(NOT_DONE, "media.jam")
    bench.presenter.clear()
    assert bench.status().media is Media.NOT_PRESENT
    assert bench.print_slip() == PrintOutcome(DONE)


def test_a_slip_that_stays_inside_unnoticed_is_not_called_printed(bench: Bench) -> None:
    bench.presenter.slip_next = True
    started = bench.clock.now
    assert bench.print_slip() == PrintOutcome(UNKNOWN, "media.not_presented")
    assert bench.clock.now - started < 10


def test_a_printer_that_tells_nothing_of_its_exit_prints_all_the_same(bench: Bench) -> None:
    bench.machine.full_status = False
    assert bench.print_slip() == PrintOutcome(DONE)
    assert "media.presented" not in bench.events
    assert bench.status().media is Media.UNKNOWN


@pytest.mark.parametrize("model", WITH_RETRACT)
def test_what_somebody_left_is_drawn_in_before_the_next_slip(model: str) -> None:
    bench = Bench(model)
    assert bench.print_slip() == PrintOutcome(DONE)
    assert bench.print_slip() == PrintOutcome(DONE)
    assert (bench.presenter.retracted, bench.presenter.at_exit) == (1, True)


def test_a_model_that_cannot_draw_in_pushes_the_older_slip_out() -> None:
    bench = Bench("custom-vkp80iii")
    assert bench.print_slip() == PrintOutcome(DONE)
    assert bench.print_slip() == PrintOutcome(DONE)
    assert (bench.presenter.ejected, bench.presenter.at_exit) == (1, True)


def test_an_older_slip_that_does_not_go_stops_the_next_before_it_begins(vkp80: Bench) -> None:
    assert vkp80.print_slip() == PrintOutcome(DONE)
    vkp80.presenter.blocked = True
    assert vkp80.print_slip() == PrintOutcome(NOT_DONE, "media.exit_blocked")
    assert len(vkp80.machine.slips) == 1


# --- taken, drawn in, unknown -------------------------------------------------------------------------


def test_a_taken_slip_is_not_present(bench: Bench) -> None:
    bench.print_slip()
    bench.clock.now += 20
    assert bench.presenter.take()
    assert bench.status().media is Media.NOT_PRESENT


def test_taken_while_waited_for_is_told_at_once(vkp80: Bench) -> None:
    vkp80.print_slip()
    vkp80.later(3, vkp80.presenter.take)
    started = vkp80.clock.now
    assert vkp80.clear(after_s=30) is Media.NOT_PRESENT
    assert vkp80.clock.now - started < 3.5
    assert vkp80.events[-1] == "media.taken"
    assert vkp80.presenter.retracted == 0


@pytest.mark.parametrize("model", WITH_RETRACT)
def test_a_slip_that_nobody_takes_is_drawn_in(model: str) -> None:
    bench = Bench(model)
    bench.print_slip()
    started = bench.clock.now
    result = perform(bench.printer, ClearMouth(after_s=10), bench.context())
    assert result is Media.RETRACTED
    assert 10 <= bench.clock.now - started < 11
    assert bench.events[-1] == "media.retracted"
    assert bench.presenter.retracted == 1
    assert bench.status().media is Media.RETRACTED
    # It stays the news until there is another slip.
    assert bench.status().media is Media.RETRACTED
    bench.print_slip()
    assert bench.status().media is Media.PRESENT
    bench.presenter.take()
    assert bench.status().media is Media.NOT_PRESENT


def test_a_slip_may_be_let_go_instead(vkp80: Bench) -> None:
    vkp80.print_slip()
    assert vkp80.clear(eject=True) is Media.NOT_PRESENT
    assert vkp80.presenter.ejected == 1


def test_an_empty_mouth_needs_nothing(vkp80: Bench) -> None:
    assert vkp80.clear(after_s=30) is Media.NOT_PRESENT
    assert vkp80.presenter.retracted == 0


def test_a_slip_that_is_held_fast_is_said_to_be(vkp80: Bench) -> None:
    vkp80.print_slip()
    vkp80.presenter.blocked = True
    with pytest.raises(MediaError, match=r"media\.exit_blocked"):
        vkp80.clear()
    assert vkp80.status().media is Media.PRESENT


def test_a_cancel_leaves_the_slip_where_it_lies(vkp80: Bench) -> None:
    vkp80.print_slip()
    context = vkp80.context()
    vkp80.later(2, context.cancelled.set)
    with pytest.raises(CancelledError):
        vkp80.printer.clear_mouth(ClearMouth(after_s=30), context)
    assert vkp80.presenter.at_exit
    assert vkp80.status().media is Media.PRESENT


def test_what_the_printer_may_have_drawn_in_by_itself_is_unknown() -> None:
    bench = Bench("custom-vkp80iii")
    bench.print_slip()
    assert bench.status().media is Media.PRESENT
    bench.clock.now += 70
    assert bench.status().media is Media.UNKNOWN
    assert bench.presenter.retracted == 1
    bench.print_slip()
    assert bench.status().media is Media.PRESENT


def test_a_model_without_the_command_says_so() -> None:
    bench = Bench("custom-vkp80iii")
    assert "clear_mouth" not in bench.printer.capabilities
    bench.print_slip()
    with pytest.raises(UnsupportedError):
        bench.clear()
    assert "clear_mouth" in Bench("pyramid").printer.capabilities
    with pytest.raises(UnsupportedError):
        Bench("epson", presenter=False).clear()


def test_a_printer_that_is_gone_takes_its_news_with_it(vkp80: Bench) -> None:
    vkp80.print_slip()
    vkp80.machine.talk = Talk.MUTE
    with pytest.raises(DeviceError):
        vkp80.clear()
    assert vkp80.status().media is None
    vkp80.machine.talk = Talk.NORMAL
    assert vkp80.status().media is Media.PRESENT
    vkp80.presenter.take()
    assert vkp80.status().media is Media.NOT_PRESENT


def _checks(bench: Bench) -> dict[str, Check]:
    return {check.name: check for check in bench.printer.diagnose(bench.context())}


def test_diagnose_judges_the_presenter_only_where_it_was_told_of(vkp80: Bench) -> None:
    assert _checks(vkp80)["presenter"].verdict is Verdict.PASS
    vkp80.presenter.jammed = True
    assert _checks(vkp80)["presenter"].reason == "media.jam"
    silent = Bench("custom-vkp80")
    silent.machine.full_status = False
    assert _checks(silent)["presenter"].verdict is Verdict.UNKNOWN
    assert "presenter" not in _checks(Bench("epson", presenter=False))


def test_on_a_real_wire_with_the_bench_s_actions() -> None:
    simulator = EscPosPrinterSimulator(speed_mm_s=None, presenter=SimulatedPresenter())
    simulator.start()
    printer = EscPosPrinter(
        "receipt_printer", url=simulator.endpoint, model="custom-vkp80", glyphs=DRAWER
    )
    try:
        outcome = printer.print_receipt(PrintReceipt(SLIP), CommandContext.within(20))
        assert outcome == PrintOutcome(DONE)
        assert simulator.state()["slip_lies"] == "at_exit"
        simulator.actions()["take_slip"]()
        with pytest.raises(ActionError):
            simulator.actions()["take_slip"]()
        assert printer.status(CommandContext.within(3)).media is Media.NOT_PRESENT
        assert printer.print_receipt(PrintReceipt(SLIP), CommandContext.within(20)) == outcome
        assert printer.clear_mouth(ClearMouth(), CommandContext.within(9)) is Media.RETRACTED
        assert simulator.state()["retracted"] == 1
        simulator.actions()["jam"]()
        jammed = printer.print_receipt(PrintReceipt(SLIP), CommandContext.within(20))
        assert jammed == PrintOutcome(UNKNOWN, "media.jam")
        simulator.actions()["clear"]()
        assert printer.status(CommandContext.within(3)).condition is Condition.ONLINE
    finally:
        printer.close()
        simulator.stop()


# --- Masung -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("byte", [0x00, 0x04, 0x0D, 0xFF])
def test_masungs_exit_byte_is_shown_and_nothing_is_concluded_from_it(byte: int) -> None:
    bench = Bench("masung-presenter", presenter=False, exit_byte=byte)
    status = bench.status()
    assert (status.condition, status.code, status.media) == (Condition.ONLINE, "", Media.UNKNOWN)
    assert status.details["exit_byte"] == f"{byte:02X}"
    assert status.details["exit_polarity"] == "unknown"
    assert bench.print_slip() == PrintOutcome(DONE)


def test_a_masung_that_does_not_answer_it_is_well_all_the_same() -> None:
    status = Bench("masung-presenter", presenter=False).status()
    assert (status.condition, status.media) == (Condition.ONLINE, Media.UNKNOWN)
    assert "exit_byte" not in status.details


# --- parsers ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("groups", "signs"),
    [
        ("00 00 00 00", {Sign.EXIT_CLEAR}),
        ("01 00 00 00", {Sign.PAPER_END, Sign.EXIT_CLEAR}),
        ("04 00 00 00", {Sign.PAPER_LOW, Sign.EXIT_CLEAR}),
        ("20 00 00 00", {Sign.AT_EXIT}),
        ("C0 00 00 00", {Sign.PAPER_LOW, Sign.EXIT_CLEAR}),
        ("00 01 00 00", {Sign.COVER_OPEN, Sign.EXIT_CLEAR}),
        ("00 02 00 00", {Sign.COVER_OPEN, Sign.EXIT_CLEAR}),
        ("00 08 00 00", {Sign.FEEDING, Sign.EXIT_CLEAR}),
        ("00 00 01 00", {Sign.RECOVERABLE, Sign.EXIT_CLEAR}),
        ("00 00 40 00", {Sign.JAM, Sign.EXIT_CLEAR}),
        ("00 00 00 01", {Sign.CUTTER, Sign.EXIT_CLEAR}),
        ("00 00 00 0C", {Sign.UNRECOVERABLE, Sign.EXIT_CLEAR}),
    ],
)
def test_each_documented_bit_of_the_full_status_is_understood(
    groups: str, signs: set[Sign]
) -> None:
    answer = bytes.fromhex("100F" + groups)
    assert find_full_status(answer) == signs
    assert find_full_status(b"\x12\x0c" + answer + b"\x12") == signs


@given(st.binary(max_size=40), st.binary(min_size=4, max_size=4))
def test_a_full_status_is_found_behind_any_noise_and_never_in_less(
    noise: bytes, groups: bytes
) -> None:
    clean = noise.replace(b"\x10", b"\x00")
    assert find_full_status(clean) is None
    answer = b"\x10\x0f" + groups
    for size in range(FULL_SIZE):
        assert find_full_status(clean + answer[:size]) is None
    signs = find_full_status(clean + answer)
    assert signs is not None
    assert len(signs & {Sign.AT_EXIT, Sign.EXIT_CLEAR}) == 1
    assert bool(trouble(signs)) == bool(
        groups[0] & 0x01 or groups[1] & 0x03 or groups[2] & 0x4B or groups[3] & 0x0D
    )


@given(st.binary(max_size=64))
def test_any_bytes_are_an_answer_or_none(heard: bytes) -> None:
    signs = find_full_status(heard)
    assert signs is None or signs <= set(Sign)


@given(st.integers(0, 255))
def test_any_exit_byte_is_shown_as_it_is(answer: int) -> None:
    details = exit_details(answer)
    assert int(details["exit_byte"], 16) == answer
    assert all(isinstance(text, str) for text in details.values())


_LOOKS = st.sampled_from([frozenset(), {Sign.AT_EXIT}, {Sign.EXIT_CLEAR}, {Sign.JAM}])


@given(
    st.lists(st.tuples(_LOOKS, st.floats(0, 100), st.sampled_from(["", "retract", "begin"]))),
    st.sampled_from([None, 60.0]),
)
def test_the_mouth_never_claims_what_it_cannot_know(
    looks: list[tuple[set[Sign], float, str]], limit: float | None
) -> None:
    mouth, now, told = Mouth(limit), 0.0, False
    for signs, wait_s, event in looks:
        now += wait_s
        if event == "retract":
            mouth.we_retract()
            told = True
        elif event == "begin":
            mouth.begin()
            told = False
        before = mouth.media
        after = mouth.observe(frozenset(signs), now)
        if after is Media.RETRACTED:
            assert told or before is Media.RETRACTED
        if after is Media.PRESENT:
            assert Sign.AT_EXIT in signs or before is Media.PRESENT
        if after is Media.NOT_PRESENT:
            assert Sign.EXIT_CLEAR in signs or before is Media.NOT_PRESENT


@given(
    model=st.sampled_from(PRESENTERS),
    fault=st.sampled_from(["none", "jam", "inside", "silent", "mute", "held"]),
    waits=st.lists(st.floats(0, 90), min_size=1, max_size=3),
    takes=st.lists(st.booleans(), min_size=3, max_size=3),
)
@settings(max_examples=40, deadline=None)
def test_whatever_happens_at_the_mouth_is_told_truly(
    model: str, fault: str, waits: list[float], takes: list[bool]
) -> None:
    bench = Bench(model)
    for wait_s, takes_it in zip(waits, takes, strict=False):
        bench.presenter.jam_next = fault == "jam"
        bench.presenter.slip_next = fault == "inside"
        bench.presenter.blocked = fault == "held"
        bench.machine.full_status = fault != "silent"
        bench.machine.talk = Talk.MUTE if fault == "mute" else Talk.NORMAL
        cut = len(bench.machine.slips)
        outcome = bench.print_slip()
        if outcome.result is DONE and fault != "silent":
            assert bench.presenter.lying is Lying.AT_EXIT
        if outcome.result is NOT_DONE:
            assert len(bench.machine.slips) == cut
        assert outcome.code or outcome.result is DONE
        bench.clock.now += wait_s
        if takes_it:
            bench.presenter.take()
        media = bench.status().media
        if media is Media.PRESENT:
            assert bench.presenter.at_exit
        if media is Media.NOT_PRESENT:
            assert not bench.presenter.at_exit
