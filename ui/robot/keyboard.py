# SPDX-License-Identifier: Apache-2.0
"""How the robot writes on the pad that is open: plain signs key by key, Chinese by its candidates."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from kiosk.typing import load_tables, spell
from ui.robot.finger import Script

if TYPE_CHECKING:
    from ui.robot.visit import Visit

_LANGUAGE: Final = "key:lang"
_CANDIDATE: Final = "candidate:"


def write(visit: Visit, text: str) -> Script:
    """Press what it takes for the text; raises :class:`ui.robot.visit.RobotLostError`.

    A pad without the language key, such as one of digits, takes every sign as it is.
    """
    for piece, letters in _pieces(text):
        chinese = piece != letters
        if chinese or (letters.isascii() and letters.isalpha()):
            yield from _switch(visit, chinese=chinese)
        for letter in letters:
            yield from visit.tap("key:space" if letter == " " else f"key:{letter.lower()}")
        if chinese:
            yield from _choose(visit, piece)


def _pieces(text: str) -> tuple[tuple[str, str], ...]:
    if text.isascii():  # nothing to look up, and the tables need not be there
        return tuple((sign, sign) for sign in text)
    return spell(load_tables(), text)


def _switch(visit: Visit, *, chinese: bool) -> Script:
    key = visit.sight.find(_LANGUAGE)
    if key is not None and key.property("chinese") is not chinese:
        yield from visit.tap(_LANGUAGE)


def _choose(visit: Visit, word: str) -> Script:
    """Look through the pages of candidates for the word and press it."""
    yield from visit.wait_until(
        lambda: any(name.startswith(_CANDIDATE) for name in visit.sight.names), "candidates"
    )
    while True:
        shown = [name for name in visit.sight.names if name.startswith(_CANDIDATE)]
        found = [name for name in shown if visit.sight.texts_in(name) == (word,)]
        if found:
            yield from visit.tap(found[0])
            return
        before = [visit.sight.texts_in(name) for name in shown]
        yield from visit.tap("key:next", timeout_s=1.0)
        yield from visit.wait_until(
            lambda before=before: (  # type: ignore[misc] # mypy infers no type for a default
                [
                    visit.sight.texts_in(name)
                    for name in visit.sight.names
                    if name.startswith(_CANDIDATE)
                ]
                != before
            ),
            f"more candidates than those without {word}",
        )
