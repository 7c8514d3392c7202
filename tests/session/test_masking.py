# SPDX-License-Identifier: Apache-2.0
"""What may stand on a public screen of a name and a number."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.session import masking


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("王苗苗", "王*苗"),
        ("李测", "李*"),
        ("王", "王"),
        ("陈𬱖样", "陈*样"),
        ("阿不都热合曼", "阿****曼"),
        ("SMITH JOHN", "S*** J***"),
        ("", ""),
    ],
)
def test_the_middle_of_a_name_is_hidden(name: str, shown: str) -> None:
    assert masking.mask_name(name) == shown


def test_numbers_keep_only_their_ends() -> None:
    assert masking.mask_number("360702198507010013") == "360702********0013"
    assert masking.mask_phone("13800000000") == "138****0000"
    assert masking.mask_account("6200000000000000002") == "6200 **** **** ***0 002"
    assert masking.mask_middle("1234", head=6, tail=4) == "***4"


def test_numbers_are_grouped_for_reading() -> None:
    assert masking.group_phone("13800000000") == "138 0000 0000"
    assert masking.group_phone("0797-123") == "0797-123"
    assert masking.group_number("360702198507010013") == "360702 19850701 0013"
    assert masking.group_number("123") == "123"
    assert masking.group_account("6200000000000000002") == "6200 0000 0000 0000 002"
    assert masking.group("", (4,)) == ""


@given(st.text(min_size=5, max_size=30))
def test_a_masked_value_never_shows_the_whole(value: str) -> None:
    value = value.strip()
    shown = masking.mask_middle(value, head=2, tail=2)
    assert len(shown) == len(value)
    assert shown.count("*") >= min(len(value) - 4, 2 * len(value) // 3)
