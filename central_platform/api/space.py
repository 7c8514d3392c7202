# SPDX-License-Identifier: Apache-2.0
"""Consents on record, and the digital space (数字空间): what is held for whoever is logged in.

Everything is asked with a log-in, and every look leaves a trace whose number is in the answer's
``Hall24-Trace`` header.
"""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID, uuid4

from fastapi import APIRouter
from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload
from starlette.responses import Response

from central_platform.api.access import KnownTerminal, Platform
from central_platform.api.errors import ApiError
from central_platform.api.identity import resident_of_live_grant
from central_platform.api.licences import check_consent, trace_use, wanted_item
from central_platform.licence_documents import licence_pdf
from central_platform.residents import held_licence, synthetic_data
from central_platform.storage.models import (
    Case,
    ResultDocument,
    StoredAttachment,
    Submission,
    SyntheticResident,
)
from central_platform.storage.services import ConsentGiven, SyntheticCompany
from kiosk.protocol.messages import LicenceFetch
from kiosk.protocol.services import (
    Asked,
    ConsentRecord,
    ConsentRequest,
    HeldCompany,
    HeldLicence,
    HeldMaterial,
    HeldResult,
    Space,
)
from kiosk.protocol.wire import Text

router = APIRouter(tags=["consent and licences"])

TRACE_HEADER = "Hall24-Trace"
_MOST = 100


@router.post("/consents", status_code=201)
def record(asked: ConsentRequest, terminal: KnownTerminal, platform: Platform) -> ConsentRecord:
    """Record a consent or a refusal. 409 ``consent.other_text`` when the words were not the published ones."""
    item = wanted_item(platform, asked.item)
    check_consent(item, asked.act, given=asked.act.given)
    with platform.database.write() as session:
        resident = resident_of_live_grant(session, platform, asked.grant, terminal)
        row = ConsentGiven(
            id=uuid4(),
            terminal=terminal,
            resident=resident.id,
            item=item.code,
            code=asked.act.code,
            version=asked.act.version,
            text_sha256=asked.act.text_sha256,
            given=asked.act.given,
            gesture=asked.act.gesture,
            at=asked.act.at,
            recorded_at=platform.now(),
        )
        session.add(row)
        session.flush()
        return _shown(row)


@router.post("/consents/{consent}/revoke")
def revoke(
    consent: UUID, asked: Asked, terminal: KnownTerminal, platform: Platform
) -> ConsentRecord:
    """Take a consent back, as the person who gave it; twice is no harm."""
    with platform.database.write() as session:
        resident = resident_of_live_grant(session, platform, asked.grant, terminal)
        row = session.get(ConsentGiven, consent, with_for_update=True)
        if row is None or row.resident != resident.id:
            raise ApiError(404, "consent.unknown", "No such consent.")
        row.revoked_at = row.revoked_at or platform.now()
        return _shown(row)


@router.post("/space")
def space(asked: Asked, terminal: KnownTerminal, platform: Platform, response: Response) -> Space:
    """Return what is held for whoever is logged in: licences, results, papers handed in before."""
    with platform.database.write() as session:
        resident = resident_of_live_grant(session, platform, asked.grant, terminal)
        response.headers[TRACE_HEADER] = trace_use(
            session, platform, terminal, resident.id, kind="space"
        )
        return Space(
            licences=_licences(resident, platform.today()),
            results=_results(session, resident.id),
            materials=_materials(session, resident.id),
            companies=_companies(session, resident.id),
            synthetic=True,
        )


@router.post(
    "/licences/document",
    response_class=Response,
    responses={200: {"content": {"application/pdf": {}}}},
)
def document(asked: LicenceFetch, terminal: KnownTerminal, platform: Platform) -> Response:
    """Return a licence as a sealed PDF, for one item and under its consent."""
    item = wanted_item(platform, asked.item)
    check_consent(item, asked.consent)
    if asked.licence not in {material.licence for material in item.materials}:
        raise ApiError(403, "licence.not_for_item", "This matter does not need that licence.")
    with platform.database.write() as session:
        resident = resident_of_live_grant(session, platform, asked.grant, terminal)
        licence = held_licence(resident, asked.licence, platform.today())
        if licence is None:
            raise ApiError(404, "licence.not_held", "The licence is not held, or has expired.")
        trace = trace_use(
            session,
            platform,
            terminal,
            resident.id,
            kind="document",
            item=item.code,
            licence=asked.licence,
            consent=asked.consent,
        )
    pdf = licence_pdf(platform, resident, licence, trace)
    return Response(pdf, media_type="application/pdf", headers={TRACE_HEADER: trace})


def _licences(resident: SyntheticResident, today: date) -> tuple[HeldLicence, ...]:
    names = synthetic_data()["licence_names"]
    held: list[dict[str, Any]] = resident.known.get("licences", [])
    return tuple(
        HeldLicence(
            code=licence["code"],
            name=Text(**names.get(licence["code"], {"zh": licence["code"], "en": licence["code"]})),
            state="held" if held_licence(resident, licence["code"], today) else "expired",
            issued=licence.get("issued"),
            valid_to=licence["valid_to"],
        )
        for licence in held
    )


def _results(session: Session, resident: int) -> tuple[HeldResult, ...]:
    rows = session.execute(
        select(ResultDocument, Case, Submission)
        .join(Case, Case.key == ResultDocument.case_key)
        .join(Submission, Submission.key == Case.submission_key)
        .where(Submission.resident == resident)
        .order_by(Case.key.desc(), ResultDocument.code)
        .limit(_MOST)
    )
    return tuple(
        HeldResult(
            submission=submission.id,
            code=result.code,
            title=Text(**result.title),
            case_number=case.number,
            decided_at=case.decided_at or submission.received_at,
            sha256=result.sha256,
            size=result.size,
        )
        for result, case, submission in rows
    )


def _materials(session: Session, resident: int) -> tuple[HeldMaterial, ...]:
    rows = session.scalars(
        select(Submission)
        .options(joinedload(Submission.attachments))
        .where(Submission.resident == resident, Submission.kind == "application")
        .order_by(Submission.key.desc())
        .limit(_MOST)
    ).unique()
    newest: dict[str, HeldMaterial] = {}
    for row in rows:
        for paper in row.attachments:
            if _is_material(paper):
                newest.setdefault(
                    paper.sha256,
                    HeldMaterial(
                        submission=row.id,
                        name=paper.name,
                        media_type=paper.media_type,
                        size=paper.size,
                        sha256=paper.sha256,
                        handed_in_at=row.received_at,
                    ),
                )
    return tuple(newest.values())


def _companies(session: Session, resident: int) -> tuple[HeldCompany, ...]:
    rows = session.scalars(
        select(SyntheticCompany)
        .where(SyntheticCompany.legal_person == resident)
        .order_by(SyntheticCompany.code)
    )
    return tuple(
        HeldCompany(code=row.code, name=row.name, state=row.state, registered=row.registered)
        for row in rows
    )


def _is_material(paper: StoredAttachment) -> bool:
    """Tell whether a paper may be used again: a signature belongs to one act."""
    return not paper.name.startswith("signature")


def _shown(row: ConsentGiven) -> ConsentRecord:
    return ConsentRecord(
        id=row.id,
        code=row.code,
        version=row.version,
        text_sha256=row.text_sha256,
        given=row.given,
        at=row.at,
        revoked_at=row.revoked_at,
    )
