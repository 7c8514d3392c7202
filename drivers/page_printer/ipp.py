# SPDX-License-Identifier: Apache-2.0
"""An A4 printer or print queue that speaks IPP (RFC 8010, 8011): directly or through CUPS.

``media=iso_a4_210x297mm`` is always named, because the default of many printers is Letter. A job is
followed to its end state; only ``completed`` is DONE. Printers differ in what they say while paper is
missing: the job may stay ``processing`` for ever, so an empty tray is given ``refill_s`` and then the job
is cancelled at the printer. What a printer's reasons mean here: :mod:`drivers.page_printer.ipp_reasons`.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import Final

from drivers.core import (
    Check,
    CommandContext,
    Condition,
    DeviceError,
    DeviceInfo,
    NotPresentError,
    PagePrinter,
    PrintDocument,
    PrintOutcome,
    PrintResult,
    Recovery,
    Status,
    Supply,
    Verdict,
)
from drivers.page_printer.ipp_job import JobWatch
from drivers.page_printer.ipp_message import Answer
from drivers.page_printer.ipp_port import IppPort
from drivers.page_printer.ipp_reasons import A4, BLOCKING, status_from

REFILL_S: Final = 12.0
"""How long an empty tray, jam or pause in the middle of a job is waited for, unless told otherwise."""


class IppPrinter(PagePrinter):
    """One IPP printer. ``url`` is ``ipp://HOST:PORT/PATH`` (``ipps`` is left to the queue in front).

    ``refill_s``: seconds for which trouble in the middle of a job is waited for before the job is
    cancelled; the command's deadline ends the waiting, too.
    """

    capabilities = ("print_document",)

    def __init__(
        self,
        slot: str,
        *,
        url: str,
        refill_s: float = REFILL_S,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        super().__init__(slot)
        self._port = IppPort(url, clock)
        self._refill_s = float(refill_s)
        self._clock = clock
        self._info = DeviceInfo()

    @property
    def info(self) -> DeviceInfo:
        """What the printer told last."""
        return self._info

    def open(self, context: CommandContext) -> None:
        """Ask the printer who it is. HTTP keeps no connection, so there is nothing to hold."""
        self._printer(context)

    def close(self) -> None:
        """Break a verb of another thread; nothing is held between requests."""
        self._port.close()

    def status(self, context: CommandContext) -> Status:
        """Ask for the printer's state and reasons.

        ``details``: ``level.KIND.COLOUR`` in percent, ``tray.NAME`` as sheets/capacity, ``a4`` the same for all
        trays of A4, ``pages`` printed in its life, ``reasons`` as the printer words them; each only where the
        printer tells it.
        """
        try:
            return status_from(self._printer(context))
        except NotPresentError as error:
            return Status(Condition.NO_DEVICE, error.code, error.recovery, Supply.UNKNOWN)
        except DeviceError as error:
            return Status(Condition.OFFLINE, error.code, error.recovery, Supply.UNKNOWN)

    def print_document(self, command: PrintDocument, context: CommandContext) -> PrintOutcome:
        """Print; see :class:`PagePrinter`. Trouble known before the job: NOT_DONE, no byte was sent."""
        told = self._printer(context)
        before = status_from(told)
        if before.code in BLOCKING:
            return PrintOutcome(PrintResult.NOT_DONE, before.code)
        is_queue = bool(told.text("cups-version"))
        watch = JobWatch(self._port, self._clock, self._refill_s, before, counts_late=is_queue)
        return watch.run(command, context)

    def self_test(self, context: CommandContext) -> Sequence[Check]:
        """Ask whether it is there and free of trouble. IPP knows no test without paper; say so."""
        reachable = self.diagnose(context)[0]
        return (reachable, Check("self_test", Verdict.SKIPPED, "ipp.no_self_test"))

    def diagnose(self, context: CommandContext) -> Sequence[Check]:
        """Reachable, is it a printer, does it take PDF, has it A4, is it free of trouble."""
        started = self._clock()
        try:
            answer = self._printer(context)
        except DeviceError as error:
            spent = int((self._clock() - started) * 1000)
            return (Check("reachable", Verdict.FAIL, error.code, error.recovery.value, spent),)
        status = status_from(answer)
        formats = answer.keywords("document-format-supported")
        media = answer.keywords("media-supported")
        return (
            Check("reachable", Verdict.PASS, elapsed_ms=int((self._clock() - started) * 1000)),
            _told("takes_pdf", formats, "application/pdf"),
            _told("has_a4", media, A4),
            Check(
                "ready",
                Verdict.FAIL if status.code in BLOCKING else Verdict.PASS,
                status.code,
                status.recovery.value,
            ),
        )

    def _printer(self, context: CommandContext) -> Answer:
        """Ask the printer how it is, and remember who it is."""
        answer = self._port.printer(context)
        model = answer.text("printer-make-and-model")
        self._info = DeviceInfo(
            manufacturer=model.split(" ")[0],
            model=model,
            serial=answer.text("printer-uuid"),
            firmware=answer.text("printer-firmware-string-version"),
        )
        return answer


def _told(check: str, values: frozenset[str], wanted: str) -> Check:
    if not values:
        return Check(check, Verdict.UNKNOWN, "ipp.not_told")
    if wanted in values:
        return Check(check, Verdict.PASS)
    return Check(check, Verdict.FAIL, "ipp.not_supported", Recovery.CONFIGURE.value)
