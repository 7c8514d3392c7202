# SPDX-License-Identifier: Apache-2.0
"""The few questions that are put to an IPP printer or queue: how are you, print this, how is it, cancel it."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable
from typing import Final
from urllib.parse import urlsplit

from drivers.core import CommandContext, MisconfiguredError, PrintDocument, ProtocolError
from drivers.page_printer import ipp_reasons, ipp_supplies
from drivers.page_printer.ipp_exchange import IppExchange
from drivers.page_printer.ipp_message import (
    Answer,
    Attribute,
    Code,
    Operation,
    Tag,
    decode,
    request,
)
from drivers.page_printer.ipp_reasons import A4

_IDENTITY: Final = (
    "printer-make-and-model",
    "printer-uuid",
    "printer-firmware-string-version",
    "document-format-supported",
    "media-supported",
    "cups-version",
)
_PRINTER: Final = (*_IDENTITY, *ipp_reasons.ATTRIBUTES, *ipp_supplies.ATTRIBUTES)
_JOB: Final = (
    "job-state",
    "job-state-reasons",
    "job-impressions",
    "job-impressions-completed",
    "job-media-sheets-completed",
    "time-at-processing",
)


class IppPort:
    """One printer's place on the network. Holds no connection; ``close`` breaks a question of another thread."""

    def __init__(self, url: str, clock: Callable[[], float]) -> None:
        """Take ``ipp://HOST[:PORT]/PATH``. Raises ``MisconfiguredError`` (``dev.bad_url``)."""
        parts = urlsplit(url)
        try:
            port = parts.port or 631
        except ValueError:
            port = 0
        if parts.scheme != "ipp" or not parts.hostname or not port:
            raise MisconfiguredError("dev.bad_url", params={"scheme": parts.scheme or "none"})
        self._url = url
        self._exchange = IppExchange(parts.hostname, port, parts.path or "/ipp/print", clock)
        self._ids = itertools.count(1)

    @property
    def closings(self) -> int:
        """How often ``close`` was called; see :meth:`IppExchange.ask`."""
        return self._exchange.closings

    def close(self) -> None:
        """Break what is asked now. Never raises."""
        self._exchange.close()

    def printer(self, context: CommandContext, *, began: int | None = None) -> Answer:
        """Ask how the printer is. Raises ``ProtocolError`` where no printer answers, and what ``ask`` does."""
        wanted = [(Tag.KEYWORD, "requested-attributes", name) for name in _PRINTER]
        answer = self._ask(Operation.GET_PRINTER_ATTRIBUTES, wanted, context, began)
        if answer.status == Code.NOT_FOUND:
            raise MisconfiguredError("ipp.no_such_queue")
        if not answer.ok or answer.number("printer-state") is None:
            raise ProtocolError("ipp.not_a_printer")
        return answer

    def send(self, command: PrintDocument, context: CommandContext, *, began: int) -> Answer:
        """Send a whole job. A4 is named and has to be obeyed: a refusal is better than another size."""
        head = request(
            Operation.PRINT_JOB,
            next(self._ids),
            [
                (Tag.URI, "printer-uri", self._url),
                (Tag.NAME, "requesting-user-name", "hall24"),
                (Tag.NAME, "job-name", command.title or "document"),
                (Tag.BOOLEAN, "ipp-attribute-fidelity", True),
                (Tag.MIME, "document-format", "application/pdf"),
            ],
            [(Tag.KEYWORD, "media", A4), (Tag.INTEGER, "copies", command.copies)],
        )
        return decode(self._exchange.ask(head + command.pdf, context, began=began))

    def job(self, job: int, context: CommandContext, *, began: int) -> Answer:
        """Ask how a job is. Raises ``ProtocolError`` (``ipp.job_unknown``) when the printer forgot it."""
        wanted: list[Attribute] = [(Tag.KEYWORD, "requested-attributes", name) for name in _JOB]
        answer = self._ask(
            Operation.GET_JOB_ATTRIBUTES, [(Tag.INTEGER, "job-id", job), *wanted], context, began
        )
        if not answer.ok or answer.number("job-state") is None:
            raise ProtocolError("ipp.job_unknown")
        return answer

    def cancel(self, job: int, context: CommandContext, *, began: int) -> None:
        """Ask the printer to cancel a job; whether it did, :meth:`job` tells."""
        about: list[Attribute] = [
            (Tag.INTEGER, "job-id", job),
            (Tag.NAME, "requesting-user-name", "hall24"),
        ]
        self._ask(Operation.CANCEL_JOB, about, context, began)

    def _ask(
        self,
        operation: Operation,
        attributes: Iterable[Attribute],
        context: CommandContext,
        began: int | None,
    ) -> Answer:
        body = request(
            operation, next(self._ids), [(Tag.URI, "printer-uri", self._url), *attributes]
        )
        return decode(self._exchange.ask(body, context, began=began))
