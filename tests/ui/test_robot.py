# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import dataclasses
import io
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest
from PIL import Image
from PySide6.QtGui import QGuiApplication
from pytestqt.qtbot import QtBot

from kiosk.flows.intents import Act, Answer, Edit, Intent, Point, Sign, Touched
from kiosk.flows.views import Action, FormPage, Identity, Materials, PromisePage, View
from kiosk.screen_size import ScreenSize
from ui.bridge.application import KioskApplication
from ui.bridge.frame_watch import FrameWatch
from ui.gallery_views import views
from ui.robot.finger import Script
from ui.robot.resident import Wishes, complete_item
from ui.robot.visit import RobotLostError, Visit

ITEM = "social-insurance-proof"


_NEXT: Mapping[tuple[str, str], str] = {
    ("attract", "start"): "home",
    ("home", "item:social-insurance-proof"): "item",
    ("item", "start"): "identity-waiting",
    ("consent", "agree"): "form-choices",
    ("form", "next"): "materials",
    ("materials", "next"): "promise",
    ("promise", "next"): "review",
    ("review", "submit"): "receipt",
    ("receipt", "finish"): "rating",
    ("rating", "grade:5"): "goodbye",
    ("rating", "skip"): "goodbye",
    ("goodbye", "done"): "attract",
    ("trouble", "stay"): "home",
}


class ScriptedCore:
    """Shows one view after another, as the intents ask. Publishes on the caller's thread."""

    def __init__(self) -> None:
        self.views = dict(views("zh"))
        self.intents: list[Intent] = []
        self.view = self.views["attract"]
        self._callback: Callable[[View], None] = lambda _view: None

    def subscribe(self, callback: Callable[[View], None]) -> None:
        self._callback = callback
        self._publish(self.view)

    def post(self, intent: Intent) -> None:
        if isinstance(intent, (Point, Touched)):
            return
        self.intents.append(intent)
        body = self.view.body
        match intent:
            case Act(id=act) if (body.screen, act) in _NEXT:
                self.go(_NEXT[body.screen, act])
            case Answer(key=key, value=value) if isinstance(body, FormPage):
                self._change(fields=tuple(_answered(each, key, value) for each in body.fields))
            case Edit(key=key) if isinstance(body, FormPage):
                self._change(
                    fields=tuple(
                        dataclasses.replace(each, editing=each.key == key) for each in body.fields
                    )
                )
            case Act(id=act) if act.startswith(("licence:", "later:")):
                self._settle(act.partition(":")[2])
            case Sign() if isinstance(body, PromisePage):
                self._change(signed=True, actions=_all_enabled(body.actions))
            case Act(id="sign_by_key"):
                assert isinstance(body, PromisePage)
                self._change(signed=True, actions=_all_enabled(body.actions))
            case _:
                pass

    def card_given(self) -> None:
        """Go on as after a card was read."""
        assert isinstance(self.view.body, Identity)
        self.go("consent")

    def go(self, name: str) -> None:
        """Show that view."""
        self._publish(self.views[name])

    def _settle(self, code: str) -> None:
        body = self.view.body
        assert isinstance(body, Materials)
        self._change(
            materials=tuple(
                dataclasses.replace(each, state="licence", actions=())
                if each.code == code
                else each
                for each in body.materials
            ),
            actions=_all_enabled(body.actions),
        )

    def _change(self, **parts: object) -> None:
        self._publish(
            dataclasses.replace(self.view, body=dataclasses.replace(self.view.body, **parts))
        )

    def _publish(self, view: View) -> None:
        self.view = view
        self._callback(view)


def _all_enabled(actions: tuple[Action, ...]) -> tuple[Action, ...]:
    return tuple(dataclasses.replace(action, enabled=True) for action in actions)


def _answered(field: object, key: str, value: str) -> object:
    if getattr(field, "key", "") != key:
        return field
    choices = tuple(
        dataclasses.replace(each, selected=each.value == value)
        for each in getattr(field, "choices", ())
    )
    return dataclasses.replace(field, value=value, shown=value, choices=choices)  # type: ignore[type-var]


class Kiosk:
    """A terminal's screen with a scripted core behind it."""

    def __init__(self) -> None:
        self.core = ScriptedCore()
        self.application = KioskApplication(self.core, ScreenSize(), headless=True)
        self.application.show()


@pytest.fixture
def kiosk(qapp: QGuiApplication) -> Iterator[Kiosk]:
    del qapp
    kiosk = Kiosk()
    yield kiosk
    kiosk.application.close()
    assert kiosk.application.warnings == ()


def visit_of(kiosk: Kiosk, **more: object) -> Visit:
    return Visit(kiosk.application.window, settling_s=0.05, **more)  # type: ignore[arg-type]


def play(visit: Visit, script: object, qtbot: QtBot, timeout_ms: int = 60_000) -> None:
    with qtbot.waitSignal(visit.finished, timeout=timeout_ms):
        visit.start(script)  # type: ignore[arg-type]


