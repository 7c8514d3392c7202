# SPDX-License-Identifier: Apache-2.0
"""Cases: complete before they are sent, followed by their resident, decided by officers."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query
from pydantic import Field
from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload
from starlette.responses import Response

from central_platform.api.access import KnownTerminal, Platform
from central_platform.api.errors import ApiError
from central_platform.api.identity import resident_of_live_grant
from central_platform.api.roles import StaffMember, staff
from central_platform.cases import change_state, check_wanted, gaps_of, shown_gaps, wanted_now
from central_platform.context import PlatformContext
from central_platform.departments.outbox import note_decided
from central_platform.pre_check import check
from central_platform.results import make_results, own_submission
from central_platform.storage.models import Case, ResultDocument, StoredAttachment, Submission
from central_platform.storage.services import CaseChange
from kiosk.protocol.messages import CaseState
from kiosk.protocol.services import (
    Asked,
    CaseList,
    CaseResult,
    CaseStep,
    CaseSummary,
    CheckAnswer,
    CheckRequest,
    Gap,
    HeldResultRequest,
    MaterialCode,
    Number,
    SlipRequest,
    SlipState,
)
from kiosk.protocol.wire import Text, WireModel, WireTime

router = APIRouter(tags=["cases"])

Decides = Annotated[StaffMember, staff("officer")]
Reads = Annotated[StaffMember, staff("officer", "operator", "auditor")]
_MOST = 200


class CaseRow(WireModel):
    """A case in a list: nothing of the resident in it."""

    number: str
    item: str
    department: Text | None
    state: CaseState
    terminal: str
    received_at: WireTime
    promised_date: date | None
    overdue: bool
    open_gaps: int


class CaseRows(WireModel):
    """Cases, the longest waiting first."""

    cases: tuple[CaseRow, ...]


class Change(WireModel):
    """One change of a case."""

    at: WireTime
    by: str
    before: str
    after: str
    reason: Text
    wanted: tuple[str, ...]


class CaseFile(WireModel):
    """A case as the officer who decides it sees it."""

    case: CaseRow
    form: dict[str, Any] = Field(repr=False)
    attachments: tuple[AttachmentRow, ...]
    gaps: tuple[Gap, ...]
    changes: tuple[Change, ...]


class AttachmentRow(WireModel):
    """A paper of a case; ``part`` fetches it."""

    part: str
    name: str = Field(repr=False)
    media_type: str
    size: int
    sha256: str


class CaseDecision(WireModel):
    """What an officer decides, in the words that the resident reads."""

    state: Literal["approved", "refused", "supplement", "in_review"]
    reason: Text
    wanted: Annotated[tuple[MaterialCode, ...], Field(max_length=20)] = ()
    """Materials, for ``supplement``."""


@router.post("/submissions/check")
def pre_check(asked: CheckRequest, terminal: KnownTerminal, platform: Platform) -> CheckAnswer:
    """Return everything that an application lacks. Nothing is stored."""
    del terminal
    item = platform.published.catalogue.item(asked.item)
    if item is None:
        raise ApiError(404, "item.unknown", "No such item.")
    return check(item, asked)


@router.post("/cases/mine")
def mine(asked: Asked, terminal: KnownTerminal, platform: Platform) -> CaseList:
    """Return the cases of whoever is logged in, wherever they were handed in, the newest first."""
    with platform.database.read() as session:
        resident = resident_of_live_grant(session, platform, asked.grant, terminal)
        rows = session.scalars(
            select(Submission)
            .join(Submission.case)
            .options(joinedload(Submission.case))
            .where(Submission.resident == resident.id)
            .order_by(Submission.received_at.desc(), Submission.key.desc())
            .limit(_MOST)
        ).all()
        return CaseList(
            cases=tuple(
                _summary(session, platform, row, row.case) for row in rows if row.case is not None
            )
        )


@router.post("/cases/mine/result", response_class=Response)
def my_result(asked: HeldResultRequest, terminal: KnownTerminal, platform: Platform) -> Response:
    """Return a sealed PDF that an own case ended in, wherever and whenever it was handed in."""
    with platform.database.read() as session:
        resident = resident_of_live_grant(session, platform, asked.grant, terminal)
        row = own_submission(session, resident.id, asked.submission)
    if row is None:
        # Whether it is somebody else's is nobody's business.
        raise ApiError(404, "submission.unknown", "No such submission.")
    make_results(platform, row.terminal, row.id)
    with platform.database.read() as session:
        case = session.scalar(select(Case).where(Case.submission_key == row.key))
        document = session.get(ResultDocument, (case.key, asked.code)) if case else None
        if document is None:
            raise ApiError(404, "result.unknown", "No such result document.")
        return Response(
            document.pdf, media_type="application/pdf", headers={"ETag": f'"{document.sha256}"'}
        )


@router.post("/cases/by-slip")
def by_slip(shown: SlipRequest, terminal: KnownTerminal, platform: Platform) -> SlipState:
    """Return where the case of a slip stands; number and submission have to belong together."""
    del terminal
    with platform.database.read() as session:
        rows = session.scalars(
            select(Submission)
            .join(Submission.case)
            .options(joinedload(Submission.case))
            .where(Submission.id == shown.submission)
        )
        for row in rows:
            case = row.case
            if case is not None and shown.number in (case.number, row.receipt):
                item = platform.published.catalogue.item(row.item)
                return SlipState.model_validate(
                    {
                        "number": case.number,
                        "state": case.state,
                        "received_at": row.received_at,
                        "promised_date": case.promised_date,
                        "wanted": bool(wanted_now(session, case))
                        or any(gap.supplied_at is None for gap in gaps_of(session, case)),
                        "results": case.state == "approved" and bool(item and item.results),
                    }
                )
    raise ApiError(404, "case.unknown", "No such case.")


@router.get("/officers/cases")
def cases(
    member: Reads,
    platform: Platform,
    state: Annotated[CaseState | None, Query()] = None,
) -> CaseRows:
    """Return cases of the member's departments, the longest waiting first."""
    wanted = (
        select(Submission)
        .join(Submission.case)
        .options(joinedload(Submission.case))
        .order_by(Submission.received_at, Submission.key)
        .limit(_MOST)
    )
    if state is not None:
        wanted = wanted.where(Case.state == state)
    if member.role == "officer" and member.scope:
        theirs = [
            item.code
            for item in platform.published.catalogue.items
            if item.department.zh in member.scope
        ]
        wanted = wanted.where(Submission.item.in_(theirs))
    with platform.database.read() as session:
        return CaseRows(
            cases=tuple(
                _row(session, platform, row, row.case)
                for row in session.scalars(wanted)
                if row.case is not None
            )
        )


