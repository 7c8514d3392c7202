# SPDX-License-Identifier: Apache-2.0
"""Looks at the write-ahead log before SQLite does, because SQLite forgets in silence.

At the first frame whose checksum fails, SQLite takes the log to end there: after a power cut that is right,
for what follows was never acknowledged. After a flipped bit it is not: everything later, acknowledged and
flushed, would be gone without a word. So, before the database is opened (format:
https://www.sqlite.org/fileformat2.html#the_write_ahead_log):

- a single flipped bit is found by its effect on the checksum, which is linear, and put right;
- a log with whole transactions behind a frame that cannot be put right is damaged: the store is not opened;
- anything else is the end that a power cut leaves.
"""

from __future__ import annotations

import logging
import os
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

from offline_cache.errors import StoreCorruptError

_log = logging.getLogger("hall24.store")

_HEADER: Final = 32
_FRAME: Final = 24
_MAGIC: Final = 0x377F0682
"""The last bit says that the words of the checksum are big-endian."""
_VERSION: Final = 3_007_000
_MASK: Final = 0xFFFFFFFF

Sums = tuple[int, int]


@dataclass(frozen=True, slots=True)
class _Piece:
    """Some bytes under one checksum: where they lie, and where the checksum lies."""

    covered: tuple[tuple[int, int], ...]
    """(offset, length) of each stretch, in the order in which it is summed."""
    sums_at: int


def mend(path: Path) -> int:
    """Put single flipped bits in the log at ``path`` right; return how many.

    A copy of the log as it was found is kept beside it. Raises ``StoreCorruptError`` for a log that holds
    whole transactions behind one that cannot be read, and ``OSError``.
    """
    try:
        log = bytearray(path.read_bytes())
    except FileNotFoundError:
        return 0
    if len(log) <= _HEADER:
        return 0
    found = bytes(log)
    mended = _mend_header(log)
    if mended is None:
        return 0
    page = int.from_bytes(log[8:12], "big")
    sums = struct.unpack_from(">II", log, 24)
    salts = bytes(log[16:24])
    frames = range(_HEADER, len(log) - _FRAME - page + 1, _FRAME + page)
    for at in frames:
        fixed = _mend_frame(log, at, page, sums, salts)
        if fixed is None:
            if _goes_on(log, frames, at, salts):
                raise StoreCorruptError(f"{path} is damaged before its end; it is left as it is")
            break
        mended += fixed
        sums = struct.unpack_from(">II", log, at + 16)
    if mended:
        _write_back(path, found, bytes(log))
        _log.warning("flipped bits in the journal put right", extra={"count": mended})
    return mended


