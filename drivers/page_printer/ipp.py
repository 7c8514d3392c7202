# SPDX-License-Identifier: Apache-2.0
"""An A4 printer or print queue that speaks IPP (RFC 8010, 8011): directly or through CUPS.

``media=iso_a4_210x297mm`` is always named, because the default of many printers is Letter. A job is
followed to its end state; only ``completed`` is DONE. Printers differ in what they say while paper is
missing: the job may stay ``processing`` for ever, so an empty tray is given :data:`REFILL_S` and then
the job is cancelled at the printer.
"""

from __future__ import annotations

import http.client
import itertools
import time
from collections.abc import Callable, Sequence
from typing import Final
from urllib.parse import urlsplit

from drivers.core import (
    Check,
    CommandContext,
    Condition,
    DeadlineError,
    DeviceError,
    DeviceInfo,
    MisconfiguredError,
    NotPresentError,
    PagePrinter,
    PrintDocument,
    PrintOutcome,
    PrintResult,
    Progress,
    ProtocolError,
    Recovery,
    Status,
    Supply,
    Verdict,
)
from drivers.page_printer.ipp_message import (
    Answer,
    JobState,
    Operation,
    PrinterState,
    Tag,
    Value,
    decode,
    request,
)

A4: Final = "iso_a4_210x297mm"
REFILL_S: Final = 12.0
"""How long an empty tray or jam in the middle of a job is waited for before the job is cancelled."""

_ANSWER_S: Final = 3.0
_POLL_S: Final = 0.25
_ENDED: Final = frozenset({JobState.CANCELED, JobState.ABORTED, JobState.COMPLETED})

_REASONS: Final = (
    # Reported by the printer (RFC 8011 §5.4.12), most serious first; suffixes -error/-warning/-report vary.
    ("media-jam", "media.jam", Recovery.CLEAR),
    ("cover-open", "media.cover_open", Recovery.CLEAR),
    ("door-open", "media.cover_open", Recovery.CLEAR),
    ("media-needed", "media.out", Recovery.CLEAR),
    ("media-empty", "media.out", Recovery.CLEAR),
    ("toner-empty", "toner.out", Recovery.CLEAR),
    ("marker-supply-empty", "toner.out", Recovery.CLEAR),
    ("paused", "printer.paused", Recovery.RESET),
    ("shutdown", "printer.shut_down", Recovery.CLEAR),
)
_BLOCKING: Final = frozenset(code for _, code, _ in _REASONS)


