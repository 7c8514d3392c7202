# SPDX-License-Identifier: Apache-2.0
"""The check of the citizen number, on the samples of the standards and by property."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.id_card.citizen_number import (
    birth_of,
    check_character,
    from_fifteen,
    is_male,
    is_valid,
)


@pytest.mark.parametrize(
    "sample", ["11010519491231002X", "932682198501010017", "911124198108030024"]
)
def test_the_published_samples_are_valid(sample: str) -> None:
    assert is_valid(sample)


def test_an_old_number_gets_the_century_and_a_check() -> None:
    assert from_fifteen("110105491231002") == "11010519491231002X"


def test_birth_and_sex_are_written_in_the_number() -> None:
    assert birth_of("11010519491231002X") == date(1949, 12, 31)
    assert not is_male("11010519491231002X")


@given(
    region=st.integers(100000, 999999),
    birth=st.dates(date(1900, 1, 1), date(2099, 12, 31)),
    sequence=st.integers(0, 999),
    place=st.integers(0, 16),
    other=st.integers(1, 9),
)
def test_one_wrong_digit_is_always_found(
    region: int, birth: date, sequence: int, place: int, other: int
) -> None:
    digits = f"{region}{birth:%Y%m%d}{sequence:03d}"
    number = digits + check_character(digits)
    assert is_valid(number)
    wrong = str((int(number[place]) + other) % 10)
    assert not is_valid(number[:place] + wrong + number[place + 1 :])


@pytest.mark.parametrize(
    "number",
    ["", "11010519491231002x", "1101051949123100２X", "110105194912310021", "11010519491331002X"],
)
def test_what_is_no_number_is_not_valid(number: str) -> None:
    assert not is_valid(number)


@pytest.mark.parametrize("digits", ["", "1234567890123456", "1234567890123456X"])
def test_a_check_is_made_of_17_digits_only(digits: str) -> None:
    with pytest.raises(ValueError, match="17 digits"):
        check_character(digits)
    with pytest.raises(ValueError, match="15 digits"):
        from_fifteen(digits)
