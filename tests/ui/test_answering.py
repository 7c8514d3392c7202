# SPDX-License-Identifier: Apache-2.0
"""The real screens answer a finger while the core publishes as fast as it can."""

from __future__ import annotations

import dataclasses
import threading
from collections.abc import Callable, Iterator

import pytest
from PySide6.QtCore import QTimer
from PySide6.QtGui import QGuiApplication
from pytestqt.qtbot import QtBot

from kiosk.flows.intents import AskHelp, Intent
from kiosk.flows.views import View
from kiosk.screen_size import ScreenSize
from ui.bridge.application import KioskApplication
from ui.bridge.frame_watch import FrameWatch
from ui.gallery_views import views
from ui.robot.finger import Finger
from ui.robot.glass import Sight, middle_of

STALL_BUDGET_MS = 100.0
TAPS = 15


class FloodingCore:
    """Publishes 500 views a second from its own thread, between :meth:`start` and :meth:`stop`."""

    def __init__(self, shown: tuple[View, ...]) -> None:
        self._shown = shown
        self._end = threading.Event()
        self._thread = threading.Thread(target=self._run, name="flood")
        self._publish: Callable[[View], None] = lambda _view: None
        self.posted: list[Intent] = []
        self.sent = 0

    def post(self, intent: Intent) -> None:
        self.posted.append(intent)

    def subscribe(self, callback: Callable[[View], None]) -> None:
        self._publish = callback

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._end.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._end.wait(0.002):
            self.sent += 1
            view = self._shown[self.sent % len(self._shown)]
            self._publish(dataclasses.replace(view, revision=self.sent))


@pytest.mark.parametrize("name", ["home-full", "form-contact", "goodbye"])
def test_every_touch_is_answered_within_100_ms_while_500_views_a_second_come(
    name: str, qapp: QGuiApplication, qtbot: QtBot
) -> None:
    del qapp
    one = views("zh")[name]
    other = dataclasses.replace(one, place="另一个地方", can_back=True)
    core = FloodingCore((one, other))
    kiosk = KioskApplication(core, ScreenSize(), headless=True)
    kiosk.show()
    core.start()
    qtbot.waitUntil(lambda: Sight(kiosk.window).usable("mode:elder"))
    help_button = Sight(kiosk.window).find("help")
    assert help_button is not None
    place = middle_of(help_button)
    finger = Finger(kiosk.window)

    def script() -> Iterator[None]:
        for _ in range(TAPS):
            yield from finger.tap(place)
            yield

    steps = script()
    beat = QTimer(interval=25)
    beat.timeout.connect(lambda: next(steps, None))
    watch = FrameWatch(kiosk.window)
    watch.start()
    beat.start()
    qtbot.waitUntil(lambda: core.posted.count(AskHelp()) >= TAPS, timeout=10_000)
    beat.stop()
    watch.stop()
    core.stop()
    kiosk.close()
    assert len(watch.press_to_frame_ms) == TAPS
    assert max(watch.press_to_frame_ms) <= STALL_BUDGET_MS
    assert watch.longest_stall_ms <= STALL_BUDGET_MS
    assert watch.frames < core.sent
