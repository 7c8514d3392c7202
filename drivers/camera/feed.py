# SPDX-License-Identifier: Apache-2.0
"""The thread that takes pictures from a camera as long as somebody looks, and not a moment longer.

It keeps one picture, the newest, and overwrites it when it ends. With a ring attached it also publishes
each picture there, in the ring's size.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

import cv2
import numpy as np

from drivers.camera.camera_frames import CameraFrames
from drivers.camera.frame_ring import FrameWriter
from drivers.camera.picture import Picture
from drivers.core import (
    CommandContext,
    DeadlineError,
    DeviceError,
    HardwareFaultError,
    NotReadyError,
    Preview,
    Recovery,
)

STALLED_S: Final = 1.0
"""No picture for so long: the camera hangs."""
MOST_FPS: Final = 30.0
"""Recordings are not paced by themselves, and no camera needs more."""
_AGAIN_S: Final = 0.25
_SLICE_S: Final = 0.05


@dataclass(frozen=True, slots=True)
class TakenPicture:
    """A picture and its time (seconds of the feed's clock)."""

    picture: Picture = field(repr=False)
    taken_at: float


Outline = tuple[tuple[float, float], ...]
"""Corners as parts of the picture's width and height, 0 to 1."""
_OUTLINE_PX: Final = 5
_OUTLINE_INNER: Final = (0, 230, 255)
_OUTLINE_OUTER: Final = (60, 20, 0)
"""BGR; light on dark, so that it is seen on any table."""


class CameraFeed:
    """Owns its thread from ``start`` to ``stop``; a feed is used once.

    When the camera fails it wipes the ring, tells whoever waits, and tries again until it is stopped.
    At the time ``until`` it ends by itself. ``now`` is monotonic seconds, the same for all processes.
    """

    def __init__(self, frames: CameraFrames, until: float, now: Callable[[], float]) -> None:
        self.until = until
        self._frames = frames
        self._now = now
        self._changed = threading.Condition()
        self._newest: TakenPicture | None = None
        self._trouble: DeviceError | None = None
        self._ring: FrameWriter | None = None
        self._outlines: tuple[Outline, ...] = ()
        self._stop = threading.Event()
        self._has_ended = False
        self._thread = threading.Thread(target=self._run, name="camera-feed", daemon=True)

    def start(self) -> None:
        """Begin to take pictures."""
        self._thread.start()

    def stop(self) -> None:
        """End, let the camera go and overwrite what was kept. May be repeated, from any thread."""
        self._stop.set()
        with self._changed:
            self._changed.notify_all()
        if self._thread is not threading.current_thread():
            self._thread.join()

    @property
    def is_running(self) -> bool:
        """Whether it takes pictures or tries to."""
        return not self._has_ended and not self._stop.is_set()

    @property
    def ring(self) -> FrameWriter | None:
        """Where pictures are published, while they are."""
        return self._ring

    @property
    def trouble(self) -> DeviceError | None:
        """Why there is no picture now; ``None`` while they come."""
        return self._trouble

    def publish_to(self, ring: FrameWriter) -> None:
        """Publish from the next picture on; the feed closes the ring when it ends."""
        with self._changed:
            if self.is_running:
                self._ring = ring
                return
        ring.close()
        raise NotReadyError("dev.closed")

    def preview(self, most_width: int, context: CommandContext) -> Preview:
        """Return where pictures are shown, beginning to publish if nobody did; a first one is there already.

        Raises what ``newer_than`` raises, and ``HardwareFaultError`` (``camera.no_memory``).
        """
        ring = self._ring
        if ring is None:
            first = self.newer_than(0.0, context)
            size = preview_size(first.picture, most_width)
            first.picture[:] = 0
            ring = new_ring(*size)
            self.publish_to(ring)
            # From here on the reader finds a picture.
            self.newer_than(first.taken_at, context).picture[:] = 0
        return Preview(ring.place, ring.token, ring.shape.width_px, ring.shape.height_px)

    def outline(self, outlines: tuple[Outline, ...]) -> None:
        """Draw these around what was found, in the published pictures only; empty draws none."""
        self._outlines = outlines

    def newer_than(self, taken_at: float, context: CommandContext) -> TakenPicture:
        """Wait for a picture taken after ``taken_at``. Raises the camera's trouble, ``dev.closed``."""
        while True:
            context.check()
            with self._changed:
                if not self.is_running:
                    raise NotReadyError("dev.closed")
                if self._trouble is not None:
                    raise self._trouble
                newest = self._newest
                if newest is not None and newest.taken_at > taken_at:
                    return TakenPicture(newest.picture.copy(), newest.taken_at)
                self._changed.wait(context.remaining_s(_SLICE_S))

    # --- the owning thread ------------------------------------------------------------------------

    def _run(self) -> None:
        try:
            while not self._stop.is_set() and self._now() < self.until:
                self._turn()
        finally:
            with self._changed:
                self._has_ended = True
                self._forget()
                if self._ring is not None:
                    self._ring.close()
                    self._ring = None
                self._changed.notify_all()
            self._frames.close()

    def _turn(self) -> None:
        started = self._now()
        patience = CommandContext(started + STALLED_S, self._now, cancelled=self._stop)
        try:
            picture = self._frames.fresh(patience)
        except DeviceError as trouble:
            self._fail(
                NotReadyError("camera.stalled", recovery=Recovery.RESET)
                if isinstance(trouble, DeadlineError)
                else trouble
            )
            self._stop.wait(_AGAIN_S)
            return
        taken_at = self._now()
        with self._changed:
            self._forget()
            self._trouble = None
            self._newest = TakenPicture(picture, taken_at)
            if self._ring is not None:
                shown = _sized(picture, self._ring)
                if self._outlines:
                    shown = _outlined(shown, self._outlines)
                self._ring.write(shown.data.cast("B"), taken_at)
            self._changed.notify_all()
        self._stop.wait(max(0.0, started + 1 / MOST_FPS - self._now()))

    def _fail(self, trouble: DeviceError) -> None:
        with self._changed:
            self._trouble = trouble
            self._forget()
            if self._ring is not None:
                self._ring.wipe()
            self._changed.notify_all()

    def _forget(self) -> None:
        """Overwrite the kept picture: freed memory is not cleared by itself."""
        kept, self._newest = self._newest, None
        if kept is not None:
            kept.picture[:] = 0


def new_ring(width: int, height: int) -> FrameWriter:
    """Make a ring for pictures of that size. Raises ``HardwareFaultError`` (``camera.no_memory``)."""
    try:
        return FrameWriter(width, height)
    except OSError:
        raise HardwareFaultError("camera.no_memory", recovery=Recovery.RESET) from None


def preview_size(picture: Picture, most_width: int) -> tuple[int, int]:
    """Return width and height of a preview no wider than ``most_width``."""
    height, width = picture.shape[:2]
    scale = min(1.0, most_width / width)
    return round(width * scale), max(1, round(height * scale))


def _outlined(picture: Picture, outlines: tuple[Outline, ...]) -> Picture:
    height, width = picture.shape[:2]
    drawn = picture.copy()
    for outline in outlines:
        corners = (np.array(outline) * (width, height)).round().astype(np.int32)
        for colour, thick in ((_OUTLINE_OUTER, _OUTLINE_PX + 4), (_OUTLINE_INNER, _OUTLINE_PX)):
            cv2.polylines(drawn, [corners], isClosed=True, color=colour, thickness=thick)
    return drawn


def _sized(picture: Picture, ring: FrameWriter) -> Picture:
    size = (ring.shape.width_px, ring.shape.height_px)
    if (picture.shape[1], picture.shape[0]) != size:
        picture = cv2.resize(picture, size, interpolation=cv2.INTER_AREA).astype(
            np.uint8, copy=False
        )
    return np.ascontiguousarray(picture)
