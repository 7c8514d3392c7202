# SPDX-License-Identifier: Apache-2.0
"""When a preview and a capture are over, nothing of the pictures is in the device process's memory."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from drivers.camera.frame_ring import FrameReader
from drivers.core import CapturedFace, CaptureFace, Preview, Role, StartPreview, StopPreview
from drivers.host import DeviceHost, SlotConfig
from drivers.sim.camera import FaceCameraSimulator

PIECE = 48
WATCHED_FRAMES = 4
"""Of the six different ones that the camera sends in a loop."""


def memory_of(pid: int) -> Iterator[bytes]:
    """Yield everything that a process can read of itself."""
    with (
        Path(f"/proc/{pid}/maps").open(encoding="utf-8") as maps,
        Path(f"/proc/{pid}/mem").open("rb", buffering=0) as memory,
    ):
        for line in maps:
            fields = line.split()
            is_file = len(fields) > 5 and fields[5].startswith("/") and "memfd" not in fields[5]
            if "r" not in fields[1] or is_file or "[v" in line:
                continue
            first, last = (int(each, 16) for each in fields[0].split("-"))
            memory.seek(first)
            try:
                yield memory.read(last - first)
            except OSError:  # a mapping that ended meanwhile
                continue


def found_in(pid: int, pieces: set[bytes]) -> int:
    return sum(part.count(piece) for part in memory_of(pid) for piece in pieces)


def watch(preview: Preview) -> set[bytes]:
    """Return pieces of rows through the face, of several frames: noise makes each of them unique."""
    pieces: set[bytes] = set()
    last, end = 0, time.monotonic() + 5
    with FrameReader(preview.place, preview.token) as reader:
        while len(pieces) < 2 * WATCHED_FRAMES and time.monotonic() < end:
            frame = reader.newest(last)
            if frame is not None:
                last = frame.number
                for row in (frame.height_px // 2, frame.height_px * 2 // 3):
                    start = (row * frame.width_px + frame.width_px // 2) * 3
                    pieces.add(frame.pixels[start : start + PIECE])
    return pieces


@pytest.mark.slow
def test_no_picture_survives_in_the_process_once_it_is_over(
    eventually: Callable[..., None],
) -> None:
    simulator = FaceCameraSimulator("camera")
    simulator.start()
    simulator.scene("face")
    host = DeviceHost(
        [SlotConfig("camera", Role.CAMERA, "uvc", {"device": simulator.endpoint})],
        on_status=lambda _slot, _status: None,
    )
    host.start()
    preview = host.submit("camera", StartPreview(), deadline_s=10).result(60)
    assert isinstance(preview, Preview)
    pieces = watch(preview)
    face = host.submit("camera", CaptureFace(), deadline_s=10).result(60)
    assert isinstance(face, CapturedFace)
    # What a network camera sent lies in FFmpeg's own buffers, now and then until the process ends:
    # docs/drivers.md says so. Here it is what we made of it.
    packed = {face.jpeg[at : at + PIECE] for at in (3000, 8000)}
    pid = host.process_id("camera")
    assert pid is not None
    # While it runs pictures are there: this search can find them.
    assert found_in(pid, pieces) > 0
    host.submit("camera", StopPreview(), deadline_s=5).result(60)
    # A picture that was being decoded when it stopped goes with its thread, a moment later.
    eventually(lambda: found_in(pid, pieces | packed) == 0)
    host.stop()
    simulator.stop()


@pytest.mark.parametrize("word", ["jpeg=b", "pixels=b"])
def test_no_repr_shows_a_picture(word: str) -> None:
    assert word not in repr(CapturedFace(jpeg=b"x"))
