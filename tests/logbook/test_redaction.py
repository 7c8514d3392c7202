# SPDX-License-Identifier: Apache-2.0
"""Synthetic people only; the numbers carry valid check digits in a region of the demo."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.documents.numbers import number
from kiosk.redaction import WITHHELD, looks_personal, withhold_personal

PERSONAL = [
    "36070219380312002X",
    "360702 19380312 002X",
    "360702193803120",  # fifteen digits, the old number
    "813800198001010014",
    "CHN110100001234",
    "13800138000",
    "+86 138 0013 8000",
    "138-0013-8000",
    "6222021234567890123",
    "6222 0212 3456 7890 123",
    "王苗苗",
    "李",
    "章贡区阳明路1号3栋",
    "𬱖",
    "䶮",
]


@pytest.mark.parametrize("secret", PERSONAL)
@pytest.mark.parametrize("around", ["{}", "failed: {}", "value='{}',", "/form/{}?x=1", "a={};"])
def test_what_looks_like_a_person_is_withheld(secret: str, around: str) -> None:
    told = withhold_personal(around.format(secret))
    assert WITHHELD in told
    assert secret not in told
    assert secret.replace(" ", "")[:8] not in told.replace(" ", "")


@pytest.mark.parametrize("secret", ["王苗苗", "𬱖", "李测试"])
def test_escaped_characters_are_withheld_too(secret: str) -> None:
    for escaped in (json.dumps(secret), ascii(secret), repr(secret.encode("gbk", "replace"))):
        if escaped != repr(b"?"):
            assert WITHHELD in withhold_personal(escaped)


@pytest.mark.parametrize(
    "harmless",
    [
        "dev.not_present",
        "slot=reader condition=online",
        "0192f5c3-8a1b-7c4d-9e2f-112345678901",
        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
        "2026-11-21T01:02:03.004Z",
        "Connection refused (errno 111) at 127.0.0.1:18080",
        "/dev/ttyUSB0 at 115200 baud, 1048576 bytes in 1234 ms",
        "old-age-allowance 261121-483926-5",
        "3.40.1",
    ],
)
def test_what_technicians_need_stays(harmless: str) -> None:
    assert withhold_personal(harmless) == harmless


@given(st.integers(1, 99_999), st.floats(1.7e9, 2e9), st.uuids())
def test_receipt_numbers_and_ids_stay(sequence: int, wall: float, submission: object) -> None:
    text = f"{submission} {number(sequence, wall, 'terminal')}"
    assert not looks_personal(text)


@given(st.text())
def test_withholding_twice_changes_nothing_more(text: str) -> None:
    once = withhold_personal(text)
    assert withhold_personal(once) == once
    assert not looks_personal(once)
