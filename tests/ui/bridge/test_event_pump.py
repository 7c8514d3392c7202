# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import dataclasses
import threading
import time
from collections.abc import Callable, Iterator
from typing import Self

import pytest
from PySide6.QtCore import QObject, QPoint, QThread, QTimer, Signal
from PySide6.QtQuick import QQuickWindow
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from kiosk.flows.intents import Act, Intent
from kiosk.flows.views import Goodbye, LinkWords, Modes, Tone, Trouble, View
from ui.bridge.event_pump import EventPump
from ui.bridge.frame_watch import FrameWatch
from ui.robot.finger import Finger

STALL_BUDGET_MS = 100.0


def view_of(seconds: int, speech: str = "") -> View:
    body = Goodbye("再见", "请带走", (), seconds)
    return View(
        body, "演示网点", LinkWords("已联网", Tone.GOOD), Modes(), speech=speech, revision=seconds
    )


class FakeCore:
    def __init__(self) -> None:
        self.posted: list[Intent] = []
        self.publish: Callable[[View], None] | None = None

    def post(self, intent: Intent) -> None:
        self.posted.append(intent)

    def subscribe(self, callback: Callable[[View], None]) -> None:
        self.publish = callback

    def send(self, view: View) -> None:
        assert self.publish is not None
        self.publish(view)


class FakeShell(QObject):
    intent = Signal(object)

    def __init__(self, cost_s: float = 0.0) -> None:
        super().__init__()
        self.shown: list[View] = []
        self.threads: set[QThread] = set()
        self._cost_s = cost_s

    def show(self, view: View) -> None:
        self.shown.append(view)
        self.threads.add(QThread.currentThread())
        end = time.perf_counter() + self._cost_s
        while time.perf_counter() < end:
            pass


class Storm:
    """Publishes 500 views a second from a thread of its own until stopped."""

    def __init__(self, core: FakeCore) -> None:
        self._core = core
        self._end = threading.Event()
        self.sent = 0
        self._thread = threading.Thread(target=self._run, name="storm")

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._end.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._end.wait(0.002):
            self.sent += 1
            self._core.send(view_of(self.sent))


@pytest.fixture
def core() -> FakeCore:
    return FakeCore()


@pytest.fixture
def shell() -> FakeShell:
    return FakeShell()


@pytest.fixture
def pump(core: FakeCore, shell: FakeShell) -> Iterator[EventPump]:
    pump = EventPump(core, shell)
    pump.start()
    yield pump
    pump.stop()


def test_a_view_from_the_core_thread_is_shown_on_the_ui_thread(
    core: FakeCore, shell: FakeShell, pump: EventPump, qtbot: QtBot
) -> None:
    thread = threading.Thread(target=core.send, args=(view_of(9),))
    thread.start()
    thread.join()
    assert shell.shown == []  # nothing is shown from inside the core's call
    qtbot.waitUntil(lambda: shell.shown == [view_of(9)])
    assert shell.threads == {pump.thread()}


def test_the_newest_view_wins_and_is_always_shown(
    core: FakeCore, shell: FakeShell, pump: EventPump, qtbot: QtBot
) -> None:
    for number in range(100):
        core.send(view_of(number))
    qtbot.waitUntil(lambda: shell.shown[-1:] == [view_of(99)])
    assert len(shell.shown) == 1
    core.send(view_of(7))
    qtbot.waitUntil(lambda: shell.shown[-1] == view_of(7))
    assert pump is not None


def test_what_a_skipped_view_had_to_say_is_still_said(
    core: FakeCore, shell: FakeShell, pump: EventPump, qtbot: QtBot
) -> None:
    core.send(view_of(3, speech="请带走身份证"))
    core.send(view_of(2))
    qtbot.waitUntil(lambda: len(shell.shown) == 1)
    assert shell.shown[0].speech == "请带走身份证"
    assert shell.shown[0].body == view_of(2).body
    assert pump is not None


def test_a_sentence_of_a_screen_that_is_left_is_not_said_on_the_next(
    core: FakeCore, shell: FakeShell, pump: EventPump, qtbot: QtBot
) -> None:
    core.send(view_of(3, speech="请带走身份证"))
    core.send(dataclasses.replace(view_of(2), body=Trouble("打印机缺纸", "办件已保存", "", "", ())))
    qtbot.waitUntil(lambda: len(shell.shown) == 1)
    assert shell.shown[0].speech == ""
    assert pump is not None


