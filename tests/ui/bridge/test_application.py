# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import logging
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import QTimer, qWarning
from PySide6.QtGui import QGuiApplication
from PySide6.QtQuick import QQuickWindow
from pytestqt.qtbot import QtBot

from kiosk.flows.intents import Act, Intent, Touched
from kiosk.flows.views import View
from kiosk.screen_size import ScreenSize
from ui.bridge import fonts
from ui.bridge import glass as glass_module
from ui.bridge.application import KioskApplication
from ui.bridge.environment import prepare_environment
from ui.bridge.glass import NoScreenError, ScreenBrokenError
from ui.bridge.qt_messages import QtMessages
from ui.bridge.touch_activity import TouchActivity
from ui.gallery_views import views
from ui.robot.finger import Finger
from ui.robot.glass import Sight


class RememberingCore:
    def __init__(self) -> None:
        self.posted: list[Intent] = []
        self.publish: Callable[[View], None] = lambda _view: None

    def post(self, intent: Intent) -> None:
        self.posted.append(intent)

    def subscribe(self, callback: Callable[[View], None]) -> None:
        self.publish = callback


def test_the_screen_shows_views_posts_intents_and_leaves_nothing(
    qapp: QGuiApplication, qtbot: QtBot
) -> None:
    del qapp
    core = RememberingCore()
    kiosk = KioskApplication(core, ScreenSize(), headless=True)
    kiosk.show()
    assert (kiosk.window.width(), kiosk.window.height()) == (1080, 1920)
    view = views("zh")["attract"]
    core_thread = threading.Thread(target=core.publish, args=(view,))
    core_thread.start()
    core_thread.join()
    qtbot.waitUntil(lambda: Sight(kiosk.window).screen == "attract")
    kiosk.shell.intent.emit(Act("start"))
    assert Act("start") in core.posted
    kiosk.close()
    kiosk.close()
    core.publish(view)  # a core that has not heard yet
    assert kiosk.warnings == ()


def test_run_ends_at_quit_from_another_thread(qapp: QGuiApplication) -> None:
    del qapp
    kiosk = KioskApplication(RememberingCore(), ScreenSize(), headless=True)
    stopper = threading.Thread(target=kiosk.quit)
    QTimer.singleShot(50, stopper.start)
    assert kiosk.run() == 0
    stopper.join()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_run_ends_at_a_signal_and_gives_the_handlers_back(
    qapp: QGuiApplication, number: signal.Signals
) -> None:
    del qapp
    before = signal.getsignal(number)
    kiosk = KioskApplication(RememberingCore(), ScreenSize(), headless=True)
    QTimer.singleShot(50, lambda: os.kill(os.getpid(), number))
    assert kiosk.run() == 0
    assert signal.getsignal(number) is before


@pytest.mark.expected_logs("failed to load component", "is not a type")
def test_broken_qml_is_one_clear_line(
    qapp: QGuiApplication, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    del qapp
    broken = tmp_path / "Main.qml"
    broken.write_text("import QtQuick\nWindow { Nothing {} }\n")
    monkeypatch.setattr(glass_module, "_MAIN_QML", broken)
    with pytest.raises(ScreenBrokenError, match=r"Main.qml:2:10: Nothing is not a type"):
        KioskApplication(RememberingCore(), ScreenSize(), headless=True)


def test_without_a_chinese_font_the_start_says_what_to_install(
    qapp: QGuiApplication, monkeypatch: pytest.MonkeyPatch
) -> None:
    del qapp
    monkeypatch.setattr(fonts, "_lacking", lambda _family, characters: characters)
    with pytest.raises(NoScreenError, match="fonts-noto-cjk"):
        KioskApplication(RememberingCore(), ScreenSize(), headless=True)


def test_the_installed_font_writes_rare_names(qapp: QGuiApplication) -> None:
    del qapp
    report = fonts.choose_font()
    assert report.family == fonts.FAMILY
    assert report.lacking == ""


# --- environment ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("given", "headless", "expected"),
    [
        ({}, False, {"QT_QPA_PLATFORM": "offscreen", "QT_QUICK_BACKEND": "software"}),
        ({"DISPLAY": ":0"}, True, {"QT_QPA_PLATFORM": "offscreen"}),
        ({"DISPLAY": ":0"}, False, {"QT_QUICK_BACKEND": "software"}),
        ({"QT_QPA_PLATFORM": "eglfs"}, False, {"QT_QPA_PLATFORM": "eglfs"}),
        ({"DISPLAY": ":0", "LANG": "C.UTF-8"}, False, {"LANG": "zh_CN.UTF-8"}),
        ({"DISPLAY": ":0", "LC_ALL": "C"}, False, {"LANG": "zh_CN.UTF-8"}),
        ({"DISPLAY": ":0", "LC_ALL": "zh_CN.UTF-8"}, False, {"LC_ALL": "zh_CN.UTF-8"}),
    ],
)
def test_the_environment_is_settled(
    given: dict[str, str], *, headless: bool, expected: dict[str, str], tmp_path: Path
) -> None:
    environment = dict(given)
    prepare_environment(headless=headless, environment=environment, render_nodes=tmp_path)
    assert expected.items() <= environment.items()
    assert environment.get("LC_ALL", "zh_CN.UTF-8") == "zh_CN.UTF-8"


