# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest
import shiboken6
from PySide6.QtCore import QUrl
from PySide6.QtGui import QGuiApplication
from PySide6.QtQml import QQmlApplicationEngine
from PySide6.QtQuick import QQuickWindow
from pytestqt.qtbot import QtBot

from drivers.sim.bench_control import BenchControl
from drivers.sim.simulator import ActionError, Simulator, Value
from kiosk.bench_client import (
    SOCKET_NAME,
    BenchClient,
    BenchRefusedError,
    BenchSlot,
    BenchUnreachableError,
)
from ui.bench_panel.buttons import ARG_SEPARATOR, card_of
from ui.bench_panel.line import BenchLine
from ui.bench_panel.model import BenchPanelModel
from ui.bridge.glass import QML_FOLDER, open_application
from ui.robot.visit import Visit


class Reader:
    """A simulator that remembers what was done to it."""

    name = "id_card"
    endpoint = "socket://nowhere"

    def __init__(self) -> None:
        self.card: str | None = None
        self.asked_who = False
        self.stuck = threading.Event()
        self.stuck.set()

    def start(self) -> None: ...

    def stop(self) -> None: ...

    def actions(self) -> Mapping[str, Callable[..., object]]:
        return {
            "place": self.place,
            "remove": self.remove,
            "people": self.people,
            "unplug": self.unplug,
            "freeze": self.stuck.wait,
        }

    def state(self) -> Mapping[str, Value]:
        return {"card": self.card, "frozen": False}

    def place(self, person: str) -> None:
        self.card = person

    def remove(self) -> None:
        self.card = None

    def people(self) -> list[str]:
        self.asked_who = True
        return ["elder", "young"]

    def unplug(self) -> None:
        raise ActionError("it is glued")


@pytest.fixture
def reader() -> Reader:
    return Reader()


@pytest.fixture
def client(reader: Simulator, tmp_path: Path) -> Iterator[BenchClient]:
    control = BenchControl(tmp_path / SOCKET_NAME, [reader])
    control.start()
    yield BenchClient(tmp_path / SOCKET_NAME, timeout_s=2.0)
    control.stop()


# --- client ------------------------------------------------------------------------------------------


def test_the_client_acts_and_lists(client: BenchClient, reader: Reader) -> None:
    assert client.act("id_card", "place", "elder") is None
    assert reader.card == "elder"
    assert client.act("id_card", "people") == ["elder", "young"]
    (slot,) = client.slots()
    assert slot.slot == "id_card"
    assert slot.actions == ("place", "remove", "people", "unplug", "freeze")
    assert slot.state == {"card": "elder", "frozen": False}


def test_what_the_bench_refuses_says_why(client: BenchClient) -> None:
    with pytest.raises(BenchRefusedError, match="it is glued"):
        client.act("id_card", "unplug")
    with pytest.raises(BenchRefusedError, match="no slot nowhere"):
        client.act("nowhere", "place")


def test_a_bench_that_is_not_there_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(BenchUnreachableError, match=r"bench: .*bench.sock: No such file"):
        BenchClient(tmp_path / SOCKET_NAME).slots()


def test_a_bench_that_does_not_answer_is_given_up(client: BenchClient, reader: Reader) -> None:
    reader.stuck.clear()
    with pytest.raises(BenchUnreachableError, match=r"no answer in 0.05 s"):
        BenchClient(client.path, timeout_s=0.05).act("id_card", "freeze")
    reader.stuck.set()


# --- panel -------------------------------------------------------------------------------------------


def test_a_card_has_a_button_for_each_person_and_hides_what_needs_words() -> None:
    slot = BenchSlot("id_card", ("place", "people", "remove", "magic"), {"card": None, "hot": True})
    card = card_of(slot, ("elder", "young"))
    assert card.title == "身份证读卡器"
    assert card.state == "hot"
    assert [(button.action, button.args) for button in card.buttons] == [
        ("place", "elder"),
        ("place", "young"),
        ("remove", ""),
    ]


def test_presets_carry_their_arguments() -> None:
    card = card_of(BenchSlot("receipt_printer", ("paper_out_after",), {}))
    assert [button.args.split(ARG_SEPARATOR) for button in card.buttons] == [["40"]]


def test_a_press_on_the_panel_reaches_the_simulator(
    qapp: QGuiApplication, qtbot: QtBot, client: BenchClient, reader: Reader, tmp_path: Path
) -> None:
    del qapp
    open_application(headless=True)
    line = BenchLine(client)
    model = BenchPanelModel(line)
    engine = QQmlApplicationEngine()
    engine.setInitialProperties({"panel": model})
    engine.load(QUrl.fromLocalFile(str(QML_FOLDER / "Bench" / "Main.qml")))
    window = engine.rootObjects()[0]
    assert isinstance(window, QQuickWindow)
    line.start()
    visit = Visit(window, settling_s=0.0)

    def script() -> Iterator[None]:
        yield from visit.press("bench:id_card:place:young")
        yield from visit.wait_until(lambda: reader.card == "young", "the card")
        yield from visit.wait_until(
            lambda: any("card: young" in text for text in visit.sight.texts), "the new state"
        )
        yield from visit.press("bench:id_card:unplug")
        yield from visit.wait_until(
            lambda: any("it is glued" in text for text in visit.sight.texts), "the reason"
        )
        visit.screenshot(tmp_path / "panel.png")

    with qtbot.waitSignal(visit.finished, timeout=20_000):
        visit.start(script())
    line.stop()
    shiboken6.delete(engine)
    assert visit.error is None
    assert (tmp_path / "panel.png").exists()


def test_the_panel_says_when_the_bench_is_away(
    qapp: QGuiApplication, qtbot: QtBot, tmp_path: Path
) -> None:
    del qapp
    line = BenchLine(BenchClient(tmp_path / SOCKET_NAME))
    model = BenchPanelModel(line)
    line.start()
    qtbot.waitUntil(lambda: "No such file" in model.message)
    line.stop()
    assert not model.good


def test_the_panel_is_a_process_of_its_own_that_a_signal_ends(
    client: BenchClient, reader: Reader, eventually: Callable[..., None]
) -> None:
    panel = subprocess.Popen(
        [sys.executable, "-m", "ui.bench_panel", "--socket", str(client.path)],
        env={**os.environ, "QT_QPA_PLATFORM": "offscreen"},
        cwd=Path(__file__).parents[3],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    eventually(lambda: reader.asked_who, within_s=20)
    panel.terminate()
    said, _ = panel.communicate(timeout=20)
    assert (panel.returncode, said) == (0, "")
