# SPDX-License-Identifier: Apache-2.0
"""The other way round: which letters to type for a Chinese text, as somebody does who knows pinyin."""

from __future__ import annotations

import itertools
from typing import Final

from kiosk.typing.tables import PinyinTables

_LONGEST_WORD: Final = 8
_READINGS: Final = 3
"""Readings of a character that are tried inside a word."""


def spell(tables: PinyinTables, text: str) -> tuple[tuple[str, str], ...]:
    """Return the text in pieces with the letters of each; the longest known words first.

    What has no pinyin, such as digits and punctuation, comes with itself as letters, one by one.
    """
    pieces = []
    while text:
        piece = _first_word(tables, text) or _first_character(tables, text)
        pieces.append(piece)
        text = text[len(piece[0]) :]
    return tuple(pieces)


def _first_character(tables: PinyinTables, text: str) -> tuple[str, str]:
    known = tables.readings(text[0])
    return text[0], known[0] if known else text[0]


def _first_word(tables: PinyinTables, text: str) -> tuple[str, str] | None:
    letters: list[set[str]] = []
    for character in text[:_LONGEST_WORD]:
        first = {reading[0] for reading in tables.readings(character)[:_READINGS]}
        if not first:
            break
        letters.append(first)
    for length in range(len(letters), 1, -1):
        known = [
            word
            for initials in itertools.product(*letters[:length])
            for word in tables.words("".join(initials))
            if word.text == text[:length]
        ]
        if known:
            best = max(known, key=lambda word: word.count)
            return best.text, "".join(best.syllables)
    return None
