# SPDX-License-Identifier: Apache-2.0
"""The first picture before the program behind it, and what was touched meanwhile."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable

import pytest
from PySide6.QtCore import QMetaObject, QPoint, Qt, QTimer
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest

from kiosk.flows.intents import Act, Intent, Touched
from kiosk.flows.views import View
from kiosk.screen_size import ScreenSize
from ui.bridge.core_to_come import KEPT, CoreToCome
from ui.bridge.glass import Glass
from ui.bridge.start_up import StartUp
from ui.gallery_views import views


class SmallCore:
    """Publishes one view when it is started."""

    def __init__(self, screen: str = "attract") -> None:
        self.posted: list[Intent] = []
        self.life: list[str] = []
        self._screen = screen
        self.publish: Callable[[View], None] = lambda _view: None

    def post(self, intent: Intent) -> None:
        self.posted.append(intent)

    def subscribe(self, callback: Callable[[View], None]) -> None:
        self.publish = callback

    def start(self) -> None:
        self.life.append("started")
        self.publish(views("zh")[self._screen])

    def stop(self) -> None:
        self.life.append("stopped")


def glass_of(*, gently: bool = True) -> Glass:
    return Glass(ScreenSize(), headless=True, gently=gently)


def press(glass: Glass) -> None:
    place = QPoint(glass.window.width() // 2, glass.window.height() // 3)
    QTest.mouseClick(glass.window, Qt.MouseButton.LeftButton, pos=place)


def when(condition: Callable[[], object], then: Callable[[], None]) -> QTimer:
    """Do something once, as soon as a condition holds; keep the timer."""
    timer = QTimer(interval=5)

    def look() -> None:
        if condition():
            timer.stop()
            then()

    timer.timeout.connect(look)
    timer.start()
    return timer


def test_the_opening_answers_and_keeps_a_touch_before_there_is_a_core(
    qapp: QGuiApplication,
) -> None:
    core, may_come = SmallCore(), threading.Event()
    glass = glass_of()
    seen: list[object] = []

    def make() -> SmallCore:
        assert may_come.wait(60)
        return core

    def touch() -> None:
        press(glass)
        seen.extend((glass.window.property("wanted"), glass.window.property("open")))
        may_come.set()

    def carried() -> bool:
        return bool(glass.window.property("open")) and Act("start") in core.posted

    touching = when(glass.window.isExposed, touch)
    ending = when(carried, glass.application.quit)
    before = sys.getswitchinterval()
    assert StartUp(glass, make).run() == 0
    del touching, ending, qapp
    assert seen == [True, False], "answered while the opening was all there was"
    assert core.posted.count(Act("start")) == 1
    assert core.life == ["started", "stopped"]
    assert tuple(glass.messages.warnings) == ()
    assert sys.getswitchinterval() == before


def test_without_a_touch_nothing_is_started_for_anybody(qapp: QGuiApplication) -> None:
    core, glass = SmallCore(), glass_of()
    ending = when(lambda: glass.window.property("open"), glass.application.quit)
    assert StartUp(glass, lambda: core).run() == 0
    del ending, qapp
    assert [intent for intent in core.posted if not isinstance(intent, Touched)] == []


def test_what_goes_wrong_behind_the_opening_ends_the_start_and_is_told(
    qapp: QGuiApplication,
) -> None:
    glass = glass_of()

    def make() -> SmallCore:
        raise LookupError("no such settings")

    with pytest.raises(LookupError, match="no such settings"):
        StartUp(glass, make).run()
    del qapp
    glass.close()  # was closed already: silent


def test_a_start_that_is_stopped_midway_stops_the_core_too(qapp: QGuiApplication) -> None:
    core, glass = SmallCore(), glass_of()

    def make() -> SmallCore:
        QMetaObject.invokeMethod(glass.application, "quit", Qt.ConnectionType.QueuedConnection)
        return core

    assert StartUp(glass, make).run() == 0
    del qapp
    assert core.life == ["started", "stopped"]


def test_intents_are_kept_in_order_and_views_handed_on() -> None:
    coming, core, shown = CoreToCome(), SmallCore(), list[str]()
    for number in range(KEPT + 5):
        coming.post(Act(str(number)))
    coming.arrive(core)
    assert core.posted == [Act(str(number)) for number in range(KEPT)]
    coming.post(Act("later"))
    assert core.posted[-1] == Act("later")
    core.publish(views("zh")["attract"])
    coming.subscribe(lambda view: shown.append(view.body.screen))
    core.publish(views("zh")["home"])
    assert shown == ["attract", "home"]
