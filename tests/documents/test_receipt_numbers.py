# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import re
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.documents.numbers import (
    CHINA,
    ReceiptNumber,
    ReceiptNumberError,
    check_digit,
    is_valid,
    number,
    parse,
    terminal_tag,
)

sequences = st.integers(1, 10**7)
walls = st.floats(0, 4e9)
terminals = st.text(min_size=1, max_size=30)


@given(sequences, walls, terminals)
def test_a_number_reads_back_however_it_is_typed(sequence: int, wall: float, terminal: str) -> None:
    printed = number(sequence, wall, terminal)
    day = datetime.fromtimestamp(wall, UTC).astimezone(CHINA)
    facts = ReceiptNumber(day.month, day.day, terminal_tag(terminal), sequence)
    assert parse(printed) == facts
    assert parse(printed.replace("-", "")) == facts
    assert parse(f" {printed.replace('-', ' ')}\n") == facts
    assert parse(printed.translate({ord("0") + n: ord("0") + n for n in range(10)})) == facts
    assert str(facts) == printed


@given(sequences, walls, terminals, st.data())
def test_every_single_wrong_digit_is_found(
    sequence: int, wall: float, terminal: str, data: st.DataObject
) -> None:
    digits = number(sequence, wall, terminal).replace("-", "")
    place = data.draw(st.integers(0, len(digits) - 1))
    other = data.draw(st.sampled_from([d for d in "0123456789" if d != digits[place]]))
    assert not is_valid(digits[:place] + other + digits[place + 1 :])


@given(st.text(max_size=20))
def test_any_text_is_read_or_refused_in_one_way(text: str) -> None:
    try:
        facts = parse(text)
    except ReceiptNumberError:
        assert not is_valid(text)
    else:
        assert parse(str(facts)) == facts


def test_most_swapped_neighbours_are_found() -> None:
    found = total = 0
    for sequence in range(1, 400):
        digits = number(sequence, 1.8e9 + sequence * 86_400, f"terminal-{sequence}").replace(
            "-", ""
        )
        for place in range(len(digits) - 1):
            if digits[place] != digits[place + 1]:
                swapped = digits[:place] + digits[place + 1] + digits[place] + digits[place + 2 :]
                total += 1
                found += not is_valid(swapped)
    assert found / total > 0.97


def test_check_digit_fits_the_published_example() -> None:
    # ISO/IEC 7064, MOD 11,10: 0794 has the check digit 5.
    assert check_digit("0794") == "5"


def test_the_day_is_the_day_in_china() -> None:
    new_year_in_china = datetime(2026, 12, 31, 16, 30, tzinfo=UTC).timestamp()
    assert number(1, new_year_in_china, "t").startswith("0101-")


def test_it_is_short_grouped_and_made_of_digits() -> None:
    assert re.fullmatch(r"\d{4}-\d{4}-\d{4}-\d", number(42, 1.79e9, "360702-0001"))
    assert parse("１１２１－９６９６－０００７－９") == ReceiptNumber(11, 21, "9696", 7)


def test_two_submissions_of_a_terminal_never_share_a_number() -> None:
    assert len({number(n, 1.79e9, "t") for n in range(1, 20_000)}) == 19_999


@pytest.mark.parametrize("sequence", [0, -1])
def test_a_count_below_one_is_a_mistake_of_ours(sequence: int) -> None:
    with pytest.raises(ValueError, match="starts at 1"):
        number(sequence, 1.79e9, "t")


@pytest.mark.parametrize(
    "body", ["131212340001", "110012340001", "113212340001", "112112340000", "1121123400001"]
)
def test_a_fitting_check_digit_alone_is_not_enough(body: str) -> None:
    with pytest.raises(ReceiptNumberError):
        parse(body + check_digit(body))
