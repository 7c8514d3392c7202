# SPDX-License-Identifier: Apache-2.0
"""Single fresh frames of a camera through OpenCV, each within a deadline.

A thread of its own holds the capture (:mod:`drivers.camera.capture_thread`). Who waits for a frame waits
with the command's deadline and cancel; a capture that is late is told to end: it does as soon as the
blocking call returns, and the next frame opens anew once it is gone.
"""

from __future__ import annotations

import os
import socket
import stat
import time
from collections.abc import Callable
from concurrent.futures import Future
from concurrent.futures import TimeoutError as FutureTimeoutError
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Final, TypeVar
from urllib.parse import urlsplit

import cv2
import numpy as np

from drivers.camera.capture_thread import CaptureThread
from drivers.camera.picture import Picture
from drivers.core import (
    CommandContext,
    MisconfiguredError,
    NotPresentError,
    NotReadyError,
    ProtocolError,
)

_LARGEST: Final = (10_000, 10_000)
"""Asked of a camera, it means the largest size it has: drivers take the nearest one."""
_SLICE_S: Final = 0.05
_BLOCKING_MS: Final = 900
"""How long FFmpeg may wait for a network camera."""
_STALE_FRAMES: Final = 90
_WAITED_S: Final = 0.012
"""A frame that came quicker than this had been lying in a buffer."""
_SETTLING_FRAMES: Final = 6
"""Exposure and white balance move during the first frames of a real camera."""
_GONE_S: Final = 0.3
"""How long ``close`` waits for a capture: a cancel is to be felt at once, and one that hangs ends alone."""
_PROBE_S: Final = 0.5
_URL_SCHEMES: Final = frozenset({"http", "https", "rtsp"})

Answer = TypeVar("Answer")


class CameraFrames:
    """One camera: ``"0"``, ``/dev/video0``, an ``http://`` or ``rtsp://`` address, a recording, a picture.

    A recording (file, or numbered pictures such as ``cam/f%03d.png``) plays in a loop, one frame a call.
    ``size`` is width and height in pixels; ``None`` the largest. Used by one thread, but for ``close``.
    Raises ``MisconfiguredError`` for a device that can never be one.
    """

    def __init__(self, device: str, size: tuple[int, int] | None = None) -> None:
        if not device:
            raise MisconfiguredError("camera.no_device")
        self._device = f"/dev/video{device}" if device.isdecimal() else device
        scheme = urlsplit(device).scheme
        self._is_url = scheme in _URL_SCHEMES
        if "://" in device and not self._is_url:
            raise MisconfiguredError("dev.bad_url")
        self._is_live = self._is_url or self._device.startswith("/dev/")
        self._size = size
        self._thread: CaptureThread | None = None
        self._ending: list[CaptureThread] = []
        """Told to end, and perhaps not gone yet."""

    @property
    def device(self) -> str:
        """Where the camera is; an address is told without user and password."""
        if not self._is_url:
            return self._device
        parts = urlsplit(self._device)
        return f"{parts.scheme}://{parts.hostname}:{parts.port or ''}{parts.path}"

    def open(self, context: CommandContext) -> None:
        """Open and prove that a frame comes. Raises ``DeviceError``; then it is closed."""
        if self._thread is None:
            self.alive(context)

    @property
    def is_node(self) -> bool:
        """Whether it is a camera of this machine: streaming from it lights its lamp."""
        return self._is_live and not self._is_url

    @property
    def is_recording(self) -> bool:
        """Whether no camera is behind it."""
        return not self._is_live

    def find(self, context: CommandContext) -> None:
        """Tell that there is something at that place, without a frame. Raises ``DeviceError``."""
        self._probe(context)

    def alive(self, context: CommandContext) -> None:
        """Prove that a frame comes, without decoding it. Raises ``DeviceError``."""
        self._ask(partial(_grabbed, is_live=self._is_live), context)

    def fresh(self, context: CommandContext) -> Picture:
        """Return a frame of now (BGR): what lay in buffers is thrown away. Raises ``DeviceError``."""
        return self._ask(partial(_fresh, device=self._device, is_live=self._is_live), context)

    def close(self) -> None:
        """Let the camera go; from another thread it breaks a wait for a frame. Never raises.

        The capture is released when this returns, unless it hangs just then: it is released as soon as
        OpenCV gives up, about a second later, and nothing else opens the camera before. A capture that was
        never closed ends with this object or with the program.
        """
        thread, self._thread = self._thread, None
        if thread is not None:
            self._tell_to_end(thread)
            thread.is_gone_within(_GONE_S)
        self._ending = [each for each in self._ending if not each.is_gone_within(0)]

    # --- one question at a time -------------------------------------------------------------------

    def _ask(
        self, question: Callable[[cv2.VideoCapture], Answer | None], context: CommandContext
    ) -> Answer:
        context.check()
        thread = self._thread
        if thread is None:
            thread = self._begun(context)
        answer: Future[Answer | None] = thread.ask(question)
        try:
            while True:
                with suppress(FutureTimeoutError):
                    got = answer.result(timeout=_SLICE_S)
                    break
                if self._thread is not thread:
                    raise NotReadyError("dev.closed")
                context.check()
        except BaseException:
            # Late, cancelled or broken: whatever the capture does now, nobody waits for it.
            self._drop(thread)
            raise
        if got is None:
            self._drop(thread)
            self._probe(context)
            raise ProtocolError("camera.no_frames")
        return got

    def _begun(self, context: CommandContext) -> CaptureThread:
        """Begin to hold the camera, once nobody else of us does: it can be had only once."""
        self._probe(context)
        while self._ending:
            if self._ending[0].is_gone_within(_SLICE_S):
                self._ending = self._ending[1:]
            context.check()
        opening = partial(
            _opened, self._device, self._size, is_url=self._is_url, is_live=self._is_live
        )
        thread = self._thread = CaptureThread(opening, owner=self)
        return thread

    def _drop(self, thread: CaptureThread) -> None:
        self._tell_to_end(thread)
        if self._thread is thread:
            self._thread = None

    def _tell_to_end(self, thread: CaptureThread) -> None:
        thread.end()
        if thread not in self._ending:
            self._ending = [*self._ending, thread]

    def _probe(self, context: CommandContext) -> None:
        """Tell a camera that is away from one that is there and gives nothing."""
        if self._is_url:
            parts = urlsplit(self._device)
            usual = {"http": 80, "https": 443, "rtsp": 554}[parts.scheme]
            address = (parts.hostname or "", parts.port or usual)
            try:
                socket.create_connection(address, max(0.01, context.remaining_s(_PROBE_S))).close()
            except OSError as error:
                context.check()
                raise NotPresentError from error
            return
        if "%" in self._device:
            if not Path(self._device).parent.is_dir():
                raise NotPresentError
            return
        try:
            mode = os.stat(self._device).st_mode  # noqa: PTH116 - one call for kind and existence
        except OSError as error:
            raise NotPresentError from error
        if self._is_live and not stat.S_ISCHR(mode):
            raise MisconfiguredError("camera.not_a_camera")
        if not os.access(self._device, os.R_OK):
            raise MisconfiguredError("dev.no_permission")


