# SPDX-License-Identifier: Apache-2.0
"""Commands, chaining and status words, against a card that is a list of answers."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.core import ProtocolError
from drivers.smart_card.apdu import (
    ANY_LENGTH,
    CardCommand,
    Meaning,
    ask,
    meaning_of,
    read_record,
    select_application,
    select_file,
)
from drivers.smart_card.social_card import AID


class Script:
    """Answers in order and keeps what it was asked."""

    def __init__(self, *answers: str) -> None:
        self._answers = [bytes.fromhex(answer) for answer in answers]
        self.asked: list[str] = []

    def __call__(self, command: bytes) -> bytes:
        self.asked.append(command.hex(" ").upper())
        return self._answers.pop(0)


def test_commands_are_coded_as_the_sheet_shows_them() -> None:
    assert select_application(AID).to_bytes() == bytes.fromhex(
        "00A404000F7378312E73682EC9E7BBE1B1A3D5CF"
    )
    assert select_file(0xEF05, 2).to_bytes() == bytes.fromhex("00A4020002EF05")
    assert read_record(0x09, 0x30, 0x20).to_bytes() == bytes.fromhex("00B2093020")
    assert read_record(1, 4, ANY_LENGTH).to_bytes() == bytes.fromhex("00B2010400")


def test_what_does_not_fit_a_short_command_is_our_mistake() -> None:
    for data, expected in ((b"x" * 256, None), (b"", 257), (b"", -1)):
        with pytest.raises(ValueError, match="not a short command"):
            CardCommand(0xA4, 0, 0, data, expected)


def test_more_data_is_fetched_until_there_is_none() -> None:
    card = Script("6103", "01026102", "03049000")
    answer = ask(card, select_application(AID))
    assert (answer.data, answer.status) == (bytes([1, 2, 3, 4]), 0x9000)
    assert card.asked[1:] == ["00 C0 00 00 03", "00 C0 00 00 02"]


def test_a_wrong_length_is_asked_again_with_the_right_one() -> None:
    card = Script("6C12", "01029000")
    assert ask(card, read_record(0x08, 0x30, 0x20)).data == b"\x01\x02"
    assert card.asked == ["00 B2 08 30 20", "00 B2 08 30 12"]


def test_a_wrong_length_of_a_fetch_is_put_right_too() -> None:
    card = Script("6110", "6C02", "0A0B9000")
    assert ask(card, select_application(AID)).data == b"\x0a\x0b"
    assert card.asked[1:] == ["00 C0 00 00 10", "00 C0 00 00 02"]


def test_a_length_of_nought_means_as_much_as_there_is() -> None:
    card = Script("6100", "019000")
    ask(card, select_application(AID))
    assert card.asked[1] == "00 C0 00 00 00"


def test_a_card_that_corrects_itself_for_ever_gets_no_third_question() -> None:
    card = Script("6C10", "6C11")
    assert ask(card, read_record(1, 4, 3)).status == 0x6C11
    assert len(card.asked) == 2


def test_a_card_that_never_ends_is_given_up() -> None:
    asked = []

    def endless(command: bytes) -> bytes:
        asked.append(command)
        return b"\x00\x61\x01"

    with pytest.raises(ProtocolError) as error:
        ask(endless, select_application(AID))
    assert error.value.code == "card.garbage"
    assert len(asked) < 50


@pytest.mark.parametrize("answer", [b"", b"\x90", b"x" * 5000])
def test_what_is_no_answer_is_garbage(answer: bytes) -> None:
    with pytest.raises(ProtocolError) as error:
        ask(lambda _command: answer, select_application(AID))
    assert error.value.code == "card.garbage"


def test_status_words_mean_what_the_standard_says() -> None:
    expected = {
        0x9000: Meaning.DONE,
        0x6282: Meaning.WARNING,
        0x6283: Meaning.BLOCKED,
        0x6700: Meaning.WRONG_LENGTH,
        0x6982: Meaning.PROTECTED,
        0x6985: Meaning.PROTECTED,
        0x6981: Meaning.NOT_THAT_WAY,
        0x6A82: Meaning.NOT_FOUND,
        0x6A83: Meaning.NOT_FOUND,
        0x6A86: Meaning.NOT_THAT_WAY,
        0x6D00: Meaning.NOT_THAT_WAY,
        0x6F00: Meaning.OTHER,
        0x0000: Meaning.OTHER,
    }
    assert {status: meaning_of(status) for status in expected} == expected


@given(st.lists(st.binary(max_size=300), min_size=30, max_size=30))
def test_any_answers_end_in_data_or_in_our_error(answers: list[bytes]) -> None:
    waiting = iter(answers)
    with suppress(ProtocolError):
        answer = ask(lambda _command: next(waiting), read_record(1, 4, 16))
        assert len(answer.data) <= 4096
        assert isinstance(answer.meaning, Meaning)