def test_with_a_display_and_a_graphics_card_qt_chooses_the_renderer(tmp_path: Path) -> None:
    (tmp_path / "renderD128").touch()
    environment = {"WAYLAND_DISPLAY": "wayland-0"}
    prepare_environment(headless=False, environment=environment, render_nodes=tmp_path)
    assert "QT_QPA_PLATFORM" not in environment
    assert "QT_QUICK_BACKEND" not in environment


# --- messages and touches ---------------------------------------------------------------------------


@pytest.mark.expected_logs("qt default: what Qt says")
def test_what_qt_complains_about_is_logged_and_kept(qapp: QGuiApplication) -> None:
    del qapp
    messages = QtMessages()
    messages.install()
    qWarning("what Qt says")
    messages.restore()
    assert list(messages.warnings) == ["what Qt says"]


def test_an_unexpected_exception_is_logged_without_its_words(
    caplog: pytest.LogCaptureFixture, expected_logs: Callable[[str], None]
) -> None:
    expected_logs("unexpected ValueError in MainThread at")
    messages = QtMessages()
    before = sys.excepthook
    messages.install()
    try:
        raise ValueError("王苗苗 typed this")
    except ValueError as error:
        sys.excepthook(type(error), error, error.__traceback__)
    messages.restore()
    assert sys.excepthook is before
    assert "王苗苗" not in caplog.text
    assert caplog.records[-1].levelno == logging.ERROR


def test_touches_are_reported_at_most_once_a_second(
    window_of: Callable[[bytes], QQuickWindow], qtbot: QtBot
) -> None:
    window = window_of(b"import QtQuick\nWindow { width: 200; height: 200 }")
    qtbot.waitUntil(window.isExposed)
    posted: list[Intent] = []
    now = [10.0]
    TouchActivity(window, posted.append, clock=lambda: now[0])
    finger = Finger(window)
    for _ in range(3):
        for _beat in finger.tap(window.contentItem().boundingRect().center().toPoint()):
            qtbot.wait(1)
    assert posted == [Touched()]
    now[0] += 1.0
    for _beat in finger.tap(window.contentItem().boundingRect().center().toPoint()):
        qtbot.wait(1)
    assert posted == [Touched(), Touched()]


def test_a_terminal_of_its_own_starts_headless_and_stops_clean() -> None:
    program = """
import sys
from kiosk.screen_size import ScreenSize
from PySide6.QtCore import QTimer
from ui.bridge.application import KioskApplication
from ui.gallery_views import views
class Core:
    def post(self, intent): pass
    def subscribe(self, callback): callback(views("zh")["attract"])
kiosk = KioskApplication(Core(), ScreenSize(), headless=True)
QTimer.singleShot(200, kiosk.quit)
status = kiosk.run()
print(kiosk.warnings)
sys.exit(status)
"""
    environment = {
        name: value for name, value in os.environ.items() if not name.startswith(("QT_", "LANG"))
    }
    ended = subprocess.run(
        [sys.executable, "-c", program],
        env=environment,
        cwd=Path(__file__).parents[3],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (ended.returncode, ended.stdout, ended.stderr) == (0, "()\n", "")
