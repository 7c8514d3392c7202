# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import Any

import pytest
from pytestqt.qtbot import QtBot

from kiosk.typing import MAX_LETTERS, PinyinTables, load_tables
from ui.gallery_views import views
from ui.viewmodels.shell import ShellModel
from ui.viewmodels.typing import TypingModel


@pytest.fixture
def model(qtbot: QtBot) -> Iterator[TypingModel]:
    made = TypingModel()
    made.open(True)
    qtbot.waitUntil(lambda: made.ready)
    yield made
    made.deleteLater()


def page(model: TypingModel) -> list[str]:
    rows = model._shown
    return [row["word"] for row in rows._rows]


def spell(model: TypingModel, letters: str) -> None:
    for letter in letters:
        model.type(letter)


def test_a_candidate_becomes_text_and_its_letters_are_done(model: TypingModel) -> None:
    spell(model, "zhanggongqulu")
    place = page(model).index("章贡区")
    assert model.choose(place) == "章贡区"
    assert model.property("letters") == "lu"
    assert page(model)[0] == "路"


def test_a_page_has_seven_candidates_at_most_and_never_more_than_its_room(
    model: TypingModel,
) -> None:
    spell(model, "yi")
    assert len(page(model)) == 7
    model.arrange(60.0, 20.0, 5.0, 10.0, 8.0)
    assert len(page(model)) == 2
    model.arrange(5.0, 20.0, 5.0, 10.0, 8.0)
    assert len(page(model)) == 1


def test_pages_turn_to_the_last_and_back_to_the_first(model: TypingModel) -> None:
    spell(model, "zhuang")
    first = page(model)
    seen, turns = list(first), 0
    assert model.property("hasPrevious") is False
    while model.property("hasNext"):
        model.turn(1)
        turns += 1
        seen += page(model)
    assert len(seen) == len(set(seen)) > 20
    model.turn(1)
    for _ in range(turns):
        model.turn(-1)
    assert page(model) == first
    model.turn(-1)
    assert page(model) == first


def test_the_delete_key_takes_letters_first(model: TypingModel) -> None:
    spell(model, "lu")
    assert model.erase() is True
    assert model.property("letters") == "l"
    assert model.erase() is True
    assert model.erase() is False
    assert page(model) == []


def test_who_is_done_gets_the_first_candidates(model: TypingModel) -> None:
    spell(model, "zhanggongquvvv")
    assert model.finish() == "章贡区vvv"
    assert model.property("letters") == ""


def test_a_place_without_a_candidate_gives_nothing(model: TypingModel) -> None:
    spell(model, "lu")
    assert model.choose(7) == ""
    assert model.choose(-1) == ""
    assert model.property("letters") == "lu"


def test_a_line_that_is_too_long_takes_no_more_letters(model: TypingModel) -> None:
    spell(model, "a" * (MAX_LETTERS + 5))
    assert model.property("letters") == "a" * MAX_LETTERS


def test_letters_typed_while_the_tables_load_get_their_candidates_then(qtbot: QtBot) -> None:
    may_go = threading.Event()

    def slowly() -> PinyinTables:
        may_go.wait(5)
        return load_tables()

    model = TypingModel(load=slowly)
    model.open(True)
    spell(model, "lu")
    assert page(model) == []
    may_go.set()
    qtbot.waitUntil(lambda: model.ready)
    assert page(model)[0] == "路"
    model.deleteLater()


def test_without_tables_letters_stay_letters(qtbot: QtBot, expected_logs: Any) -> None:
    expected_logs("the pinyin tables cannot be read")

    def fail() -> PinyinTables:
        raise OSError("gone")

    model = TypingModel(load=fail)
    model.open(True)
    spell(model, "lu")
    qtbot.waitUntil(lambda: bool(expected_logs.lines))
    assert model.finish() == "lu"
    model.deleteLater()


@pytest.mark.usefixtures("qapp")
def test_letters_are_let_go_when_nobody_is_there() -> None:
    shell = ShellModel()
    shell.show(views("zh")["form-text-pad"])
    spell(shell.typing_model, "wangmiao")
    shell.show(views("zh")["attract"])
    assert shell.typing_model.property("letters") == ""
