# SPDX-License-Identifier: Apache-2.0
"""Alerts: each thing once, however often it is seen; it ends by itself; who dealt with it stays."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from central_platform.alarms import note_alarm
from central_platform.context import PlatformContext, open_platform
from central_platform.operations import alerts
from central_platform.operations.alerts import EVERY, look, look_when_due
from central_platform.storage.console import Alert
from central_platform.storage.fleet import DeviceState
from central_platform.storage.models import Terminal
from central_platform.testing import demonstration_profile
from central_platform.watching import FleetWatch
from kiosk.protocol.messages import Heartbeat

ONE = "T360702-000001"
MINUTE = timedelta(minutes=1)


@pytest.fixture
def platform(
    tmp_path: Path, platform_database: str | None, hall_clock: Any
) -> Iterator[PlatformContext]:
    opened = open_platform(tmp_path / "platform", db_url=platform_database, now=hall_clock)
    with opened.database.write() as session:
        session.add(
            Terminal(
                id=ONE,
                public_key=ONE,
                profile=demonstration_profile().model_dump(mode="json"),
                enrolled_at=hall_clock(),
            )
        )
    yield opened
    opened.close()


def hear(platform: PlatformContext, **beat: Any) -> None:
    """Let the terminal be heard now."""
    with platform.database.write() as session:
        row = session.get_one(Terminal, ONE)
        row.last_seen_at, row.last_beat = platform.now(), {"software": "0.1", "queued": 0, **beat}


def device(platform: PlatformContext, condition: str, code: str = "") -> None:
    """Let the page printer be in another state from now on."""
    now = platform.now()
    with platform.database.write() as session:
        for row in session.scalars(select(DeviceState).where(DeviceState.until.is_(None))):
            row.until = now
        session.add(
            DeviceState(
                terminal=ONE,
                slot="page_printer",
                role="page_printer",
                condition=condition,
                code=code,
                recovery="clear",
                at=now,
            )
        )


def stored(platform: PlatformContext, *, standing: bool | None = None) -> list[Alert]:
    with platform.database.read() as session:
        rows = session.scalars(select(Alert).order_by(Alert.key)).all()
    return [row for row in rows if standing is None or (row.standing is not None) == standing]


def kinds(platform: PlatformContext) -> list[str]:
    return sorted(alert.kind for alert in stored(platform, standing=True))


def test_silence_is_said_once_after_three_minutes_and_ends_when_heard(
    platform: PlatformContext, hall_clock: Any
) -> None:
    hear(platform)
    begun = hall_clock()
    hall_clock.go(minutes=2)
    look(platform)
    assert stored(platform) == []
    for _ in range(5):
        hall_clock.go(minutes=2)
        look(platform)
    (alert,) = stored(platform)
    assert (alert.kind, alert.terminal, alert.since) == ("down", ONE, begun)
    assert alert.seen_at == hall_clock()
    hear(platform)
    look(platform)
    assert stored(platform, standing=True) == []
    assert stored(platform)[0].ended_at == hall_clock()
    hall_clock.go(minutes=10)
    look(platform)  # silent again: that is another one
    assert [each.standing is None for each in stored(platform)] == [True, False]


def test_a_terminal_that_was_never_heard_is_no_alert(
    platform: PlatformContext, hall_clock: Any
) -> None:
    hall_clock.go(days=3)
    look(platform)
    assert stored(platform) == []


@pytest.mark.parametrize(
    ("condition", "code", "after", "kind"),
    [
        ("user_error", "media.out", 0, "paper"),
        ("user_error", "toner.out", 0, "toner"),
        ("hardware_error", "dev.hardware", 3, "device"),
        ("user_error", "media.jam", 3, "device"),
        ("busy", "", 7, "stuck"),
        ("starting", "dev.starting", 7, "stuck"),
    ],
)
def test_devices_are_said_when_their_time_is_over(  # noqa: PLR0917 - a case and its fixtures
    platform: PlatformContext,
    hall_clock: Any,
    condition: str,
    code: str,
    after: int,
    kind: str,
) -> None:
    device(platform, condition, code)
    if after:
        hall_clock.go(minutes=after, seconds=-1)
        hear(platform)
        look(platform)
        assert kinds(platform) == []
        hall_clock.go(seconds=1)
    hear(platform)
    look(platform)
    assert kinds(platform) == [kind]
    device(platform, "online")
    look(platform)
    assert kinds(platform) == []


def test_a_screen_that_never_comes_back_to_rest_is_said(desk: Any, hall_clock: Any) -> None:
    platform = desk.running.context
    number = 0

    def beats(minutes: int, *, idle: bool, run: str = "run-aaaaaaaa") -> list[str]:
        nonlocal number
        for _ in range(minutes):
            number += 1
            desk.client.heartbeat(
                Heartbeat(software="0.1", queued=0, run_id=run, beat=number, idle=idle)
            )
            hall_clock.go(minutes=1)
        look(platform)
        return kinds(platform)

    assert beats(29, idle=False) == []
    assert beats(1, idle=True) == []
    assert beats(29, idle=False) == []
    assert beats(2, idle=False) == ["in_use"]
    assert beats(1, idle=True) == []
    assert beats(20, idle=False) == []
    number = 0
    assert beats(20, idle=False, run="run-bbbbbbbb") == []  # it was started anew between
    hall_clock.go(minutes=5)  # nobody knows what was in this silence
    assert beats(20, idle=False, run="run-bbbbbbbb") == []


def test_what_a_heartbeat_tells_is_said(platform: PlatformContext, hall_clock: Any) -> None:
    hear(platform, queued=2, oldest_queued_s=3599, set_aside=0, clock_skew_s=59.0)
    look(platform)
    assert kinds(platform) == []
    hear(platform, queued=2, oldest_queued_s=3600, set_aside=1, clock_skew_s=-61.0)
    look(platform)
    assert kinds(platform) == ["clock", "queue", "set_aside"]
    oldest = next(each for each in stored(platform) if each.kind == "queue")
    assert oldest.since == hall_clock() - timedelta(hours=1)


def test_paper_that_will_not_last_another_day_is_said(platform: PlatformContext) -> None:
    def told(days: int) -> dict[str, Any]:
        level = {"kind": "roll", "unit": "mm", "left": 900, "capacity": 80000, "days_left": days}
        return {"slot": "receipt_printer", "levels": [level]}

    hear(platform, supplies=[told(2)])
    look(platform)
    assert kinds(platform) == []
    hear(platform, supplies=[told(1)])
    look(platform)
    (alert,) = stored(platform)
    assert (alert.kind, alert.facts["n"]) == ("supply", 1)
    hear(platform, supplies=[told(30)])
    look(platform)
    assert kinds(platform) == []


def test_of_a_terminal_that_is_silent_nothing_else_is_said_to_have_ended(
    platform: PlatformContext, hall_clock: Any
) -> None:
    device(platform, "user_error", "media.out")
    hear(platform)
    look(platform)
    hall_clock.go(minutes=10)
    look(platform)
    assert kinds(platform) == ["down", "paper"]
    hear(platform)
    look(platform)
    assert kinds(platform) == ["paper"]


def test_what_is_still_so_an_hour_after_it_was_resolved_is_said_again(
    platform: PlatformContext, hall_clock: Any
) -> None:
    device(platform, "user_error", "media.out")
    hear(platform)
    look(platform)
    with platform.database.write() as session:
        alert = session.scalars(select(Alert)).one()
        alert.resolved_at, alert.resolved_by = hall_clock(), "zhang"
    hall_clock.go(minutes=59)
    hear(platform)
    look(platform)
    assert len(stored(platform)) == 1
    hall_clock.go(minutes=1)
    hear(platform)
    look(platform)
    first, again = stored(platform)
    assert (first.standing, first.resolved_by) == (None, "zhang")
    assert again.resolved_at is None
    assert again.standing is not None


def test_alarms_stand_for_a_day_and_are_counted(
    platform: PlatformContext, hall_clock: Any, expected_logs: Any
) -> None:
    expected_logs("alarm terminal.cloned")
    hear(platform)
    for _ in range(3):
        with platform.database.write() as session:
            note_alarm(session, platform, "terminal.cloned", ONE)
    look(platform)
    (alert,) = stored(platform)
    assert (alert.kind, alert.facts) == ("alarm", {"code": "terminal.cloned", "n": 3})
    hall_clock.go(days=1)
    hear(platform)
    look(platform)
    assert kinds(platform) == []


def test_the_end_of_the_seals_certificate_is_said_a_month_before(
    platform: PlatformContext, hall_clock: Any
) -> None:
    hall_clock.time = platform.secrets.seal_ends - timedelta(days=31)
    look(platform)
    assert kinds(platform) == []
    hall_clock.go(days=2)
    look(platform)
    (alert,) = stored(platform)
    assert (alert.kind, alert.terminal, alert.facts) == ("certificate", None, {"n": 29})


def test_of_many_workers_one_looks_and_nothing_is_said_twice(
    platform: PlatformContext, hall_clock: Any
) -> None:
    hear(platform)
    hall_clock.go(minutes=10)
    for _ in range(3):
        with ThreadPoolExecutor(6) as pool:
            looked = list(pool.map(lambda _each: look_when_due(platform), range(6)))
        assert looked.count(True) == 1
        hall_clock.go(seconds=EVERY.total_seconds())
    assert kinds(platform) == ["down"]


def test_the_watch_looks_by_itself_and_a_database_that_is_away_is_said_once(
    platform: PlatformContext,
    monkeypatch: pytest.MonkeyPatch,
    expected_logs: Any,
    eventually: Callable[..., None],
) -> None:
    expected_logs("the fleet could not be looked at: OperationalError")
    tried = threading.Semaphore(0)
    away = threading.Event()
    away.set()
    really = alerts.look_when_due

    def perhaps(of: PlatformContext) -> bool:
        tried.release()
        if away.is_set():
            from sqlalchemy.exc import OperationalError  # noqa: PLC0415 - only here

            raise OperationalError("", {}, Exception())
        return really(of)

    monkeypatch.setattr("central_platform.watching.look_when_due", perhaps)
    hear(platform)
    clock: Any = platform.now
    clock.go(minutes=10)
    watch = FleetWatch(platform, every_s=0.01)
    watch.start()
    try:
        for _ in range(3):
            assert tried.acquire(timeout=60)
        away.clear()
        eventually(lambda: kinds(platform) == ["down"], within_s=60)
    finally:
        watch.stop()
