# SPDX-License-Identifier: Apache-2.0
"""Nobody waits for what a former resident's call still waits for."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, cast
from uuid import UUID

import pytest

from kiosk.flows import effects, events
from kiosk.platform_client.port import LinkError, Platform
from kiosk.terminal.platform_effects import PlatformEffects

CASE = UUID("019ab000-0000-7000-8000-000000000001")


@dataclass
class SilentOnce:
    """The first call gets no answer until ``line_breaks``; each thread's goodbye is noted."""

    line_breaks: threading.Event = field(default_factory=threading.Event)
    called: list[str] = field(default_factory=list)
    hung_up: list[str] = field(default_factory=list)

    def identify_code(self, code: str) -> Any:
        self.called.append(code)
        if code == "first":
            self.line_breaks.wait(60)
            raise LinkError("link.timeout")
        return f"grant of {code}"

    def case(self, submission: UUID) -> Any:
        return type("Status", (), {"state": "accepted", "submission": submission})()

    def hang_up(self) -> None:
        self.hung_up.append(threading.current_thread().name)


@pytest.fixture
def platform() -> Iterator[SilentOnce]:
    made = SilentOnce()
    yield made
    made.line_breaks.set()


@dataclass
class Desk:
    effects: PlatformEffects
    heard: list[events.Event]

    def identified(self, session: int) -> bool:
        return any(
            isinstance(event, events.Identified) and event.session == session
            for event in self.heard
        )


@pytest.fixture
def desk(platform: SilentOnce) -> Iterator[Desk]:
    heard: list[events.Event] = []
    made = PlatformEffects(
        cast("Platform", platform), "", heard.append, clock=lambda: 0.0, wall=lambda: 0.0
    )
    yield Desk(made, heard)
    platform.line_breaks.set()
    made.stop()


def test_the_next_resident_does_not_wait_behind_a_silent_call(
    platform: SilentOnce, desk: Desk, eventually: Callable[..., None]
) -> None:
    desk.effects.identify_by_code(effects.IdentifyByCode(session=1, code="first"))
    eventually(lambda: platform.called == ["first"])
    desk.effects.identify_by_code(effects.IdentifyByCode(session=2, code="second"))
    eventually(lambda: desk.identified(2))
    assert not platform.line_breaks.is_set()
    platform.line_breaks.set()
    eventually(lambda: any(isinstance(event, events.Failed) for event in desk.heard))


def test_a_session_speaks_on_a_line_of_its_own_and_lets_go_of_it(
    platform: SilentOnce, desk: Desk, eventually: Callable[..., None]
) -> None:
    for session in range(1, 6):
        desk.effects.identify_by_code(effects.IdentifyByCode(session=session, code=f"c{session}"))
        eventually(lambda session=session: desk.identified(session))
    # Five sessions and the emptiness before them: calls and watchers of all but the last hang up.
    eventually(lambda: len(platform.hung_up) == 2 * 5)
    running = [thread.name for thread in threading.enumerate() if "platform" in thread.name]
    assert len(running) <= 2


def test_watching_a_case_ends_with_its_session(
    desk: Desk, platform: SilentOnce, eventually: Callable[..., None]
) -> None:
    desk.effects.watch_case(effects.WatchCase(session=1, submission=CASE, deadline_s=3600))
    eventually(lambda: any(isinstance(event, events.CaseSeen) for event in desk.heard))
    desk.effects.identify_by_code(effects.IdentifyByCode(session=2, code="second"))
    eventually(lambda: any("watch" in name for name in platform.hung_up))
