# SPDX-License-Identifier: Apache-2.0
"""Tells a whole PNG from one that was cut short.

A scan that ends early can leave a picture that looks whole: libpng writes the end of the file under a
header that promised more rows. So the rows themselves are counted, without decoding the picture.
Structure after the PNG specification (W3C, third edition), §5 and §7.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from typing import Final

_START: Final = b"\x89PNG\r\n\x1a\n"
_HEADER: Final = struct.Struct(">IIBBBBB")
_LENGTH_AND_TYPE: Final = struct.Struct(">I4s")
_CHECKSUM_BYTES: Final = 4
_SAMPLES: Final = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}
"""Samples a pixel by colour type."""
_AT_ONCE: Final = 1 << 20
"""Bytes of picture that are unpacked at a time: what a damaged file claims costs no memory."""


class CutShortError(Exception):
    """The picture is not whole. Carries nothing of it."""


def whole_size(png: bytes) -> tuple[int, int]:
    """Return width and height in pixels. Raises :class:`CutShortError` unless every row is there."""
    chunks = _chunks(png)
    kind, header = next(chunks)
    if kind != b"IHDR" or len(header) != _HEADER.size:
        raise CutShortError
    width, height, depth, colour, _packing, _filter, interlaced = _HEADER.unpack(header)
    if interlaced or colour not in _SAMPLES or not width or not height:
        raise CutShortError  # scanimage never interlaces
    row = 1 + (width * _SAMPLES[colour] * depth + 7) // 8
    if _unpacked_bytes(chunks, row * height) != row * height:
        raise CutShortError
    return width, height


def _chunks(png: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Yield type and data of each chunk to the end mark, which must be there."""
    if not png.startswith(_START):
        raise CutShortError
    at = len(_START)
    kind = b""
    while kind != b"IEND":
        if at + _LENGTH_AND_TYPE.size > len(png):
            raise CutShortError
        length, kind = _LENGTH_AND_TYPE.unpack_from(png, at)
        at += _LENGTH_AND_TYPE.size
        end = at + length
        if end + _CHECKSUM_BYTES > len(png):
            raise CutShortError
        data = png[at:end]
        if zlib.crc32(data, zlib.crc32(kind)) != int.from_bytes(png[end : end + _CHECKSUM_BYTES]):
            raise CutShortError
        yield kind, data
        at = end + _CHECKSUM_BYTES


def _unpacked_bytes(chunks: Iterator[tuple[bytes, bytes]], most: int) -> int:
    """Count the bytes of all rows; stops soon after ``most``."""
    unpacker = zlib.decompressobj()
    total = 0
    try:
        for kind, data in chunks:
            rest = data if kind == b"IDAT" else b""
            while rest and total <= most:
                total += len(unpacker.decompress(rest, _AT_ONCE))
                rest = unpacker.unconsumed_tail
    except zlib.error:
        raise CutShortError from None
    return total if unpacker.eof else 0
