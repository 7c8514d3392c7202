# SPDX-License-Identifier: Apache-2.0
"""Device states as history: a row for each change, with when it began and when it ended."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from central_platform.storage.fleet import DeviceState
from kiosk.protocol.messages import DeviceReport


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


def _facts(report: DeviceReport) -> tuple[str, str, str]:
    return report.condition, report.code, report.recovery
