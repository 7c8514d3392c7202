# SPDX-License-Identifier: Apache-2.0
"""A finger writes Chinese on the glass."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
from PySide6.QtCore import QCoreApplication, QPoint, QSize, Qt
from PySide6.QtQuick import QQuickItem
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from kiosk.flows.intents import Answer, Edit, Intent, Search
from kiosk.flows.views import FormPage, Modes
from kiosk.words import Language
from ui.gallery.stage import Stage
from ui.gallery_views import views
from ui.robot.glass import Sight, middle_of
from ui.robot.visit import Visit


class Pad:
    """The stage, a finger, and what came of it."""

    def __init__(self) -> None:
        self.stage = Stage()
        self.window = self.stage.window
        self.window.resize(QSize(1080, 1920))
        self.intents: list[Intent] = []
        self.stage.shell.intent.connect(self.intents.append)

    def show(self, name: str, modes: Modes | None = None, language: Language = "zh") -> None:
        """Show a view whose address is empty; the tables are there when it returns."""
        self.stage.shell.show(views(language, modes)["rating"])
        self.stage.settle()
        view = views(language, modes)[name]
        if isinstance(view.body, FormPage):
            fields = tuple(
                replace(field, value="") if field.editing else field for field in view.body.fields
            )
            view = replace(view, body=replace(view.body, fields=fields))
        self.stage.shell.show(view)
        self.window.show()
        self.stage.settle()
        while not self.stage.shell.typing_model.ready and name != "home":
            self.stage.settle()
        self.intents.clear()

    def item(self, name: str) -> QQuickItem:
        found = Sight(self.window).find(name)
        assert found is not None, name
        return found

    def resting_place(self, name: str) -> QPoint:
        """Return where it is once nothing moves any more: candidates are laid out a frame after the letter."""
        place, before = middle_of(self.item(name)), QPoint(-1, -1)
        while place != before:
            self.stage.settle()
            place, before = middle_of(self.item(name)), place
        return place

    def press(self, *names: str) -> None:
        for name in names:
            place = self.resting_place(name)
            QTest.mouseClick(
                self.window, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, place
            )
            for _ in range(8):
                QCoreApplication.processEvents()

    def spell(self, letters: str) -> None:
        self.press(*(f"key:{letter}" for letter in letters))

    def candidates(self) -> list[str]:
        sight = Sight(self.window)
        shown = [name for name in sight.names if name.startswith("candidate:")]
        return [text for name in shown for text in sight.texts_in(name)]


@pytest.fixture(scope="module")
def pad() -> Iterator[Pad]:
    made = Pad()
    yield made
    assert list(made.stage.messages.warnings) == []
    made.stage.close()


MODES = [Modes(), Modes(elder=True), Modes(contrast=True), Modes(low=True)]


@pytest.mark.parametrize("modes", MODES, ids=["standard", "elder", "contrast", "low"])
def test_an_address_is_written_with_candidates_and_digits(pad: Pad, modes: Modes) -> None:
    pad.show("form-text-pad", modes)
    pad.spell("zhanggongqu")
    assert pad.intents == []  # letters are no answer yet
    assert pad.candidates()[0] == "章贡区"
    pad.press("candidate:0")
    assert pad.intents == [Answer("address", "章贡区")]
    pad.press("key:1", "key:2")
    pad.spell("hao")
    pad.press("candidate:" + str(pad.candidates().index("号")), "key:done")
    assert pad.intents[-2:] == [Answer("address", "章贡区12号"), Edit("")]


def test_done_and_signs_take_the_first_candidate(pad: Pad) -> None:
    pad.show("form-text-pad")
    pad.spell("zgq")
    pad.press("key:，")
    assert pad.intents[-1] == Answer("address", "章贡区，")
    pad.spell("lu")
    pad.press("key:space")
    assert pad.intents[-1] == Answer("address", "章贡区，路")
    pad.spell("cun")
    pad.press("key:done")
    assert pad.intents[-2:] == [Answer("address", "章贡区，路村"), Edit("")]


def test_delete_takes_letters_before_text(pad: Pad) -> None:
    pad.show("form-text-pad")
    pad.spell("lu")
    pad.press("candidate:0")
    pad.spell("hao")
    pad.press("key:backspace", "key:backspace", "key:backspace")
    assert pad.intents == [Answer("address", "路")]
    pad.press("key:backspace")
    assert pad.intents[-1] == Answer("address", "")


def test_a_character_far_behind_is_found_by_turning_pages(pad: Pad) -> None:
    pad.show("form-text-pad")
    pad.spell("gan")
    turns = 0
    while "赣" not in pad.candidates():
        pad.press("key:next")
        turns += 1
    assert turns > 0
    pad.press("key:previous", "key:next")
    pad.press("candidate:" + str(pad.candidates().index("赣")))
    assert pad.intents == [Answer("address", "赣")]


def test_the_language_key_leaves_letters_as_they_are(pad: Pad) -> None:
    pad.show("form-text-pad")
    pad.spell("ab")
    pad.press("key:lang")
    assert pad.intents == [Answer("address", "ab")]
    pad.spell("c")
    assert pad.intents[-1] == Answer("address", "abc")
    assert pad.candidates() == []
    pad.press("key:lang")
    pad.spell("zuo")
    assert "座" in pad.candidates()


def test_an_english_session_begins_with_plain_letters(pad: Pad) -> None:
    pad.show("form-text-pad", language="en")
    pad.spell("lu")
    assert pad.intents[-1] == Answer("address", "lu")


def test_search_follows_the_letters_and_then_the_chinese(pad: Pad) -> None:
    pad.show("home")
    pad.press("search")
    while not pad.stage.shell.typing_model.ready:
        pad.stage.settle()
    pad.spell("sb")
    assert pad.intents == [Search("s"), Search("sb")]
    pad.press("candidate:" + str(pad.candidates().index("设备")))
    assert pad.intents[-1] == Search("设备")
    pad.spell("gx")
    assert pad.intents[-1] == Search("设备 gx")
    pad.press("key:done")
    assert pad.intents[-1] == Search("")


def test_the_robot_writes_an_address_as_a_resident_would(pad: Pad, qtbot: QtBot) -> None:
    pad.show("form-text-pad")
    visit = Visit(pad.window, settling_s=0.0)
    text = "赣州市章贡区演示路1号A栋（北）赣州农商银行支行"
    with qtbot.waitSignal(visit.finished, timeout=60_000):
        visit.start(visit.type_on_pad(text))
    assert visit.error is None
    assert pad.intents[-2:] == [Answer("address", text.lower()), Edit("")]
