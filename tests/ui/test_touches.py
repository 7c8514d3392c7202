# SPDX-License-Identifier: Apache-2.0
"""What a finger does on the glass becomes intents, and nothing else does."""

from __future__ import annotations

import struct
from collections.abc import Iterator

import pytest
from PySide6.QtCore import QCoreApplication, QPoint, QSize, Qt
from PySide6.QtQuick import QQuickItem
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from kiosk.flows.intents import (
    Act,
    Answer,
    AskHelp,
    Back,
    Edit,
    Exit,
    Intent,
    Search,
    SetMode,
    Sign,
)
from kiosk.flows.views import Modes, View
from ui.bridge.scene import area_of
from ui.gallery.stage import Stage
from ui.gallery_views import views
from ui.robot.glass import Sight, middle_of

LEFT = Qt.MouseButton.LeftButton
NO_KEY = Qt.KeyboardModifier.NoModifier


class Glass:
    """One window and the intents that come from it."""

    def __init__(self) -> None:
        self.stage = Stage()
        self.window = self.stage.window
        self.window.resize(QSize(1080, 1920))
        self.panel = QTest.createTouchDevice()
        self.intents: list[Intent] = []
        self.stage.shell.intent.connect(self.intents.append)

    def show(self, name: str, modes: Modes | None = None) -> View:
        self.stage.shell.show(views("zh", modes)["rating"])
        view = views("zh", modes)[name]
        self.rest()
        self.stage.shell.show(view)
        self.window.show()
        self.rest()
        self.intents.clear()
        return view

    def rest(self) -> None:
        for _ in range(8):
            QCoreApplication.processEvents()

    def item(self, name: str) -> QQuickItem:
        found = Sight(self.window).find(name)
        assert found is not None, name
        return found

    def click(self, name: str) -> None:
        QTest.mouseClick(self.window, LEFT, NO_KEY, middle_of(self.item(name)))
        self.rest()

    def touch(self, start: QPoint, end: QPoint) -> None:
        QTest.touchEvent(self.window, self.panel).press(0, start, self.window).commit()
        if end != start:
            QTest.touchEvent(self.window, self.panel).move(0, end, self.window).commit()
        QTest.touchEvent(self.window, self.panel).release(0, end, self.window).commit()
        self.rest()


@pytest.fixture(scope="module")
def glass() -> Iterator[Glass]:
    made = Glass()
    yield made
    assert list(made.stage.messages.warnings) == []
    made.stage.close()


@pytest.mark.parametrize(
    ("view", "name", "intent"),
    [
        ("attract", "act:start", Act("start")),
        ("home", "tile:old-age-allowance", Act("item:old-age-allowance")),
        ("home", "situation:family", Act("situation:family")),
        ("home-full", "act:page:next", Act("page:next")),
        ("item", "act:start", Act("start")),
        ("identity-choose", "act:way:id_card", Act("way:id_card")),
        ("consent", "act:refuse", Act("refuse")),
        ("form-choices", "choice:purpose:loan", Answer("purpose", "loan")),
        ("form-contact", "field:phone", Edit("phone")),
        ("form-number-pad", "key:done", Edit("")),
        ("materials", "act:scan:household-register", Act("scan:household-register")),
        ("review", "act:change:group:1", Act("change:group:1")),
        ("rating", "act:grade:3", Act("grade:3")),
        ("goodbye", "act:done", Act("done")),
        ("overlay-idle", "act:stay", Act("stay")),
        ("item", "back", Back()),
        ("item", "exit", Exit()),
        ("item", "help", AskHelp()),
        ("item", "mode:elder", SetMode("elder", on=True)),
        ("item", "mode:english", SetMode("english", on=True)),
    ],
)
def test_a_press_is_one_intent(glass: Glass, view: str, name: str, intent: Intent) -> None:
    glass.show(view)
    glass.click(name)
    assert glass.intents == [intent]
    glass.intents.clear()
    glass.touch(middle_of(glass.item(name)), middle_of(glass.item(name)))
    assert glass.intents == [intent]


def test_a_finger_that_slides_off_presses_nothing(glass: Glass) -> None:
    glass.show("item")
    button = glass.item("act:start")
    glass.touch(middle_of(button), middle_of(button) - QPoint(0, 400))
    assert glass.intents == []


def test_a_button_answers_while_the_finger_is_down(glass: Glass) -> None:
    glass.show("item")
    button = glass.item("act:start")
    QTest.mousePress(glass.window, LEFT, NO_KEY, middle_of(button))
    assert button.property("pressed") is True
    QTest.mouseRelease(glass.window, LEFT, NO_KEY, QPoint(540, 300))
    assert glass.intents == []


def test_anywhere_on_the_first_screen_begins(glass: Glass) -> None:
    glass.show("attract")
    glass.touch(QPoint(540, 900), QPoint(540, 900))
    assert glass.intents == [Act("start")]


