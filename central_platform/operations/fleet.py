# SPDX-License-Identifier: Apache-2.0
"""The fleet at a glance: which terminals work, which only partly, which are silent, since when and why."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime, timedelta
from typing import Literal

from pydantic import Field
from sqlalchemy import select
from sqlalchemy.orm import Session

from central_platform.api.errors import ApiError
from central_platform.operations.supplies import slot_reports
from central_platform.storage.fleet import DeviceState, TerminalCommand, TerminalEvent
from central_platform.storage.models import Terminal
from kiosk.protocol.fleet import SlotReport
from kiosk.protocol.messages import PlaceProfile
from kiosk.protocol.wire import Text, WireModel, WireTime

SILENT_AFTER = timedelta(minutes=3)
GOOD_CONDITIONS = frozenset({"online", "busy", "starting", "not_fitted"})

Health = Literal["working", "impaired", "down", "refused", "never_seen"]


class DeviceNow(WireModel):
    """One device of a terminal, as it is."""

    slot: str
    condition: str
    code: str
    recovery: str
    since: WireTime


class TerminalNow(WireModel):
    """One terminal, as it is."""

    id: str
    place: Text
    region: str
    host_type: str
    health: Health
    since: WireTime | None
    """When it became so, as far as it is known."""
    faults: tuple[str, ...]
    """Slots that do not work."""
    software: str
    queued: int
    oldest_queued_s: int | None
    last_seen_at: WireTime | None
    suspended_for: str | None


class StateSpan(WireModel):
    """A stretch of a device's history."""

    slot: str
    condition: str
    code: str
    at: WireTime
    until: WireTime | None


class CommandNow(WireModel):
    """A command and how far it came."""

    id: str
    kind: str
    slot: str | None
    ordered_at: WireTime
    ordered_by: str
    delivered_at: WireTime | None
    ended_at: WireTime | None
    outcome: str | None
    code: str = ""


class EventSeen(WireModel):
    """An event of the stream."""

    sequence: int
    kind: str
    at: WireTime
    received_at: WireTime
    detail: dict[str, object]


class TerminalDetail(WireModel):
    """One terminal with its devices and its recent past."""

    terminal: TerminalNow
    devices: tuple[DeviceNow, ...]
    supplies: tuple[SlotReport, ...] = ()
    """Counters, levels and days left by slot, as the last heartbeat told."""
    history: tuple[StateSpan, ...]
    commands: tuple[CommandNow, ...]
    events: tuple[EventSeen, ...]
    next_event: int = Field(ge=1)


def fleet(
    session: Session, now: datetime, only: Collection[str] | None = None
) -> tuple[TerminalNow, ...]:
    """Return every terminal that was not revoked, or those in ``only``, ordered by id."""
    return tuple(terminal for terminal, _ in fleet_with_devices(session, now, only))


def fleet_with_devices(
    session: Session, now: datetime, only: Collection[str] | None = None
) -> tuple[tuple[TerminalNow, tuple[DeviceState, ...]], ...]:
    """Return the same with the present states of each terminal's devices."""
    wanted = select(Terminal).where(Terminal.revoked_at.is_(None)).order_by(Terminal.id)
    if only is not None:
        wanted = wanted.where(Terminal.id.in_(sorted(only)))
    terminals = session.scalars(wanted).all()
    devices = devices_now(session, [row.id for row in terminals])
    return tuple(
        (_now(row, states, now), states)
        for row in terminals
        for states in [tuple(devices.get(row.id, ()))]
    )


def devices_now(session: Session, terminals: Collection[str]) -> dict[str, list[DeviceState]]:
    """Return the present states of these terminals' devices, by terminal."""
    devices: dict[str, list[DeviceState]] = {}
    for state in session.scalars(
        select(DeviceState)
        .where(DeviceState.until.is_(None), DeviceState.terminal.in_(sorted(terminals)))
        .order_by(DeviceState.terminal, DeviceState.slot)
    ):
        devices.setdefault(state.terminal, []).append(state)
    return devices


def find_terminal(session: Session, terminal: str) -> Terminal:
    """Return a terminal. Raises :class:`ApiError` 404."""
    row = session.get(Terminal, terminal)
    if row is None:
        raise ApiError(404, "terminal.unknown", "No such terminal.")
    return row


def terminal_detail(session: Session, terminal: str, now: datetime) -> TerminalDetail:
    """Return one terminal with its recent past. Raises :class:`ApiError` 404."""
    row = find_terminal(session, terminal)
    states = session.scalars(
        select(DeviceState)
        .where(DeviceState.terminal == terminal)
        .order_by(DeviceState.at.desc(), DeviceState.key.desc())
        .limit(200)
    ).all()
    current = [state for state in states if state.until is None]
    commands = session.scalars(
        select(TerminalCommand)
        .where(TerminalCommand.terminal == terminal)
        .order_by(TerminalCommand.ordered_at.desc())
        .limit(50)
    )
    events = session.scalars(
        select(TerminalEvent)
        .where(TerminalEvent.terminal == terminal)
        .order_by(TerminalEvent.sequence.desc())
        .limit(50)
    )
    return TerminalDetail(
        terminal=_now(row, current, now),
        devices=tuple(
            DeviceNow(
                slot=state.slot,
                condition=state.condition,
                code=state.code,
                recovery=state.recovery,
                since=state.at,
            )
            for state in sorted(current, key=lambda state: state.slot)
        ),
        supplies=slot_reports(row.last_beat or {}),
        history=tuple(
            StateSpan(
                slot=state.slot,
                condition=state.condition,
                code=state.code,
                at=state.at,
                until=state.until,
            )
            for state in states
        ),
        commands=tuple(_command(command) for command in commands),
        events=tuple(
            EventSeen(
                sequence=event.sequence,
                kind=event.kind,
                at=event.at,
                received_at=event.received_at,
                detail=event.detail,
            )
            for event in events
        ),
        next_event=row.next_event,
    )


def _command(row: TerminalCommand) -> CommandNow:
    return CommandNow(
        id=str(row.id),
        kind=row.kind,
        slot=row.slot,
        ordered_at=row.ordered_at,
        ordered_by=row.ordered_by,
        delivered_at=row.delivered_at,
        ended_at=row.ended_at,
        outcome=row.outcome,
        code=str((row.result or {}).get("code", "")),
    )


def _now(row: Terminal, devices: Iterable[DeviceState], now: datetime) -> TerminalNow:
    profile = PlaceProfile.model_validate(row.profile)
    beat = row.last_beat or {}
    bad = [state for state in devices if state.condition not in GOOD_CONDITIONS]
    health, since = _health(row, bad, now)
    return TerminalNow(
        id=row.id,
        place=profile.place,
        region=profile.region,
        host_type=profile.host_type,
        health=health,
        since=since,
        faults=tuple(sorted(state.slot for state in bad)),
        software=str(beat.get("software", "")),
        queued=int(beat.get("queued", 0)),
        oldest_queued_s=beat.get("oldest_queued_s"),
        last_seen_at=row.last_seen_at,
        suspended_for=row.suspended_for,
    )


def _health(row: Terminal, bad: list[DeviceState], now: datetime) -> tuple[Health, datetime | None]:
    if row.suspended_at is not None:
        return "refused", row.suspended_at
    if row.last_seen_at is None:
        return "never_seen", None
    if now - row.last_seen_at > SILENT_AFTER:
        return "down", row.last_seen_at
    if bad:
        return "impaired", min(state.at for state in bad)
    return "working", None
