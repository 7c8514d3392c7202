# SPDX-License-Identifier: Apache-2.0
"""Tells the core that somebody is there: any touch, click or key, at most once a second."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Final

from PySide6.QtCore import QEvent, QObject
from PySide6.QtGui import QWindow

from kiosk.flows.intents import Intent, Touched

QUIET_S: Final = 1.0
_SIGNS_OF_LIFE: Final = frozenset(
    {
        QEvent.Type.TouchBegin,
        QEvent.Type.TouchUpdate,
        QEvent.Type.MouseButtonPress,
        QEvent.Type.MouseMove,
        QEvent.Type.KeyPress,
        QEvent.Type.Wheel,
    }
)


class TouchActivity(QObject):
    """Watches one window and consumes nothing. Parented to it: lives and dies with it."""

    def __init__(
        self,
        window: QWindow,
        post: Callable[[Intent], None],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        super().__init__(window)
        self._post = post
        self._clock = clock
        self._last: float | None = None
        window.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Look at the event and let it pass."""
        if event.type() in _SIGNS_OF_LIFE:
            now = self._clock()
            if self._last is None or now - self._last >= QUIET_S:
                self._last = now
                self._post(Touched())
        return super().eventFilter(watched, event)
