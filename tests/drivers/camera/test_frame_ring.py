# SPDX-License-Identifier: Apache-2.0
"""Frames in shared memory: never torn, wiped when it ends, gone with the process."""

from __future__ import annotations

import itertools
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from drivers.camera.frame_ring import (
    Frame,
    FrameReader,
    FrameWriter,
    RingError,
    RingShape,
    Store,
    loads_of,
    stores_of,
)

SHAPE = RingShape(8, 4)
NAMED_MEMORY = Path("/dev/shm")  # noqa: S108 - only looked at
PIECE = 17
"""Of a frame's 96 bytes, so that a frame is several stores."""


def picture(number: int, shape: RingShape = SHAPE) -> bytes:
    """One picture that tells its number in every byte, so that a mixture is seen."""
    return bytes([number % 255 + 1]) * shape.frame_bytes


@pytest.fixture
def writer() -> Iterator[FrameWriter]:
    writer = FrameWriter(SHAPE.width_px, SHAPE.height_px)
    yield writer
    writer.close()


def reader_of(writer: FrameWriter) -> FrameReader:
    return FrameReader(writer.place, writer.token)


def apply(memory: bytearray, store: Store) -> None:
    offset, data = store
    memory[offset : offset + len(data)] = data


def assert_whole(frame: Frame) -> None:
    assert frame.pixels == picture(frame.number)
    assert frame.taken_at == float(frame.number)


@settings(max_examples=200)
@given(stores_before=st.lists(st.integers(0, 45), min_size=10, max_size=60))
def test_no_interleaving_of_writer_and_reader_gives_a_torn_frame(stores_before: list[int]) -> None:
    """So many stores before each load: a frame has about ten, so the writer often overtakes the reader."""
    memory = bytearray(SHAPE.total_bytes)
    all_stores = (
        store
        for number in itertools.count(1)
        for store in stores_of(SHAPE, number, float(number), picture(number), PIECE)
    )
    loads = loads_of(SHAPE, 0, PIECE)
    wanted = next(loads)
    for count in stores_before:
        for store in itertools.islice(all_stores, count):
            apply(memory, store)
        try:
            wanted = loads.send(bytes(memory[wanted[0] : sum(wanted)]))
        except StopIteration as end:
            if end.value is not None:
                assert_whole(end.value)
            loads = loads_of(SHAPE, 0, PIECE)
            wanted = next(loads)


@settings(max_examples=150)
@given(data=st.data())
def test_not_even_stores_that_become_visible_in_another_order_do(data: st.DataObject) -> None:
    """As on processors that reorder stores: all of two frames, in any order, read in between."""
    memory = bytearray(SHAPE.total_bytes)
    begun = data.draw(st.integers(1, 5))
    for store in stores_of(SHAPE, begun, float(begun), picture(begun), PIECE):
        apply(memory, store)
    later = [
        store
        for number in (begun + 1, begun + SHAPE.slots)
        for store in stores_of(SHAPE, number, float(number), picture(number), PIECE)
    ]
    pending = list(data.draw(st.permutations(later)))
    loads = loads_of(SHAPE, 0, PIECE)
    wanted = next(loads)
    while True:
        for _ in range(min(len(pending), data.draw(st.integers(0, 3)))):
            apply(memory, pending.pop())
        try:
            wanted = loads.send(bytes(memory[wanted[0] : sum(wanted)]))
        except StopIteration as end:
            if end.value is not None:
                assert_whole(end.value)
            return


def test_a_quiet_ring_gives_each_frame_once_and_the_newest_only(writer: FrameWriter) -> None:
    with reader_of(writer) as reader:
        assert reader.newest() is None
        for number in range(1, 6):
            assert writer.write(picture(number), float(number)) == number
        frame = reader.newest()
        assert frame is not None
        assert frame.number == 5
        assert_whole(frame)
        assert reader.newest(after=5) is None


def test_a_reader_beside_a_fast_writer_sees_whole_frames_that_get_newer() -> None:
    shape = RingShape(320, 240)
    writer = FrameWriter(shape.width_px, shape.height_px)
    stop = threading.Event()

    def write() -> None:
        number = 0
        while not stop.is_set():
            number += 1
            writer.write(picture(number, shape), float(number))

    thread = threading.Thread(target=write)
    thread.start()
    last, seen = 0, 0
    end = time.monotonic() + 0.7
    with reader_of(writer) as reader:
        while time.monotonic() < end:
            frame = reader.newest(after=last)
            if frame is None:
                continue
            assert frame.number > last
            assert frame.pixels == picture(frame.number, shape)
            last, seen = frame.number, seen + 1
    stop.set()
    thread.join()
    writer.close()
    assert seen >= 5


def test_after_a_wipe_and_after_the_end_nothing_but_zeros_is_there(writer: FrameWriter) -> None:
    with reader_of(writer) as reader:
        for number in range(1, 5):
            writer.write(picture(number), float(number))
        writer.wipe()
        assert reader.newest() is None
        assert not any(reader._memory[64:])
        assert not reader.is_over
        writer.write(picture(9), 9.0)
        writer.close()
        assert reader.is_over
        assert reader.newest() is None
        assert not any(reader._memory[48:])
    writer.close()


def test_the_memory_cannot_be_shrunk_under_a_reader(writer: FrameWriter) -> None:
    descriptor = os.open(writer.place, os.O_RDWR)
    with pytest.raises(PermissionError):
        os.ftruncate(descriptor, 0)
    os.close(descriptor)


def test_another_memory_or_another_ring_is_not_read(writer: FrameWriter, tmp_path: Path) -> None:
    with pytest.raises(RingError):
        FrameReader(writer.place, writer.token + 1)
    with pytest.raises(RingError):
        FrameReader(str(tmp_path / "absent"), writer.token)
    other = tmp_path / "other"
    for content in (b"", b"short", bytes(4096)):
        other.write_bytes(content)
        with pytest.raises(RingError):
            FrameReader(str(other), writer.token)


@given(noise=st.binary(min_size=36, max_size=400), token=st.integers(0, 2**63 - 1))
@settings(max_examples=100)
def test_any_bytes_are_a_ring_error_and_nothing_else(
    tmp_path_factory: pytest.TempPathFactory, noise: bytes, token: int
) -> None:
    path = tmp_path_factory.getbasetemp() / "any-bytes"
    path.write_bytes(b"H24FRAME\x01\0\0\0" + token.to_bytes(8, "little") + noise)
    with pytest.raises(RingError):
        FrameReader(str(path), token)


def test_a_frame_of_another_size_is_refused(writer: FrameWriter) -> None:
    with pytest.raises(ValueError, match="another size"):
        writer.write(b"123", 0.0)


def test_a_killed_writer_leaves_nothing_that_could_be_opened() -> None:
    """Nothing has a name in a file system, so there is nothing to clean up either."""
    before = set(NAMED_MEMORY.iterdir())
    program = (
        "from drivers.camera.frame_ring import FrameWriter\n"
        "w = FrameWriter(8, 4); w.write(b'\\x2a' * 96, 1.0)\n"
        "print(w.place, w.token, flush=True); input()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        place, token = process.stdout.readline().split()
        with FrameReader(place, int(token)) as reader:
            frame = reader.newest()
            assert frame is not None
            assert frame.pixels == b"\x2a" * 96
        process.send_signal(signal.SIGKILL)
        process.wait(5)
    with pytest.raises(RingError):
        FrameReader(place, int(token))
    assert set(NAMED_MEMORY.iterdir()) <= before
