# SPDX-License-Identifier: Apache-2.0
"""What is wrong in the fleet now, each thing once: seen again it is the same alert, gone it ends by itself.

=========== ============================================================================ ===========
kind        when                                                                         ends
=========== ============================================================================ ===========
down        nothing heard for 3 minutes                                                  heard again
refused     kept out: two machines with one key                                          let in again
paper,      a printer says that it is out of paper or toner                              it no longer says so
toner
supply      paper or toner will not last another day, by the terminal's forecast         it will
device      another device does not work for 3 minutes                                   it works
stuck       a device is busy or starting for 7 minutes                                   it is not
in_use      every heartbeat of half an hour says that somebody uses the terminal: a      it is idle
            very long visit, or a screen that does not come back
queue       the oldest submission waits for an hour                                      it is sent
set_aside   submissions that cannot be sent                                              none is left
clock       the machine's clock is off by a minute                                       it is right
certificate the certificate of the seal ends within 30 days                              another one
alarm       something that must not happen was noted (``central_platform.alarms``)       a day later
=========== ============================================================================ ===========

The fingerprint (kind, terminal, device or code) tells alerts apart; a unique index allows one of each to
stand, whichever worker looks. Of a terminal that is not heard, nothing else is known: what stood before stands
on. Somebody may say that an alert is seen to, or resolved; what is still so an hour after it was resolved is a
new alert.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import func, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from central_platform.context import PlatformContext
from central_platform.operations.fleet import GOOD_CONDITIONS, TerminalNow, fleet_with_devices
from central_platform.operations.supplies import slot_reports
from central_platform.storage.console import Alert, Duty
from central_platform.storage.fleet import DeviceState
from central_platform.storage.models import Alarm, Terminal

EVERY: Final = timedelta(seconds=20)
DEVICE_AFTER: Final = timedelta(minutes=3)
STUCK_AFTER: Final = timedelta(minutes=7)
IN_USE_AFTER: Final = timedelta(minutes=30)
OLDEST_AFTER_S: Final = 3600
SUPPLY_DAYS: Final = 1
CLOCK_OFF_S: Final = 60.0
CERTIFICATE_DAYS: Final = 30
AGAIN_AFTER: Final = timedelta(hours=1)
ALARM_STANDS: Final = timedelta(days=1)
_DUTY: Final = "alerts"
_IN_ONE: Final = 500
"""Numbers in one statement: databases have a limit."""
_PAPER: Final = {"media.out": "paper", "toner.out": "toner"}


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that is wrong now."""

    kind: str
    terminal: str | None
    since: datetime
    about: str = ""
    """What tells it from another of its kind at this terminal: a slot, a code."""
    facts: dict[str, Any] = field(default_factory=dict)

    @property
    def fingerprint(self) -> str:
        """What it is known by."""
        return f"{self.kind}/{self.terminal or '-'}/{self.about}"[:160]


def look_when_due(platform: PlatformContext) -> bool:
    """Look at the fleet unless somebody did within :data:`EVERY`; tell whether it was done here."""
    with platform.database.write() as session:
        claimed = _claim(session, platform.now())
    if claimed:
        look(platform)
    return claimed


def look(platform: PlatformContext) -> None:
    """Look at the fleet now: open alerts, note them again, end them.

    Reading comes first, so that nobody who writes waits for it.
    """
    now = platform.now()
    with platform.database.read() as session:
        terminals = fleet_with_devices(session, now)
        findings = tuple(_findings(session, platform, terminals, now))
    unheard = {each.id for each, _ in terminals if each.health in {"down", "refused"}}
    found = {finding.fingerprint: finding for finding in findings}
    try:
        with platform.database.write() as session:
            _settle(session, found, unheard, now)
    except IntegrityError:
        return  # another one looked at this moment; the next look settles the rest


def _claim(session: Session, now: datetime) -> bool:
    taken = session.execute(
        update(Duty)
        .where(Duty.name == _DUTY, Duty.done_at <= now - EVERY)
        .values(done_at=now)
        .returning(Duty.name)
    ).first()
    if taken is not None:
        return True
    if session.get(Duty, _DUTY) is not None:
        return False
    try:
        with session.begin_nested():
            session.add(Duty(name=_DUTY, done_at=now))
    except IntegrityError:
        return False
    return True