class IppPrinter(PagePrinter):
    """One IPP printer. ``url`` is ``ipp://HOST:PORT/PATH`` (``ipps`` is left to the queue in front)."""

    capabilities = ("print_document",)

    def __init__(self, slot: str, *, url: str, clock: Callable[[], float] = time.monotonic) -> None:
        super().__init__(slot)
        parts = urlsplit(url)
        if parts.scheme != "ipp" or not parts.hostname:
            raise MisconfiguredError("dev.bad_url", params={"scheme": parts.scheme or "none"})
        self._url = url
        self._host = parts.hostname
        self._port = parts.port or 631
        self._path = parts.path or "/ipp/print"
        self._clock = clock
        self._request_ids = itertools.count(1)
        self._info = DeviceInfo()

    @property
    def info(self) -> DeviceInfo:
        """What the printer told at ``open``."""
        return self._info

    def open(self, context: CommandContext) -> None:
        """Ask the printer who it is. HTTP keeps no connection, so there is nothing to hold."""
        answer = self._printer(context)
        self._info = DeviceInfo(
            manufacturer=answer.text("printer-make-and-model").split(" ")[0],
            model=answer.text("printer-make-and-model"),
            serial=answer.text("printer-uuid"),
            firmware=answer.text("printer-firmware-string-version"),
        )

    def close(self) -> None:
        """Nothing is held between requests."""

    def status(self, context: CommandContext) -> Status:
        """Ask for the printer's state and reasons."""
        try:
            return _status_from(self._printer(context))
        except NotPresentError as error:
            return Status(Condition.NO_DEVICE, error.code, error.recovery, Supply.UNKNOWN)
        except DeviceError as error:
            return Status(Condition.OFFLINE, error.code, error.recovery, Supply.UNKNOWN)

    def print_document(self, command: PrintDocument, context: CommandContext) -> PrintOutcome:
        """Print; see :class:`PagePrinter`. Trouble known before the job: NOT_DONE, no byte was sent."""
        before = _status_from(self._printer(context))
        if before.code in _BLOCKING:
            return PrintOutcome(PrintResult.NOT_DONE, before.code)
        try:
            job = self._send(command, context)
        except (ProtocolError, DeadlineError, NotPresentError) as error:
            # The printer may have taken the whole job and lost only its answer.
            return PrintOutcome(PrintResult.UNKNOWN, error.code)
        if job is None:
            return PrintOutcome(PrintResult.NOT_DONE, "printer.refused")
        return self._follow(job, before, context)

    def self_test(self, context: CommandContext) -> Sequence[Check]:
        """IPP knows no self-test without paper; say so."""
        del context
        return (Check("self_test", Verdict.SKIPPED, "ipp.no_self_test"),)

    def diagnose(self, context: CommandContext) -> Sequence[Check]:
        """Reachable, is it a printer, does it take PDF, has it A4, is it free of trouble."""
        started = self._clock()
        try:
            answer = self._printer(context)
        except DeviceError as error:
            spent = int((self._clock() - started) * 1000)
            return (Check("reachable", Verdict.FAIL, error.code, error.recovery.value, spent),)
        status = _status_from(answer)
        formats = answer.keywords("document-format-supported")
        media = answer.keywords("media-supported")
        return (
            Check("reachable", Verdict.PASS, elapsed_ms=int((self._clock() - started) * 1000)),
            _told("takes_pdf", formats, "application/pdf"),
            _told("has_a4", media, A4),
            Check(
                "ready",
                Verdict.PASS if status.condition is Condition.ONLINE else Verdict.FAIL,
                status.code,
                status.recovery.value,
            ),
        )

    # --- the job -------------------------------------------------------------------------------

    def _send(self, command: PrintDocument, context: CommandContext) -> int | None:
        head = request(
            Operation.PRINT_JOB,
            next(self._request_ids),
            [
                (Tag.URI, "printer-uri", self._url),
                (Tag.NAME, "requesting-user-name", "hall24"),
                (Tag.NAME, "job-name", command.title or "document"),
                (Tag.MIME, "document-format", "application/pdf"),
            ],
            [(Tag.KEYWORD, "media", A4), (Tag.INTEGER, "copies", command.copies)],
        )
        answer = self._ask(head + command.pdf, context)
        return answer.number("job-id") if answer.ok else None

    def _follow(self, job: int, before: Status, context: CommandContext) -> PrintOutcome:
        waiting_since: float | None = None
        trouble = ""
        while True:
            try:
                answer = self._job(job, context)
                state = answer.number("job-state")
                if state in _ENDED and "processing-to-stop-point" not in answer.keywords(
                    "job-state-reasons"
                ):
                    return _ended(JobState(state), answer, trouble, before)
                status = _status_from(self._printer(context))
                trouble = status.code if status.code in _BLOCKING else ""
                context.on_progress(Progress(trouble or "page.printing"))
                if not trouble:
                    waiting_since = None
                elif waiting_since is None:
                    waiting_since = self._clock()
                elif self._clock() - waiting_since >= REFILL_S:
                    return self._give_up(job, trouble)
                context.pause(_POLL_S)
            except NotPresentError as error:
                return PrintOutcome(PrintResult.UNKNOWN, error.code)
            except DeviceError as error:
                return self._give_up(job, trouble or error.code)

    def _give_up(self, job: int, code: str) -> PrintOutcome:
        """Cancel at the printer; NOT_DONE only if it confirms that no sheet came out."""
        context = CommandContext.within(_ANSWER_S, self._clock)
        target: list[tuple[Tag, str, Value]] = [
            (Tag.URI, "printer-uri", self._url),
            (Tag.INTEGER, "job-id", job),
        ]
        try:
            self._ask(request(Operation.CANCEL_JOB, next(self._request_ids), target), context)
            while True:
                answer = self._job(job, context)
                state = answer.number("job-state")
                if state in _ENDED:
                    return _ended(JobState(state), answer, code, None)
                context.pause(_POLL_S)
        except DeviceError:
            return PrintOutcome(PrintResult.UNKNOWN, code)

    # --- requests ------------------------------------------------------------------------------

    def _printer(self, context: CommandContext) -> Answer:
        wanted = (
            "printer-state",
            "printer-state-reasons",
            "printer-make-and-model",
            "printer-uuid",
            "printer-firmware-string-version",
            "document-format-supported",
            "media-supported",
            "media-ready",
        )
        asked: list[tuple[Tag, str, Value]] = [
            (Tag.KEYWORD, "requested-attributes", name) for name in wanted
        ]
        target: list[tuple[Tag, str, Value]] = [(Tag.URI, "printer-uri", self._url)]
        answer = self._ask(
            request(Operation.GET_PRINTER_ATTRIBUTES, next(self._request_ids), [*target, *asked]),
            context,
        )
        if not answer.ok:
            raise ProtocolError("ipp.not_a_printer")
        return answer

    def _job(self, job: int, context: CommandContext) -> Answer:
        target: list[tuple[Tag, str, Value]] = [
            (Tag.URI, "printer-uri", self._url),
            (Tag.INTEGER, "job-id", job),
        ]
        answer = self._ask(
            request(Operation.GET_JOB_ATTRIBUTES, next(self._request_ids), target), context
        )
        if not answer.ok:
            raise ProtocolError("ipp.job_unknown")
        return answer

    def _ask(self, body: bytes, context: CommandContext) -> Answer:
        """Send one request. The one seam where HTTP and socket errors become ours."""
        context.check()
        connection = http.client.HTTPConnection(
            self._host, self._port, timeout=max(0.05, context.remaining_s(_ANSWER_S))
        )
        try:
            connection.request(
                "POST", self._path, body, headers={"Content-Type": "application/ipp"}
            )
            response = connection.getresponse()
            data = response.read()
        except TimeoutError as error:
            raise DeadlineError("dev.mute") from error
        except http.client.HTTPException as error:
            raise ProtocolError("ipp.not_http") from error
        except OSError as error:
            raise NotPresentError from error
        finally:
            connection.close()
        if response.status != http.client.OK:
            raise ProtocolError("ipp.http_status", params={"status": response.status})
        return decode(data)


