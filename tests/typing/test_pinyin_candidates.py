# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.typing import MAX_LETTERS, PinyinTables, candidates, load_tables, spell

FIRST_PAGE = 7
KEY_S = 0.010


def level_one() -> list[str]:
    """GB 2312 level 1: rows 16 to 55, 3755 characters; the last row is not full."""
    cells = [(row, cell) for row in range(16, 56) for cell in range(1, 95)]
    codes = [bytes((0xA0 + row, 0xA0 + cell)) for row, cell in cells]
    return [code.decode("gb2312") for code in codes if code[0] != 0xD7 or code[1] <= 0xF9]


@pytest.fixture(scope="module")
def tables() -> PinyinTables:
    return load_tables()


def texts(tables: PinyinTables, letters: str) -> list[str]:
    return [candidate.text for candidate in candidates(tables, letters)]


def write(tables: PinyinTables, letters: str, wanted: str) -> int:
    """Type all letters, then take candidates of the first page only; return how many were taken."""
    taken = 0
    while wanted:
        fitting = [
            candidate
            for candidate in candidates(tables, letters)[:FIRST_PAGE]
            if wanted.startswith(candidate.text)
        ]
        assert fitting, f"nothing of {wanted} on the first page of {letters}"
        best = max(fitting, key=lambda candidate: len(candidate.text))
        wanted, letters, taken = wanted[len(best.text) :], letters[best.letters :], taken + 1
    assert letters == ""
    return taken


def test_every_character_of_gb_2312_level_1_is_reached_by_each_of_its_readings(
    tables: PinyinTables,
) -> None:
    characters = level_one()
    assert len(characters) == 3755
    spelt = {character: tables.readings(character) for character in characters}
    assert [character for character in characters if not spelt[character]] == []
    by_letters = {
        letters: set(texts(tables, letters))
        for letters in {reading for readings in spelt.values() for reading in readings}
    }
    unreached = [
        (character, reading)
        for character, readings in spelt.items()
        for reading in readings
        if character not in by_letters[reading]
    ]
    assert unreached == []


@pytest.mark.parametrize(
    ("letters", "text", "at_most"),
    [
        ("zhanggongqu", "章贡区", 1),
        ("ganzhoushizhanggongqu", "赣州市章贡区", 1),
        ("zhanggongquhongqidadao", "章贡区红旗大道", 1),
        ("zhanggongqunanwaijiedao", "章贡区南外街道", 1),
        ("yudanyuan", "二单元", 0),
        ("erdanyuan", "二单元", 1),
        ("yanshanxian", "铅山县", 1),
        ("ningduxian", "宁都县", 1),
        ("yugan", "余干", 1),
        ("shuidongzhen", "水东镇", 1),
        ("cunweihui", "村委会", 1),
        ("ganzhounongshangyinhangzhihang", "赣州农商银行支行", 2),
        ("zhongguonongyeyinhang", "中国农业银行", 1),
        ("youchuyinhang", "邮储银行", 1),
        ("lu", "路", 1),
        ("hao", "号", 1),
        ("dong", "栋", 1),
        ("shi", "室", 1),
        ("cun", "村", 1),
        ("xiang", "乡", 1),
        ("lvse", "绿色", 1),
        ("zhanlue", "战略", 1),
    ],
)
def test_an_address_or_bank_spelt_in_full_stands_on_the_first_page(
    tables: PinyinTables, letters: str, text: str, at_most: int
) -> None:
    if not at_most:
        assert text not in texts(tables, letters)
        return
    assert write(tables, letters, text) <= at_most


@pytest.mark.parametrize(
    ("letters", "text"),
    [
        ("zgq", "章贡区"),
        ("gzs", "赣州市"),
        ("jxs", "江西省"),
        ("hqdd", "红旗大道"),
        ("nwjd", "南外街道"),
        ("jd", "街道"),
        ("dy", "单元"),
        ("nsyh", "农商银行"),
        ("gznsyh", "赣州农商银行"),
        ("zgnyyh", "中国农业银行"),
        ("ydx", "于都县"),
        ("rjs", "瑞金市"),
        ("zhgq", "章贡区"),
        ("zhanggq", "章贡区"),
    ],
)
def test_initials_are_enough_for_the_words_of_the_region(
    tables: PinyinTables, letters: str, text: str
) -> None:
    assert text in texts(tables, letters)[:FIRST_PAGE]


