# SPDX-License-Identifier: Apache-2.0
"""Handing the slip out: wait until it lies at the mouth, until it is taken, or draw it in.

All of it rests on ``DLE EOT 20``. A printer that does not answer that is not believed to have presented
anything, and nothing is concluded of its mouth. Not confirmed on hardware.
"""

from __future__ import annotations

from typing import Final

from drivers.core import (
    ClearMouth,
    CommandContext,
    Media,
    MediaError,
    Progress,
    UnsupportedError,
)
from drivers.receipt_printer.dle_eot import Sign, trouble
from drivers.receipt_printer.mouth import Mouth
from drivers.receipt_printer.profiles import Presenter
from drivers.receipt_printer.status_line import StatusLine
from drivers.transports import Transport

MOVE_S: Final = 4.0
"""Longer than a presenter takes to push a slip out or draw it in."""
_LOOK_EVERY_S: Final = 0.15


class Presenting:
    """The presenter of one printer; used by the driver's thread."""

    def __init__(self, presenter: Presenter, transport: Transport, line: StatusLine) -> None:
        self._presenter = presenter
        self._transport = transport
        self._line = line
        self._mouth = Mouth(presenter.retracts_after_s)

    @property
    def can_clear(self) -> bool:
        """Tell whether the model has a command that empties the mouth."""
        return bool(self._presenter.retract or self._presenter.eject)

    def forget(self) -> None:
        """Know nothing any more: the connection was lost."""
        self._mouth.forget()

    def observe(self, signs: frozenset[Sign], context: CommandContext) -> Media:
        """Take an answer; return what lies, or happened, at the mouth."""
        if not self._line.tells_of_exit:
            return Media.UNKNOWN
        return self._mouth.observe(signs, context.clock())

    def make_room(self, signs: frozenset[Sign], context: CommandContext) -> str:
        """Before a job: draw in what somebody left; return the code of what stands in the way.

        A model without such a command pushes it out with the next slip.
        """
        retract = self._presenter.retract
        if Sign.AT_EXIT in signs and retract:
            media = self._move(retract, context)
            if media in {Media.PRESENT, Media.JAMMED}:
                return "media.exit_blocked"
        self._mouth.begin()
        return ""

    def await_presented(self, signs: frozenset[Sign], context: CommandContext) -> str:
        """After a job: wait until the slip lies at the mouth; return the code of trouble.

        ``media.not_presented``: the printer reports no trouble, and no slip either.
        """
        if not self._line.tells_of_exit:
            return ""
        until = context.clock() + MOVE_S
        while True:
            self._mouth.observe(signs, context.clock())
            if Sign.AT_EXIT in signs:
                context.on_progress(Progress("media.presented"))
                return ""
            if code := trouble(signs):
                return code
            if context.clock() >= until:
                return "media.not_presented"
            self._line.listen(context, _LOOK_EVERY_S)
            signs = self._line.ask_full(context)

    def clear(self, command: ClearMouth, context: CommandContext) -> Media:
        """Wait until the slip is taken, then empty the mouth; see ``ReceiptPrinter.clear_mouth``."""
        if not self._line.tells_of_exit:
            raise UnsupportedError
        until = context.clock() + command.after_s
        media = self._look(context)
        lay_there = media is Media.PRESENT
        while media is Media.PRESENT and context.clock() < until:
            context.pause(min(_LOOK_EVERY_S, max(0.01, until - context.clock())))
            media = self._look(context)
        if media is Media.PRESENT:
            movement = self._presenter.eject if command.eject else self._presenter.retract
            if not movement:
                raise UnsupportedError
            media = self._move(movement, context)
        if media in {Media.PRESENT, Media.JAMMED}:
            code = "media.jam" if media is Media.JAMMED else "media.exit_blocked"
            raise MediaError(code)
        if lay_there and media is not Media.UNKNOWN:
            gone = "media.retracted" if media is Media.RETRACTED else "media.taken"
            context.on_progress(Progress(gone))
        return media

    def _move(self, movement: bytes, context: CommandContext) -> Media:
        if movement == self._presenter.retract:
            self._mouth.we_retract()
        self._transport.write(movement, context)
        until = context.clock() + MOVE_S
        while (media := self._look(context)) is Media.PRESENT and context.clock() < until:
            context.pause(_LOOK_EVERY_S)
        return media

    def _look(self, context: CommandContext) -> Media:
        return self._mouth.observe(self._line.ask_full(context), context.clock())
