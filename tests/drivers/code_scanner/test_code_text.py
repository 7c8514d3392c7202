# SPDX-License-Identifier: Apache-2.0
"""Bytes of codes become text or one of our errors, and never stand in a log."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.code_scanner.code_text import MAX_CODE_BYTES, decode_code, is_printable
from drivers.core import CodeError


@pytest.mark.parametrize("text", ["GFM-0042", "王苗苗", "䶮𬱖\u3000李", "\U00031350"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_text_comes_back_from_both_encodings(text: str, encoding: str) -> None:
    assert decode_code(text.encode(encoding)).value == text


@given(st.binary(max_size=4096))
def test_any_bytes_are_printable_text_or_a_code_error(data: bytes) -> None:
    try:
        found = decode_code(data)
    except CodeError as error:
        assert error.code in {"code.none", "code.too_long", "code.not_text"}  # noqa: PT017
        return
    assert is_printable(found.value)
    assert len(data) <= MAX_CODE_BYTES


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "code.none"),
        (b"\xef\xbb\xbf", "code.not_text"),
        (b"a" * 2049, "code.too_long"),
        (b"a\x1db", "code.not_text"),
        (b"a\nb", "code.not_text"),
        ("a\u202eb".encode(), "code.not_text"),
        (b"\xff\xff", "code.not_text"),
    ],
)
def test_what_is_no_code_is_refused(data: bytes, code: str) -> None:
    with pytest.raises(CodeError) as error:
        decode_code(data)
    assert error.value.code == code


def test_the_longest_code_is_taken() -> None:
    assert len(decode_code(b"a" * MAX_CODE_BYTES).value) == MAX_CODE_BYTES


def test_neither_repr_nor_str_shows_the_code() -> None:
    found = decode_code(b"secret-42")
    assert "secret" not in repr(found) + str(found) + f"{found}"
