# SPDX-License-Identifier: Apache-2.0
"""One job, from its first byte to the three truths about paper.

::

    sent ──▶ pending/processing ⇄ trouble (tray empty, jam, paused …), waited for ``refill_s``
      │            │                   │ not mended in time, cancelled, deadline
      │            ▼                   ▼
      │        completed: DONE     cancel at the printer ──▶ its counters: NOT_DONE or UNKNOWN
      ╰─ refused: NOT_DONE         aborted by the printer ─▶ the same
                 no answer for ``GONE_S``, or the printer forgot the job: UNKNOWN
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from drivers.core import (
    CommandContext,
    DeadlineError,
    DeviceError,
    MisconfiguredError,
    NotPresentError,
    PrintDocument,
    PrintOutcome,
    PrintResult,
    Progress,
    ProtocolError,
    Status,
    Supply,
)
from drivers.page_printer.ipp_message import Answer, Code, JobState
from drivers.page_printer.ipp_port import IppPort
from drivers.page_printer.ipp_reasons import BLOCKING, status_from

GONE_S: Final = 4.0
"""How long a printer may be away or talk nonsense in the middle of a job before nobody knows its fate."""

CANCEL_S: Final = 4.0
"""How long a printer gets to carry out a cancel."""

_ANSWER_S: Final = 2.0
_POLL_S: Final = 0.25
_ENDED: Final = frozenset({JobState.CANCELED, JobState.ABORTED, JobState.COMPLETED})
_REFUSALS: Final = {
    Code.NOT_ACCEPTING_JOBS: "printer.not_accepting",
    Code.BUSY: "printer.busy",
    Code.DOCUMENT_FORMAT_NOT_SUPPORTED: "printer.no_pdf",
    Code.NOT_FOUND: "ipp.no_such_queue",
    Code.FORBIDDEN: "ipp.not_allowed",
    Code.NOT_AUTHENTICATED: "ipp.not_allowed",
    Code.NOT_AUTHORIZED: "ipp.not_allowed",
}
_UNREADABLE: Final = frozenset(
    {"document-format-error", "document-unprintable-error", "unsupported-document-format"}
)


@dataclass(slots=True)
class JobWatch:
    """Sends one document and follows it. Used once."""

    port: IppPort
    clock: Callable[[], float]
    refill_s: float
    """How long trouble in the middle of the job is waited for, in seconds."""
    status: Status
    """How the printer was when it was last looked at; to begin with, before the job."""
    counts_late: bool
    """A queue of CUPS: its counters follow the paper, so zero is no proof that nothing came out."""
    _began: int = field(init=False)
    _job: int = field(init=False, default=0)
    _trouble: str = field(init=False, default="")
    _stopping_since: float | None = field(init=False, default=None)

    def __post_init__(self) -> None:
        self._began = self.port.closings

    def run(self, command: PrintDocument, context: CommandContext) -> PrintOutcome:
        """Send it and wait for its end. Raises only what ``context.check`` does before the first byte."""
        context.check()
        try:
            answer = self.port.send(command, context, began=self._began)
        except MisconfiguredError as error:
            return PrintOutcome(PrintResult.NOT_DONE, error.code)
        except DeviceError as error:
            # The printer may have taken the whole job and lost only its answer.
            return PrintOutcome(PrintResult.UNKNOWN, error.code)
        if not answer.ok:
            return PrintOutcome(PrintResult.NOT_DONE, _refusal(answer))
        job = answer.number("job-id")
        if job is None:
            return PrintOutcome(PrintResult.UNKNOWN, "ipp.malformed")
        self._job = job
        return self._follow(context)

    def _follow(self, context: CommandContext) -> PrintOutcome:
        gone_since: float | None = None
        waiting_since: float | None = None
        while True:
            try:
                context.check()
                ended = self._look(context)
                if ended is not None:
                    return ended
                gone_since = None
                waiting_since = (waiting_since or self.clock()) if self._trouble else None
                if waiting_since is not None and self.clock() - waiting_since >= self.refill_s:
                    return self._give_up(self._trouble)
            except (NotPresentError, ProtocolError, DeadlineError, MisconfiguredError) as error:
                gone_since = self.clock() if gone_since is None else gone_since
                if self._must_end(context):
                    return self._give_up(self._trouble or error.code)
                if self._is_final(error) or self.clock() - gone_since >= GONE_S:
                    return PrintOutcome(PrintResult.UNKNOWN, error.code)
            except DeviceError as error:
                return self._give_up(self._trouble or error.code)
            context.cancelled.wait(context.remaining_s(_POLL_S))

    def _look(self, context: CommandContext) -> PrintOutcome | None:
        """Look at job and printer once; return the outcome when the job has ended."""
        answer = self.port.job(self._job, context, began=self._began)
        state = answer.number("job-state")
        if self._is_over(answer):
            return self._ended(answer, self._trouble)
        self.status = status_from(self.port.printer(context, began=self._began))
        self._trouble = self.status.code if self.status.code in BLOCKING else ""
        if not self._trouble and state == JobState.HELD:
            self._trouble = "printer.job_held"
        done, total = _pages(answer) or 0, answer.number("job-impressions") or 0
        context.on_progress(Progress(self._trouble or "page.printing", done, total))
        return None

    def _must_end(self, context: CommandContext) -> bool:
        return context.cancelled.is_set() or not context.remaining_s()

    def _is_final(self, error: DeviceError) -> bool:
        """Tell what no waiting mends: closed by us, or a printer that knows nothing of the job."""
        return self.port.closings != self._began or error.code in {
            "ipp.job_unknown",
            "ipp.no_such_queue",
            "ipp.not_allowed",
        }

    def _give_up(self, code: str) -> PrintOutcome:
        """Cancel at the printer; NOT_DONE only if it confirms that no sheet came out."""
        context = CommandContext.within(CANCEL_S + _ANSWER_S, self.clock)
        try:
            self.port.cancel(self._job, context, began=self._began)
            while True:
                answer = self.port.job(self._job, context, began=self._began)
                if self._is_over(answer):
                    return self._ended(answer, code)
                context.pause(_POLL_S)
        except DeviceError:
            return PrintOutcome(PrintResult.UNKNOWN, code)

    def _is_over(self, answer: Answer) -> bool:
        """Tell whether no further sheet can come: the state is an end, and no sheet is still on its way.

        CUPS leaves ``processing-to-stop-point`` at a job for ever, also at a completed one; of a job that
        was ended otherwise it is believed for :data:`CANCEL_S`.
        """
        state = answer.number("job-state")
        if state not in _ENDED:
            return False
        if state == JobState.COMPLETED:
            return True
        if "processing-to-stop-point" not in answer.keywords("job-state-reasons"):
            return True
        self._stopping_since = self._stopping_since or self.clock()
        return self.clock() - self._stopping_since >= CANCEL_S

    def _ended(self, answer: Answer, code: str) -> PrintOutcome:
        state = JobState(answer.number("job-state") or JobState.ABORTED)
        pages = _pages(answer)
        reasons = answer.keywords("job-state-reasons")
        if state is JobState.COMPLETED:
            if "job-completed-with-errors" in reasons:
                return PrintOutcome(PrintResult.UNKNOWN, code or "printer.job_errors", pages)
            warning = "media.low" if self.status.paper is Supply.LOW else ""
            return PrintOutcome(PrintResult.DONE, warning, pages)
        if reasons & _UNREADABLE:
            code = "printer.unreadable"
        nothing = self._proves_nothing_came_out(answer, pages)
        return PrintOutcome(
            PrintResult.NOT_DONE if nothing else PrintResult.UNKNOWN,
            code or f"printer.job_{state.name.lower()}",
            pages,
        )

    def _proves_nothing_came_out(self, answer: Answer, pages: int | None) -> bool:
        """No count reported is not a count of zero; a job that was never begun printed nothing."""
        if "time-at-processing" in answer.without_value:
            return True
        return pages == 0 and not self.counts_late


def _pages(answer: Answer) -> int | None:
    pages = answer.number("job-impressions-completed")
    return answer.number("job-media-sheets-completed") if pages is None else pages


def _refusal(answer: Answer) -> str:
    if answer.status == Code.ATTRIBUTES_NOT_SUPPORTED:
        return "printer.no_a4" if "media" in answer.attributes else "printer.refused"
    try:
        return _REFUSALS.get(Code(answer.status), "printer.refused")
    except ValueError:
        return "printer.refused"
