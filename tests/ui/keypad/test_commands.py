# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import pytest
from PySide6.QtCore import Qt

from ui.keypad.commands import Command, Writing, command_of


@pytest.mark.parametrize(
    ("sign", "command"),
    [
        ("2", Command.UP),
        ("8", Command.DOWN),
        ("4", Command.PREVIOUS),
        ("6", Command.NEXT),
        ("5", Command.PRESS),
        ("*", Command.BACK),
        ("#", Command.HELP),
        ("0", Command.AGAIN),
        ("7", Command.PAGE_UP),
        ("9", Command.PAGE_DOWN),
        ("1", None),
    ],
)
def test_twelve_keys_lie_as_on_a_telephone(sign: str, command: Command | None) -> None:
    key = Qt.Key(ord(sign))
    assert command_of(key, sign, Writing.NOTHING) is command
    assert command_of(key, sign, Writing.NOTHING, separate_block=True) is command


def test_while_digits_are_typed_digits_are_digits() -> None:
    for sign in "0123456789":
        assert command_of(Qt.Key(ord(sign)), sign, Writing.DIGITS, separate_block=True) is None
    assert command_of(Qt.Key.Key_Asterisk, "*", Writing.DIGITS) is Command.ERASE
    assert command_of(Qt.Key.Key_NumberSign, "#", Writing.DIGITS) is Command.DONE


def test_while_letters_are_typed_only_a_separate_block_moves() -> None:
    assert command_of(Qt.Key.Key_8, "8", Writing.LETTERS) is None
    assert command_of(Qt.Key.Key_8, "8", Writing.LETTERS, separate_block=True) is Command.DOWN
    assert command_of(Qt.Key.Key_NumberSign, "#", Writing.LETTERS) is None


@pytest.mark.parametrize("writing", Writing)
def test_arrows_tab_enter_and_escape_mean_the_same_everywhere(writing: Writing) -> None:
    assert command_of(Qt.Key.Key_Tab, "\t", writing) is Command.NEXT
    assert command_of(Qt.Key.Key_Down, "", writing) is Command.DOWN
    assert command_of(Qt.Key.Key_Return, "\r", writing) is Command.PRESS
    assert command_of(Qt.Key.Key_Escape, "\x1b", writing) is Command.BACK


def test_the_key_that_takes_away_goes_back_where_nothing_is_typed() -> None:
    assert command_of(Qt.Key.Key_Backspace, "\b", Writing.LETTERS) is Command.ERASE
    assert command_of(Qt.Key.Key_Backspace, "\b", Writing.NOTHING) is Command.BACK