@router.get("/officers/cases/{number}")
def case_file(number: Number, member: Decides, platform: Platform) -> CaseFile:
    """Return one case with form and papers, to an officer of its department."""
    with platform.database.read() as session:
        row, case = _find(session, platform, member, number)
        changes = session.scalars(
            select(CaseChange).where(CaseChange.case_key == case.key).order_by(CaseChange.key)
        )
        return CaseFile(
            case=_row(session, platform, row, case),
            form=dict(row.payload["form"]),
            attachments=tuple(_paper(paper) for paper in row.attachments),
            gaps=shown_gaps(gaps_of(session, case)),
            changes=tuple(_change(change) for change in changes),
        )


@router.get("/officers/cases/{number}/papers/{part}", response_class=Response)
def paper(
    number: Number,
    part: Annotated[str, Field(max_length=64)],
    member: Decides,
    platform: Platform,
) -> Response:
    """Return one paper, as a download that no browser runs."""
    with platform.database.read() as session:
        row, _ = _find(session, platform, member, number)
        stored = session.get(StoredAttachment, (row.key, part))
    if stored is None:
        raise ApiError(404, "paper.unknown", "No such paper.")
    try:
        data = platform.parts.attachment(stored.file)
    except OSError:  # gone, damaged, or the store is away
        raise ApiError(503, "platform.blob_missing", "The paper cannot be read now.") from None
    return Response(
        data,
        media_type="application/octet-stream",
        headers={"Content-Disposition": "attachment", "ETag": f'"{stored.sha256}"'},
    )


