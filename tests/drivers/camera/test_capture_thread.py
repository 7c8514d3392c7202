# SPDX-License-Identifier: Apache-2.0
"""Whatever happened, the thread of a capture ends; a hanging one ends as soon as OpenCV lets it."""

from __future__ import annotations

import gc
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import cv2
import numpy as np
import pytest

from drivers.camera.camera_frames import CameraFrames
from drivers.camera.capture_thread import CaptureThread
from drivers.core import CommandContext, DeviceError, NotPresentError
from drivers.sim.mjpeg_camera import MjpegCameraSimulator


class Owner:
    """Somebody who asks."""


def running() -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if thread.name == "camera-frames"]


def see_until_trouble(frames: CameraFrames, context: CommandContext) -> None:
    while True:  # what still lay in buffers may come first
        frames.fresh(context)


@pytest.fixture
def table() -> Iterator[MjpegCameraSimulator]:
    simulator = MjpegCameraSimulator()
    simulator.start()
    yield simulator
    simulator.stop()


@pytest.fixture
def recording(tmp_path: Path) -> str:
    path = tmp_path / "grey.png"
    cv2.imwrite(str(path), np.full((48, 64, 3), 90, np.uint8))
    return str(path)


def test_closed_it_is_gone_at_once(recording: str) -> None:
    frames = CameraFrames(recording)
    assert frames.fresh(CommandContext.within(60)).shape == (48, 64, 3)
    assert running()
    frames.close()
    assert running() == []


@pytest.mark.parametrize("trouble", ["unplug", "garbage", "freeze", "cancel"])
def test_closed_after_trouble_it_is_gone_too(
    table: MjpegCameraSimulator, trouble: str, eventually: Callable[..., None]
) -> None:
    frames = CameraFrames(table.endpoint)
    frames.fresh(CommandContext.within(60))
    context = CommandContext.within(1.0)
    if trouble == "cancel":
        context.cancelled.set()
    else:
        table.actions()[trouble]()
    with pytest.raises(DeviceError):
        see_until_trouble(frames, context)
    frames.close()
    eventually(lambda: running() == [], 30)


def test_closed_by_another_while_it_waits_it_is_gone(
    table: MjpegCameraSimulator, eventually: Callable[..., None]
) -> None:
    frames = CameraFrames(table.endpoint)
    frames.fresh(CommandContext.within(60))
    table.actions()["freeze"]()
    heard: list[DeviceError] = []

    def wait_for_a_frame() -> None:
        try:
            see_until_trouble(frames, CommandContext.within(60))
        except DeviceError as error:
            heard.append(error)

    waiting = threading.Thread(target=wait_for_a_frame)
    waiting.start()
    frames.close()
    waiting.join(30)
    frames.close()
    assert not waiting.is_alive()
    assert heard
    eventually(lambda: running() == [], 30)


def test_forgotten_without_closing_it_ends_by_itself(
    recording: str, eventually: Callable[..., None]
) -> None:
    frames = CameraFrames(recording)
    frames.fresh(CommandContext.within(60))
    del frames
    gc.collect()
    eventually(lambda: running() == [], 30)


def test_a_program_that_never_closes_still_ends(recording: str) -> None:
    program = (
        "import sys; from drivers.core import CommandContext;"
        "from drivers.camera.camera_frames import CameraFrames;"
        "frames = CameraFrames(sys.argv[1]); frames.fresh(CommandContext.within(60)); print('seen')"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, recording],
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    assert done.stdout == "seen\n"


def test_an_opening_that_fails_inside_opencv_is_a_camera_without_frames() -> None:
    def broken() -> cv2.VideoCapture:
        raise cv2.error("made up")

    owner = Owner()
    thread = CaptureThread(broken, owner)
    assert thread.ask(lambda _capture: True).result(30) is None
    thread.end()
    assert thread.is_gone_within(30)


def test_a_mistake_in_a_question_reaches_who_asked_and_the_thread_goes_on(recording: str) -> None:
    owner = Owner()
    thread = CaptureThread(lambda: cv2.VideoCapture(recording), owner)
    with pytest.raises(ZeroDivisionError):
        thread.ask(lambda _capture: 1 // 0).result(30)
    assert thread.ask(lambda _capture: "still here").result(30) == "still here"
    thread.end()
    assert thread.is_gone_within(30)


def test_a_camera_that_is_away_starts_no_thread() -> None:
    frames = CameraFrames("/dev/video987")
    with pytest.raises(NotPresentError):
        frames.fresh(CommandContext.within(60))
    assert running() == []
