# SPDX-License-Identifier: Apache-2.0
"""Pictures from a device process to whoever draws them, through shared memory and without locks.

One writer, any number of readers. A frame carries its number before and after its pixels and a checksum
over both, so a reader that was overtaken, or whose processor shows it stores in another order (ARM does),
notices and takes a newer one: never half of one picture and half of another.

The memory has no name in any file system (``memfd_create``): readers open it through the writer's
``/proc`` entry, so it is gone with the last process that uses it, however that process ends. It cannot be
resized (sealed), is left out of core dumps, and is kept from swap where the limit on locked memory allows.

::

    header   magic, version, token, width, height, slots, state, number of the newest frame
    slot     number · taken at · checksum · pixels (BGR) · number
"""

from __future__ import annotations

import ctypes
import fcntl
import mmap
import os
import secrets
import struct
import zlib
from collections.abc import Generator, Iterator
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Final, Self

_MAGIC: Final = b"H24FRAME"
_VERSION: Final = 1
_HEADER: Final = struct.Struct("<8sIQIIII")
"""magic, version, token, width, height, slots, (padding)"""
_NUMBER: Final = struct.Struct("<Q")
_FACTS: Final = struct.Struct("<dI")
"""When it was taken (seconds of CLOCK_MONOTONIC), checksum."""
_STATE_AT: Final = 40
_NEWEST_AT: Final = 48
_FIRST_SLOT: Final = 64
_SLOTS: Final = 3
_PIECE: Final = 1 << 17
"""Pixels are copied in pieces of this size."""
_CHANNELS: Final = 3
_MOST_PIXELS: Final = 4096 * 4096
_TRIES: Final = 4
STALE_S: Final = 1.0
"""A picture older than this is not shown: its writer was killed or its camera is frozen."""


class RingError(Exception):
    """There is no ring at that place, or not the one that was meant."""


class _State(IntEnum):
    LIVE = 1
    CLOSED = 2


@dataclass(frozen=True, slots=True)
class Frame:
    """One whole picture."""

    number: int
    taken_at: float
    """Seconds of the monotonic clock, which all processes of a machine share."""
    width_px: int
    height_px: int
    pixels: bytes = field(repr=False)
    """BGR, 8 bits each, rows without gaps."""


@dataclass(frozen=True, slots=True)
class RingShape:
    """Where things are in the memory."""

    width_px: int
    height_px: int
    slots: int = _SLOTS

    @property
    def frame_bytes(self) -> int:
        """Of the pixels of one frame."""
        return self.width_px * self.height_px * _CHANNELS

    @property
    def slot_bytes(self) -> int:
        """Of a slot, rounded up so that numbers are aligned."""
        whole = 2 * _NUMBER.size + _FACTS.size + 4 + self.frame_bytes
        return (whole + 63) // 64 * 64

    @property
    def total_bytes(self) -> int:
        """Of the memory."""
        return _FIRST_SLOT + self.slots * self.slot_bytes

    def slot_at(self, number: int) -> int:
        """Return the offset of the slot that frame ``number`` is written to."""
        return _FIRST_SLOT + number % self.slots * self.slot_bytes

    def facts_at(self, number: int) -> int:
        """Return the offset of time and checksum."""
        return self.slot_at(number) + _NUMBER.size

    def pixels_at(self, number: int) -> int:
        """Return the offset of the pixels."""
        return self.facts_at(number) + _FACTS.size + 4

    def after_at(self, number: int) -> int:
        """Return the offset of the second number."""
        return self.slot_at(number) + self.slot_bytes - _NUMBER.size


Store = tuple[int, bytes | memoryview]
"""Bytes and the offset they go to."""
Load = tuple[int, int]
"""An offset and how many bytes to take from it."""


def stores_of(
    shape: RingShape, number: int, taken_at: float, pixels: bytes | memoryview, piece: int = _PIECE
) -> Iterator[Store]:
    """Yield, in order, what has to be stored so that frame ``number`` is published."""
    label = _NUMBER.pack(number)
    yield shape.slot_at(number), label
    yield shape.facts_at(number), _FACTS.pack(taken_at, _checksum(number, taken_at, pixels))
    view = memoryview(pixels)
    for start in range(0, len(view), piece):
        yield shape.pixels_at(number) + start, view[start : start + piece]
    yield shape.after_at(number), label
    yield _NEWEST_AT, label


def loads_of(
    shape: RingShape, after: int, piece: int = _PIECE
) -> Generator[Load, bytes, Frame | None]:
    """Ask, in order, for what is needed to take the newest frame; return it if it is whole.

    ``None`` when none is newer than ``after``, or when the writer overtook this attempt.
    """
    (number,) = _NUMBER.unpack((yield _NEWEST_AT, _NUMBER.size))
    if number <= after:
        return None
    label = _NUMBER.pack(number)
    if (yield shape.after_at(number), _NUMBER.size) != label:
        return None
    taken_at, checksum = _FACTS.unpack((yield shape.facts_at(number), _FACTS.size))
    pixels = bytearray(shape.frame_bytes)
    for start in range(0, len(pixels), piece):
        size = min(piece, len(pixels) - start)
        pixels[start : start + size] = yield shape.pixels_at(number) + start, size
    if (yield shape.slot_at(number), _NUMBER.size) != label:
        return None
    whole = bytes(pixels)
    if _checksum(number, taken_at, whole) != checksum:
        return None
    return Frame(number, taken_at, shape.width_px, shape.height_px, whole)


