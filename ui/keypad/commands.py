# SPDX-License-Identifier: Apache-2.0
"""Which key means what.

Digits lie as on a telephone, 1 2 3 on top: 2 up, 8 down, 4 back, 6 forward, 5 presses, 7 and 9 turn pages, 0
says it again, ``*`` goes back, ``#`` calls for help. Where digits are being typed they are digits, ``*`` takes
the last one away and ``#`` is done. Where letters are being typed, only a separate block of digits moves: the
digits of a keyboard's main row write.
"""

from __future__ import annotations

from enum import Enum, auto
from typing import Final

from PySide6.QtCore import Qt


class Command(Enum):
    """What somebody at the keys wants."""

    NEXT = auto()
    PREVIOUS = auto()
    UP = auto()
    DOWN = auto()
    PRESS = auto()
    BACK = auto()
    HELP = auto()
    AGAIN = auto()
    PAGE_UP = auto()
    PAGE_DOWN = auto()
    ERASE = auto()
    DONE = auto()


class Writing(Enum):
    """What is being typed at the moment."""

    NOTHING = auto()
    DIGITS = auto()
    LETTERS = auto()


_KEYS: Final = {
    Qt.Key.Key_Tab: Command.NEXT,
    Qt.Key.Key_Right: Command.NEXT,
    Qt.Key.Key_Backtab: Command.PREVIOUS,
    Qt.Key.Key_Left: Command.PREVIOUS,
    Qt.Key.Key_Up: Command.UP,
    Qt.Key.Key_Down: Command.DOWN,
    Qt.Key.Key_Return: Command.PRESS,
    Qt.Key.Key_Enter: Command.PRESS,
    Qt.Key.Key_Select: Command.PRESS,
    Qt.Key.Key_Escape: Command.BACK,
    Qt.Key.Key_Back: Command.BACK,
    Qt.Key.Key_F1: Command.HELP,
    Qt.Key.Key_Help: Command.HELP,
    Qt.Key.Key_F2: Command.AGAIN,
    Qt.Key.Key_PageUp: Command.PAGE_UP,
    Qt.Key.Key_PageDown: Command.PAGE_DOWN,
}
"""The same wherever one is."""

_TWELVE: Final = {
    "2": Command.UP,
    "8": Command.DOWN,
    "4": Command.PREVIOUS,
    "6": Command.NEXT,
    "5": Command.PRESS,
    "7": Command.PAGE_UP,
    "9": Command.PAGE_DOWN,
    "0": Command.AGAIN,
    "*": Command.BACK,
    "#": Command.HELP,
}
"""While nothing is typed."""

_AMONG_DIGITS: Final = {"*": Command.ERASE, "#": Command.DONE}
_AMONG_LETTERS: Final = {**_TWELVE, "*": Command.ERASE}


def command_of(
    key: Qt.Key, text: str, writing: Writing, *, separate_block: bool = False
) -> Command | None:
    """Return what the key asks for; ``None`` for a sign that is to be written, or for nothing.

    ``separate_block``: it is a key of a block of digits of its own.
    """
    known = _KEYS.get(key)
    if known is not None:
        return known
    if key == Qt.Key.Key_Backspace:
        return Command.BACK if writing is Writing.NOTHING else Command.ERASE
    match writing:
        case Writing.NOTHING:
            return _TWELVE.get(text)
        case Writing.DIGITS:
            return _AMONG_DIGITS.get(text)
        case Writing.LETTERS:
            return _AMONG_LETTERS.get(text) if separate_block else None
