# SPDX-License-Identifier: Apache-2.0
"""Watches readers for cards through ``SCardGetStatusChange``.

pyscard's own monitor dies when the service dies and never comes back. This one is made of single looks
and waits on a line that may break at any time: it opens the line again, lists the readers again, and
goes on. A service that was killed is waited for up to :data:`SERVICE_GRACE_S`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Final, TypeVar

from smartcard import scard

from drivers.core import (
    CommandContext,
    DeadlineError,
    DeviceError,
    NotPresentError,
    NotReadyError,
    Recovery,
)
from drivers.smart_card.pcsc_errors import NO_SERVICE, raise_for_answer
from drivers.smart_card.pcsc_line import CLOSED, ServiceLine, closed

SERVICE_GRACE_S: Final = 3.0
"""So long a service that went away while we wait for a card may take to come back."""

_PLUG_AND_PLAY: Final = "\\\\?PnP?\\Notification"
_WAIT_MS: Final = 1000
"""One wait; an event ends it sooner. Bounds what a lost event can cost."""
_RETRY_S: Final = 0.1
_ANSWER_S: Final = 2.0
"""A service that takes longer to say how its readers are is frozen."""
_SECURITY_MODULE: Final = re.compile(r"\bP?SAM\b", re.IGNORECASE)
"""Slots of multi-slot readers in which a security module sits for good."""

_EVENT_NUMBER_SHIFT: Final = 16

Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class ReaderState:
    """One reader at one moment; ``flags`` are the event state of PC/SC, counter included."""

    name: str
    flags: int

    @property
    def has_card(self) -> bool:
        """Something is in the slot."""
        return bool(self.flags & scard.SCARD_STATE_PRESENT)

    @property
    def is_mute(self) -> bool:
        """What is in the slot does not answer to power: turned round, dirty, not a chip card."""
        return bool(self.flags & scard.SCARD_STATE_MUTE)

    @property
    def visit(self) -> tuple[str, int]:
        """Names one stay of one card: PC/SC counts insertions and removals in the upper bits."""
        return self.name, self.flags >> _EVENT_NUMBER_SHIFT


class ReaderWatch:
    """Watches the readers that ``wanted`` names: a whole name, its beginning, or empty for all."""

    def __init__(self, line: ServiceLine, wanted: str) -> None:
        self._line = line
        self._wanted = wanted

    def look(self, context: CommandContext) -> Sequence[ReaderState]:
        """Return how the wanted readers are now; at least one.

        A line that broke since the last call is opened again once. Raises ``NotPresentError`` when there
        is no such reader, ``NotReadyError`` (``reader.no_service``; ``dev.mute`` when the service is there
        and does not answer).
        """
        was_open = self._line.is_open
        try:
            return self._look_once(context)
        except NotReadyError as away:
            if away.code != NO_SERVICE or not was_open:
                raise
        self._line.hang_up()
        return self._look_once(context)

    def wait_for_change(
        self, known: Sequence[ReaderState], context: CommandContext, at_most_s: float = 1.0
    ) -> Sequence[ReaderState]:
        """Return how the readers are as soon as something changed, or after ``at_most_s`` as they are."""
        if not self._line.is_open:
            return self.look(context)
        wait_ms = min(_WAIT_MS, max(1, round(context.remaining_s(at_most_s) * 1000)))
        watched = [(state.name, state.flags) for state in known]
        if wait_ms == _WAIT_MS:
            watched.append((_PLUG_AND_PLAY, scard.SCARD_STATE_UNAWARE))

        def wait(handle: int) -> None:
            result, _states = scard.SCardGetStatusChange(handle, wait_ms, watched)
            if result != scard.SCARD_E_TIMEOUT:
                raise_for_answer(result)

        try:
            self._in_time(wait, context, wait_ms / 1000)
        except DeviceError as trouble:
            if trouble.code == CLOSED:
                raise
            # Unplugged, or the line broke: the look tells which.
            context.check()
        return self.look(context)

    def wait_for_card(self, context: CommandContext) -> ReaderState:
        """Return the first reader with a card, mute or not, as soon as there is one.

        Survives a service that is killed and comes back. Raises the errors of :meth:`look`;
        ``DeadlineError`` means that the reader was there and stayed empty, if ``look`` came through.
        """
        known = self._bridging(partial(self.look, context), context)
        closings = self._line.closings
        while True:
            for state in known:
                if state.has_card:
                    return state
            known = self._bridging(partial(self.wait_for_change, known, context), context)
            if self._line.closings != closings:
                # By another thread, between two calls.
                raise closed()

    def _bridging(self, step: Callable[[], Result], context: CommandContext) -> Result:
        """Repeat ``step`` while the service is away, within the grace."""
        gives_up = context.clock() + SERVICE_GRACE_S
        while True:
            try:
                return step()
            except NotReadyError as away:
                if away.code != NO_SERVICE or context.clock() >= gives_up:
                    raise
                try:
                    context.pause(_RETRY_S)
                except DeadlineError:
                    raise away from None

    def _look_once(self, context: CommandContext) -> Sequence[ReaderState]:
        try:
            self._line.open(_within(context, _ANSWER_S))
        except DeadlineError:
            context.check()
            raise _mute() from None
        return self._in_time(self._states, context)

    def _in_time(
        self, function: Callable[[int], Result], context: CommandContext, more_s: float = 0.0
    ) -> Result:
        """Call the service. Raises ``dev.mute`` when it takes longer than it may."""
        try:
            return self._line.call(function, _within(context, _ANSWER_S + more_s))
        except DeadlineError:
            context.check()
            raise _mute() from None

    def _states(self, handle: int) -> Sequence[ReaderState]:
        result, names = scard.SCardListReaders(handle, [])
        raise_for_answer(result)
        wanted = [name for name in names if self._is_wanted(name)]
        if not wanted:
            raise NotPresentError
        unaware = [(name, scard.SCARD_STATE_UNAWARE) for name in wanted]
        result, states = scard.SCardGetStatusChange(handle, 0, unaware)
        raise_for_answer(result)
        return [ReaderState(name, flags) for name, flags, _atr in states]

    def _is_wanted(self, name: str) -> bool:
        # The service adds numbers that depend on the order of plugging, so a beginning will do.
        if not self._wanted:
            return _SECURITY_MODULE.search(name) is None
        return name == self._wanted or name.startswith(self._wanted + " ")


def _within(context: CommandContext, seconds: float) -> CommandContext:
    return CommandContext(
        context.clock() + context.remaining_s(seconds), context.clock, context.cancelled
    )


def _mute() -> DeviceError:
    return NotReadyError("dev.mute", recovery=Recovery.RESET)
