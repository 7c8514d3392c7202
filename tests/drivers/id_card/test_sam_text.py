# SPDX-License-Identifier: Apache-2.0
"""The text block of the four kinds of card."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.core import CardError, CardType, IdCard, ProtocolError
from drivers.id_card.sam_text import ETHNICITY_BY_CODE, decode_appended_address, decode_card
from drivers.sim.card_memory import appended_address_block, text_block
from drivers.sim.people import PEOPLE, SyntheticPerson

DAYS = st.dates(date(1900, 1, 1), date(2099, 12, 31))
HAN = st.text(st.sampled_from("王李赵样本测试苗𬱖䶮𠮷·一"), min_size=1, max_size=7)


@pytest.mark.parametrize("padding", [" ", "\0"])
@pytest.mark.parametrize("person", PEOPLE.values(), ids=PEOPLE)
def test_every_synthetic_card_is_read_as_it_was_written(
    person: SyntheticPerson, padding: str
) -> None:
    assert decode_card(text_block(person.card, padding=padding)) == person.card


def test_the_people_cover_what_the_reader_has_to_read() -> None:
    cards = [person.card for person in PEOPLE.values()]
    assert {card.card_type for card in cards} == set(CardType)
    assert any(ord(character) > 0xFFFF for card in cards for character in card.name or "")
    assert any(card.long_term and card.valid_to is None for card in cards)
    assert any((card.english_name or "")[34:35] == " " for card in cards)


@st.composite
def cards(draw: st.DrawFn) -> IdCard:
    resident = draw(st.booleans())
    valid_to = draw(st.none() | DAYS)
    return IdCard(
        card_type=CardType.RESIDENT if resident else CardType.HMT_RESIDENCE,
        name=draw(HAN),
        sex=draw(st.sampled_from(["male", "female", "unknown", "unstated"])),
        ethnicity="畲" if resident else None,
        birth=draw(DAYS),
        address=draw(HAN),
        number="11010519491231002X",
        valid_from=draw(DAYS),
        valid_to=valid_to,
        long_term=valid_to is None,
        permit_number=None if resident else "H00000001",
        issue_count=None if resident else 7,
    )


@given(cards())
def test_any_resident_or_hmt_card_comes_back(card: IdCard) -> None:
    assert decode_card(text_block(card)) == card


def test_long_term_is_exactly_two_characters_and_spaces() -> None:
    block = text_block(PEOPLE["elder"].card)
    assert block[204:220] == bytes.fromhex("7F951F67") + b"\x20\x00" * 6


@given(noise=st.binary(min_size=256, max_size=256), kind=st.sampled_from(" \0JIY王A"))
def test_any_256_bytes_are_a_card_or_a_clear_error(noise: bytes, kind: str) -> None:
    block = noise[:248] + kind.encode("utf-16-le") + noise[250:]
    if kind in " \0JIY":
        assert isinstance(decode_card(block), IdCard)
    else:
        with pytest.raises(CardError) as unknown:
            decode_card(block)
        assert unknown.value.code == "card.unknown_type"


@pytest.mark.parametrize("size", [0, 255, 257])
def test_a_block_of_another_size_is_refused(size: int) -> None:
    with pytest.raises(ProtocolError) as wrong:
        decode_card(bytes(size))
    assert wrong.value.code == "card.text_size"


def test_a_day_that_does_not_exist_is_not_invented() -> None:
    block = bytearray(text_block(PEOPLE["worker"].card))
    block[36:52] = "19850230".encode("utf-16-le")
    assert decode_card(bytes(block)).birth is None


def test_half_a_surrogate_pair_is_shown_as_missing() -> None:
    block = bytearray(text_block(PEOPLE["rare-name"].card))
    block[4:6] = b"\x20\x00"
    assert "\ufffd" in (decode_card(bytes(block)).name or "")


def test_the_appended_address_has_no_padding() -> None:
    assert decode_appended_address(appended_address_block("样例街道9号")) == "样例街道9号"
    assert decode_appended_address(appended_address_block("")) is None


def test_the_ethnicities_are_numbered_as_in_the_standard() -> None:
    expected = {"01": "汉", "10": "朝鲜", "22": "畲", "46": "德昂", "56": "基诺", "97": "其他"}
    assert expected.items() <= ETHNICITY_BY_CODE.items()
    assert len(ETHNICITY_BY_CODE) == 58


def test_a_card_shows_nothing_of_its_person_in_repr() -> None:
    for person in PEOPLE.values():
        assert repr(person.card) == f"IdCard(card_type={person.card.card_type!r})"
