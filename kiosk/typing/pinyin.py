# SPDX-License-Identifier: Apache-2.0
"""From the letters typed so far to the characters that may be meant, the likeliest first.

The letters are cut into pieces: whole syllables, beginnings (``z``, ``zh``) and, at the end, a syllable
not yet finished. ``xian`` is one syllable or two. A word fits when its syllables begin with the pieces.
Its cost is the logarithm of how seldom it is used plus a fee for what was not typed; the whole line is
put together from the words with the least sum (Viterbi).
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, NamedTuple

from kiosk.typing.tables import PinyinTables, Word

MAX_LETTERS: Final = 60
"""Longest line of letters that is looked at; who types more has to choose first."""
MAX_LINE: Final = 12
"""Longest text put together: what is longer cannot be read at a glance before it is taken."""
MAX_SYLLABLES: Final = 11
"""Longest word of the tables."""
_LONGEST_SYLLABLE: Final = 6
_ALL_WORDS: Final = 60_000_000
"""Words in the text in which the words were counted."""
_FEE_BEGINNING: Final = 2.0
_FEE_UNFINISHED: Final = 1.5
_GAIN_SPELT_WORD: Final = 6.0
"""Who spells a word out in full means it rather than one frequent character."""
_SHOWN_OF_BEGINNING: Final = 8
"""Characters of each syllable that are offered for its first letter alone."""
_NO_WAY: Final = 50
"""Beginnings counted for letters that cannot be cut into syllables."""
_DOUBLE: Final = frozenset({"zh", "ch", "sh"})
_SEPARATOR: Final = "'"


class Candidate(NamedTuple):
    """A text that may be meant, and how many of the letters it stands for."""

    text: str
    letters: int


@dataclass(frozen=True, slots=True)
class _Piece:
    """Letters up to ``end``; ``whole`` for a syllable spelt out, ``last`` for one not yet finished."""

    letters: str
    end: int
    whole: bool = False
    last: bool = False

    @property
    def key(self) -> str:
        """Letters and kind: pieces of the same key fit the same syllables."""
        return self.letters + "." if self.whole else self.letters

    def fits(self, syllable: str) -> bool:
        return syllable == self.letters if self.whole else syllable.startswith(self.letters)


class _Match(NamedTuple):
    text: str
    end: int
    cost: float
    beginnings: int


class _Line(NamedTuple):
    """The cheapest way to write the letters from one place on."""

    cost: float
    text: str
    words: int


def candidates(tables: PinyinTables, letters: str) -> tuple[Candidate, ...]:
    """Return the candidates for these letters, the likeliest first, without repetition.

    First what stands for all letters, then words and characters for the first of them; after one is
    taken, ask again with the letters that remain. Any text may be given: without a syllable in it, the
    only candidate is the text itself, and none for an empty one. Letters beyond :data:`MAX_LETTERS` are
    not looked at.
    """
    letters = letters[:MAX_LETTERS].casefold()
    reading = _Reading(tables, letters)
    found = dict.fromkeys(reading.ranked())  # the first of equals stays
    seen: dict[str, int] = {}
    for candidate in found:
        seen.setdefault(candidate.text, candidate.letters)
    if not seen and letters.strip(_SEPARATOR):
        return (Candidate(letters, len(letters)),)
    return tuple(Candidate(text, length) for text, length in seen.items())


class _Reading:
    """All that is known about one line of letters; thrown away with it."""

    def __init__(self, tables: PinyinTables, letters: str) -> None:
        self._tables = tables
        self._letters = letters
        self._pieces: dict[int, list[_Piece]] = {}
        self._buckets: dict[str, list[Word]] = {}
        self._fits: dict[str, list[Word]] = {}
        self._tails: dict[int, int] = {len(letters): 0}
        for place in range(len(letters) - 1, -1, -1):
            self._tails[place] = self._tail(place)

    def ranked(self) -> Iterator[Candidate]:
        """Yield the candidates in their order; a text may come twice."""
        end = len(self._letters)
        if not end:
            return
        words = list(self._words_at(0))
        characters = list(self._characters_at(0))
        whole = sorted((m for m in (*words, *characters) if m.end == end), key=lambda m: m.cost)
        line = self._best_line()
        if line is not None:
            spelt = bool(whole) and not whole[0].beginnings
            if spelt:
                yield Candidate(whole.pop(0).text, end)
            yield Candidate(line, end)
        for match in whole:
            yield Candidate(match.text, end)
        first = [m for m in (*words, *characters) if m.end < end]
        first.sort(key=lambda m: (m.beginnings + self._tails[m.end], -m.end, m.cost))
        for match in first:
            yield Candidate(match.text, match.end)

    # -- cutting ---------------------------------------------------------------------------------------

    def _pieces_at(self, place: int) -> list[_Piece]:
        if place not in self._pieces:
            self._pieces[place] = list(self._cut(place))
        return self._pieces[place]

    def _cut(self, place: int) -> Iterator[_Piece]:
        letters, size = self._letters, len(self._letters)
        while place < size and letters[place] == _SEPARATOR:
            place += 1
        spelt = False
        for end in range(place + 1, min(size, place + _LONGEST_SYLLABLE) + 1):
            syllable = self._tables.syllables.get(letters[place:end])
            if syllable is not None:
                spelt = spelt or end - place > 1
                yield _Piece(syllable, end, whole=True)
        rest = letters[place:]
        unfinished = rest in self._tables.beginnings and rest not in self._tables.syllables
        if len(rest) > 1 and unfinished and rest not in _DOUBLE:
            yield _Piece(rest, size, last=True)
        for length in (1, 2):
            beginning = letters[place : place + length]
            if len(beginning) < length or beginning not in self._tables.beginnings:
                continue
            if length > 1 and beginning not in _DOUBLE:
                continue
            # Inside a syllable that is spelt out, a beginning is meant only before a vowel: g|an.
            following = letters[place + length : place + length + 1]
            if not spelt or following in {"a", "e", "o"}:
                yield _Piece(beginning, place + length)

    def _tail(self, place: int) -> int:
        """Return how many beginnings the rest from there on takes at least."""
        return min(
            (
                (0 if piece.whole or piece.last else 1) + self._tails[piece.end]
                for piece in self._pieces_at(place)
            ),
            default=0 if not self._letters[place:].strip(_SEPARATOR) else _NO_WAY,
        )

    # -- matching --------------------------------------------------------------------------------------

    def _words_at(self, place: int, *, best_only: bool = False) -> Iterator[_Match]:
        """Yield the words that begin there, the most used of each cut first, or only that one."""
        ways: list[tuple[str, tuple[_Piece, ...]]] = [
            (piece.letters[0], (piece,)) for piece in self._pieces_at(place)
        ]
        while ways:
            initials, pieces = ways.pop()
            if len(pieces) > 1:
                yield from self._fitting(initials, pieces, best_only=best_only)
            if len(pieces) == MAX_SYLLABLES or pieces[-1].end == len(self._letters):
                continue
            for piece in self._pieces_at(pieces[-1].end):
                longer = initials + piece.letters[0]
                if self._tables.any_word_begins(longer):
                    ways.append((longer, (*pieces, piece)))

    def _fitting(
        self, initials: str, pieces: tuple[_Piece, ...], *, best_only: bool
    ) -> Iterator[_Match]:
        last = pieces[-1]
        # A syllable at the end may be the beginning of a longer one: zhonggu is also 中国.
        open_end = last.whole and last.end == len(self._letters)
        beginnings = sum(not piece.whole and not piece.last for piece in pieces)
        fee = beginnings * _FEE_BEGINNING - (0 if beginnings else _GAIN_SPELT_WORD)
        if last.last:
            fee += _FEE_UNFINISHED
        for word in self._bucket(initials, pieces, open_end=open_end):
            ended = last.fits(word.syllables[-1])
            more = 0.0 if ended else _FEE_UNFINISHED + _FEE_BEGINNING
            yield _Match(word.text, last.end, _cost(word.count) + fee + more, beginnings)
            if best_only and ended:
                return

    def _bucket(self, initials: str, pieces: tuple[_Piece, ...], *, open_end: bool) -> list[Word]:
        """Return the words that fit, looked for once where the same letters come again."""
        key = " ".join(piece.key for piece in pieces) + ("*" if open_end else "")
        if key not in self._fits:
            if initials not in self._buckets:
                self._buckets[initials] = self._tables.words(initials)
            found = self._buckets[initials]
            for place, piece in enumerate(pieces):
                last = piece is pieces[-1]
                if piece.whole and not (last and open_end):
                    found = [word for word in found if word.syllables[place] == piece.letters]
                elif len(piece.letters) > 1:  # one letter: the initials say it already
                    found = [
                        word for word in found if word.syllables[place].startswith(piece.letters)
                    ]
            self._fits[key] = found
        return self._fits[key]

    def _characters_at(self, place: int) -> Iterator[_Match]:
        for piece in self._pieces_at(place):
            if piece.whole:
                for text, count in self._tables.characters(piece.letters):
                    yield _Match(text, piece.end, _cost(count), 0)
                continue
            fee = _FEE_UNFINISHED if piece.last else _FEE_BEGINNING
            for syllable in self._tables.syllables_from(piece.letters):
                for text, count in self._tables.characters(syllable)[:_SHOWN_OF_BEGINNING]:
                    yield _Match(text, piece.end, _cost(count) + fee, not piece.last)

    # -- the whole line ----------------------------------------------------------------------------------

    def _best_line(self) -> str | None:
        """Return the likeliest text of several words for all letters.

        A single character has to be spelt out for it: of its first letter alone it would be a guess.
        """
        size = len(self._letters)
        lines: dict[int, _Line] = {size: _Line(0.0, "", 0)}
        for place in self._reachable():
            ways = [
                _Line(match.cost + rest.cost, match.text + rest.text, 1 + rest.words)
                for match in (*self._plain_words_at(place), *self._first_characters_at(place))
                if (rest := lines.get(match.end)) is not None
            ]
            if ways:
                lines[place] = min(ways)
        best = lines.get(0)
        if best is None or best.words == 1 or len(best.text) > MAX_LINE:
            return None
        return best.text

    def _reachable(self) -> list[int]:
        """Return the places at which a piece may begin, the last one first."""
        places = {0}
        for place in range(len(self._letters)):
            if place in places:
                places.update(piece.end for piece in self._pieces_at(place))
        return sorted(places - {len(self._letters)}, reverse=True)

    def _plain_words_at(self, place: int) -> Iterator[_Match]:
        """Yield the best word of each cut; in a line, one word costs less than two as it is."""
        for match in self._words_at(place, best_only=True):
            gain = 0.0 if match.beginnings else _GAIN_SPELT_WORD
            yield match._replace(cost=match.cost + gain)

    def _first_characters_at(self, place: int) -> Iterator[_Match]:
        for piece in self._pieces_at(place):
            if piece.whole:
                text, count = self._tables.first_character(piece.letters)
                yield _Match(text, piece.end, _cost(count), 0)


def _cost(count: int) -> float:
    return math.log(_ALL_WORDS / (count + 0.5))
