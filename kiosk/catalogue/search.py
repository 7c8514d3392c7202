# SPDX-License-Identifier: Apache-2.0
"""Find items by 汉字, full pinyin, initials, keywords or English words."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from kiosk.protocol.catalogue import Catalogue, ServiceItem


@dataclass(frozen=True, slots=True)
class _Spelling:
    """One name in every way somebody may type it."""

    plain: str
    pinyin: str
    starts: tuple[int, ...]
    """Where each syllable of ``pinyin`` begins: full pinyin matches from a syllable on."""
    initials: str


@dataclass(frozen=True, slots=True)
class _Entry:
    code: str
    name: _Spelling
    others: tuple[_Spelling, ...]


class ItemIndex:
    """All items of one catalogue, spelled once."""

    def __init__(self, items: Iterable[ServiceItem]) -> None:
        self._entries = tuple(_entry(item) for item in items)

    def find(self, text: str) -> tuple[str, ...]:
        """Return the codes of the items that fit, best first; of an empty text, all in their order.

        Several words must all fit. Case, spaces at the ends and tone marks do not matter.
        """
        words = [word for word in text.casefold().split() if word]
        if not words:
            return tuple(entry.code for entry in self._entries)
        scored = [
            (-worst, order, entry.code)  # the best first, equals in the catalogue's order
            for order, entry in enumerate(self._entries)
            if (worst := min(_score(entry, word) for word in words)) > 0
        ]
        return tuple(code for _, _, code in sorted(scored))


@lru_cache(maxsize=2)
def _index_of(version: str, catalogue: _ByIdentity) -> ItemIndex:
    del version
    return ItemIndex(catalogue.catalogue.items)


class _ByIdentity:
    """A catalogue as a cache key: hashing all its items at each letter typed would be silly."""

    __slots__ = ("catalogue",)

    def __init__(self, catalogue: Catalogue) -> None:
        self.catalogue = catalogue

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _ByIdentity) and other.catalogue is self.catalogue

    def __hash__(self) -> int:
        return id(self.catalogue)


def search(catalogue: Catalogue, text: str) -> tuple[str, ...]:
    """Return the codes of the items of ``catalogue`` that fit ``text``, best first."""
    if not text.strip():
        return tuple(item.code for item in catalogue.items)
    return _index_of(catalogue.version, _ByIdentity(catalogue)).find(text)


def _entry(item: ServiceItem) -> _Entry:
    others = (item.name.en, item.summary.zh, item.department.zh, *item.keywords)
    return _Entry(item.code, _spelled(item.name.zh), tuple(_spelled(text) for text in others))


def _spelled(text: str) -> _Spelling:
    # Loading the readings takes some 100 ms: paid at the first letter typed, not at start-up.
    from pypinyin import Style, lazy_pinyin  # noqa: PLC0415

    syllables = [syllable.casefold() for syllable in lazy_pinyin(text)]
    starts: list[int] = []
    length = 0
    for syllable in syllables:
        starts.append(length)
        length += len(syllable)
    initials = "".join(
        part.casefold() for part in lazy_pinyin(text, style=Style.FIRST_LETTER, errors="default")
    )
    return _Spelling(text.casefold(), "".join(syllables), tuple(starts), initials)


_NAME_BONUS = 10


def _score(entry: _Entry, word: str) -> int:
    """Return how well one word fits, 0 for not at all."""
    best = _score_spelling(entry.name, word)
    if best:
        best += _NAME_BONUS
    return max([best, *(_score_spelling(other, word) for other in entry.others)])


def _score_spelling(spelling: _Spelling, word: str) -> int:
    ways = (
        spelling.plain == word,
        spelling.plain.startswith(word),
        word in spelling.plain,
        any(spelling.pinyin.startswith(word, start) for start in spelling.starts),
        spelling.initials.startswith(word),
        word in spelling.initials,
    )
    return next((len(ways) - place for place, fits in enumerate(ways) if fits), 0)