def _checksum(number: int, taken_at: float, pixels: bytes | memoryview) -> int:
    return zlib.crc32(pixels, zlib.crc32(struct.pack("<Qd", number, taken_at)))


class FrameWriter:
    """The device process's end. Not thread-safe; one writer a ring. Raises ``OSError`` on construction."""

    def __init__(self, width_px: int, height_px: int) -> None:
        self.shape = RingShape(width_px, height_px)
        self.token = secrets.randbits(63)
        self._number = 0
        self._fd = os.memfd_create("hall24-frames", os.MFD_CLOEXEC | os.MFD_ALLOW_SEALING)
        try:
            os.ftruncate(self._fd, self.shape.total_bytes)
            # A reader's mapping can then never end before its end.
            fcntl.fcntl(self._fd, fcntl.F_ADD_SEALS, fcntl.F_SEAL_SHRINK | fcntl.F_SEAL_GROW)
            self._memory = mmap.mmap(self._fd, self.shape.total_bytes)
        except OSError:
            os.close(self._fd)
            raise
        self._memory.madvise(mmap.MADV_DONTDUMP)
        self.is_locked = _keep_from_swap(self._memory)
        """Whether the pictures are kept from swap."""
        self._memory[: _HEADER.size] = _HEADER.pack(
            _MAGIC, _VERSION, self.token, width_px, height_px, self.shape.slots, 0
        )
        self._memory[_STATE_AT : _STATE_AT + 4] = _State.LIVE.to_bytes(4, "little")

    @property
    def place(self) -> str:
        """Where a process of the same user opens it."""
        return f"/proc/{os.getpid()}/fd/{self._fd}"

    def write(self, pixels: bytes | memoryview, taken_at: float) -> int:
        """Publish a frame and return its number. Raises ``ValueError`` for pixels of another size."""
        if len(pixels) != self.shape.frame_bytes:
            raise ValueError("a frame of another size")
        self._number += 1
        for offset, data in stores_of(self.shape, self._number, taken_at, pixels):
            self._memory[offset : offset + len(data)] = bytes(data)
        return self._number

    def wipe(self) -> None:
        """Overwrite every picture with zeros; readers then find none. Numbers go on afterwards."""
        self._memory[_NEWEST_AT : _NEWEST_AT + _NUMBER.size] = _NUMBER.pack(0)
        self._memory[_FIRST_SLOT:] = bytes(self.shape.total_bytes - _FIRST_SLOT)

    def close(self) -> None:
        """Wipe, tell readers that it is over, and let go. May be repeated."""
        if self._memory.closed:
            return
        self.wipe()
        self._memory[_STATE_AT : _STATE_AT + 4] = _State.CLOSED.to_bytes(4, "little")
        self._memory.close()
        os.close(self._fd)


class FrameReader:
    """The other end: takes the newest whole frame and never waits.

    Raises ``RingError`` when there is no ring at ``place`` or one with another token. After the writer was
    killed the memory lives until this is closed, so close it when the camera's status says that it is gone.
    """

    def __init__(self, place: str, token: int) -> None:
        try:
            fd = os.open(place, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
        except OSError:
            raise RingError("nothing there") from None
        try:
            header = os.pread(fd, _HEADER.size, 0)
            self.shape = _shape_in(header, token)
            if os.fstat(fd).st_size != self.shape.total_bytes:
                raise RingError("of another size")
            self._memory = mmap.mmap(fd, self.shape.total_bytes, prot=mmap.PROT_READ)
        except (OSError, ValueError):
            raise RingError("cannot be read") from None
        finally:
            os.close(fd)

    @property
    def is_over(self) -> bool:
        """Whether the writer ended the preview."""
        state = int.from_bytes(self._memory[_STATE_AT : _STATE_AT + 4], "little")
        return state != _State.LIVE

    def newest(self, after: int = 0) -> Frame | None:
        """Return the newest whole frame if it is newer than number ``after``, else ``None``.

        Compare ``taken_at`` with the monotonic clock: older than :data:`STALE_S` is not to be shown.
        """
        for _ in range(_TRIES):
            if _NUMBER.unpack_from(self._memory, _NEWEST_AT)[0] <= after:
                return None
            frame = self._take(after)
            if frame is not None:
                return frame
        return None

    def close(self) -> None:
        """Let go of the memory. May be repeated."""
        self._memory.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _take(self, after: int) -> Frame | None:
        steps = loads_of(self.shape, after)
        try:
            offset, size = next(steps)
            while True:
                offset, size = steps.send(self._memory[offset : offset + size])
        except StopIteration as end:
            frame: Frame | None = end.value
            return frame


def _shape_in(header: bytes, token: int) -> RingShape:
    try:
        magic, version, found, width, height, slots, _ = _HEADER.unpack(header)
    except struct.error:
        raise RingError("not a ring") from None
    if magic != _MAGIC or version != _VERSION:
        raise RingError("not a ring")
    if found != token:
        raise RingError("another ring")
    if not (0 < width * height <= _MOST_PIXELS and 0 < slots <= _SLOTS):
        raise RingError("of a size that cannot be")
    return RingShape(width, height, slots)


def _keep_from_swap(memory: mmap.mmap) -> bool:
    """Lock the pages in memory; tell whether the system allowed it."""
    address = ctypes.addressof(ctypes.c_char.from_buffer(memory))
    status: int = ctypes.CDLL(None).mlock(ctypes.c_void_p(address), ctypes.c_size_t(len(memory)))
    return status == 0
