# SPDX-License-Identifier: Apache-2.0
"""One finger on the glass. Every ``yield`` gives the event loop back until the next beat.

Touches are delivered through the window system like those of a real panel, so covered, disabled or
moving controls fail here as they fail for a resident.
"""

from __future__ import annotations

from collections.abc import Generator, Sequence
from typing import Any

from PySide6.QtCore import QPoint, QPointF
from PySide6.QtGui import QWindow
from PySide6.QtTest import QTest

Script = Generator[None, None, Any]
"""A script; what it returns is for the script that called it."""


class Finger:
    """Presses and draws on one window; UI thread only."""

    def __init__(self, window: QWindow) -> None:
        self._window = window
        self._panel = QTest.createTouchDevice()

    def tap(self, point: QPoint) -> Script:
        """Press, stay for one beat, let go."""
        self._press(point)
        yield
        self._release(point)
        yield

    def draw(self, points: Sequence[QPointF]) -> Script:
        """Draw one stroke through all points, one a beat."""
        self._press(points[0].toPoint())
        for point in points[1:]:
            yield
            self._sequence().move(0, point.toPoint(), self._window).commit(processEvents=False)
        yield
        self._release(points[-1].toPoint())
        yield

    def _press(self, point: QPoint) -> None:
        self._sequence().press(0, point, self._window).commit(processEvents=False)

    def _release(self, point: QPoint) -> None:
        self._sequence().release(0, point, self._window).commit(processEvents=False)

    def _sequence(self) -> QTest.QTouchEventSequence:
        # Neither the sequence's end nor a commit may run the event loop: the robot lives inside it.
        return QTest.touchEvent(self._window, self._panel, autoCommit=False)