def test_intents_reach_the_core_in_order(core: FakeCore, shell: FakeShell, pump: EventPump) -> None:
    for number in range(5):
        shell.intent.emit(Act(str(number)))
    assert core.posted == [Act(str(number)) for number in range(5)]
    assert pump is not None


def test_after_stop_views_are_dropped_and_intents_go_nowhere(
    core: FakeCore, shell: FakeShell, pump: EventPump, qtbot: QtBot
) -> None:
    core.send(view_of(1))
    pump.stop()
    core.send(view_of(2))
    shell.intent.emit(Act("start"))
    qtbot.wait(40)
    assert shell.shown == []
    assert core.posted == []


@pytest.mark.expected_logs("intent refused: Act by RuntimeError")
def test_a_core_that_raises_does_not_take_the_screen_down(
    core: FakeCore, shell: FakeShell, pump: EventPump, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_intent: Intent) -> None:
        raise RuntimeError("王苗苗")

    monkeypatch.setattr(core, "post", refuse)
    shell.intent.emit(Act("start"))
    assert pump is not None


@pytest.mark.expected_logs("view cannot be shown: ValueError on screen goodbye")
def test_a_view_that_cannot_be_shown_does_not_stop_the_next(
    core: FakeCore, shell: FakeShell, pump: EventPump, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_view: View) -> None:
        monkeypatch.undo()
        raise ValueError("王苗苗")

    monkeypatch.setattr(shell, "show", refuse)
    core.send(view_of(1))
    qtbot.waitUntil(lambda: "show" not in shell.__dict__)
    core.send(view_of(2))
    qtbot.waitUntil(lambda: shell.shown == [view_of(2)])
    assert pump is not None


TOUCH_COUNTER = b"""
import QtQuick
Window {
    width: 540; height: 960
    property int taps: 0
    Rectangle { anchors.fill: parent; color: area.pressed ? "white" : "black" }
    MouseArea { id: area; anchors.fill: parent; onClicked: parent.Window.window.taps += 1 }
}
"""


def test_while_the_core_floods_the_screen_answers_every_touch_within_100_ms(
    core: FakeCore, qtbot: QtBot, window_of: Callable[[bytes], QQuickWindow]
) -> None:
    window = window_of(TOUCH_COUNTER)
    shell = FakeShell(cost_s=0.004)  # what filling a large screen's models costs on a kiosk
    pump = EventPump(core, shell)
    pump.start()
    qtbot.waitUntil(window.isExposed)
    watch = FrameWatch(window)
    finger = Finger(window)
    taps = 12

    def tap_all() -> Iterator[None]:
        for _ in range(taps):
            yield from finger.tap(QPoint(270, 480))
            yield
            yield

    script = tap_all()
    beat = QTimer(interval=20)
    beat.timeout.connect(lambda: next(script, None))
    with Storm(core) as storm:
        qtbot.waitUntil(lambda: len(shell.shown) > 3)
        watch.start()
        beat.start()
        qtbot.waitUntil(lambda: window.property("taps") == taps, timeout=10_000)
        beat.stop()
        watch.stop()
        sent = storm.sent
    pump.stop()
    assert sent > len(shell.shown)  # it was a flood: views were skipped
    assert len(watch.press_to_frame_ms) == taps
    assert max(watch.press_to_frame_ms) <= STALL_BUDGET_MS
    assert watch.longest_stall_ms <= STALL_BUDGET_MS


def test_a_stall_is_measured(qtbot: QtBot, window_of: Callable[[bytes], QQuickWindow]) -> None:
    window = window_of(TOUCH_COUNTER)
    qtbot.waitUntil(window.isExposed)
    watch = FrameWatch(window)
    watch.start()
    blocker = FakeShell(cost_s=0.15)
    QTimer.singleShot(0, lambda: blocker.show(view_of(1)))
    QTest.qWait(30)
    qtbot.waitUntil(lambda: blocker.shown != [])
    watch.stop()
    assert watch.longest_stall_ms >= 100
