# SPDX-License-Identifier: Apache-2.0
"""Measures whether the screen answers: the UI thread's longest stall, and press to changed frame."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Final

from PySide6.QtCore import QEvent, QObject, Qt, QTimer, Slot
from PySide6.QtQuick import QQuickWindow

_BEAT_MS: Final = 5
_PRESSES: Final = frozenset({QEvent.Type.TouchBegin, QEvent.Type.MouseButtonPress})


class FrameWatch(QObject):
    """Counts from :meth:`start` to :meth:`stop`; belongs to the UI thread.

    A stall is the time by which the event loop came back later than asked: for so long no touch could
    have been taken. ``press_to_frame_ms`` has one value a press: until the next frame was swapped.
    """

    def __init__(
        self, window: QQuickWindow, clock: Callable[[], float] = time.perf_counter
    ) -> None:
        super().__init__(window)
        self._window = window
        self._clock = clock
        self.longest_stall_ms = 0.0
        self.press_to_frame_ms: list[float] = []
        self.frames = 0
        self._last_beat = 0.0
        self._pressed_at: float | None = None
        self._beat = QTimer(self, interval=_BEAT_MS, timerType=Qt.TimerType.PreciseTimer)
        self._beat.timeout.connect(self._on_beat)

    def start(self) -> None:
        """Begin to measure, from zero."""
        self.longest_stall_ms = 0.0
        self.press_to_frame_ms = []
        self.frames = 0
        self._pressed_at = None
        self._last_beat = self._clock()
        self._window.installEventFilter(self)
        self._window.frameSwapped.connect(self._on_frame)
        self._beat.start()

    def stop(self) -> None:
        """Stop measuring; the figures stay. Silent when it was not started."""
        if not self._beat.isActive():
            return
        self._beat.stop()
        self._on_beat()
        self._window.removeEventFilter(self)
        self._window.frameSwapped.disconnect(self._on_frame)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Note when a press arrived and let it pass."""
        if event.type() in _PRESSES and self._pressed_at is None:
            self._pressed_at = self._clock()
        return super().eventFilter(watched, event)

    @Slot()
    def _on_beat(self) -> None:
        now = self._clock()
        late_ms = (now - self._last_beat) * 1000 - _BEAT_MS
        self.longest_stall_ms = max(self.longest_stall_ms, late_ms)
        self._last_beat = now

    @Slot()
    def _on_frame(self) -> None:
        self.frames += 1
        if self._pressed_at is not None:
            self.press_to_frame_ms.append((self._clock() - self._pressed_at) * 1000)
            self._pressed_at = None
