# SPDX-License-Identifier: Apache-2.0
"""What heartbeats say over time: device states, a row for each change; since when a terminal is in use."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from central_platform.storage.fleet import DeviceState
from central_platform.storage.models import Terminal
from kiosk.protocol.messages import DeviceReport, Heartbeat

_ONE_STRETCH: Final = timedelta(minutes=3)
"""A longer silence between two heartbeats says nothing of what was in between."""


def note_devices(
    session: Session, terminal: str, reports: tuple[DeviceReport, ...], now: datetime
) -> None:
    """Close states that are over and open new ones. A slot that is no longer reported is closed."""
    last = {
        row.slot: row
        for row in session.scalars(
            select(DeviceState).where(DeviceState.terminal == terminal, DeviceState.until.is_(None))
        )
    }
    reported = {report.slot: report for report in reports}
    for slot, row in last.items():
        report = reported.get(slot)
        if report is None or _facts(report) != (row.condition, row.code, row.recovery):
            row.until = now
        else:
            del reported[slot]
    for report in reported.values():
        session.add(
            DeviceState(
                terminal=terminal,
                slot=report.slot,
                role=report.role,
                condition=report.condition,
                code=report.code,
                recovery=report.recovery,
                at=now,
            )
        )


def in_use_since(row: Terminal, beat: Heartbeat, now: datetime) -> datetime | None:
    """Return since when somebody uses the terminal without a pause; ``row`` is as the beat before left it."""
    if beat.idle or beat.run_id is None:
        return None
    goes_on = (
        row.in_use_since is not None
        and row.last_seen_at is not None
        and now - row.last_seen_at <= _ONE_STRETCH
        and (row.last_beat or {}).get("run_id") == beat.run_id
    )
    return row.in_use_since if goes_on else now


def _facts(report: DeviceReport) -> tuple[str, str, str]:
    return report.condition, report.code, report.recovery
