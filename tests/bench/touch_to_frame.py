# SPDX-License-Identifier: Apache-2.0
"""Press to changed frame, on the terminal's home screen or (``theirs``) on one button of Qt's own.

Prints one JSON line: median and worst in milliseconds, and the longest time without an answer.
"""

from __future__ import annotations

import json
import statistics
import sys
from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QPoint, QTimer, QUrl
from PySide6.QtGui import QGuiApplication
from PySide6.QtQml import QQmlApplicationEngine
from PySide6.QtQuick import QQuickWindow

from kiosk.flows.intents import Intent
from kiosk.flows.views import View
from kiosk.screen_size import ScreenSize
from ui.bridge.application import KioskApplication
from ui.bridge.frame_watch import FrameWatch
from ui.gallery_views import views
from ui.robot.finger import Finger
from ui.robot.glass import Sight, middle_of

TAPS = 60
BEAT_MS = 40
SETTLE_MS = 600


class _OneView:
    """A core that shows the fullest home screen and takes whatever is touched."""

    def post(self, intent: Intent) -> None:
        """Take it."""

    def subscribe(self, callback: Callable[[View], None]) -> None:
        """Show the one view."""
        callback(views("zh")["home-full"])


def _tap(
    window: QQuickWindow, place: Callable[[], QPoint], end: Callable[[], object]
) -> FrameWatch:
    watch, finger, beat = FrameWatch(window), Finger(window), QTimer(window, interval=BEAT_MS)

    steps: list[object] = []

    def step() -> None:
        if not steps:
            beat.stop()
            watch.stop()
            end()
        elif next(steps[0], "over") == "over":  # type: ignore[call-overload] # a generator
            steps.pop(0)

    def begin() -> None:
        steps.extend(finger.tap(place()) for _ in range(TAPS))
        watch.start()
        beat.start()

    beat.timeout.connect(step)
    QTimer.singleShot(SETTLE_MS, begin)
    return watch


def main() -> int:
    """Tap and tell."""
    if sys.argv[1] == "ours":
        kiosk = KioskApplication(_OneView(), ScreenSize(), headless=True)

        def help_button() -> QPoint:
            button = Sight(kiosk.window).find("help")
            assert button is not None
            return middle_of(button)

        watch = _tap(kiosk.window, help_button, kiosk.quit)
        kiosk.application.aboutToQuit.connect(lambda: _tell(watch))
        kiosk.run()
        return 0
    application = QGuiApplication(sys.argv[:1])
    engine = QQmlApplicationEngine()
    engine.load(QUrl.fromLocalFile(str(Path(__file__).with_name("one_screen.qml"))))
    window = engine.rootObjects()[0]
    assert isinstance(window, QQuickWindow)
    window.show()
    button = window.contentItem().childItems()[0].childItems()[1]
    watch = _tap(window, lambda: middle_of(button), application.quit)
    application.exec()
    _tell(watch)
    return 0


def _tell(watch: FrameWatch) -> None:
    taken = sorted(watch.press_to_frame_ms)
    told = {
        "taps": len(taken),
        "median_ms": round(statistics.median(taken), 2),
        "worst_ms": round(taken[-1], 2),
        "longest_stall_ms": round(watch.longest_stall_ms, 1),
    }
    sys.stdout.write(json.dumps(told) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
