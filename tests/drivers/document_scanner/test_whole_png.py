# SPDX-License-Identifier: Apache-2.0
"""A picture that was cut short is never taken for a page, however whole its file looks."""

from __future__ import annotations

import io
import struct
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from drivers.document_scanner.whole_png import CutShortError, whole_size

WIDTH, HEIGHT = 61, 47


def picture(mode: str = "RGB") -> bytes:
    drawn = Image.effect_noise((WIDTH, HEIGHT), 60).convert(mode)
    packed = io.BytesIO()
    drawn.save(packed, "png")
    return packed.getvalue()


WHOLE = picture()


def with_rows(claimed: int, rows: int) -> bytes:
    """Build a PNG in perfect order whose header claims other rows than it has."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return (
            struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        )

    header = struct.pack(">IIBBBBB", WIDTH, claimed, 8, 2, 0, 0, 0)
    data = zlib.compress(bytes(rows * (1 + WIDTH * 3)))
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", data) + chunk(b"IEND", b"")
    )


@pytest.mark.parametrize("mode", ["RGB", "L", "1", "P", "RGBA", "LA"])
def test_a_whole_picture_tells_its_size(mode: str) -> None:
    assert whole_size(picture(mode)) == (WIDTH, HEIGHT)


@pytest.mark.parametrize("rows", [0, 1, HEIGHT - 1, HEIGHT + 1, 100 * HEIGHT])
def test_a_file_in_order_with_rows_missing_is_cut_short(rows: int) -> None:
    assert whole_size(with_rows(HEIGHT, HEIGHT)) == (WIDTH, HEIGHT)
    with pytest.raises(CutShortError):
        whole_size(with_rows(HEIGHT, rows))


@given(st.integers(0, len(WHOLE) - 1))
def test_a_file_cut_anywhere_is_cut_short(end: int) -> None:
    with pytest.raises(CutShortError):
        whole_size(WHOLE[:end])


@given(st.integers(0, len(WHOLE) - 1), st.integers(1, 255))
def test_a_changed_byte_never_passes(at: int, change: int) -> None:
    broken = bytearray(WHOLE)
    broken[at] ^= change
    with pytest.raises(CutShortError):
        whole_size(bytes(broken))


@given(st.binary(max_size=400))
def test_any_bytes_are_an_answer_or_cut_short(data: bytes) -> None:
    for each in (data, b"\x89PNG\r\n\x1a\n" + data):
        with pytest.raises(CutShortError):
            whole_size(each)
