# SPDX-License-Identifier: Apache-2.0
"""Identity cards through a SAM reader, whatever wire it hangs on.

Source of the sequence: device-protocols sheet §1.6: find (80 = no card yet) → select → read; the
appended address may follow without a new select while the card stays. ``sam_serial`` and ``sam_usb``
give the wire; everything above the frame is here.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Final

from drivers.core import (
    CancelledError,
    CardError,
    CardType,
    Check,
    CommandContext,
    Condition,
    DeadlineError,
    DeviceError,
    DeviceInfo,
    IdCard,
    IdCardReader,
    Media,
    NotReadyError,
    Progress,
    ProtocolError,
    ReadCard,
    Status,
    Verdict,
    checked,
    condition_after,
)
from drivers.id_card.sam_exchange import SamExchange
from drivers.id_card.sam_frame import Reply, SamCommand, SamStatus, decode_sam_id
from drivers.id_card.sam_text import TEXT_SIZE, decode_appended_address, decode_card
from drivers.transports import Transport

POLL_S: Final = 0.3
"""Between two questions whether there is a card (§1.6: not below 300 ms)."""
ROUNDS: Final = 3
"""Find, select and read this often before a card is called unreadable."""
_LENGTHS_SIZE: Final = 4

_CARD_TROUBLE: Final = frozenset(
    {
        SamStatus.CARD_REFUSED_SAM,
        SamStatus.SAM_REFUSED_CARD,
        SamStatus.INFORMATION_UNVERIFIED,
        SamStatus.NO_CARD_YET,
        SamStatus.UNKNOWN_CARD_TYPE,
        SamStatus.READ_FAILED,
        SamStatus.RANDOM_FAILED,
        SamStatus.NO_CARD,
        SamStatus.SELECT_FAILED,
    }
)


class SamReader(IdCardReader):
    """A reader at the end of ``transport``.

    ``read_card`` ends within 100 ms of a cancel. After cancel, deadline, unplug or any error nothing
    of the card is kept. Error codes besides those of the transport: ``card.none``, ``card.removed``,
    ``card.unreadable``, ``card.unknown_type``, ``dev.mute``, ``dev.checksum``, ``dev.truncated``,
    ``dev.garbage``, ``reader.self_test_failed``, ``reader.not_authorised``, ``reader.refused``.
    """

    capabilities = ("read_card", "photo")

    def __init__(self, slot: str, transport: Transport, model: str = "") -> None:
        super().__init__(slot)
        self._transport = transport
        self._exchange = SamExchange(self._transport)
        self._info = DeviceInfo(model=model)
        self._card_was_read = False

    @property
    def info(self) -> DeviceInfo:
        """The SAM id is the serial number; known after ``open``."""
        return self._info

    def open(self, context: CommandContext) -> None:
        """Connect and let the reader answer once."""
        self._transport.open_and_greet(context, self._meet)

    def _meet(self, context: CommandContext) -> None:
        self._card_was_read = False
        self._greet(context)
        self._learn_sam_id(context)

    def close(self) -> None:
        """Release the port."""
        self._transport.close()

    def reset(self, context: CommandContext) -> None:
        """Let the SAM start as after power-on, then reopen."""
        try:
            self.open(context)
            self._exchange.ask(SamCommand.RESET, context, attempts=1)
        except (ProtocolError, NotReadyError):
            # Its bytes are known from one source only; reopening is what counts.
            self._card_was_read = False
        self.close()
        self.open(context)

    def status(self, context: CommandContext) -> Status:
        """Ask the SAM; after a good read also whether that card still lies there."""
        try:
            self.open(context)
            self._greet(context)
            return Status(Condition.ONLINE, media=self._media(context))
        except DeviceError as trouble:
            if not isinstance(trouble, CancelledError):
                self.close()
            return Status(
                condition_after(trouble), code=trouble.code, recovery=trouble.recovery, media=None
            )

    def read_card(self, command: ReadCard, context: CommandContext) -> IdCard:
        """Wait for a card until the deadline, then read it; see :class:`IdCardReader`."""
        self.open(context)
        self._card_was_read = False
        context.on_progress(Progress("card.waiting"))
        self._wait_for_card(context)
        context.on_progress(Progress("card.reading"))
        card = self._read_found_card(command, context)
        self._card_was_read = True
        return card

    def self_test(self, context: CommandContext) -> Sequence[Check]:
        """Ask the SAM for the result of its own test."""
        return [self._step("sam_status", lambda: self._greet(context), context)]

    def diagnose(self, context: CommandContext) -> Sequence[Check]:
        """Go from the cable to the antenna: port, answer, SAM state, field."""
        self.close()
        steps: tuple[tuple[str, Callable[[], object]], ...] = (
            ("port_opens", lambda: self._transport.open(context)),
            ("sam_status", lambda: self._greet(context)),
            ("sam_id", lambda: self._learn_sam_id(context)),
            ("antenna", lambda: self._exchange.ask(SamCommand.FIND_CARD, context)),
        )
        checks: list[Check] = []
        for name, step in steps:
            if checks and checks[-1].verdict is not Verdict.PASS:
                checks.append(Check(name, Verdict.SKIPPED))
            else:
                checks.append(self._step(name, step, context))
        return checks

    # --- the conversation ------------------------------------------------------------------------

    def _greet(self, context: CommandContext) -> None:
        """Let the reader prove that it is one. Raises when it is mute, defective or something else.

        The status command is optional in the sequence (§1.6), so a reader that leaves it unanswered
        gets a second chance with a command that every reader knows.
        """
        try:
            self._exchange.ask(SamCommand.STATUS, context)
        except NotReadyError as mute:
            try:
                self._exchange.ask(SamCommand.FIND_CARD, context)
            except DeadlineError:
                raise mute from None

    def _learn_sam_id(self, context: CommandContext) -> None:
        try:
            reply = self._exchange.ask(SamCommand.SAM_ID, context, attempts=1)
        except (NotReadyError, ProtocolError):
            # Not every board tells it; cards are read all the same.
            return
        self._info = replace(self._info, serial=decode_sam_id(reply.data))

    def _wait_for_card(self, context: CommandContext) -> None:
        answered = False
        try:
            while not self._finds_card(context):
                answered = True
                context.pause(POLL_S)
        except DeadlineError:
            if answered:
                raise CardError("card.none") from None
            raise

    def _finds_card(self, context: CommandContext) -> bool:
        reply = self._exchange.ask(SamCommand.FIND_CARD, context)
        if reply.status == SamStatus.CARD_FOUND:
            return True
        if reply.status in {SamStatus.NO_CARD, SamStatus.NO_CARD_YET}:
            return False
        raise _refusal(reply)

    def _read_found_card(self, command: ReadCard, context: CommandContext) -> IdCard:
        rounds_left = ROUNDS
        while True:
            rounds_left -= 1
            reply = self._exchange.ask(SamCommand.SELECT_CARD, context)
            if reply.status == SamStatus.SUCCESS:
                reply = self._exchange.ask(SamCommand.READ_TEXT_AND_PHOTO, context)
            if reply.status == SamStatus.SUCCESS:
                card = _card_of(reply, with_photo=command.with_photo)
                return self._with_latest_address(card, context)
            if reply.status not in _CARD_TROUBLE:
                raise _refusal(reply)
            if not self._finds_card(context):
                raise CardError("card.removed")
            if not rounds_left:
                raise CardError.because("card.unreadable", status=reply.status)

    def _with_latest_address(self, card: IdCard, context: CommandContext) -> IdCard:
        """Put the appended address in place of the printed one; silence or 91 means there is none."""
        if card.card_type not in {CardType.RESIDENT, CardType.HMT_RESIDENCE}:
            return card
        try:
            reply = self._exchange.ask(SamCommand.READ_APPENDED_ADDRESS, context)
        except (NotReadyError, ProtocolError, DeadlineError):
            return card
        if reply.status != SamStatus.SUCCESS:
            return card
        latest = decode_appended_address(reply.data)
        return replace(card, address=latest) if latest else card

    def _media(self, context: CommandContext) -> Media:
        """Tell whether the card that was read still lies there.

        A find does not tell: after a good read it answers "no card" until the card is moved. The
        appended address can be asked without a select only while the card stays (§1.6); the answer's
        text is dropped unread.
        """
        if not self._card_was_read:
            return Media.UNKNOWN
        reply = self._exchange.ask(SamCommand.READ_APPENDED_ADDRESS, context)
        if reply.status in {SamStatus.SUCCESS, SamStatus.NO_SUCH_ITEM}:
            return Media.PRESENT
        self._card_was_read = False
        return Media.NOT_PRESENT

    def _step(self, name: str, step: Callable[[], object], context: CommandContext) -> Check:
        def opened() -> None:
            self._transport.open(context)
            step()

        return checked(name, opened, context.clock)


def _card_of(reply: Reply, *, with_photo: bool) -> IdCard:
    """Cut the reply at its inner lengths (§1.5: text, photo, big endian) and decode the text."""
    data = reply.data
    text_size = int.from_bytes(data[0:2], "big")
    photo_size = int.from_bytes(data[2:4], "big")
    if text_size != TEXT_SIZE or len(data) != _LENGTHS_SIZE + text_size + photo_size:
        raise ProtocolError("dev.truncated", params={"got": len(data)})
    card = decode_card(data[_LENGTHS_SIZE : _LENGTHS_SIZE + text_size])
    if not with_photo:
        return card
    return replace(card, photo_wlt=data[_LENGTHS_SIZE + text_size :])


def _refusal(reply: Reply) -> DeviceError:
    return ProtocolError.because("reader.refused", status=reply.status)
