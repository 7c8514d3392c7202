# SPDX-License-Identifier: Apache-2.0
"""The A4 driver through a queue of the real cupsd: paused and resumed, printer away and back, out of paper."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
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
)
from drivers.page_printer.ipp import IppPrinter
from drivers.page_printer.ipp_message import Answer
from drivers.sim.cups_queue import CupsQueue
from drivers.sim.ipp_machine import A4
from drivers.sim.ipp_printer import IppPrinterSimulator
from kiosk.cli import main

pytestmark = pytest.mark.daemon

Eventually = Callable[..., None]
PAGES = PrintDocument(
    pdf=b"%PDF-1.4\n1 0 obj <</Type /Page>> endobj\n2 0 obj <</Type /Page>> endobj\n%%EOF\n",
    title="proof",
)
LONG_S = 100.0
"""CUPS's backend asks the printer by SNMP before each job, for four seconds, and retries at its own pace."""


@pytest.fixture
def printer() -> Iterator[IppPrinterSimulator]:
    simulator = IppPrinterSimulator(sheet_s=0.02)
    simulator.start()
    yield simulator
    simulator.stop()


@pytest.fixture
def queue(printer: IppPrinterSimulator) -> Iterator[CupsQueue]:
    simulator = CupsQueue("page_printer", printer.endpoint)
    simulator.start()
    yield simulator
    simulator.stop()


class Printing:
    """One job in a thread of its own."""

    def __init__(
        self, queue: CupsQueue, *, just_before: Callable[[], object] | None = None
    ) -> None:
        self.steps: list[Progress] = []
        self.outcome: PrintOutcome | None = None
        plain = CommandContext.within(LONG_S)
        self.context = CommandContext(plain.deadline, on_progress=self.steps.append)
        self.driver = IppPrinter("page_printer", url=queue.endpoint, refill_s=LONG_S)
        if just_before is not None:
            self._interpose(just_before)
        self._thread = threading.Thread(target=self._run)
        self._thread.start()

    def _interpose(self, just_before: Callable[[], object]) -> None:
        """Let something happen between the look at the queue and the sending."""
        send = self.driver._port.send

        def act_and_send(command: PrintDocument, context: CommandContext, *, began: int) -> Answer:
            just_before()
            return send(command, context, began=began)

        self.driver._port.send = act_and_send  # type: ignore[method-assign]

    def _run(self) -> None:
        self.outcome = self.driver.print_document(PAGES, self.context)

    def said(self, code: str) -> bool:
        return any(step.code == code for step in self.steps)

    def end(self) -> PrintOutcome:
        self._thread.join(LONG_S)
        assert self.outcome is not None, [step.code for step in self.steps]
        return self.outcome