def test_a_resident_completes_a_visit_by_touch_alone(
    kiosk: Kiosk, qtbot: QtBot, tmp_path: Path
) -> None:
    screens: list[str] = []
    visit = visit_of(kiosk, pictures=tmp_path, on_screen=screens.append)
    wishes = Wishes(
        ITEM, answers={"purpose": "loan"}, give_card=kiosk.core.card_given, timeout_s=60
    )
    watch = FrameWatch(kiosk.application.window)
    watch.start()
    play(visit, complete_item(visit, wishes), qtbot)
    watch.stop()
    assert visit.error is None
    walked = [step.screen for step in visit.steps]
    assert walked == screens
    assert walked[0] == walked[-1] == "attract"
    assert walked[1:-1] == [
        "home", "item", "identity", "consent", "form", "materials", "promise", "review",
        "receipt", "rating", "goodbye",
    ]  # fmt: skip
    assert all(step.ms > 0 for step in visit.steps[:-1])
    assert Answer("purpose", "loan") in kiosk.core.intents
    assert any(
        isinstance(intent, Answer) and intent.key == "period" for intent in kiosk.core.intents
    )
    assert Act("grade:5") in kiosk.core.intents
    signatures = [intent for intent in kiosk.core.intents if isinstance(intent, Sign)]
    assert signatures[-1].strokes == 3
    assert signatures[-1].png.startswith(b"\x89PNG")
    pictures = sorted(path.name for path in tmp_path.iterdir())
    assert pictures[0] == "01-attract.png"
    assert {name.partition("-")[2] for name in pictures} == {f"{name}.png" for name in walked}
    with Image.open(tmp_path / pictures[0]) as first:
        assert first.size == (1080, 1920)


def test_a_resident_completes_a_visit_by_keys_alone(kiosk: Kiosk, qtbot: QtBot) -> None:
    visit = visit_of(kiosk, by_keys=True)
    wishes = Wishes(
        ITEM, answers={"purpose": "loan"}, give_card=kiosk.core.card_given, timeout_s=90
    )
    play(visit, complete_item(visit, wishes), qtbot, timeout_ms=120_000)
    assert visit.error is None
    assert [step.screen for step in visit.steps] == [
        "attract", "home", "item", "identity", "consent", "form", "materials", "promise", "review",
        "receipt", "rating", "goodbye", "attract",
    ]  # fmt: skip
    assert Answer("purpose", "loan") in kiosk.core.intents
    assert Act("sign_by_key") in kiosk.core.intents
    assert not any(isinstance(intent, Sign) for intent in kiosk.core.intents)


def test_a_terminal_that_is_still_starting_is_no_part_of_the_visit(
    kiosk: Kiosk, qtbot: QtBot, tmp_path: Path
) -> None:
    kiosk.core.go("out-of-service")
    visit = visit_of(kiosk, pictures=tmp_path, begins_at="attract")

    def script() -> Script:
        yield from visit.wait_for_screen("out_of_service")
        yield from visit.pause(0.2)
        kiosk.core.go("attract")
        yield from visit.look()

    play(visit, script(), qtbot)
    assert visit.error is None
    assert [step.screen for step in visit.steps] == ["attract"]
    assert [path.name for path in tmp_path.iterdir()] == ["01-attract.png"]


def test_the_signature_has_ink(kiosk: Kiosk, qtbot: QtBot) -> None:
    kiosk.core.go("promise")
    visit = visit_of(kiosk)
    play(visit, visit.sign(), qtbot)
    qtbot.waitUntil(lambda: any(isinstance(each, Sign) for each in kiosk.core.intents))
    signature = next(each for each in reversed(kiosk.core.intents) if isinstance(each, Sign))
    with Image.open(io.BytesIO(signature.png)) as picture:
        shades = picture.convert("L").histogram()
    assert sum(shades[:64]) > 200  # black ink …
    assert sum(shades[192:]) > sum(shades[:64])  # … on white paper


def test_typing_on_the_pad_reaches_the_core(kiosk: Kiosk, qtbot: QtBot) -> None:
    kiosk.core.go("form-number-pad")
    visit = visit_of(kiosk)

    def script() -> Iterator[None]:
        yield from visit.tap("key:clear")
        yield from visit.type_on_pad("13812345678")

    play(visit, script(), qtbot)
    assert visit.error is None
    answers = [each.value for each in kiosk.core.intents if isinstance(each, Answer)]
    assert answers[-1] == "13812345678"


def test_a_visit_that_gets_lost_says_where_and_what_was_in_sight(
    kiosk: Kiosk, qtbot: QtBot, tmp_path: Path
) -> None:
    visit = visit_of(kiosk, pictures=tmp_path)
    play(visit, visit.tap("act:nothing", timeout_s=0.6), qtbot)
    assert isinstance(visit.error, RobotLostError)
    assert "no act:nothing on screen 'attract'" in str(visit.error)
    assert "act:start" in str(visit.error)
    assert len(list(tmp_path.iterdir())) == 2  # the screen, and how it was when the visit ended


def test_trouble_ends_the_visit_with_the_words_on_the_screen(kiosk: Kiosk, qtbot: QtBot) -> None:
    visit = visit_of(kiosk)
    wishes = Wishes(ITEM, give_card=lambda: kiosk.core.go("trouble"), timeout_s=30)
    play(visit, complete_item(visit, wishes), qtbot)
    assert isinstance(visit.error, RobotLostError)
    assert str(visit.error).startswith("trouble: ")


def test_a_script_that_breaks_ends_the_visit(kiosk: Kiosk, qtbot: QtBot) -> None:
    def script() -> Iterator[None]:
        yield
        raise KeyError("oops")

    visit = visit_of(kiosk)
    play(visit, script(), qtbot)
    assert "KeyError" in str(visit.error)


def test_a_disabled_button_is_not_pressed(kiosk: Kiosk, qtbot: QtBot) -> None:
    kiosk.core.go("promise")
    visit = visit_of(kiosk)
    play(visit, visit.tap("act:next", timeout_s=0.6), qtbot)
    assert isinstance(visit.error, RobotLostError)
    assert Act("next") not in kiosk.core.intents
