# SPDX-License-Identifier: Apache-2.0
"""One question, one answer: a SAM command over a transport, with repeats when the wire garbles it."""

from __future__ import annotations

from typing import Final

from drivers.core import (
    CommandContext,
    DeadlineError,
    DeviceError,
    HardwareFaultError,
    NotReadyError,
    ProtocolError,
    Recovery,
)
from drivers.id_card.sam_frame import Reply, ReplyParser, SamCommand, SamStatus, build_request
from drivers.transports import Transport

ANSWER_TIMEOUT_S: Final[dict[SamCommand, float]] = {
    SamCommand.RESET: 1.0,
    SamCommand.STATUS: 1.0,
    SamCommand.SAM_ID: 0.3,
    SamCommand.FIND_CARD: 1.0,
    SamCommand.SELECT_CARD: 1.0,
    SamCommand.READ_TEXT_AND_PHOTO: 5.0,
    SamCommand.READ_APPENDED_ADDRESS: 1.5,
}
"""Until the first byte of the answer; sheet §1.6."""

GAP_S: Final = 1.0
"""Silence inside a frame, or after noise, that ends the answer."""
QUIET_S: Final = 0.1
"""Silence after a damaged frame, before it is judged."""
OWED_S: Final = 0.5
"""How long an answer to a question that was cut short is waited for, before the next question."""
ATTEMPTS: Final = 3
_CHUNK: Final = 4096


class SamExchange:
    """Sends commands and hands back replies whose checksum was right.

    Raises ``NotReadyError`` (``dev.mute``), ``ProtocolError`` (``dev.checksum``, ``dev.truncated``,
    ``dev.garbage``, ``reader.refused``), ``HardwareFaultError`` (``reader.self_test_failed``,
    ``reader.not_authorised``) and the transport's errors. Replies that speak of the card are returned.
    """

    def __init__(self, transport: Transport) -> None:
        self._transport = transport
        self._owed_until: float | None = None
        """Until then an answer may still come to a question that was cut short."""

    def ask(
        self, command: SamCommand, context: CommandContext, *, attempts: int = ATTEMPTS
    ) -> Reply:
        """Send ``command`` until an answer came through whole, at most ``attempts`` times."""
        trouble = ProtocolError("dev.checksum")
        for attempt in range(attempts):
            try:
                reply = self._ask_once(command, context)
            except ProtocolError as garbled:
                trouble = garbled
                continue
            except DeadlineError:
                # The garbled attempts before say more than that the time is over.
                raise (trouble if attempt else DeadlineError()) from None
            if reply.status in {SamStatus.FRAME_CHECKSUM, SamStatus.FRAME_LENGTH}:
                # Our own frame arrived damaged at the reader.
                continue
            _raise_for_reader(reply)
            return reply
        raise trouble

    def _ask_once(self, command: SamCommand, context: CommandContext) -> Reply:
        self._await_owed_answer(context)
        self._transport.drain()
        until = limit = context.clock() + ANSWER_TIMEOUT_S[command]
        sent_before = self._transport.bytes_sent
        try:
            self._transport.write(build_request(command), context)
        finally:
            if self._transport.bytes_sent != sent_before:
                self._owed_until = limit
        reply = self._listen(command, context, until, limit)
        self._owed_until = None
        return reply

    def _await_owed_answer(self, context: CommandContext) -> None:
        """Let the answer to a question that was cut short pass.

        Answers carry no number: left on the line, it would be taken for the answer to the next question,
        and every later answer for the one after it.
        """
        if self._owed_until is None:
            return
        parser = ReplyParser()
        until = min(self._owed_until, context.clock() + OWED_S)
        while (wait_s := until - context.clock()) > 0:
            piece = self._transport.read(_CHUNK, context, timeout_s=wait_s)
            if not piece or parser.feed(piece) is not None:
                break
        self._owed_until = None

    def _listen(
        self, command: SamCommand, context: CommandContext, until: float, limit: float
    ) -> Reply:
        parser = ReplyParser()
        try:
            while True:
                wait_s = max(0.0, until - context.clock())
                if parser.damaged:
                    wait_s = min(wait_s, QUIET_S)
                piece = self._transport.read(_CHUNK, context, timeout_s=wait_s)
                reply = parser.feed(piece) if piece else parser.rescue()
                if reply is not None and _answers(reply, command):
                    return reply
                if not piece:
                    self._owed_until = None
                    raise _verdict(parser)
                until = context.clock() + GAP_S
                if not parser.inside_a_frame:
                    # A device that never stops talking nonsense is not listened to for ever.
                    until = min(until, limit)
                    if context.clock() >= limit:
                        self._owed_until = None
                        raise _verdict(parser)
        except DeadlineError:
            if parser.damaged or (parser.noise and not parser.inside_a_frame):
                raise _verdict(parser) from None
            raise


_SIZES: Final = {
    8: SamCommand.SELECT_CARD,
    16: SamCommand.SAM_ID,
    70: SamCommand.READ_APPENDED_ADDRESS,
}
"""How many bytes of data tell which question was answered (§1.5)."""
_LARGE: Final = 256


def _answers(reply: Reply, command: SamCommand) -> bool:
    """Tell whether this can be the answer; a late one to an earlier question is passed over.

    A select comes behind a find that was answered, so only a card's text is too late for it; how many
    bytes it answers with is the reader's affair.
    """
    size = len(reply.data)
    match reply.status:
        case SamStatus.CARD_FOUND:
            return command is SamCommand.FIND_CARD
        case SamStatus.NO_SUCH_ITEM:
            return command is SamCommand.READ_APPENDED_ADDRESS
        case SamStatus.SUCCESS if command is SamCommand.FIND_CARD:
            return False
        case SamStatus.SUCCESS if command is SamCommand.SELECT_CARD:
            return size < _LARGE
    owner = SamCommand.READ_TEXT_AND_PHOTO if size >= _LARGE else _SIZES.get(size, command)
    return owner is command


def _verdict(parser: ReplyParser) -> DeviceError:
    if parser.damaged:
        return ProtocolError("dev.checksum")
    if parser.inside_a_frame:
        return ProtocolError("dev.truncated")
    if parser.noise:
        return ProtocolError("dev.garbage")
    return NotReadyError("dev.mute", recovery=Recovery.RESET)


def _raise_for_reader(reply: Reply) -> None:
    match reply.status:
        case SamStatus.SELF_TEST_FAILED:
            raise HardwareFaultError("reader.self_test_failed")
        case SamStatus.NOT_AUTHORISED:
            raise HardwareFaultError("reader.not_authorised")
