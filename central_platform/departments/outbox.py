# SPDX-License-Identifier: Apache-2.0
"""The departments' outbox: notices are written with the case, told by whichever worker comes first.

::

    waiting ──▶ delivered          the department keeps it
    waiting ──▶ waiting            it was away: later again, full jitter, or when it asked to be asked
    waiting ──▶ dead               it refused, or was away for a week; with the reason, and an alarm
    dead ─────▶ waiting            a person said so (``central-platform departments retry``)

A worker takes a notice by a lease, in a transaction of its own, and tells it outside any transaction. On
PostgreSQL ``SKIP LOCKED`` lets workers pass each other; SQLite has one writer at a time, and the lease alone
decides. A worker that is killed leaves a lease that ends; the notice is told again under the same id, and
the department's own record of ids makes it one.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

import uuid_utils
from sqlalchemy import exists, func, or_, select, update
from sqlalchemy.orm import Session, aliased
from tenacity import RetryCallState, Retrying, wait_random_exponential

from central_platform.alarms import note_alarm
from central_platform.context import PlatformContext
from central_platform.departments.errors import DepartmentAwayError, DepartmentError
from central_platform.departments.routing import Departments, DepartmentSystem
from central_platform.storage.departments import DepartmentNotice
from central_platform.storage.models import Case, Submission

GIVE_UP_AFTER = timedelta(days=7)
"""A department may be closed for a long holiday's weekend; after a week somebody has to know."""
_MARGIN = timedelta(seconds=5)
_FULL_JITTER = wait_random_exponential(multiplier=2, max=900)


@dataclass(frozen=True, slots=True)
class Leased:
    """A notice that is ours to tell until its lease ends."""

    key: int
    id: UUID
    department: str
    lease: str
    attempts: int


def note_opened(
    session: Session, departments: Departments, case: Case, department: str, now: datetime
) -> None:
    """Tell the department's system, if it has one, of a case that opens in this transaction."""
    system = departments.serving(department)
    if system is not None:
        _note(session, system.code, case, case.submission_key, "opened", now)


def note_papers(session: Session, case: Case, supplement: Submission, now: datetime) -> None:
    """Tell whoever was told of the case that further papers came."""
    for code in _told(session, case):
        _note(session, code, case, supplement.key, "papers", now)


def note_decided(session: Session, case: Case, now: datetime) -> None:
    """Tell whoever was told of the case that an officer decided it here."""
    for code in _told(session, case):
        _note(session, code, case, case.submission_key, "decided", now)


def take_next(platform: PlatformContext, system: DepartmentSystem) -> Leased | None:
    """Lease the notice of this department that is due longest; ``None`` when there is none."""
    now = platform.now()
    earlier = aliased(DepartmentNotice)
    with platform.database.write() as session:
        row = session.scalar(
            select(DepartmentNotice)
            .where(
                DepartmentNotice.department == system.code,
                DepartmentNotice.state == "waiting",
                DepartmentNotice.due_at <= now,
                or_(DepartmentNotice.leased_until.is_(None), DepartmentNotice.leased_until <= now),
                ~exists().where(
                    earlier.case_key == DepartmentNotice.case_key,
                    earlier.department == DepartmentNotice.department,
                    earlier.key < DepartmentNotice.key,
                    earlier.state != "delivered",
                ),
            )
            .order_by(DepartmentNotice.due_at, DepartmentNotice.key)
            .limit(1)
            .with_for_update(skip_locked=True)
        )
        if row is None:
            return None
        row.lease = secrets.token_hex(16)
        row.leased_until = now + lease_of(system)
        row.attempts += 1
        return Leased(row.key, row.id, row.department, row.lease, row.attempts)


def delivered(platform: PlatformContext, taken: Leased) -> None:
    """Note that the department keeps it."""
    _settle(platform, taken, state="delivered", ended_at=platform.now(), last_error=None)


