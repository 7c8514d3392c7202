# SPDX-License-Identifier: Apache-2.0
"""Chip cards through PC/SC: any reader that pcscd knows.

A card is connected to exclusively, read, and left without power, so that neither the next program nor
the next resident finds anything open. The ATR is not looked at: only SELECT tells what a card is
(device-protocols sheet §5.4).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final, TypeVar

from smartcard import scard

from drivers.core import (
    CancelledError,
    CardError,
    Check,
    CommandContext,
    Condition,
    DeadlineError,
    DeviceError,
    DeviceInfo,
    Media,
    NotPresentError,
    Progress,
    ProtocolError,
    ReadSocialCard,
    Recovery,
    SmartCardReader,
    SocialCard,
    Status,
    Verdict,
    checked,
    condition_after,
)
from drivers.smart_card.pcsc_errors import raise_for
from drivers.smart_card.pcsc_line import ServiceLine
from drivers.smart_card.pcsc_watch import ReaderState, ReaderWatch
from drivers.smart_card.social_card import read_social_card

Result = TypeVar("Result")

ROUNDS: Final = 3
"""Read this often before a card is called unreadable."""
_ANSWER_S: Final = 5.0
"""A card that answers a command or the power for so long with nothing is mute."""
_SETTLE_S: Final = 0.8
"""The service sees a card come or go within half a second; a card slides in with bad contacts first."""
_STATUS_S: Final = 1.0

_ANY_PROTOCOL: Final = scard.SCARD_PROTOCOL_T0 | scard.SCARD_PROTOCOL_T1
_WORTH_ANOTHER_TRY: Final = frozenset({"card.unreadable", "card.garbage"})
_CARD_IS_BAD: Final = frozenset({"card.mute", "card.unreadable"})


class PcscReader(SmartCardReader):
    """A reader of the PC/SC service.

    ``reader`` is its name or the beginning of it (``pcscd`` adds numbers that depend on the order of
    plugging); empty takes every reader but the slots of security modules, and the first card in any.
    ``socket`` is where the service listens, empty for the system's; one process can use one only.

    ``read_social_card`` ends within 100 ms of a cancel. After cancel, deadline, unplug or any error
    nothing of the card is kept, and the card has no power. A service that is killed while a card is
    waited for is waited for up to 3 s, too. Error codes besides those of the role: ``reader.no_service``,
    ``dev.not_present``, ``dev.port_taken``, ``dev.no_permission``, ``dev.mute``, ``dev.frozen``.
    """

    capabilities = ("read_social_card",)

    def __init__(self, slot: str, *, reader: str = "", socket: str = "", model: str = "") -> None:
        super().__init__(slot)
        self._line = ServiceLine(socket)
        self._watch = ReaderWatch(self._line, reader)
        self._info = DeviceInfo(model=model or reader)
        self._bad_card: tuple[tuple[str, int], str] | None = None

    @property
    def info(self) -> DeviceInfo:
        """The reader's name, which is all that the service tells without asking the reader."""
        return self._info

    def open(self, context: CommandContext) -> None:
        """Connect to the service and find the reader."""
        try:
            states = self._watch.look(context)
        except DeviceError:
            self.close()
            raise
        self._info = DeviceInfo(model=states[0].name)

    def close(self) -> None:
        """Hang up; ends whatever another thread waits for."""
        self._line.close()

    def status(self, context: CommandContext) -> Status:
        """Ask the service for the reader and its slot. A card that cannot be read is ``user_error``."""
        asked = CommandContext(
            context.clock() + context.remaining_s(_STATUS_S), context.clock, context.cancelled
        )
        try:
            states = self._watch.look(asked)
        except DeadlineError:
            # The line hung up by itself.
            return Status(Condition.OFFLINE, code="dev.mute", recovery=Recovery.RESET)
        except DeviceError as trouble:
            if not isinstance(trouble, CancelledError):
                self.close()
            return Status(condition_after(trouble), code=trouble.code, recovery=trouble.recovery)
        return self._status_of(states)

    def read_social_card(self, command: ReadSocialCard, context: CommandContext) -> SocialCard:
        """Wait for a card until the deadline, then read it; see :class:`SmartCardReader`."""
        del command
        self.open(context)
        context.on_progress(Progress("card.waiting"))
        state = self._wait_for_card(context)
        context.on_progress(Progress("card.reading"))
        self._bad_card = None
        for round_left in reversed(range(ROUNDS)):
            try:
                return self._read(state, context)
            except (CardError, ProtocolError) as trouble:
                again = trouble.code in _WORTH_ANOTHER_TRY and round_left > 0
                now = self._state_after(trouble, state, context)
                if again:
                    continue
                error = CardError("card.unreadable") if trouble.code == "card.garbage" else trouble
                if error.code in _CARD_IS_BAD:
                    self._bad_card = (now.visit, error.code)
                raise error from None
        raise CardError  # pragma: no cover - the last round returns or raises

    def self_test(self, context: CommandContext) -> Sequence[Check]:
        """Ask for the service and the reader; the service has no test of a reader."""
        return self._steps((("service_and_reader", lambda: self._watch.look(context)),), context)

    def diagnose(self, context: CommandContext) -> Sequence[Check]:
        """Go from the service to the card: service, reader, what lies in the slot."""
        self.close()
        return self._steps(
            (
                ("pcsc_service", lambda: self._line.open(context)),
                ("reader", lambda: self._watch.look(context)),
                ("card", lambda: self._check_card(context)),
            ),
            context,
        )

    # --- waiting ---------------------------------------------------------------------------------

    def _wait_for_card(self, context: CommandContext) -> ReaderState:
        try:
            state = self._watch.wait_for_card(context)
            if not state.is_mute:
                return state
            # It may still slide in.
            return self._settled(state, context)
        except DeadlineError:
            # ``open`` came through, so the reader was there.
            raise CardError("card.none") from None

    def _settled(self, state: ReaderState, context: CommandContext) -> ReaderState:
        until = context.clock() + _SETTLE_S
        while context.clock() < until:
            states = self._watch.wait_for_change([state], context, until - context.clock())
            for other in states:
                if other.name == state.name and other.has_card and not other.is_mute:
                    return other
            context.check()
        self._bad_card = (state.visit, "card.mute")
        raise CardError("card.mute")

    def _state_after(
        self, trouble: DeviceError, before: ReaderState, context: CommandContext
    ) -> ReaderState:
        """Return how the reader is after a failed exchange.

        Raises ``card.removed`` when the card is gone. The service notices that a moment later than the
        exchange, so a failed one is worth waiting for it; a refusal by the card is not.
        """
        states = self._watch.look(context)
        was_refused = bool(trouble.params)
        patience = 0.0 if was_refused else max(0.0, min(_SETTLE_S, context.remaining_s() - 0.1))
        until = context.clock() + patience
        while True:
            now = next((state for state in states if state.name == before.name), None)
            if now is None:
                raise NotPresentError
            if now.visit != before.visit or not now.has_card:
                raise CardError("card.removed")
            if context.clock() >= until:
                return now
            states = self._watch.wait_for_change([now], context, until - context.clock())

    def _check_card(self, context: CommandContext) -> None:
        status = self._status_of(self._watch.look(context))
        if status.condition is not Condition.ONLINE:
            raise CardError(status.code, recovery=status.recovery)

    def _status_of(self, states: Sequence[ReaderState]) -> Status:
        card = next((state for state in states if state.has_card), None)
        if card is None:
            return Status(Condition.ONLINE, media=Media.NOT_PRESENT)
        code = ""
        if card.is_mute:
            code = "card.mute"
        elif self._bad_card is not None and self._bad_card[0] == card.visit:
            code = self._bad_card[1]
        if not code:
            return Status(Condition.ONLINE, media=Media.PRESENT)
        return Status(Condition.USER_ERROR, code=code, recovery=Recovery.CLEAR, media=Media.PRESENT)

    # --- the card --------------------------------------------------------------------------------

    def _read(self, state: ReaderState, context: CommandContext) -> SocialCard:
        card, protocol = self._ask_card(lambda handle: _connect(handle, state.name), context)
        header = scard.SCARD_PCI_T1 if protocol == scard.SCARD_PROTOCOL_T1 else scard.SCARD_PCI_T0
        try:
            fields = read_social_card(
                lambda command: self._ask_card(
                    lambda _handle: _transmit(card, header, command), context
                )
            )
        except DeviceError as trouble:
            self._let_go(
                card, context, is_gone=isinstance(trouble, CardError) and not trouble.params
            )
            raise
        self._let_go(card, context, is_gone=False)
        return fields

    def _ask_card(self, call: Callable[[int], Result], context: CommandContext) -> Result:
        """Run a call that waits for the card. Raises ``card.mute`` when the card never answers it."""
        limit = CommandContext(
            context.clock() + context.remaining_s(_ANSWER_S), context.clock, context.cancelled
        )
        try:
            return self._line.call(call, limit)
        except DeadlineError:
            context.check()
            raise CardError("card.mute") from None

    def _let_go(self, card: int, context: CommandContext, *, is_gone: bool) -> None:
        """Take the power from the card. When the line is gone, the service does that by itself.

        A card that may be gone is left as it is: pcscd would call the slot empty before its own look
        finds it so, and never see the card that comes back in between.
        """
        end = scard.SCARD_LEAVE_CARD if is_gone else scard.SCARD_UNPOWER_CARD
        goodbye = CommandContext.within(_SETTLE_S, context.clock)
        try:
            self._line.call(lambda _handle: scard.SCardDisconnect(card, end), goodbye)
        except DeviceError:
            return

    def _steps(
        self, steps: Sequence[tuple[str, Callable[[], object]]], context: CommandContext
    ) -> Sequence[Check]:
        checks: list[Check] = []
        for name, step in steps:
            if checks and checks[-1].verdict is not Verdict.PASS:
                checks.append(Check(name, Verdict.SKIPPED))
                continue
            checks.append(checked(name, step, context.clock))
        return checks


def _connect(handle: int, reader: str) -> tuple[int, int]:
    result, card, protocol = scard.SCardConnect(
        handle, reader, scard.SCARD_SHARE_EXCLUSIVE, _ANY_PROTOCOL
    )
    raise_for(result)
    return card, protocol


def _transmit(card: int, header: int, command: bytes) -> bytes:
    result, answer = scard.SCardTransmit(card, header, list(command))
    raise_for(result)
    if not answer:
        # Some readers report success when the card left in the middle of the exchange.
        raise CardError
    return bytes(byte & 0xFF for byte in answer)
