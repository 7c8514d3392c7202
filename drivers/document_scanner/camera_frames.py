# SPDX-License-Identifier: Apache-2.0
"""Single fresh frames of a camera through OpenCV, each within a deadline.

``cv2.VideoCapture`` blocks as long as it likes and may not be touched by two threads, so a thread of its
own holds it. Who waits for a frame waits with the command's deadline and cancel; a capture that is late
is abandoned: its thread closes it as soon as the blocking call returns, and the next frame opens anew.
"""

from __future__ import annotations

import os
import queue
import socket
import stat
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from concurrent.futures import TimeoutError as FutureTimeoutError
from contextlib import suppress
from pathlib import Path
from typing import Final, TypeVar
from urllib.parse import urlsplit

import cv2
import numpy as np

from drivers.core import (
    CommandContext,
    MisconfiguredError,
    NotPresentError,
    NotReadyError,
    ProtocolError,
)
from drivers.document_scanner.page_finder import Picture

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
_JOIN_S: Final = 0.3
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
        self._holder: _Holder | None = None

    @property
    def device(self) -> str:
        """Where the camera is; an address is told without user and password."""
        if not self._is_url:
            return self._device
        parts = urlsplit(self._device)
        return f"{parts.scheme}://{parts.hostname}:{parts.port or ''}{parts.path}"

    def open(self, context: CommandContext) -> None:
        """Open and prove that a frame comes. Raises ``DeviceError``; then it is closed."""
        if self._holder is None:
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
        self._ask(lambda capture: _grabbed(capture, is_live=self._is_live), context)

    def fresh(self, context: CommandContext) -> Picture:
        """Return a frame of now (BGR): what lay in buffers is thrown away. Raises ``DeviceError``."""
        return self._ask(
            lambda capture: _fresh(capture, self._device, is_live=self._is_live), context
        )

    def close(self) -> None:
        """Let the camera go; from another thread it breaks a wait for a frame. Never raises."""
        holder, self._holder = self._holder, None
        if holder is not None:
            holder.end()

    # --- one question at a time -------------------------------------------------------------------

    def _ask(
        self, question: Callable[[cv2.VideoCapture], Answer | None], context: CommandContext
    ) -> Answer:
        context.check()
        holder = self._holder
        if holder is None:
            self._probe(context)
            holder = self._holder = _Holder(self._opened)
        answer: Future[Answer | None] = holder.ask(question)
        try:
            while True:
                with suppress(FutureTimeoutError):
                    got = answer.result(timeout=_SLICE_S)
                    break
                if self._holder is not holder:
                    raise NotReadyError("dev.closed")
                context.check()
        except BaseException:
            # Late, cancelled or broken: whatever the capture does now, nobody waits for it.
            self._drop(holder)
            raise
        if got is None:
            self._drop(holder)
            self._probe(context)
            raise ProtocolError("camera.no_frames")
        return got

    def _drop(self, holder: _Holder) -> None:
        holder.end(is_late=True)
        if self._holder is holder:
            self._holder = None

    def _opened(self) -> cv2.VideoCapture:
        """Open the capture; runs in the holder's thread."""
        _quiet()
        if self._is_url:
            limits = [
                cv2.CAP_PROP_OPEN_TIMEOUT_MSEC,
                _BLOCKING_MS,
                cv2.CAP_PROP_READ_TIMEOUT_MSEC,
                _BLOCKING_MS,
            ]
            return cv2.VideoCapture(self._device, cv2.CAP_FFMPEG, limits)
        if not self._is_live:
            return cv2.VideoCapture(self._device)
        capture = cv2.VideoCapture(self._device, cv2.CAP_V4L2)
        if capture.isOpened():
            # Uncompressed, most cameras do not get their full size through USB.
            capture.set(cv2.CAP_PROP_FOURCC, cv2.VideoWriter.fourcc(*"MJPG"))
            width, height = self._size or _LARGEST
            capture.set(cv2.CAP_PROP_FRAME_WIDTH, width)
            capture.set(cv2.CAP_PROP_FRAME_HEIGHT, height)
            for _ in range(_SETTLING_FRAMES):
                if not capture.grab():
                    break
        return capture

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


class _Holder:
    """The thread that owns one capture from opening to release."""

    def __init__(self, make: Callable[[], cv2.VideoCapture]) -> None:
        self._make = make
        self._questions: queue.SimpleQueue[Callable[[cv2.VideoCapture], None] | None] = (
            queue.SimpleQueue()
        )
        # Not a daemon: Python would end it in the middle of OpenCV's C++ at exit, which aborts the process.
        self._thread = threading.Thread(target=self._run, name="camera-frames")
        self._thread.start()

    def ask(self, question: Callable[[cv2.VideoCapture], Answer | None]) -> Future[Answer | None]:
        answer: Future[Answer | None] = Future()

        def work(capture: cv2.VideoCapture) -> None:
            try:
                answer.set_result(question(capture) if capture.isOpened() else None)
            except cv2.error:
                # A damaged frame.
                answer.set_result(None)

        self._questions.put(work)
        return answer

    def end(self, *, is_late: bool = False) -> None:
        """Release the capture. A late one releases itself when its call returns, within its time limit."""
        self._questions.put(None)
        if not is_late:
            self._thread.join(_JOIN_S)

    def _run(self) -> None:
        capture = self._make()
        while (work := self._questions.get()) is not None:
            work(capture)
        capture.release()


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


def _fresh(capture: cv2.VideoCapture, device: str, *, is_live: bool) -> Picture | None:
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
