# SPDX-License-Identifier: Apache-2.0
# ruff: noqa: INP001 - a script beside others, no package
"""Makes the two tables of ``kiosk/typing``: which characters and words have which pinyin, how often.

The words and their counts are those of jieba's dictionary (MIT, ``dict.txt`` of its source package,
0.42.1); the readings are pypinyin's (MIT). jieba itself is not installed on a terminal: it has had no
release since 2020 and is 19 MB, of which 2 MB are of use here. Run by hand when a source changes::

    pip download --no-deps --no-binary :all: jieba && tar xzf jieba-*.tar.gz
    .venv/bin/python packaging/pinyin_table.py jieba-*/jieba/dict.txt
"""

from __future__ import annotations

import re
import sys
from collections import Counter, defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from pypinyin import Style, lazy_pinyin
from pypinyin.contrib.tone_convert import to_normal
from pypinyin.pinyin_dict import pinyin_dict

_TARGET: Final = Path(__file__).resolve().parents[1] / "kiosk" / "typing"
_HAN: Final = re.compile(r"[\u3400-\u4dbf\u4e00-\u9fff]+")
"""What the terminal's font can show of every character that has a reading."""
_SYLLABLE: Final = re.compile(r"[a-z]*[aeiouv][a-z]*")
_LONGEST: Final = 6
_LEAST_COUNT: Final = 20
_LEAST_PLACE: Final = 3
_PLACES: Final = frozenset({"ns"})
_PEOPLE: Final = frozenset({"nr", "nrt", "nrfg"})
_LONGEST_NAME: Final = 2
"""Given names help residents to write theirs; whole names are those of well-known people."""
_IN_WORDS: Final = 0.2
"""What a character's use inside words adds to its count: it is then written with the word."""
_SELDOM: Final = 0.002
"""Share of a reading that no word of the list has."""


def _entries(dictionary: Path) -> Iterator[tuple[str, int, str]]:
    for line in dictionary.read_text("utf-8").splitlines():
        word, count, kind = line.split(" ")
        if _HAN.fullmatch(word) and len(word) <= _LONGEST:
            yield word, int(count), kind


def _kept(word: str, count: int, kind: str) -> bool:
    if kind in _PEOPLE and len(word) > _LONGEST_NAME:
        return False
    return len(word) > 1 and count >= (_LEAST_PLACE if kind in _PLACES else _LEAST_COUNT)


def _readings(character: str) -> list[str]:
    """Return the readings without tone, the first one first; ü is v."""
    marked = pinyin_dict.get(ord(character), "").split(",")
    plain = [to_normal(reading, v_to_u=False).replace("ü", "v") for reading in marked if reading]
    return [reading for reading in dict.fromkeys(plain) if _SYLLABLE.fullmatch(reading)]


def main(dictionary: Path) -> None:
    """Write ``characters.txt`` and ``words.txt``."""
    words: dict[str, list[tuple[int, str, str]]] = defaultdict(list)
    places = (_TARGET / "places.txt").read_text("utf-8")
    alone: Counter[str] = Counter()
    read_as: dict[str, Counter[str]] = defaultdict(Counter)
    for word, count, kind in _entries(dictionary):
        if len(word) == 1:
            alone[word] = count
            continue
        syllables = lazy_pinyin(word, style=Style.NORMAL, v_to_u=False)
        if len(syllables) != len(word) or not all(map(_SYLLABLE.fullmatch, syllables)):
            continue
        for character, syllable in zip(word, syllables, strict=True):
            read_as[character][syllable] += count
        spelt = "'".join(syllables)
        # What is written by hand has its reading from there.
        elsewhere = f" {word} " in places and f"\n{spelt} {word} " not in places
        if _kept(word, count, kind) and not elsewhere:
            key = "".join(syllable[0] for syllable in syllables)
            words[key].append((count, spelt, word))

    spoken = _spoken(alone, read_as)
    (_TARGET / "characters.txt").write_text(
        "".join(
            f"{syllable} {' '.join(c + (str(n) if n else '') for n, c in _ranked(found))}\n"
            for syllable, found in sorted(spoken.items())
        ),
        "utf-8",
    )
    (_TARGET / "words.txt").write_text(
        "".join(
            f"{key} {' '.join(f'{spelt} {word} {n}' for n, spelt, word in sorted(found, reverse=True))}\n"
            for key, found in sorted(words.items())
        ),
        "utf-8",
    )


def _spoken(
    alone: Counter[str], read_as: dict[str, Counter[str]]
) -> dict[str, list[tuple[int, str]]]:
    """Return each syllable's characters; a character's count is shared out among its readings."""
    spoken: dict[str, list[tuple[int, str]]] = defaultdict(list)
    for character in filter(_HAN.fullmatch, map(chr, sorted(pinyin_dict))):
        readings = _readings(character)
        inside = read_as[character].total()
        shares = dict.fromkeys(readings, _SELDOM)
        for place, reading in enumerate(readings):
            shares[reading] += 0 if place else _SELDOM * 5
            shares[reading] += read_as[character][reading] / inside if inside else 0
        total = alone[character] + _IN_WORDS * inside
        for reading in readings:
            count = round(total * shares[reading] / sum(shares.values()))
            spoken[reading].append((count, character))
    return spoken


def _ranked(found: list[tuple[int, str]]) -> list[tuple[int, str]]:
    """Most used first; unused ones as the national standards take them in: GB 2312, GBK, the rest."""
    return sorted(found, key=lambda entry: (-entry[0], _standard(entry[1]), entry[1]))


def _standard(character: str) -> int:
    for place, encoding in enumerate(("gb2312", "gbk")):
        try:
            character.encode(encoding)
        except UnicodeEncodeError:
            continue
        return place
    return 2


if __name__ == "__main__":
    main(Path(sys.argv[1]))
