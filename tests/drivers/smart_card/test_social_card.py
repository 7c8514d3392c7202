# SPDX-License-Identifier: Apache-2.0
"""From SELECT to fields, against a scripted chip in memory."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.core import CardError, DeviceError, SocialCard
from drivers.sim.social_card_chip import (
    HOLDERS,
    ChipFault,
    SocialCardChip,
    SyntheticSocialCard,
    social_card_of,
)
from drivers.smart_card.social_card import NEEDS_CERTIFIED_READER, read_social_card


def chip_of(
    card: SocialCard, raw: Mapping[int, bytes] | None = None, protocol: str = ""
) -> SocialCardChip:
    return SocialCardChip(SyntheticSocialCard(card, raw or {}), protocol=protocol)


def read(chip: SocialCardChip) -> SocialCard:
    def transmit(command: bytes) -> bytes:
        answer = chip.answer(command)
        assert answer is not None
        return answer

    return read_social_card(transmit)


def outcome(work: Callable[[], SocialCard]) -> SocialCard | DeviceError:
    try:
        return work()
    except DeviceError as error:
        return error


def elder(**changes: object) -> SocialCard:
    return dataclasses.replace(social_card_of(HOLDERS["elder"]), **changes)


@pytest.mark.parametrize("protocol", ["number", "tag", "selected", "both"])
@pytest.mark.parametrize("version", ["1.00", "2.00"])
@pytest.mark.parametrize("holder", [key for key in HOLDERS if key != "long-name"])
def test_every_free_card_is_read_whole_however_it_wants_to_be_asked(
    holder: str, version: str, protocol: str
) -> None:
    written = social_card_of(HOLDERS[holder], version)
    chip = chip_of(written, protocol=protocol)
    assert read(chip) == written
    assert chip.verify_tries == 0


def test_a_name_longer_than_its_record_goes_on_in_the_extension() -> None:
    written = social_card_of(HOLDERS["long-name"])
    assert len((written.name or "").encode("gb18030")) > 30
    assert read(chip_of(written)) == written


def test_a_character_that_the_record_cuts_is_put_together_again() -> None:
    name = "测试测试测试测试测试测试测试𬱖样"
    coded = name.encode("gb18030")
    raw = {0x09: coded[:30], 0x4E: coded[30:].ljust(20, b"\0")}
    assert len(coded[:30].decode("gb18030", "ignore")) == 14
    assert read(chip_of(elder(), raw)).name == name


@pytest.mark.parametrize("character", ["𬱖", "䶮", "\u9fb4", "\u3447", "·"])
def test_rare_characters_arrive(character: str) -> None:
    assert read(chip_of(elder(name=f"王{character}样"))).name == f"王{character}样"


def test_characters_of_the_private_area_become_what_unicode_has_now() -> None:
    raw = {0x09: b"\xcd\xf5\xfe\x59".ljust(30, b"\0")}
    assert read(chip_of(elder(), raw)).name == "王\u9fb4"


def test_the_third_generation_gives_three_fields_and_a_note_and_is_asked_for_no_pin() -> None:
    written = social_card_of(HOLDERS["elder"], "3.00")
    chip = chip_of(written)
    assert read(chip) == SocialCard(
        version="3.00",
        note=NEEDS_CERTIFIED_READER,
        card_number=written.card_number,
        identification=written.identification,
        region="360700",
    )
    assert chip.verify_tries == 0


def test_an_older_card_that_locks_the_holder_gets_the_same_note() -> None:
    chip = chip_of(elder())

    def transmit(command: bytes) -> bytes:
        locked = command[1] == 0xB2 and command[3] >> 3 == 6
        answer = b"\x69\x82" if locked else chip.answer(command)
        assert answer is not None
        return answer

    card = read_social_card(transmit)
    assert card.note == NEEDS_CERTIFIED_READER
    assert (card.issued, card.name, card.number) == (date(2020, 3, 20), None, None)


def test_another_kind_of_card_is_named_and_left_alone() -> None:
    chip = chip_of(elder())
    chip.is_bank_card = True
    with pytest.raises(CardError) as error:
        read(chip)
    assert error.value.code == "card.not_social"
    assert chip.commands == 1


def test_a_card_that_was_switched_off_says_so() -> None:
    with pytest.raises(CardError) as error:
        read_social_card(lambda _command: b"\x62\x83")
    assert error.value.code == "card.blocked"


def test_numbers_whose_bytes_look_like_padding_stay_whole() -> None:
    # 0x20 is a space and 0x00 ends a text; in BCD both are digits.
    written = elder(
        valid_to=date(2030, 10, 20), ethnicity="傈僳", identification="360700" + "D1" * 11 + "2000"
    )
    assert read(chip_of(written)) == written


@pytest.mark.parametrize("empty", [b"\0", b"\xff"])
def test_what_was_never_written_is_absent_and_not_wrong(empty: bytes) -> None:
    raw = {
        tag: empty * size for tag, size in {0x05: 4, 0x06: 4, 0x07: 9, 0x09: 30, 0x0B: 1}.items()
    }
    card = read(chip_of(elder(), raw))
    absent = (card.issued, card.valid_to, card.card_number, card.name, card.ethnicity)
    assert absent == (None,) * 5
    assert card.unreadable == ()


@pytest.mark.parametrize(
    ("tag", "value", "field"),
    [
        (0x05, bytes.fromhex("20201399"), "issued"),
        (0x06, bytes.fromhex("2030AB01"), "valid_to"),
        (0x08, b"\x80" * 18, "number"),
        (0x09, b"\xff\xfe\x80".ljust(30, b"\0"), "name"),
        (0x09, "王\t样".encode("gb18030").ljust(30, b"\0"), "name"),
        (0x0A, b"7", "sex"),
        (0x0B, b"\x59", "ethnicity"),
        (0x0C, b"\xaa\xbb\xcc", "birthplace"),
        (0x0D, bytes.fromhex("19380230"), "birth"),
    ],
)
def test_a_field_that_makes_no_sense_is_named_and_the_others_are_read(
    tag: int, value: bytes, field: str
) -> None:
    card = read(chip_of(elder(), {tag: value}))
    assert getattr(card, field) is None
    assert card.unreadable == (field,)
    assert card.region == "360700"


def test_a_record_with_another_tag_inside_is_not_believed() -> None:
    chip = chip_of(elder())

    def transmit(command: bytes) -> bytes:
        answer = chip.answer(command)
        assert answer is not None
        return b"\x0c" + answer[1:] if command[1:3] == b"\xb2\x09" else answer

    card = read_social_card(transmit)
    assert card.name is None
    assert card.unreadable == ("name",)


@pytest.mark.parametrize("fault", [ChipFault.GARBAGE, ChipFault.SHORT, ChipFault.ENDLESS])
@pytest.mark.parametrize("after", range(18))
def test_one_bad_answer_anywhere_ends_in_a_card_or_in_our_error(
    fault: ChipFault, after: int
) -> None:
    chip = chip_of(elder())
    chip.expect(fault, after)
    ended = outcome(lambda: read(chip))
    if isinstance(ended, DeviceError):
        assert ended.code in {"card.garbage", "card.not_social", "card.unreadable"}
    assert chip.verify_tries == 0


@given(st.data())
def test_any_bytes_from_the_card_raise_only_our_errors_and_end(data: st.DataObject) -> None:
    asked: list[bytes] = []
    statuses = st.sampled_from(["9000", "6103", "6C04", "6982", "6A83", "6A86", "6700", "6283"])

    def transmit(command: bytes) -> bytes:
        asked.append(command)
        if len(asked) == 1:
            return b"\x90\x00"
        tag = command[2:3]
        body = data.draw(st.binary(max_size=40) | st.binary(max_size=40).map(tag.__add__))
        return body + bytes.fromhex(data.draw(statuses))

    ended = outcome(lambda: read_social_card(transmit))
    if isinstance(ended, DeviceError):
        assert ended.code.startswith("card.")
    assert len(asked) < 1500
    assert not [command for command in asked if command[1] not in {0xA4, 0xB2, 0xC0}]


@given(st.dictionaries(st.sampled_from([1, 2, 3, 4, 5, 6, 7, 8, 9, 0x4E, 0xA, 0xB, 0xC, 0xD]),
                       st.binary(max_size=60)))  # fmt: skip
def test_any_content_of_the_records_is_read_or_named(raw: dict[int, bytes]) -> None:
    ended = outcome(lambda: read(chip_of(elder(), raw)))
    if isinstance(ended, DeviceError):
        assert ended.code == "card.unreadable"
    else:
        assert all(getattr(ended, name) is None for name in ended.unreadable)


def test_the_picture_of_a_card_in_a_log_shows_no_person() -> None:
    card = read(chip_of(elder()))
    assert repr(card) == "SocialCard(version='2.00', note=None, unreadable=())"
