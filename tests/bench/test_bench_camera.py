# SPDX-License-Identifier: Apache-2.0
"""Frames per second, processor time and memory of the camera's preview, and how long the gate takes."""

from __future__ import annotations

import statistics
import threading
import time

import pytest

from drivers.camera.face_gate import FaceGate
from drivers.camera.frame_ring import FrameReader
from drivers.core import CapturedFace, CaptureFace, Preview, Role, StartPreview, StopPreview
from drivers.host import DeviceHost, SlotConfig
from drivers.sim.camera import FaceCameraSimulator
from drivers.sim.drawn_face import SCENES, draw_scene
from tests.bench.figures import cpu_s, pss_mb

WATCH_S = 4.0
SCREEN_HZ = 60


@pytest.mark.slow
@pytest.mark.parametrize("size", [(640, 480), (1280, 720)], ids=["640x480", "1280x720"])
def test_preview_reaches_the_screen(size: tuple[int, int]) -> None:
    """At least 15 frames a second through a network camera of 25, the device process included."""
    simulator = FaceCameraSimulator("camera", fps=25, size=size)
    simulator.start()
    simulator.scene("face")
    host = DeviceHost(
        [SlotConfig("camera", Role.CAMERA, "uvc", {"device": simulator.endpoint})],
        on_status=lambda _slot, _status: None,
    )
    host.start()
    preview = host.submit("camera", StartPreview(), deadline_s=10).result(10)
    assert isinstance(preview, Preview)
    pid = host.process_id("camera")
    assert pid is not None
    pause = threading.Event()
    ages, taking = [], []
    last = 0
    used, started = cpu_s(pid), time.monotonic()
    with FrameReader(preview.place, preview.token) as reader:
        while time.monotonic() < started + WATCH_S:
            asked = time.perf_counter()
            frame = reader.newest(last)
            if frame is not None:
                taking.append(time.perf_counter() - asked)
                ages.append(time.monotonic() - frame.taken_at)
                last = frame.number
            pause.wait(1 / SCREEN_HZ)
    seconds = time.monotonic() - started
    share = (cpu_s(pid) - used) / seconds
    own, whole = pss_mb(pid), pss_mb(pid, "Rss")
    asked = time.perf_counter()
    assert isinstance(host.submit("camera", CaptureFace(), deadline_s=10).result(10), CapturedFace)
    capture = time.perf_counter() - asked
    with_gate = pss_mb(pid)
    host.submit("camera", StopPreview(), deadline_s=5).result(5)
    host.stop()
    simulator.stop()
    print(  # noqa: T201 - the measurement
        f"\npreview of {size[0]}x{size[1]}: {len(ages) / seconds:.1f} frames/s at the reader, "
        f"{share:.0%} of one core, age {statistics.median(ages) * 1000:.0f} ms, "
        f"taking one {statistics.median(taking) * 1000:.2f} ms; "
        f"memory {own:.0f} MB (Rss {whole:.0f}), after a capture {with_gate:.0f} MB; "
        f"good face → result {capture:.2f} s"
    )
    assert len(ages) / seconds >= 15


@pytest.mark.slow
@pytest.mark.parametrize("name", ["face", "no_face", "two_faces"])
def test_time_of_the_gate(name: str) -> None:
    gate = FaceGate()
    picture = draw_scene(SCENES[name], 0, 1280, 720)
    gate.examine(picture)
    times = []
    for number in range(12):
        picture = draw_scene(SCENES[name], number, 1280, 720)
        started = time.process_time()
        gate.examine(picture)
        times.append(time.process_time() - started)
    print(f"\ngate on {name}: {statistics.median(times) * 1000:.1f} ms of processor")  # noqa: T201
    assert times
