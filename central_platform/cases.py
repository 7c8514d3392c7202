# SPDX-License-Identifier: Apache-2.0
"""What happens to a case after it came in: gaps that are filled, officers that decide, and who said why.

::

    in_review ──▶ approved │ refused          an officer, with a reason; final
    in_review ──▶ supplement                  an officer, naming what is wanted
    supplement ─▶ in_review                   the resident handed it in, at whatever terminal
    supplement ─▶ refused                     an officer

A case with a gap that is still open is not approved: 容缺 lets a matter be taken in, not decided.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Literal

from sqlalchemy import select
from sqlalchemy.orm import Session

from central_platform.api.errors import ApiError
from central_platform.storage.models import Case, Submission
from central_platform.storage.services import CaseChange, CaseGap, CasePromise
from central_platform.working_days import promised_date
from kiosk.protocol.catalogue import ServiceItem
from kiosk.protocol.envelope import Payload
from kiosk.protocol.services import Gap
from kiosk.protocol.wire import Text

RESIDENT = "resident"
FINAL = frozenset({"approved", "refused"})
_ALLOWED = {
    "in_review": {"approved", "refused", "supplement"},
    "supplement": {"in_review", "refused"},
}
_HANDED_IN = {"scan", "licence"}
_NOT_DEFERRABLE = Text(
    zh="有材料不在可后补的范围内，由工作人员联系您",
    en="A paper that may not follow later is missing; an officer will contact you",
)
_SUPPLIED = Text(zh="补充材料已收到", en="The further papers have arrived")

NextState = Literal["approved", "refused", "supplement", "in_review"]


def deferred_materials(payload: Payload) -> tuple[str, ...]:
    """Return the materials that the resident wants to hand in later."""
    return tuple(
        str(act.get("material", "")) for act in payload.acts if act.get("kind") == "deferral"
    )


def reason_against_deferring(item: ServiceItem | None, payload: Payload) -> Text | None:
    """Return why what was deferred may not be; ``None`` when the item's own list allows all of it."""
    allowed = (
        {material.code for material in item.materials if material.deferrable} if item else set()
    )
    return _NOT_DEFERRABLE if set(deferred_materials(payload)) - allowed else None


def open_gaps(
    session: Session, case: Case, item: ServiceItem | None, payload: Payload, today: date
) -> None:
    """Note each allowed gap with its due date, and the words of the promise that stands for it."""
    deferrable = {
        material.code: material.due_working_days
        for material in (item.materials if item else ())
        if material.deferrable
    }
    for code in dict.fromkeys(deferred_materials(payload)):
        if code in deferrable:
            due = promised_date(today, deferrable[code]).day
            session.add(CaseGap(case_key=case.key, material=code, due=due))
    for act in payload.acts:
        if act.get("kind") == "promise":
            version, digest = str(act.get("version", ""))[:32], str(act.get("text_sha256", ""))[:64]
            current = (
                item is not None
                and item.promise is not None
                and (item.promise.version, item.promise.text_sha256) == (version, digest)
            )
            session.add(
                CasePromise(case_key=case.key, version=version, text_sha256=digest, current=current)
            )
            return


def supply(
    session: Session, original: Submission, supplement: Submission, payload: Payload, now: datetime
) -> bool:
    """Take further papers into a case; return whether it was open and theirs.

    From whichever terminal, but only the same person's: both submissions name a log-in of that resident.
    """
    case = original.case
    if (
        case is None
        or case.state in FINAL
        or original.resident is None
        or original.resident != supplement.resident
    ):
        return False
    handed_in = {str(act.get("material")) for act in payload.acts if act.get("kind") in _HANDED_IN}
    for gap in gaps_of(session, case):
        if gap.material in handed_in and gap.supplied_at is None:
            gap.supplied_at, gap.supplied_by = now, supplement.key
    if case.state == "supplement":
        _note(session, case, "in_review", RESIDENT, _SUPPLIED, (), now)
    return True


def change_state(
    session: Session,
    case: Case,
    after: NextState,
    *,
    by: str,
    reason: Text,
    wanted: Sequence[str] = (),
    now: datetime,
) -> None:
    """Change a case as an officer. Raises :class:`ApiError` 409 for a change that is not allowed."""
    if after not in _ALLOWED.get(case.state, ()):
        raise ApiError(409, "case.state", f"From {case.state} a case does not become {after}.")
    if after == "approved" and any(gap.supplied_at is None for gap in gaps_of(session, case)):
        raise ApiError(409, "case.gaps", "Papers that were allowed to follow are not here yet.")
    _note(session, case, after, by, reason, wanted, now)


def check_wanted(item: ServiceItem | None, after: str, wanted: Sequence[str]) -> None:
    """Papers are asked for with ``supplement`` and only then, by the item's names. Raises 422 ``case.wanted``."""
    known = {material.code for material in item.materials} if item else set()
    if set(wanted) - known or (after == "supplement") != bool(wanted):
        raise ApiError(
            422, "case.wanted", "Name the item's materials to supplement, and only then."
        )


def note_progress(session: Session, case: Case, *, by: str, reason: Text, now: datetime) -> None:
    """Note how far an open case is, in words for the resident. Raises 409 when it is closed."""
    if case.state in FINAL:
        raise ApiError(409, "case.state", f"The case is {case.state}.")
    said = reason.model_dump(mode="json")
    session.add(
        CaseChange(
            case_key=case.key,
            at=now,
            by=by,
            before=case.state,
            after=case.state,
            reason=said,
            wanted=list(wanted_now(session, case)),
        )
    )
    case.reason = said


def gaps_of(session: Session, case: Case) -> Sequence[CaseGap]:
    """Return the gaps of a case, the first due first."""
    return session.scalars(
        select(CaseGap).where(CaseGap.case_key == case.key).order_by(CaseGap.due, CaseGap.material)
    ).all()


def shown_gaps(gaps: Iterable[CaseGap]) -> tuple[Gap, ...]:
    """Return gaps as they are told."""
    return tuple(
        Gap(material=gap.material, due=gap.due, supplied_at=gap.supplied_at) for gap in gaps
    )


def wanted_now(session: Session, case: Case) -> tuple[str, ...]:
    """Return what an officer asked for, while the case waits for it."""
    if case.state != "supplement":
        return ()
    last = session.scalar(
        select(CaseChange)
        .where(CaseChange.case_key == case.key, CaseChange.after == "supplement")
        .order_by(CaseChange.key.desc())
        .limit(1)
    )
    return tuple(str(each) for each in last.wanted) if last else ()


def _note(  # noqa: PLR0917 - the facts of one change
    session: Session,
    case: Case,
    after: NextState,
    by: str,
    reason: Text,
    wanted: Sequence[str],
    now: datetime,
) -> None:
    said = reason.model_dump(mode="json")
    session.add(
        CaseChange(
            case_key=case.key,
            at=now,
            by=by,
            before=case.state,
            after=after,
            reason=said,
            wanted=list(wanted),
        )
    )
    case.state, case.reason = after, said
    case.decided_at = now if after in FINAL else None
