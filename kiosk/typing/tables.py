# SPDX-License-Identifier: Apache-2.0
"""The words and characters of the pinyin pad, loaded once from three text files beside this module.

``characters.txt``
    one line a syllable: ``xian 现44488 先41214 … 籼``, the most used first; no number is no use counted.
``words.txt``
    one line for all words with the same initials, the most used first:
    ``zgq zhong'guo'qu 中国区 224 …``.
``places.txt``
    the region's own words, one a line: ``zhang'gong'qu 章贡区 20000``; written by hand.

Lines are taken apart when they are asked for: loading all of it at once would take ten times as long.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Final

_ALIASES: Final = {"lue": "lve", "nue": "nve"}
"""How lüe and nüe are taught to be typed; lü and nü are lv and nv."""


@dataclass(frozen=True, slots=True)
class Word:
    """One word of two characters or more; ``count`` is its use in a text of 60 million words."""

    syllables: tuple[str, ...]
    text: str
    count: int


class PinyinTables:
    """Look-ups of words and characters; immutable, so any thread may read."""

    def __init__(self, characters: str, words: str, places: str) -> None:
        self._characters = _by_first_word(characters)
        self._words = _by_first_word(words)
        self._local: dict[str, list[Word]] = defaultdict(list)
        self._more: dict[str, dict[str, int]] = defaultdict(dict)
        for line in places.splitlines():
            if line and not line.startswith("#"):
                self._add_place(*line.split(" "))
        self._keys = sorted({*self._words, *self._local})
        self._first = {syllable: self.characters(syllable)[0] for syllable in self._characters}
        self.syllables: Mapping[str, str] = {
            **{syllable: syllable for syllable in self._characters},
            **_ALIASES,
        }
        """Every way to spell a syllable → the syllable of the tables."""
        self.beginnings = frozenset(
            spelling[:length] for spelling in self.syllables for length in range(1, len(spelling))
        )
        """Letters that a syllable begins with, the whole syllable not among them."""

    def _add_place(self, spelling: str, text: str, count: str) -> None:
        syllables = tuple(spelling.split("'"))
        if len(syllables) == 1:
            self._more[spelling][text] = int(count)
        else:
            key = "".join(syllable[0] for syllable in syllables)
            self._local[key].append(Word(syllables, text, int(count)))

    def words(self, initials: str) -> list[Word]:
        """Return the words whose syllables begin with these letters, the most used first."""
        parts = self._words.get(initials, "").split(" ")
        found = [
            Word(tuple(spelling.split("'")), text, int(count))
            for spelling, text, count in zip(parts[0::3], parts[1::3], parts[2::3], strict=False)
        ]
        local = self._local.get(initials)
        if local:
            found += local
            found.sort(key=lambda word: -word.count)
        return found

    def characters(self, syllable: str) -> list[tuple[str, int]]:
        """Return the characters of a syllable of the tables with their counts, the most used first."""
        entries = self._characters.get(syllable, "").split(" ")
        found = [(entry[0], int(entry[1:] or 0)) for entry in entries if entry]
        more = self._more.get(syllable)
        if more:
            found = [(text, count + more.get(text, 0)) for text, count in found]
            found.sort(key=lambda entry: -entry[1])
        return found

    def readings(self, character: str) -> list[str]:
        """Return the syllables of a character, the most used first; none for what is not Chinese."""
        found = [
            (-count, syllable)
            for syllable, line in self._characters.items()
            if character in line
            for text, count in self.characters(syllable)
            if text == character
        ]
        return [syllable for _, syllable in sorted(found)]

    def first_character(self, syllable: str) -> tuple[str, int]:
        """Return the most used character of a syllable of the tables, and its count."""
        return self._first[syllable]

    def syllables_from(self, beginning: str) -> list[str]:
        """Return the syllables of the tables that begin so."""
        return [syllable for syllable in self._characters if syllable.startswith(beginning)]

    def any_word_begins(self, initials: str) -> bool:
        """Tell whether there are words whose first syllables begin with these letters."""
        place = bisect_left(self._keys, initials)
        return place < len(self._keys) and self._keys[place].startswith(initials)


@cache
def load_tables() -> PinyinTables:
    """Return the tables; the first call reads the files (some 30 ms) and may be made by any thread.

    Raises ``OSError`` when the installation lacks a file.
    """
    here = files("kiosk.typing")
    return PinyinTables(
        *(
            here.joinpath(f"{name}.txt").read_text("utf-8")
            for name in ("characters", "words", "places")
        )
    )


def _by_first_word(text: str) -> dict[str, str]:
    parted = (line.partition(" ") for line in text.splitlines())
    return {first: rest for first, _, rest in parted}
