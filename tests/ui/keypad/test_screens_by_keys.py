# SPDX-License-Identifier: Apache-2.0
"""Every screen, walked by keys alone: each thing that works is reached, framed and has a name for the ear."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtQuick import QQuickItem
from PySide6.QtTest import QTest

from kiosk.flows.intents import Point, SayAgain
from kiosk.flows.views import Modes
from kiosk.words import Language
from ui.bridge.scene import walk
from ui.gallery.checks import pressable
from ui.gallery.stage import Stage
from ui.gallery_views import views
from ui.keypad.keypad import Keypad
from ui.keypad.stops import announced, stops_of

_PORTRAIT, _LANDSCAPE = QSize(1080, 1920), QSize(1920, 1080)
_VARIANTS = (("zh", Modes(elder=True), _PORTRAIT), ("en", Modes(), _LANDSCAPE))


class Keyboard:
    """Keys on a stage."""

    def __init__(self) -> None:
        self.stage = Stage()
        Keypad(self.stage.window, self.stage.shell)
        self.intents: list[object] = []
        self.stage.shell.intent.connect(self.intents.append)

    def show(self, name: str, language: Language, modes: Modes, size: QSize) -> None:
        self.stage.show(views(language, modes)[name], size)
        self.stage.window.requestActivate()
        self.stage.settle()

    def press(self, key: Qt.Key) -> None:
        QTest.keyClick(self.stage.window, key)

    @property
    def focus(self) -> QQuickItem:
        item = self.stage.window.activeFocusItem()
        assert item is not None
        return item

    @property
    def name(self) -> str:
        return next((s.name for s in stops_of(self.stage.window) if s.item == self.focus), "")

    def round_trip(self) -> set[str]:
        """Go once round all stops of the page; each is framed and named."""
        stops = stops_of(self.stage.window)
        seen: set[str] = set()
        for _stop in stops:
            self.press(Qt.Key.Key_Tab)
            seen.add(self.name)
            stop = next(each for each in stops if each.item == self.focus)
            assert stop.writes or self.framed(), f"no frame around {self.name}"
            assert announced(stop).label.strip(), f"nothing to say of {self.name}"
        assert seen == {stop.name for stop in stops}
        return seen

    def framed(self) -> bool:
        rings = (i for i in walk(self.focus) if "FocusRing" in i.metaObject().className())
        return any(ring.property("shown") for ring in rings)

    def turn_page(self, button: str, key: Qt.Key) -> bool:
        if button not in {stop.name for stop in stops_of(self.stage.window)}:
            return False
        self.press(key)
        self.stage.settle()
        return True


@pytest.fixture(scope="module")
def keyboard() -> Iterator[Keyboard]:
    keyboard = Keyboard()
    yield keyboard
    assert not keyboard.stage.messages.warnings
    keyboard.stage.close()


@pytest.mark.parametrize("name", list(views("zh")))
def test_keys_reach_everything_that_works(
    keyboard: Keyboard, qapp: QGuiApplication, name: str
) -> None:
    del qapp
    for language, modes, size in _VARIANTS:
        keyboard.show(name, language, modes, size)
        keyboard.press(Qt.Key.Key_Tab)
        while keyboard.turn_page("page:previous", Qt.Key.Key_PageUp):
            pass  # the view before it may have left a page turned
        reached = keyboard.round_trip()
        while keyboard.turn_page("page:next", Qt.Key.Key_PageDown):
            reached |= keyboard.round_trip()
        overlay = keyboard.stage.shell.overlay
        works = {
            item.objectName()
            for item in walk(keyboard.stage.window.contentItem())
            if pressable(item) and item.isEnabled() and not (overlay and item.property("mode"))
        }
        assert works - reached - {"signature"} == set()


@pytest.mark.parametrize(
    ("name", "first"),
    [
        ("attract", "act:start"),
        ("home", "search"),
        ("item", "act:start"),
        ("consent", "act:agree"),
        ("form-contact", "act:next"),
        ("form-number-pad", "input"),
        ("form-date-pad", "key:1"),
        ("promise", "act:sign_by_key"),
        ("overlay-exit", "act:stay"),
    ],
)
def test_the_keys_begin_at_what_the_page_is_for(
    keyboard: Keyboard, qapp: QGuiApplication, name: str, first: str
) -> None:
    del qapp
    keyboard.press(Qt.Key.Key_Tab)
    keyboard.show("rating", "zh", Modes(), _PORTRAIT)
    keyboard.show(name, "zh", Modes(), _PORTRAIT)
    assert keyboard.name == first
    assert keyboard.focus.inherits("QQuickTextInput") or keyboard.framed()


def test_a_touch_takes_the_frame_away(keyboard: Keyboard, qapp: QGuiApplication) -> None:
    del qapp
    keyboard.show("item", "zh", Modes(), _PORTRAIT)
    keyboard.press(Qt.Key.Key_Tab)
    keyboard.press(Qt.Key.Key_Tab)
    assert keyboard.framed()
    QTest.mousePress(keyboard.stage.window, Qt.MouseButton.LeftButton)
    QTest.mouseRelease(keyboard.stage.window, Qt.MouseButton.LeftButton)
    assert not keyboard.framed()


def test_the_core_learns_where_the_keys_stand(keyboard: Keyboard, qapp: QGuiApplication) -> None:
    del qapp
    keyboard.press(Qt.Key.Key_Tab)
    keyboard.show("form-contact", "zh", Modes(), _PORTRAIT)
    keyboard.intents.clear()
    keyboard.press(Qt.Key.Key_Up)
    keyboard.press(Qt.Key.Key_0)
    told = [intent for intent in keyboard.intents if isinstance(intent, (Point, SayAgain))]
    assert told == [
        Point("field:relative_phone", "家人手机号", "还没有填 ", "", arriving=False),
        SayAgain(),
    ]
