# SPDX-License-Identifier: Apache-2.0
"""What departments say reaches the case: each answer once, together with the place to ask from next.

An answer that cannot be followed (a case that is closed, a gap that is open, a case of somebody else) is
kept with the reason, alarmed, and does not hold up the ones behind it.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import or_, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from central_platform.alarms import note_alarm
from central_platform.api.errors import ApiError
from central_platform.cases import change_state, check_wanted, note_progress
from central_platform.context import PlatformContext
from central_platform.departments.adapter import AnswerPage, DepartmentAnswer
from central_platform.departments.errors import DepartmentAwayError
from central_platform.departments.outbox import lease_of, pause_s
from central_platform.departments.routing import DepartmentSystem
from central_platform.storage.departments import DepartmentNotice, DepartmentPlace, DepartmentSaid
from central_platform.storage.models import Case, Submission

DONE = "done"
_UNKNOWN = "case.unknown"


@dataclass(frozen=True, slots=True)
class Asking:
    """It is our turn to ask this department, from this place, until the lease ends."""

    system: DepartmentSystem
    place: str
    lease: str
    attempts: int


def take_turn(platform: PlatformContext, system: DepartmentSystem) -> Asking | None:
    """Take the turn to ask a department; ``None`` when it is not time, or another worker asks."""
    now = platform.now()
    with platform.database.read() as session:
        known = session.get(DepartmentPlace, system.code)
    if known is None:
        _first_place(platform, system, now)
    lease = secrets.token_hex(16)
    with platform.database.write() as session:
        row = session.execute(
            update(DepartmentPlace)
            .where(
                DepartmentPlace.department == system.code,
                DepartmentPlace.due_at <= now,
                or_(DepartmentPlace.leased_until.is_(None), DepartmentPlace.leased_until <= now),
            )
            .values(
                lease=lease,
                leased_until=now + lease_of(system),
                attempts=DepartmentPlace.attempts + 1,
            )
            .returning(DepartmentPlace.place, DepartmentPlace.attempts)
        ).first()
    return Asking(system, row.place, lease, row.attempts) if row else None


def take_answers(platform: PlatformContext, asking: Asking, page: AnswerPage) -> int:
    """Follow the answers and move the place on; return how many were new.

    Each answer is a transaction of its own; the place moves last. Killed in between, the page is asked for
    again and what was followed already is passed over.
    """
    new = sum(_follow_once(platform, asking.system, answer) for answer in page.answers)
    more = bool(page.answers)
    _end_turn(
        platform,
        asking,
        timedelta(seconds=0 if more else asking.system.ask_every_s),
        place=page.next,
        attempts=0,
        last_error=None,
    )
    return new


def nobody_answered(platform: PlatformContext, asking: Asking, error: DepartmentAwayError) -> None:
    """Ask again later, from the same place."""
    asked = error.retry_after_s
    wait = max(asking.system.ask_every_s, pause_s(asking.attempts) if asked is None else asked)
    _end_turn(platform, asking, timedelta(seconds=wait), last_error=str(error)[:200])


def _follow_once(
    platform: PlatformContext, system: DepartmentSystem, answer: DepartmentAnswer
) -> bool:
    now = platform.now()
    try:
        with platform.database.write() as session:
            said = DepartmentSaid(department=system.code, id=answer.id, at=now, outcome=DONE)
            session.add(said)
            session.flush()  # an answer that was followed before ends here
            case = _case_of(session, system, answer.case_number)
            if case is None:
                said.outcome = _UNKNOWN
            else:
                said.case_key = case.key
                said.outcome = _follow(session, platform, system, case, answer)
            if said.outcome != DONE:
                _alarm(session, platform, system, case, said.outcome)
    except IntegrityError:
        return False
    return True


def _follow(
    session: Session,
    platform: PlatformContext,
    system: DepartmentSystem,
    case: Case,
    answer: DepartmentAnswer,
) -> str:
    now = platform.now()
    by = f"department:{system.code}"[:64]
    row = session.get_one(Submission, case.submission_key)
    try:
        check_wanted(platform.published.catalogue.item(row.item), answer.state, answer.wanted)
        if answer.state == "progress":
            note_progress(session, case, by=by, reason=answer.reason, now=now)
        else:
            change_state(
                session,
                case,
                answer.state,
                by=by,
                reason=answer.reason,
                wanted=answer.wanted,
                now=now,
            )
    except ApiError as refusal:
        return refusal.problem.code
    return DONE


def _case_of(session: Session, system: DepartmentSystem, number: str) -> Case | None:
    """Return a case that this department was told of; anybody else's is unknown to it."""
    told = select(DepartmentNotice.case_key).where(DepartmentNotice.department == system.code)
    return session.scalar(
        select(Case).where(Case.number == number, Case.key.in_(told)).with_for_update()
    )


def _alarm(
    session: Session,
    platform: PlatformContext,
    system: DepartmentSystem,
    case: Case | None,
    outcome: str,
) -> None:
    row = session.get(Submission, case.submission_key) if case else None
    note_alarm(
        session,
        platform,
        "department.answer_refused",
        row.terminal if row else None,
        submission=row.id if row else None,
        detail=f"{system.code}: {outcome}",
    )


def _first_place(platform: PlatformContext, system: DepartmentSystem, now: datetime) -> None:
    try:
        with platform.database.write() as session:
            session.add(DepartmentPlace(department=system.code, place="", due_at=now, attempts=0))
    except IntegrityError:
        return  # another worker was quicker


def _end_turn(
    platform: PlatformContext, asking: Asking, pause: timedelta, **values: object
) -> None:
    with platform.database.write() as session:
        session.execute(
            update(DepartmentPlace)
            .where(
                DepartmentPlace.department == asking.system.code,
                DepartmentPlace.lease == asking.lease,
            )
            .values(lease=None, leased_until=None, due_at=platform.now() + pause, **values)
        )
