# SPDX-License-Identifier: Apache-2.0
"""The three files are what their description says; places are written by hand, so they are checked."""

from __future__ import annotations

from importlib.resources import files

import pytest
from pypinyin import pinyin_dict
from pypinyin.contrib.tone_convert import to_normal

from kiosk.typing import load_tables


def lines_of(name: str) -> list[str]:
    return files("kiosk.typing").joinpath(name).read_text("utf-8").splitlines()


def places() -> list[tuple[str, str, int]]:
    parted = [line.split(" ") for line in lines_of("places.txt") if line and line[0] != "#"]
    return [(spelling, text, int(count)) for spelling, text, count in parted]


def known_readings(character: str) -> set[str]:
    marked = pinyin_dict.pinyin_dict[ord(character)].split(",")
    return {to_normal(reading, v_to_u=False).replace("ü", "v") for reading in marked}


def test_every_place_has_one_known_reading_for_each_character() -> None:
    wrong = [
        text
        for spelling, text, _ in places()
        if len(spelling.split("'")) != len(text)
        or any(s not in known_readings(c) for s, c in zip(spelling.split("'"), text, strict=False))
    ]
    assert wrong == []


def test_no_place_stands_twice() -> None:
    entries = [(spelling, text) for spelling, text, _ in places()]
    assert len(entries) == len(set(entries))


@pytest.mark.parametrize(
    ("text", "spelling"),
    [
        ("铅山县", "yan'shan'xian"),
        ("于都县", "yu'du'xian"),
        ("宁都县", "ning'du'xian"),
        ("弋阳县", "yi'yang'xian"),
        ("鄱阳县", "po'yang'xian"),
        ("婺源县", "wu'yuan'xian"),
        ("乐平市", "le'ping'shi"),
        ("乐安县", "le'an'xian"),
        ("万载县", "wan'zai'xian"),
        ("支行", "zhi'hang"),
        ("营业部", "ying'ye'bu"),
    ],
)
def test_places_are_read_as_their_people_read_them(text: str, spelling: str) -> None:
    assert {entry[0] for entry in places() if entry[1] == text} == {spelling}


def test_all_cities_and_counties_of_the_province_are_there() -> None:
    names = [text for spelling, text, _ in places()]
    regions = {name for name in names if name[-1] in "省市县区" and len(name) > 2}
    counties = {name for name in regions if name not in {"开发区", "江西省", "蓉江新区"}}
    assert len(counties) >= 11 + 100


def test_words_are_filed_under_their_initials_the_most_used_first() -> None:
    wrong = []
    for line in lines_of("words.txt"):
        key, *parts = line.split(" ")
        counts = [int(count) for count in parts[2::3]]
        spelt = ["".join(s[0] for s in spelling.split("'")) for spelling in parts[0::3]]
        if len(parts) % 3 or set(spelt) != {key} or counts != sorted(counts, reverse=True):
            wrong.append(key)
    assert wrong == []


def test_every_syllable_of_a_word_has_characters() -> None:
    tables = load_tables()
    used = {
        syllable
        for line in lines_of("words.txt")
        for spelling in line.split(" ")[1::3]
        for syllable in spelling.split("'")
    }
    assert used - set(tables.syllables) == set()


def test_no_whole_name_of_a_known_person_is_offered() -> None:
    words = {word for line in lines_of("words.txt") for word in line.split(" ")[2::3]}
    assert words.isdisjoint({"韦小宝", "毛泽东", "诸葛亮"})