def _settle(
    session: Session, found: dict[str, Finding], unheard: Collection[str], now: datetime
) -> None:
    """Bring what is stored to what was found."""
    again: list[int] = []
    for alert in session.scalars(select(Alert).where(Alert.standing.is_not(None))):
        finding = found.pop(alert.fingerprint, None)
        if finding is None:
            if alert.terminal not in unheard or alert.kind in {"down", "refused", "alarm"}:
                alert.standing, alert.ended_at = None, now
            continue
        if alert.facts != finding.facts:
            alert.facts = finding.facts
        again.append(alert.key)
        if alert.resolved_at is not None and now - alert.resolved_at >= AGAIN_AFTER:
            alert.standing, alert.ended_at = None, now
            found[finding.fingerprint] = finding
    for first in range(0, len(again), _IN_ONE):
        session.execute(
            update(Alert)
            .where(Alert.key.in_(again[first : first + _IN_ONE]))
            .values(seen_at=now)
            .execution_options(synchronize_session=False)
        )
    session.flush()
    for fingerprint, finding in found.items():
        session.add(
            Alert(
                fingerprint=fingerprint,
                standing=fingerprint,
                kind=finding.kind,
                terminal=finding.terminal,
                facts=finding.facts,
                since=finding.since,
                opened_at=now,
                seen_at=now,
            )
        )


def _findings(
    session: Session,
    platform: PlatformContext,
    terminals: tuple[tuple[TerminalNow, tuple[DeviceState, ...]], ...],
    now: datetime,
) -> Iterator[Finding]:
    told = {
        name: (beat or {}, in_use)
        for name, beat, in_use in session.execute(
            select(Terminal.id, Terminal.last_beat, Terminal.in_use_since)
        )
    }
    for each, states in terminals:
        if each.health in {"down", "refused"}:
            yield Finding(each.health, each.id, each.since or now)
        elif each.health != "never_seen":
            for state in states:
                yield from _of_device(state, now)
            beat, in_use = told[each.id]
            yield from _of_beat(each.id, beat, now)
            if in_use is not None and now - in_use >= IN_USE_AFTER:
                yield Finding("in_use", each.id, in_use)
    days = (platform.secrets.seal_ends - now).days
    if days < CERTIFICATE_DAYS:
        since = platform.secrets.seal_ends - timedelta(days=CERTIFICATE_DAYS)
        yield Finding("certificate", None, since, facts={"n": days})
    yield from _of_alarms(session, now)


def _of_device(state: DeviceState, now: datetime) -> Iterator[Finding]:
    facts = {"slot": state.slot, "role": state.role or state.slot, "code": state.code}
    lasts = now - state.at
    if state.code in _PAPER and state.condition not in GOOD_CONDITIONS:
        yield Finding(_PAPER[state.code], state.terminal, state.at, state.slot, facts)
    elif state.condition not in GOOD_CONDITIONS and lasts >= DEVICE_AFTER:
        yield Finding("device", state.terminal, state.at, state.slot, facts)
    elif state.condition in {"busy", "starting"} and lasts >= STUCK_AFTER:
        yield Finding("stuck", state.terminal, state.at, state.slot, facts)


def _of_beat(terminal: str, beat: dict[str, Any], now: datetime) -> Iterator[Finding]:
    oldest = beat.get("oldest_queued_s") or 0
    if oldest >= OLDEST_AFTER_S:
        since = now - timedelta(seconds=oldest)
        facts = {"seconds": oldest, "n": beat.get("queued", 0)}
        yield Finding("queue", terminal, since, facts=facts)
    if beat.get("set_aside"):
        yield Finding("set_aside", terminal, now, facts={"n": beat["set_aside"]})
    for report in slot_reports(beat):
        for level in report.levels:
            if level.days_left is not None and level.days_left <= SUPPLY_DAYS and level.left:
                facts = {"slot": report.slot, "role": report.slot, "n": level.days_left}
                about = f"{report.slot}.{level.kind}"
                yield Finding("supply", terminal, now, about, facts)
    skew = beat.get("clock_skew_s")
    if skew is not None and abs(skew) >= CLOCK_OFF_S:
        yield Finding("clock", terminal, now, facts={"seconds": round(abs(skew))})


def _of_alarms(session: Session, now: datetime) -> Iterator[Finding]:
    rows = session.execute(
        select(Alarm.code, Alarm.terminal, func.min(Alarm.at), func.count())
        .where(Alarm.at > now - ALARM_STANDS)
        .group_by(Alarm.code, Alarm.terminal)
    )
    for code, terminal, first, times in rows:
        yield Finding("alarm", terminal, first, code, {"code": code, "n": times})