@router.post("/officers/cases/{number}/decision")
def decide(number: Number, decision: CaseDecision, member: Decides, platform: Platform) -> CaseRow:
    """Decide a case, or ask for more. 409 where the state does not allow it or a gap is open."""
    with platform.database.write() as session:
        row, case = _find(session, platform, member, number, lock=True)
        check_wanted(platform.published.catalogue.item(row.item), decision.state, decision.wanted)
        change_state(
            session,
            case,
            decision.state,
            by=member.name,
            reason=decision.reason,
            wanted=decision.wanted,
            now=platform.now(),
        )
        note_decided(session, case, platform.now())
        session.flush()
        return _row(session, platform, row, case)


def _find(
    session: Session,
    platform: PlatformContext,
    member: StaffMember,
    number: str,
    *,
    lock: bool = False,
) -> tuple[Submission, Case]:
    wanted = select(Case).where(Case.number == number)
    case = session.scalar(wanted.with_for_update() if lock else wanted)
    row = session.get(Submission, case.submission_key) if case else None
    item = platform.published.catalogue.item(row.item) if row else None
    department = item.department.zh if item else ""
    if case is None or row is None or not member.may_decide_for(department):
        # Whether the case exists is none of another department's business.
        raise ApiError(404, "case.unknown", "No such case.")
    return row, case


def _row(session: Session, platform: PlatformContext, row: Submission, case: Case) -> CaseRow:
    item = platform.published.catalogue.item(row.item)
    promised = case.promised_date
    return CaseRow.model_validate(
        {
            "number": case.number,
            "item": row.item,
            "department": item.department if item else None,
            "state": case.state,
            "terminal": row.terminal,
            "received_at": row.received_at,
            "promised_date": promised,
            "overdue": case.decided_at is None
            and promised is not None
            and promised < platform.today(),
            "open_gaps": sum(gap.supplied_at is None for gap in gaps_of(session, case)),
        }
    )


def _summary(
    session: Session, platform: PlatformContext, row: Submission, case: Case
) -> CaseSummary:
    item = platform.published.catalogue.item(row.item)
    changes = session.scalars(
        select(CaseChange).where(CaseChange.case_key == case.key).order_by(CaseChange.key)
    )
    results = item.results if item is not None and case.state == "approved" else ()
    return CaseSummary.model_validate(
        {
            "submission": row.id,
            "number": case.number,
            "item": row.item,
            "state": case.state,
            "received_at": row.received_at,
            "promised_date": case.promised_date,
            "reason": case.reason,
            "wanted": wanted_now(session, case),
            "gaps": shown_gaps(gaps_of(session, case)),
            "name": item.name if item else None,
            "steps": tuple(
                CaseStep.model_validate(
                    {"at": change.at, "state": change.after, "reason": change.reason}
                )
                for change in changes
            ),
            "results": tuple(CaseResult(code=each.code, title=each.title) for each in results),
        }
    )


def _paper(paper: StoredAttachment) -> AttachmentRow:
    return AttachmentRow(
        part=paper.part,
        name=paper.name,
        media_type=paper.media_type,
        size=paper.size,
        sha256=paper.sha256,
    )


def _change(change: CaseChange) -> Change:
    wanted: Sequence[Any] = change.wanted
    return Change(
        at=change.at,
        by=change.by,
        before=change.before,
        after=change.after,
        reason=Text.model_validate(change.reason),
        wanted=tuple(str(each) for each in wanted),
    )


CaseFile.model_rebuild()
