# SPDX-License-Identifier: Apache-2.0
"""Every fault of an A4 printer: what the driver says before, in the middle and at the end of a job."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from drivers.core import (
    CommandContext,
    Condition,
    PrintDocument,
    PrintOutcome,
    PrintResult,
    Progress,
    Recovery,
    Supply,
    Verdict,
)
from drivers.page_printer import ipp_job
from drivers.page_printer.ipp import IppPrinter
from drivers.sim.ipp_printer import IppPrinterSimulator

Eventually = Callable[..., None]


def document(pages: int = 1) -> PrintDocument:
    leaves = b"".join(b"%d 0 obj <</Type /Page>> endobj\n" % number for number in range(pages))
    return PrintDocument(pdf=b"%PDF-1.4\n" + leaves + b"%%EOF\n", title="proof")


@pytest.fixture
def printer() -> Iterator[IppPrinterSimulator]:
    simulator = IppPrinterSimulator(sheet_s=0.02)
    simulator.start()
    yield simulator
    simulator.stop()


def _driver(printer: IppPrinterSimulator, *, refill_s: float = 60.0) -> IppPrinter:
    return IppPrinter("page_printer", url=printer.endpoint, refill_s=refill_s)


@dataclass
class Printing:
    """A job in a thread of its own, and what was heard of it."""

    driver: IppPrinter
    command: PrintDocument
    context: CommandContext = field(init=False)
    steps: list[Progress] = field(default_factory=list)
    outcome: PrintOutcome | None = None
    _thread: threading.Thread = field(init=False)

    def __post_init__(self) -> None:
        plain = CommandContext.within(90)
        self.context = CommandContext(plain.deadline, on_progress=self.steps.append)
        self._thread = threading.Thread(target=self._run)
        self._thread.start()

    def _run(self) -> None:
        self.outcome = self.driver.print_document(self.command, self.context)

    def said(self, code: str) -> bool:
        return any(step.code == code for step in self.steps)

    def end(self) -> PrintOutcome:
        self._thread.join(60)
        assert self.outcome is not None, "it goes on for ever"
        return self.outcome


MENDED = {
    "media.out": ("load_paper_of_two", "load_paper"),
    "media.jam": ("jam", "clear_jam"),
    "media.cover_open": ("open_cover", "close_cover"),
    "media.tray_missing": ("take_tray", "put_tray"),
    "media.output_full": ("fill_output", "empty_output"),
    "toner.out": ("toner_out", "new_toner"),
    "printer.paused": ("pause", "resume"),
    "printer.hot": ("overheat", "cool_down"),
}


@pytest.mark.parametrize("code", MENDED)
def test_a_job_goes_on_by_itself_when_the_trouble_is_mended(
    printer: IppPrinterSimulator, eventually: Eventually, code: str
) -> None:
    trouble, cure = MENDED[code]
    actions = printer.actions()
    if code == "media.out":
        actions["load_paper"](2)
    else:
        # It happens between the second sheet and the third.
        printer.machine.sheet_s = 0.2
    job = Printing(_driver(printer), document(pages=4))
    if code != "media.out":
        eventually(lambda: any(each.done >= 2 for each in printer.machine.jobs()), within_s=60)
        actions[trouble]()
    eventually(lambda: job.said(code), within_s=60)
    status = _driver(printer).status(CommandContext.within(20))
    assert status.code == code
    assert job.outcome is None
    actions[cure]()
    outcome = job.end()
    assert (outcome.result, outcome.code, outcome.pages) == (PrintResult.DONE, "", 4)
    assert len(printer.machine.jobs()) == 1


def test_a_tray_that_stays_empty_ends_the_job_and_what_came_out_is_counted(
    printer: IppPrinterSimulator,
) -> None:
    printer.actions()["load_paper"](2)
    outcome = _driver(printer, refill_s=0.3).print_document(
        document(pages=4), CommandContext.within(60)
    )
    assert outcome == PrintOutcome(PrintResult.UNKNOWN, "media.out", 2)
    assert printer.machine.jobs()[0].is_over


def test_a_job_of_which_no_sheet_came_out_is_not_done(
    printer: IppPrinterSimulator, eventually: Eventually
) -> None:
    printer.machine.sheet_s = 30.0
    job = Printing(_driver(printer, refill_s=0.3), document())
    eventually(lambda: bool(printer.machine.jobs()), within_s=60)
    printer.actions()["paper_out"]()
    assert job.end() == PrintOutcome(PrintResult.NOT_DONE, "media.out", 0)


KNOWN_BEFORE = {
    "paper_out": ("media.out", Condition.USER_ERROR, Recovery.CLEAR),
    "load_letter": ("media.wrong", Condition.USER_ERROR, Recovery.CLEAR),
    "jam": ("media.jam", Condition.USER_ERROR, Recovery.CLEAR),
    "open_cover": ("media.cover_open", Condition.USER_ERROR, Recovery.CLEAR),
    "take_tray": ("media.tray_missing", Condition.USER_ERROR, Recovery.CLEAR),
    "fill_output": ("media.output_full", Condition.USER_ERROR, Recovery.CLEAR),
    "toner_out": ("toner.out", Condition.USER_ERROR, Recovery.CLEAR),
    "overheat": ("printer.hot", Condition.OFFLINE, Recovery.WAIT),
    "defect": ("printer.defect", Condition.HARDWARE_ERROR, Recovery.SERVICE),
    "pause": ("printer.paused", Condition.OFFLINE, Recovery.RESET),
    "refuse_jobs": ("printer.not_accepting", Condition.OFFLINE, Recovery.CONFIGURE),
}


@pytest.mark.parametrize("action", KNOWN_BEFORE)
def test_trouble_that_is_known_before_is_said_and_nothing_is_sent(
    printer: IppPrinterSimulator, action: str
) -> None:
    code, condition, recovery = KNOWN_BEFORE[action]
    printer.actions()[action]()
    driver = _driver(printer)
    status = driver.status(CommandContext.within(20))
    assert (status.code, status.condition, status.recovery) == (code, condition, recovery)
    outcome = driver.print_document(document(), CommandContext.within(20))
    assert outcome == PrintOutcome(PrintResult.NOT_DONE, code)
    assert printer.machine.jobs() == []
    assert driver.diagnose(CommandContext.within(20))[-1].verdict is Verdict.FAIL


def test_a_printer_that_dies_in_the_middle_leaves_the_truth_unknown(
    printer: IppPrinterSimulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ipp_job, "GONE_S", 0.5)
    printer.actions()["die_after"](2)
    outcome = _driver(printer).print_document(document(pages=4), CommandContext.within(60))
    assert outcome.result is PrintResult.UNKNOWN
    assert outcome.code in {"dev.not_present", "dev.unplugged"}
    printer.start()
    assert _driver(printer).status(CommandContext.within(20)).details["pages"] == "1002"


def test_a_printer_that_is_switched_on_again_and_forgot_the_job_leaves_the_truth_unknown(
    printer: IppPrinterSimulator, eventually: Eventually
) -> None:
    printer.machine.sheet_s = 30.0
    job = Printing(_driver(printer), document())
    eventually(lambda: job.said("page.printing"), within_s=60)
    printer.stop()
    printer.start()
    assert job.end() == PrintOutcome(PrintResult.UNKNOWN, "ipp.job_unknown")


def test_a_short_silence_in_the_middle_is_waited_out(
    printer: IppPrinterSimulator, eventually: Eventually, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ipp_job, "GONE_S", 60.0)
    job = Printing(_driver(printer), document(pages=30))
    eventually(lambda: job.said("page.printing"), within_s=60)
    printer.actions()["garbage"]()
    eventually(lambda: printer.machine.jobs()[0].is_over, within_s=60)
    assert job.outcome is None
    printer.actions()["sense"]()
    assert job.end() == PrintOutcome(PrintResult.DONE, "", 30)


@pytest.mark.parametrize(("sheets", "truth"), [(0, PrintResult.NOT_DONE), (1, PrintResult.UNKNOWN)])
def test_a_job_aborted_by_the_printer_is_judged_by_its_counter(
    printer: IppPrinterSimulator, sheets: int, truth: PrintResult
) -> None:
    printer.actions()["abort_after"](sheets)
    outcome = _driver(printer).print_document(document(pages=3), CommandContext.within(60))
    assert outcome == PrintOutcome(truth, "printer.job_aborted", sheets)


def test_an_answer_that_was_lost_is_unknown_although_the_page_came_out(
    printer: IppPrinterSimulator, eventually: Eventually
) -> None:
    printer.actions()["swallow_answer"]()
    outcome = _driver(printer).print_document(document(), CommandContext.within(60))
    assert outcome == PrintOutcome(PrintResult.UNKNOWN, "dev.unplugged")
    eventually(lambda: printer.machine.printed == 1001)


def test_a_cancelled_job_is_cancelled_at_the_printer(
    printer: IppPrinterSimulator, eventually: Eventually
) -> None:
    printer.machine.sheet_s = 0.2
    job = Printing(_driver(printer), document(pages=50))
    eventually(lambda: any(each.done for each in printer.machine.jobs()), within_s=60)
    job.context.cancelled.set()
    outcome = job.end()
    assert (outcome.result, outcome.code) == (PrintResult.UNKNOWN, "dev.cancelled")
    assert outcome.pages is not None
    assert 1 <= outcome.pages < 50
    assert printer.machine.jobs()[0].state.name == "CANCELED"


def test_a_deadline_cancels_the_job_at_the_printer(
    printer: IppPrinterSimulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ipp_job, "CANCEL_S", 0.5)
    printer.machine.sheet_s = 60.0
    outcome = _driver(printer).print_document(document(), CommandContext.within(2))
    # The sheet in hand would still come out: the printer has not confirmed the end.
    assert outcome.result is PrintResult.UNKNOWN
    assert outcome.code == "dev.deadline"
    assert "processing-to-stop-point" in printer.machine.jobs()[0].reasons


def test_low_paper_is_a_warning_with_the_page(printer: IppPrinterSimulator) -> None:
    printer.actions()["paper_low"]()
    driver = _driver(printer)
    status = driver.status(CommandContext.within(20))
    assert (status.condition, status.paper) == (Condition.ONLINE, Supply.LOW)
    outcome = driver.print_document(document(), CommandContext.within(60))
    assert outcome == PrintOutcome(PrintResult.DONE, "media.low", 1)


def test_levels_trays_and_the_counter_are_told_to_staff(printer: IppPrinterSimulator) -> None:
    printer.actions()["toner_low"]()
    driver = _driver(printer)
    assert driver.print_document(document(2), CommandContext.within(60)).pages == 2
    status = driver.status(CommandContext.within(20))
    assert status.toner is Supply.LOW
    assert dict(status.details) == {
        "level.toner.black": "5",
        "tray.main": "248/250",
        "pages": "1002",
        "reasons": "toner-low-warning",
    }


def test_an_answer_byte_by_byte_is_an_answer(printer: IppPrinterSimulator) -> None:
    printer.actions()["slow"]()
    outcome = _driver(printer).print_document(document(), CommandContext.within(90))
    assert outcome.result is PrintResult.DONE


@pytest.mark.parametrize(("talk", "code"), [("web_page", "ipp.malformed"), ("garbage", None)])
def test_what_is_no_printer_is_said_to_answer_wrongly(
    printer: IppPrinterSimulator, talk: str, code: str | None
) -> None:
    printer.actions()[talk]()
    status = _driver(printer).status(CommandContext.within(20))
    assert status.condition is Condition.OFFLINE
    assert status.code == code or status.code.startswith("ipp.")


def test_an_answer_cut_short_is_a_broken_connection(printer: IppPrinterSimulator) -> None:
    printer.actions()["cut_short"]()
    status = _driver(printer).status(CommandContext.within(20))
    assert status.code == "dev.truncated"


def test_the_document_arrives_byte_for_byte(printer: IppPrinterSimulator, tmp_path: Path) -> None:
    command = document(3)
    assert _driver(printer).print_document(command, CommandContext.within(60)).pages == 3
    saved = printer.actions()["save"](str(tmp_path))
    assert Path(str(saved)).read_bytes() == command.pdf
