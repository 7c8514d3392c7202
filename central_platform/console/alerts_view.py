# SPDX-License-Identifier: Apache-2.0
"""Alerts as staff deal with them: those that nobody has seen first, then by how bad and how long."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Literal

from sqlalchemy import ColumnElement, func, or_, select, true
from sqlalchemy.orm import Session

from central_platform.console.errors import ConsoleError
from central_platform.console.sessions import Visitor
from central_platform.staff_acts import note_act
from central_platform.storage.console import Alert

GRAVE: Final = frozenset({"down", "refused", "alarm", "set_aside", "certificate"})
_PAST: Final = timedelta(days=7)
_MOST_PAST: Final = 50
Deed = Literal["seen", "resolved"]


@dataclass(frozen=True, slots=True)
class AlertBoard:
    """All alerts that a visitor may see."""

    unseen: Sequence[Alert]
    seen: Sequence[Alert]
    past: Sequence[Alert]
    """Resolved, or ended by themselves, within a week; the newest first."""


def alert_board(session: Session, visitor: Visitor, now: datetime) -> AlertBoard:
    """Return what stands and what has ended lately."""
    standing = session.scalars(
        select(Alert)
        .where(_theirs(visitor), Alert.standing.is_not(None), Alert.resolved_at.is_(None))
        .order_by(Alert.since)
    ).all()
    standing = sorted(standing, key=lambda alert: (alert.kind not in GRAVE, alert.since))
    past = session.scalars(
        select(Alert)
        .where(
            _theirs(visitor),
            or_(Alert.standing.is_(None), Alert.resolved_at.is_not(None)),
            Alert.opened_at > now - _PAST,
        )
        .order_by(Alert.opened_at.desc(), Alert.key.desc())
        .limit(_MOST_PAST)
    ).all()
    return AlertBoard(
        unseen=[alert for alert in standing if alert.acknowledged_at is None],
        seen=[alert for alert in standing if alert.acknowledged_at is not None],
        past=past,
    )


def unseen_alerts(session: Session, visitor: Visitor) -> int:
    """Return how many alerts nobody has seen yet."""
    wanted = select(func.count(Alert.key)).where(
        _theirs(visitor),
        Alert.standing.is_not(None),
        Alert.acknowledged_at.is_(None),
        Alert.resolved_at.is_(None),
    )
    return session.scalar(wanted) or 0


def deal_with(session: Session, visitor: Visitor, key: int, deed: Deed, now: datetime) -> None:
    """Note that somebody has seen or resolved an alert; what somebody did before stays theirs.

    Raises :class:`ConsoleError` 404 for an alert that is not theirs to see.
    """
    alert = session.scalar(
        select(Alert).where(_theirs(visitor), Alert.key == key).with_for_update()
    )
    if alert is None:
        raise ConsoleError(404, "page")
    name = visitor.member.name
    if deed == "seen" and alert.acknowledged_at is None:
        alert.acknowledged_at, alert.acknowledged_by = now, name
    elif deed == "resolved" and alert.resolved_at is None:
        alert.resolved_at, alert.resolved_by = now, name
    else:
        return
    note_act(
        session,
        "alert_seen" if deed == "seen" else "alert_resolved",
        by=name,
        role=visitor.role,
        now=now,
        about=alert.terminal or "",
        detail=alert.fingerprint,
    )


def _theirs(visitor: Visitor) -> ColumnElement[bool]:
    return true() if visitor.only is None else Alert.terminal.in_(visitor.only)