def _status_from(answer: Answer) -> Status:
    reasons = answer.keywords("printer-state-reasons")
    ready = answer.keywords("media-ready")
    if A4 in ready:
        # Some *other* tray is empty: the reason does not say which one.
        reasons = frozenset(reason for reason in reasons if not reason.startswith("media-empty"))
    elif ready:
        reasons |= {"media-needed"}
    code, recovery = "", Recovery.NONE
    for prefix, found, cure in _REASONS:
        if any(reason.startswith(prefix) for reason in reasons):
            code, recovery = found, cure
            break
    low = any(reason.startswith("media-low") for reason in reasons)
    toner_low = any(reason.startswith(("toner-low", "marker-supply-low")) for reason in reasons)
    state = answer.number("printer-state")
    if code:
        condition = Condition.USER_ERROR
    elif state == PrinterState.STOPPED:
        condition, code, recovery = Condition.OFFLINE, "printer.stopped", Recovery.RESET
    else:
        condition = Condition.BUSY if state == PrinterState.PROCESSING else Condition.ONLINE
    if code == "media.jam":
        paper = Supply.JAMMED
    elif code == "media.out":
        paper = Supply.OUT
    else:
        paper = Supply.LOW if low else Supply.FULL
    return Status(
        condition,
        code,
        recovery,
        paper=paper,
        toner=Supply.OUT if code == "toner.out" else Supply.LOW if toner_low else Supply.FULL,
        cover_open=code == "media.cover_open",
    )


def _ended(state: JobState, answer: Answer, trouble: str, before: Status | None) -> PrintOutcome:
    if state is JobState.COMPLETED:
        if "job-completed-with-errors" in answer.keywords("job-state-reasons"):
            return PrintOutcome(PrintResult.UNKNOWN, trouble or "printer.job_errors")
        warning = "media.low" if before is not None and before.paper is Supply.LOW else ""
        return PrintOutcome(PrintResult.DONE, warning)
    code = trouble or f"printer.job_{state.name.lower()}"
    sheets = answer.number("job-impressions-completed")
    if sheets is None:
        sheets = answer.number("job-media-sheets-completed")
    # No count reported is not a count of zero.
    return PrintOutcome(PrintResult.NOT_DONE if sheets == 0 else PrintResult.UNKNOWN, code)


def _told(check: str, values: frozenset[str], wanted: str) -> Check:
    if not values:
        return Check(check, Verdict.UNKNOWN, "ipp.not_told")
    if wanted in values:
        return Check(check, Verdict.PASS)
    return Check(check, Verdict.FAIL, "ipp.not_supported", Recovery.CONFIGURE.value)