def test_a_document_goes_through_the_queue_as_it_is_on_a4_and_its_pages_are_counted(
    queue: CupsQueue,
    printer: IppPrinterSimulator,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    file = tmp_path / "proof.pdf"
    file.write_bytes(PAGES.pdf)
    with pytest.raises(SystemExit) as ended:
        main(["document", "print", str(file), "--to", queue.endpoint])
    assert ended.value.code in {0, None}, queue.log()[-3000:]
    assert json.loads(capsys.readouterr().out) == {"result": "DONE", "code": "", "pages": 2}
    (job,) = printer.machine.jobs()
    # The PPD's own default is Letter, and so is the printer's.
    assert (job.document, job.media) == (PAGES.pdf, A4)


def test_a_queue_paused_in_between_holds_the_job_and_a_resumed_one_prints_it(
    queue: CupsQueue, printer: IppPrinterSimulator, eventually: Eventually
) -> None:
    job = Printing(queue, just_before=queue.actions()["pause"])
    eventually(lambda: job.said("printer.paused"), within_s=60)
    assert printer.machine.jobs() == []
    status = IppPrinter("page_printer", url=queue.endpoint).status(CommandContext.within(20))
    assert (status.condition, status.code) == (Condition.OFFLINE, "printer.paused")
    assert status.recovery is Recovery.RESET
    # A second document is not sent to it at all.
    refused = IppPrinter("page_printer", url=queue.endpoint).print_document(
        PAGES, CommandContext.within(20)
    )
    assert refused == PrintOutcome(PrintResult.NOT_DONE, "printer.paused")
    queue.actions()["resume"]()
    assert job.end() == PrintOutcome(PrintResult.DONE, "", 2)
    assert len(printer.machine.jobs()) == 1


def test_a_job_cancelled_before_the_queue_began_it_is_not_done(
    queue: CupsQueue, printer: IppPrinterSimulator, eventually: Eventually
) -> None:
    job = Printing(queue, just_before=queue.actions()["pause"])
    eventually(lambda: job.said("printer.paused"), within_s=60)
    job.context.cancelled.set()
    assert job.end() == PrintOutcome(PrintResult.NOT_DONE, "printer.paused", 0)
    queue.actions()["resume"]()
    assert printer.machine.jobs() == []


def test_a_job_cancelled_when_the_queue_had_begun_it_is_unknown_whatever_it_counts(
    queue: CupsQueue, printer: IppPrinterSimulator, eventually: Eventually
) -> None:
    printer.machine.sheet_s = LONG_S
    job = Printing(queue)
    eventually(lambda: bool(printer.machine.jobs()), within_s=60)
    job.context.cancelled.set()
    outcome = job.end()
    assert (outcome.result, outcome.code) == (PrintResult.UNKNOWN, "dev.cancelled")
    # The queue passes the cancel on to the printer.
    eventually(lambda: "processing-to-stop-point" in printer.machine.jobs()[0].reasons, within_s=60)


def test_paper_that_ran_out_behind_the_queue_is_said_and_refilled_the_job_goes_on(
    queue: CupsQueue, printer: IppPrinterSimulator, eventually: Eventually
) -> None:
    printer.actions()["load_paper"](1)
    job = Printing(queue)
    eventually(lambda: job.said("media.out"), within_s=60)
    assert job.outcome is None
    printer.actions()["load_paper"]()
    assert job.end() == PrintOutcome(PrintResult.DONE, "", 2)


def test_a_printer_that_was_away_prints_by_itself_when_it_is_back(
    queue: CupsQueue, printer: IppPrinterSimulator, eventually: Eventually
) -> None:
    printer.stop()
    job = Printing(queue)
    eventually(lambda: "[Job 1] Connection error" in queue.log(), within_s=60)
    # CUPS says it in words only, in its own language; no reason tells it.
    assert job.outcome is None
    assert {step.code for step in job.steps} == {"page.printing"}
    printer.start()
    outcome = job.end()
    assert (outcome.result, outcome.code) == (PrintResult.DONE, "")


def test_what_is_wrong_with_the_queue_itself_is_told_apart(queue: CupsQueue) -> None:
    driver = IppPrinter("page_printer", url=queue.endpoint)
    other = IppPrinter("page_printer", url=queue.endpoint + "_other")
    nowhere = other.status(CommandContext.within(20))
    assert (nowhere.code, nowhere.recovery) == ("ipp.no_such_queue", Recovery.CONFIGURE)
    queue.actions()["refuse_jobs"]()
    refusing = driver.status(CommandContext.within(20))
    assert (refusing.code, refusing.recovery) == ("printer.not_accepting", Recovery.CONFIGURE)
    queue.actions()["accept_jobs"]()
    assert driver.status(CommandContext.within(20)).condition is Condition.ONLINE
    queue.actions()["unplug"]()
    gone = driver.status(CommandContext.within(20))
    assert (gone.condition, gone.code) == (Condition.NO_DEVICE, "dev.not_present")
    queue.actions()["replug"]()
    assert driver.status(CommandContext.within(20)).condition is Condition.ONLINE