def _opened(
    device: str, size: tuple[int, int] | None, *, is_url: bool, is_live: bool
) -> cv2.VideoCapture:
    """Open the capture; runs in the capture's own thread."""
    _quiet()
    if is_url:
        limits = [
            cv2.CAP_PROP_OPEN_TIMEOUT_MSEC,
            _BLOCKING_MS,
            cv2.CAP_PROP_READ_TIMEOUT_MSEC,
            _BLOCKING_MS,
        ]
        return cv2.VideoCapture(device, cv2.CAP_FFMPEG, limits)
    if not is_live:
        return cv2.VideoCapture(device)
    capture = cv2.VideoCapture(device, cv2.CAP_V4L2)
    if capture.isOpened():
        # Uncompressed, most cameras do not get their full size through USB.
        capture.set(cv2.CAP_PROP_FOURCC, cv2.VideoWriter.fourcc(*"MJPG"))
        width, height = size or _LARGEST
        capture.set(cv2.CAP_PROP_FRAME_WIDTH, width)
        capture.set(cv2.CAP_PROP_FRAME_HEIGHT, height)
        for _ in range(_SETTLING_FRAMES):
            if not capture.grab():
                break
    return capture


def _grabbed(capture: cv2.VideoCapture, *, is_live: bool) -> bool | None:
    """Take a frame of now without decoding it; a recording is only opened, so that none of it is lost."""
    if not is_live:
        return True
    for _ in range(_STALE_FRAMES):
        started = time.monotonic()
        if not capture.grab():
            return None
        if time.monotonic() - started >= _WAITED_S:
            break
    return True


def _fresh(capture: cv2.VideoCapture, *, device: str, is_live: bool) -> Picture | None:
    if is_live:
        if not _grabbed(capture, is_live=True):
            return None
        done, frame = capture.retrieve()
    else:
        done, frame = capture.read()
        if not done:  # the recording is over: from the beginning
            capture.open(device)
            done, frame = capture.read()
    if not done or frame.ndim != 3 or frame.dtype != np.uint8:  # noqa: PLR2004 - colour
        return None
    return np.asarray(frame, dtype=np.uint8)


def _quiet() -> None:
    """OpenCV and FFmpeg talk on standard error; what matters of it is in our codes."""
    os.environ.setdefault("OPENCV_FFMPEG_LOGLEVEL", "-8")
    # Seconds that a read from a USB camera may block; 10 if nobody says.
    os.environ.setdefault("OPENCV_VIDEOIO_V4L_SELECT_TIMEOUT", "1")
    cv2.utils.logging.setLogLevel(cv2.utils.logging.LOG_LEVEL_SILENT)
