# SPDX-License-Identifier: Apache-2.0
"""The core thread: order, views only on change, a broken flow does not freeze it."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass, replace

import pytest

from kiosk.flows.effects import Effect, LightSlot
from kiosk.flows.events import Event, Tick, Touch
from kiosk.flows.intents import Act
from kiosk.flows.views import Attract, LinkWords, Modes, Tone, View
from kiosk.terminal.core_thread import CoreThread

_BODY = Attract(headline="", invitation="", can_now=(), cannot_now=(), nearest="", phone="")
_VIEW = View(body=_BODY, place="", link=LinkWords("", Tone.GOOD), modes=Modes())


@dataclass(frozen=True)
class _Answer:
    view: View
    effects: tuple[Effect, ...] = ()


class _Flow:
    """Shows the last button pressed as the place name; the button ``fault`` raises."""

    def __init__(self) -> None:
        self.view = _VIEW
        self.threads: set[str] = set()

    def handle(self, event: Event) -> _Answer:
        self.threads.add(threading.current_thread().name)
        if isinstance(event, Tick):
            return _Answer(self.view)
        assert isinstance(event, Touch)
        assert isinstance(event.intent, Act)
        if event.intent.id == "fault":
            raise RuntimeError("王苗苗")
        self.view = replace(self.view, place=event.intent.id)
        return _Answer(self.view, (LightSlot(session=1, role=event.intent.id),))


def _run(events: list[str]) -> tuple[list[str], list[str], _Flow]:
    flow = _Flow()
    lit: list[str] = []
    shown: list[str] = []
    ended = threading.Event()

    def run_effect(effect: Effect) -> None:
        assert isinstance(effect, LightSlot)
        lit.append(effect.role)
        if effect.role == events[-1]:
            ended.set()

    core = CoreThread(flow, run_effect=run_effect, clock=time.monotonic, wall=time.time)
    core.subscribe(lambda view: shown.append(view.place))
    core.start()
    for name in events:
        core.post(Touch(Act(name)))
    assert ended.wait(60)
    core.stop()
    return shown, lit, flow


def test_events_are_taken_in_order_on_one_thread_and_views_go_out_only_on_change() -> None:
    shown, lit, flow = _run(["one", "two", "two", "three"])
    assert lit == ["one", "two", "two", "three"]
    assert [place for place in shown if place] == ["one", "two", "three"]
    assert flow.threads == {"core"}


@pytest.mark.expected_logs("flow failed")
def test_a_fault_in_the_flow_is_logged_without_its_words_and_the_screen_goes_on(
    caplog: pytest.LogCaptureFixture,
) -> None:
    shown, _, _ = _run(["one", "fault", "two"])
    assert shown[-1] == "two"
    failures = [record for record in caplog.records if record.message == "flow failed"]
    assert len(failures) == 1
    assert "王苗苗" not in str(vars(failures[0]))


def test_stopping_a_thread_that_never_started_is_silent() -> None:
    CoreThread(_Flow(), run_effect=lambda _: None, clock=time.monotonic, wall=time.time).stop()