def not_delivered(platform: PlatformContext, taken: Leased, error: DepartmentError) -> None:
    """Note why not: later again, or dead with the reason."""
    now = platform.now()
    with platform.database.read() as session:
        row = session.get_one(DepartmentNotice, taken.key)
    away = isinstance(error, DepartmentAwayError)
    if away and now - row.created_at < GIVE_UP_AFTER:
        asked = error.retry_after_s if isinstance(error, DepartmentAwayError) else None
        pause = timedelta(seconds=asked if asked is not None else pause_s(taken.attempts))
        _settle(platform, taken, due_at=now + pause, last_error=str(error)[:200])
        return
    if not _settle(platform, taken, state="dead", ended_at=now, last_error=str(error)[:200]):
        return
    with platform.database.write() as session:
        submission = session.get_one(Submission, row.submission_key)
        note_alarm(
            session,
            platform,
            "department.dead_letter",
            submission.terminal,
            submission=submission.id,
            detail=f"{taken.department}: {error}",
        )


def tell_again(platform: PlatformContext, notice: UUID) -> bool:
    """Let a dead notice be told again, and what waits behind it; return whether there was one."""
    with platform.database.write() as session:
        done = session.execute(
            update(DepartmentNotice)
            .where(DepartmentNotice.id == notice, DepartmentNotice.state == "dead")
            .values(
                state="waiting",
                created_at=platform.now(),  # a week of its own
                due_at=platform.now(),
                attempts=0,
                ended_at=None,
            )
            .returning(DepartmentNotice.key)
        )
        return done.first() is not None


def lease_of(system: DepartmentSystem) -> timedelta:
    """Return how long one attempt may take, and somewhat more."""
    return timedelta(seconds=system.deadline_s) + _MARGIN


def pause_s(attempts: int) -> float:
    """Return how long to wait after so many attempts: anything up to 2, 4, 8 … 900 seconds."""
    state = RetryCallState(Retrying(), None, (), {})
    state.attempt_number = attempts
    return _FULL_JITTER(state)


def counts(session: Session) -> dict[str, dict[str, int]]:
    """Return how many notices of each department are in each state."""
    told: dict[str, dict[str, int]] = {}
    for code, state, number in session.execute(
        select(DepartmentNotice.department, DepartmentNotice.state, func.count()).group_by(
            DepartmentNotice.department, DepartmentNotice.state
        )
    ):
        told.setdefault(code, {})[state] = number
    return told


def dead_notices(session: Session) -> list[dict[str, str]]:
    """Return what is dead, oldest first: id, department, case number, reason, since."""
    return [
        {
            "id": str(notice.id),
            "department": notice.department,
            "case_number": number,
            "reason": notice.last_error or "",
            "since": notice.ended_at.isoformat() if notice.ended_at else "",
        }
        for notice, number in session.execute(
            select(DepartmentNotice, Case.number)
            .join(Case, Case.key == DepartmentNotice.case_key)
            .where(DepartmentNotice.state == "dead")
            .order_by(DepartmentNotice.key)
        )
    ]


def _note(  # noqa: PLR0917 - the facts of one notice
    session: Session, code: str, case: Case, submission_key: int, kind: str, now: datetime
) -> None:
    session.add(
        DepartmentNotice(
            id=UUID(str(uuid_utils.uuid7())),
            department=code,
            case_key=case.key,
            submission_key=submission_key,
            kind=kind,
            case_state=case.state,
            case_reason=case.reason,
            state="waiting",
            created_at=now,
            due_at=now,
            attempts=0,
        )
    )


def _told(session: Session, case: Case) -> list[str]:
    return list(
        session.scalars(
            select(DepartmentNotice.department)
            .where(DepartmentNotice.case_key == case.key, DepartmentNotice.kind == "opened")
            .order_by(DepartmentNotice.key)
        )
    )


def _settle(platform: PlatformContext, taken: Leased, **values: object) -> bool:
    """Write an outcome if the lease is still ours; return whether it was."""
    with platform.database.write() as session:
        done = session.execute(
            update(DepartmentNotice)
            .where(DepartmentNotice.key == taken.key, DepartmentNotice.lease == taken.lease)
            .values(lease=None, leased_until=None, **values)
            .returning(DepartmentNotice.key)
        )
        return done.first() is not None