def _mend_header(log: bytearray) -> int | None:
    """Return how many bits of the header were put right; ``None`` when this is no log that counts."""
    magic, version, page = struct.unpack_from(">III", log, 0)
    piece = _Piece(((0, 24),), 24)
    stored = struct.unpack_from(">II", log, 24)
    if _sums(log, piece, (0, 0)) == stored and magic & ~1 == _MAGIC and version == _VERSION:
        return 0
    before = bytes(log[:_HEADER])
    for bit in range(_HEADER * 8):  # also the bit that says how to sum
        log[bit // 8] ^= 1 << bit % 8
        magic, version, page = struct.unpack_from(">III", log, 0)
        known = magic & ~1 == _MAGIC and version == _VERSION and 512 <= page <= 65536  # noqa: PLR2004 - SQLite's
        if known and _sums(log, piece, (0, 0)) == struct.unpack_from(">II", log, 24):
            return 1
        log[:_HEADER] = before
    return None


def _mend_frame(log: bytearray, at: int, page: int, begin: Sums, salts: bytes) -> int | None:
    """Return how many bits of a frame were put right; ``None`` when it does not belong to the log."""
    frame = _Piece(((at, 8), (at + _FRAME, page)), at + 16)
    computed = _sums(log, frame, begin)
    stored = struct.unpack_from(">II", log, frame.sums_at)
    own_salts = log[at + 8 : at + 16]
    if computed == stored:
        if own_salts != salts and _bits(own_salts, salts) == 1:
            log[at + 8 : at + 16] = salts
            return 1
        return 0 if own_salts == salts else None  # an older log's, which this one was written over
    if own_salts != salts:
        return None
    before = bytes(log[at : at + _FRAME + page])
    first: bytes | None = None
    for where, fixed in _one_bit_off(log, frame, computed, stored):
        log[where : where + len(fixed)] = fixed
        if _next_follows(log, at + _FRAME + page, page, frame, salts):
            return 1
        first = first or bytes(log[at : at + _FRAME + page])
        log[at : at + _FRAME + page] = before
    if first is None:
        return None
    log[at : at + _FRAME + page] = first
    return 1


def _next_follows(log: bytearray, at: int, page: int, frame: _Piece, salts: bytes) -> bool:
    """Tell whether the next frame's checksum goes on from this one's as it stands now."""
    if log[at + 8 : at + 16] != salts or at + _FRAME + page > len(log):
        return False
    sums = struct.unpack_from(">II", log, frame.sums_at)
    following = _Piece(((at, 8), (at + _FRAME, page)), at + 16)
    return _sums(log, following, sums) == struct.unpack_from(">II", log, following.sums_at)


def _one_bit_off(
    log: bytearray, piece: _Piece, computed: Sums, stored: Sums
) -> Iterator[tuple[int, bytes]]:
    """Yield (where, bytes) of every change of one bit that makes bytes and checksum agree."""
    first, second = ((stored[n] - computed[n]) & _MASK for n in (0, 1))
    order = _order(log)
    # A word changed by d changes the sums by d times two neighbouring Fibonacci numbers.
    for at, one, two in _effects(piece):
        if (first * two - second * one) & _MASK:
            continue  # no change of this word, of one bit or many, does that
        for bit in range(32):
            for change in (1 << bit, -(1 << bit)):
                if (change * one) & _MASK == first and (change * two) & _MASK == second:
                    word = int.from_bytes(log[at : at + 4], order)
                    if bool(word >> bit & 1) == (change < 0):
                        yield at, (word ^ 1 << bit).to_bytes(4, order)
    if sum((stored[n] ^ computed[n]).bit_count() for n in (0, 1)) == 1:
        yield piece.sums_at, struct.pack(">II", *computed)


def _effects(piece: _Piece) -> Iterator[tuple[int, int, int]]:
    """Yield for every word where it lies and what one more in it adds to the two sums at the end."""
    even, odd = (1, 1), (0, 1)  # of the last pair: s1 += x0 + s2; s2 += x1 + s1
    for at in reversed(list(_words(piece))):
        yield at, *even
        yield at + 4, *odd
        even, odd = _one_pair_earlier(even), _one_pair_earlier(odd)


def _one_pair_earlier(effect: Sums) -> Sums:
    """Let one more pair of words be summed after it."""
    first = (effect[0] + effect[1]) & _MASK
    return first, (effect[1] + first) & _MASK


def _words(piece: _Piece) -> Iterator[int]:
    """Yield where each pair of words lies."""
    for offset, length in piece.covered:
        yield from range(offset, offset + length, 8)


def _sums(log: bytearray, piece: _Piece, begin: Sums) -> Sums:
    first, second = begin
    kind = ">" if log[3] & 1 else "<"
    for offset, length in piece.covered:
        for even, odd in struct.iter_unpack(f"{kind}II", log[offset : offset + length]):
            first = first + even + second & _MASK
            second = second + odd + first & _MASK
    return first, second


def _goes_on(log: bytearray, frames: range, broken: int, salts: bytes) -> bool:
    """Tell whether a transaction begins behind the one that ``broken`` belongs to: then that one was durable."""
    ended = False
    for at in frames[frames.index(broken) :]:
        if log[at + 8 : at + 16] != salts:
            return False
        if ended:
            return True
        ended = any(log[at + 4 : at + 8])
    return False


def _bits(one: bytes | bytearray, other: bytes | bytearray) -> int:
    return sum((a ^ b).bit_count() for a, b in zip(one, other, strict=True))


def _order(log: bytearray) -> Literal["big", "little"]:
    return "big" if log[3] & 1 else "little"


def _write_back(path: Path, found: bytes, mended: bytes) -> None:
    for place, content in ((path.with_name(f"{path.name}.damaged"), found), (path, mended)):
        descriptor = os.open(place, os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            os.pwrite(descriptor, content, 0)
            os.ftruncate(descriptor, len(content))
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