@pytest.mark.parametrize(
    ("letters", "text"),
    [
        ("zhanggo", "章贡"),
        ("zhanggongq", "章贡区"),
        ("nongshangyinh", "农商银行"),
        ("zhonggu", "中国"),
    ],
)
def test_the_last_syllable_need_not_be_finished(
    tables: PinyinTables, letters: str, text: str
) -> None:
    assert text in texts(tables, letters)[:FIRST_PAGE]


def test_letters_that_can_be_cut_in_two_ways_offer_both(tables: PinyinTables) -> None:
    xian, fangan = texts(tables, "xian"), texts(tables, "fangan")
    assert xian[0] == "西安"
    assert {"县", "先", "现"} <= set(xian[:FIRST_PAGE])
    assert set(fangan[:2]) == {"方案", "反感"}


def test_an_apostrophe_says_where_a_syllable_ends(tables: PinyinTables) -> None:
    assert "西安" in texts(tables, "xi'an")
    assert "县" not in texts(tables, "xi'an")


def test_words_spelt_in_full_come_before_characters(tables: PinyinTables) -> None:
    found = candidates(tables, "danyuan")
    whole = [candidate for candidate in found if candidate.letters == len("danyuan")]
    assert list(found[: len(whole)]) == whole
    lengths = [len(candidate.text) for candidate in found[:FIRST_PAGE]]
    assert lengths == sorted(lengths, reverse=True)
    assert set(lengths) == {2, 1}


def test_a_candidate_takes_its_letters_and_the_rest_goes_on(tables: PinyinTables) -> None:
    letters = "zhanggongqulu"
    taken = next(c for c in candidates(tables, letters) if c.text == "章贡区")
    assert letters[taken.letters :] == "lu"
    assert texts(tables, letters[taken.letters :])[0] == "路"


def test_what_is_no_pinyin_is_offered_as_it_is(tables: PinyinTables) -> None:
    assert candidates(tables, "vvv") == (("vvv", 3),)
    assert candidates(tables, "") == ()


@given(st.text(alphabet="abcdefghijklmnopqrstuvwxyz'", max_size=MAX_LETTERS + 10))
def test_any_letters_give_candidates_that_lead_to_an_end(letters: str) -> None:
    tables = load_tables()
    for _ in range(len(letters) + 1):
        found = candidates(tables, letters)
        if not letters.strip("'")[:MAX_LETTERS]:
            break
        assert found
        assert all(0 < candidate.letters <= len(letters) for candidate in found)
        assert all(candidate.text for candidate in found)
        assert len({candidate.text for candidate in found}) == len(found)
        letters = letters[found[0].letters :]
    assert not letters.strip("'")


@given(st.text(max_size=80))
def test_any_text_is_borne(text: str) -> None:
    candidates(load_tables(), text)
    assert "".join(piece for piece, _ in spell(load_tables(), text)) == text


def test_a_text_is_spelt_by_its_longest_words(tables: PinyinTables) -> None:
    assert spell(tables, "章贡区支行2号") == (
        ("章贡区", "zhanggongqu"),
        ("支行", "zhihang"),
        ("2", "2"),
        ("号", "hao"),
    )


def test_what_is_typed_changes_nothing_and_is_written_nowhere(
    tables: PinyinTables, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))
    before = candidates(tables, "gan")
    state = {name: repr(value) for name, value in vars(tables).items()}

    def refuse(*_arguments: object, **_options: object) -> None:
        pytest.fail("typing opened a file")

    monkeypatch.setattr("builtins.open", refuse)
    monkeypatch.setattr("io.open", refuse)
    for _ in range(20):
        last = candidates(tables, "gan")[-1]
        candidates(tables, "gan" * 5)
    assert candidates(tables, "gan") == before
    assert candidates(tables, "gan")[-1] == last
    assert {name: repr(value) for name, value in vars(tables).items()} == state
    assert list(tmp_path.iterdir()) == []


def test_a_key_is_answered_within_ten_milliseconds(tables: PinyinTables) -> None:
    def best_of_five(letters: str) -> float:
        times = []
        for _ in range(5):
            begin = time.process_time()
            candidates(tables, letters)
            times.append(time.process_time() - begin)
        return min(times)

    lines = ("z", "yi", "xian", "zhanggongquhongqidadaobashiliuhao", "zhzhzhzhzhzhzhzhzhzhzh")
    slow = {letters: t for letters in lines if (t := best_of_five(letters)) > KEY_S}
    assert slow == {}


def test_the_tables_are_loaded_within_150_milliseconds() -> None:
    times = []
    for _ in range(3):
        begin = time.process_time()
        load_tables.__wrapped__()
        times.append(time.process_time() - begin)
    assert min(times) < 0.150