def test_under_an_overlay_nothing_can_be_pressed(glass: Glass) -> None:
    glass.show("item")
    covered = middle_of(glass.item("act:start"))
    back = middle_of(glass.item("back"))
    glass.show("overlay-exit")
    glass.touch(back, back)
    glass.touch(covered + QPoint(0, 120), covered + QPoint(0, 120))
    assert glass.intents == []


def test_a_locked_field_stays_closed(glass: Glass) -> None:
    glass.show("form-identity")
    glass.touch(middle_of(glass.item("field:name")), middle_of(glass.item("field:name")))
    assert glass.intents == []


def test_digits_are_added_to_what_stands_there(glass: Glass) -> None:
    glass.show("form-number-pad")
    for name in ("key:backspace", "key:backspace", "key:7"):
        glass.click(name)
    assert glass.intents == [
        Answer("phone", "1380000000"),
        Answer("phone", "138000000"),
        Answer("phone", "1380000007"),
    ]
    glass.click("key:clear")
    assert glass.intents[-1] == Answer("phone", "")


def test_fast_typing_is_not_undone_by_a_late_echo(glass: Glass) -> None:
    view = glass.show("form-number-pad")
    glass.click("key:1")
    glass.click("key:2")
    glass.stage.shell.show(view)
    glass.click("key:3")
    assert glass.intents[-1] == Answer("phone", "13800000000123")


def test_a_character_of_two_units_is_erased_whole(glass: Glass) -> None:
    glass.show("form-text-pad")
    glass.item("key:done")
    box = next(i for i in Sight(glass.window)._items if i.inherits("QQuickTextInput"))
    box.setProperty("text", "演示𬱖")
    box.setProperty("cursorPosition", 4)
    glass.click("key:backspace")
    assert glass.intents == [Answer("address", "演示")]


def test_a_date_is_answered_when_all_eight_digits_stand(glass: Glass) -> None:
    glass.show("form-date-pad")
    for sign in "308":
        glass.click(f"key:{sign}")
    assert glass.intents == [Answer("birth", "1941-03-08")] or glass.intents == []
    glass.click("key:clear")
    for sign in "19410308":
        glass.click(f"key:{sign}")
    assert glass.intents[-1] == Answer("birth", "1941-03-08")


def test_search_goes_out_as_it_is_typed(glass: Glass) -> None:
    glass.show("home")
    glass.click("search")
    glass.click("key:s")
    glass.click("key:b")
    assert glass.intents == [Search("s"), Search("sb")]
    glass.click("key:done")
    assert glass.intents[-1] == Search("")


def test_a_signature_arrives_as_black_on_white_png_with_its_strokes(
    glass: Glass, qtbot: QtBot
) -> None:
    glass.show("promise")
    area = area_of(glass.item("signature"))
    for count, row in enumerate((0.3, 0.6), start=1):
        start = QPoint(int(area.left() + 100), int(area.top() + area.height() * row))
        glass.touch(start, start + QPoint(300, 40))
        qtbot.waitUntil(lambda count=count: len(glass.intents) == count)
    signs = [intent for intent in glass.intents if isinstance(intent, Sign)]
    assert [sign.strokes for sign in signs] == [1, 2]
    png = signs[-1].png
    assert png.startswith(b"\x89PNG\r\n\x1a\n")
    width, height = struct.unpack(">II", png[16:24])
    assert width > 800
    assert height > 200
    assert len(set(signs)) == 2


def test_a_row_that_stays_keeps_its_control_under_the_finger(glass: Glass) -> None:
    glass.show("form-choices")
    before = glass.item("choice:purpose:loan")
    view = views("zh")["form-choices"]
    glass.stage.shell.show(views("zh", Modes(contrast=True))["form-choices"])
    glass.rest()
    glass.stage.shell.show(view)
    glass.rest()
    assert glass.item("choice:purpose:loan") == before


def test_a_long_touch_on_the_link_is_for_staff_and_a_short_one_does_nothing(
    glass: Glass, qtbot: QtBot
) -> None:
    glass.show("out-of-service")
    place = _item(glass.window.contentItem(), "hold:terminal_info")
    assert place is not None
    middle = place.mapToScene(place.boundingRect().center()).toPoint()
    QTest.mouseClick(glass.window, LEFT, NO_KEY, middle)
    assert glass.intents == []
    QTest.mousePress(glass.window, LEFT, NO_KEY, middle)
    qtbot.waitUntil(lambda: Act("terminal_info") in glass.intents, timeout=20_000)
    QTest.mouseRelease(glass.window, LEFT, NO_KEY, middle)
    glass.show("form-contact")
    assert not place.property("enabled")


def _item(within: QQuickItem, name: str) -> QQuickItem | None:
    if within.objectName() == name:
        return within
    return next(filter(None, (_item(child, name) for child in within.childItems())), None)
