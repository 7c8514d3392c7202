# SPDX-License-Identifier: Apache-2.0
"""Asking a printer how it is, over the same wire that carries the job.

Old bytes are dropped before each question, so that an answer is never taken for that of an earlier
one. Silence is ``dev.mute``, a byte of another form is ``dev.protocol``: neither is ever "OK".
"""

from __future__ import annotations

from typing import Final

from drivers.core import CommandContext, NotReadyError, ProtocolError, Recovery
from drivers.receipt_printer.dle_eot import (
    CAUSE,
    ERRORS,
    ORDERED_QUERY,
    PAPER,
    PRINTER,
    Sign,
    decode,
    decode_ordered,
    is_ordered_answer,
    query,
)
from drivers.receipt_printer.full_status import (
    EXIT_QUERY,
    FULL_QUERY,
    FULL_SIZE,
    find_full_status,
)
from drivers.receipt_printer.profiles import PrinterProfile
from drivers.transports import Transport

ANSWER_S: Final = 0.8
"""A real-time command is answered within milliseconds; this allows for slow serial servers."""
_SETTLE_S: Final = 0.15
"""After a late answer: time in which the answer to the question before it may still come."""
_PROBE_S: Final = 0.4
_HEARD_LIMIT: Final = 16 * FULL_SIZE
_CAUSES: Final = (CAUSE, PAPER, ERRORS)


class StatusLine:
    """The questions to one printer. Not thread-safe; used by the driver's thread."""

    def __init__(
        self, transport: Transport, profile: PrinterProfile, answer_s: float = ANSWER_S
    ) -> None:
        self._transport = transport
        self._answer_s = answer_s
        self._profile = profile
        self._ordered: frozenset[Sign] | None = None
        self._awaits_ordered = False
        self._full_is_answered: bool | None = None

    def forget_printer(self) -> None:
        """Know nothing of what it answers: a new connection may be to another one."""
        self._full_is_answered = None

    @property
    def tells_of_exit(self) -> bool:
        """Tell whether it answered the full status on this connection."""
        return self._full_is_answered is True

    @property
    def ordered(self) -> frozenset[Sign] | None:
        """What ``GS r 1`` answered, once it did: everything sent before it has been worked off."""
        return self._ordered

    def ask_all(self, context: CommandContext, answer_s: float | None = None) -> frozenset[Sign]:
        """Ask everything this model knows. Raises ``NotReadyError``, ``ProtocolError``, transport errors."""
        signs: set[Sign] = set()
        for number in self._profile.status_queries:
            signs |= self.ask(number, context, answer_s)
        return frozenset(signs) | self.ask_full(context, answer_s)

    def ask_full(self, context: CommandContext, answer_s: float | None = None) -> frozenset[Sign]:
        """Ask ``DLE EOT 20`` where the model has it; silence says nothing, the other answers count.

        Not while an ordered answer is awaited: its one byte could not be told from these.
        """
        if not self._profile.full_status or self._awaits_ordered:
            return frozenset()
        if self._full_is_answered is False:
            return frozenset()
        patience = min(_PROBE_S, self._answer_s if answer_s is None else answer_s)
        self._drop_old(context)
        self._transport.write(FULL_QUERY, context)
        heard, until = b"", context.clock() + patience
        signs: frozenset[Sign] | None = None
        while signs is None and (left := until - context.clock()) > 0:
            heard = (heard + self._transport.read(64, context, timeout_s=left))[-_HEARD_LIMIT:]
            signs = find_full_status(heard)
        if signs is None and self._full_is_answered is None:
            # It does not know the question, or this firmware does not: not asked again.
            self._full_is_answered = False
        elif signs is not None:
            self._full_is_answered = True
        return signs or frozenset()

    def ask_exit_byte(self, context: CommandContext, answer_s: float) -> int | None:
        """Ask Masung's ``DLE EOT 5``; every byte is an answer, none has a form to check."""
        self._drop_old(context)
        self._transport.write(EXIT_QUERY, context)
        heard = self._transport.read(1, context, timeout_s=answer_s)
        return heard[0] if heard else None

    def ask_briefly(self, context: CommandContext) -> frozenset[Sign]:
        """Ask whether it is on line, and only if not, why."""
        signs = set(self.ask(PRINTER, context))
        if signs:
            for number in _CAUSES:
                if number in self._profile.status_queries:
                    signs |= self.ask(number, context)
            signs |= self.ask_full(context)
        return frozenset(signs)

    def ask(
        self, number: int, context: CommandContext, answer_s: float | None = None
    ) -> frozenset[Sign]:
        """Ask one DLE EOT, twice if the first answer is missing or makes no sense."""
        patience = self._answer_s if answer_s is None else answer_s
        try:
            return self._ask_once(number, context, patience)
        except (NotReadyError, ProtocolError) as error:
            if error.code not in {"dev.mute", "dev.protocol"}:
                raise
            signs = self._ask_once(number, context, patience)
            # The first question's answer may be under way: let it pass before asking anything else.
            while self._take(context, min(_SETTLE_S, patience)):
                pass
            return signs

    def request_ordered(self, context: CommandContext) -> None:
        """Send ``GS r 1``; its answer is picked up by whatever reads next."""
        self._ordered = None
        self._awaits_ordered = True
        self._transport.write(ORDERED_QUERY, context)

    def probe_ordered(self, context: CommandContext) -> bool:
        """Tell whether this printer answers ``GS r`` when nothing stands before it."""
        self.request_ordered(context)
        self._take(context, min(_PROBE_S, self._answer_s))
        answered = self._ordered is not None
        self.forget_ordered()
        return answered

    def forget_ordered(self) -> None:
        """Stop looking for an ordered answer: a new job begins."""
        self._ordered = None
        self._awaits_ordered = False

    def listen(self, context: CommandContext, seconds: float) -> None:
        """Wait so long, and pick up an ordered answer that comes meanwhile."""
        self._take(context, seconds)

    def _ask_once(self, number: int, context: CommandContext, answer_s: float) -> frozenset[Sign]:
        self._drop_old(context)
        self._transport.write(query(number), context)
        until = context.clock() + answer_s
        foreign: ProtocolError | None = None
        while (left := until - context.clock()) > 0:
            for answer in self._take(context, left):
                try:
                    return decode(number, answer, self._profile)
                except ProtocolError as error:
                    foreign = error
        if foreign is not None:
            raise foreign
        raise NotReadyError("dev.mute", recovery=Recovery.RESET)

    def _drop_old(self, context: CommandContext) -> None:
        while self._take(context, 0.0):
            pass

    def _take(self, context: CommandContext, seconds: float) -> bytes:
        """Read what comes first and keep back an ordered answer that was waited for."""
        data = self._transport.read(64, context, timeout_s=seconds)
        if not (data and self._awaits_ordered):
            return data
        rest = bytearray()
        for byte in data:
            if self._awaits_ordered and is_ordered_answer(byte):
                self._ordered = decode_ordered(byte)
                self._awaits_ordered = False
            else:
                rest.append(byte)
        return bytes(rest)
