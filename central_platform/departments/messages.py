# SPDX-License-Identifier: Apache-2.0
"""What a notice says: read from the submission, which never changes, so every attempt says the same."""

from __future__ import annotations

from sqlalchemy import select

from central_platform.context import PlatformContext
from central_platform.departments.adapter import DepartmentMessage, OpenPaper, Paper
from central_platform.departments.errors import DepartmentAwayError
from central_platform.storage.departments import DepartmentNotice
from central_platform.storage.models import Case, Submission, SyntheticResident
from kiosk.protocol.wire import Text, sha256_hex


def message_of(platform: PlatformContext, notice_key: int) -> tuple[DepartmentMessage, OpenPaper]:
    """Return a notice as a message, and what gives the bytes of its papers."""
    with platform.database.read() as session:
        notice = session.get_one(DepartmentNotice, notice_key)
        case = session.get_one(Case, notice.case_key)
        row = session.scalars(
            select(Submission).where(Submission.key == notice.submission_key)
        ).one()
        resident = session.get(SyntheticResident, row.resident) if row.resident else None
        stored = {paper.sha256: paper.file for paper in row.attachments}
        tells_papers = notice.kind != "decided"
        message = DepartmentMessage.model_validate(
            {
                "id": notice.id,
                "kind": notice.kind,
                "case_number": case.number,
                "item": row.item,
                "at": notice.created_at if notice.kind == "decided" else row.received_at,
                "state": notice.case_state,
                "reason": Text.model_validate(notice.case_reason) if notice.case_reason else None,
                "promised_date": case.promised_date.isoformat() if case.promised_date else None,
                "resident": {"name": resident.name, "number": resident.number}
                if resident
                else None,
                "form": dict(row.payload["form"]) if tells_papers else {},
                "papers": tuple(
                    Paper(
                        name=paper.name,
                        media_type=paper.media_type,
                        size=paper.size,
                        sha256=paper.sha256,
                    )
                    for paper in row.attachments
                )
                if tells_papers
                else (),
            }
        )

    def open_paper(paper: Paper) -> bytes:
        try:
            data = platform.parts.attachment(stored[paper.sha256])
        except OSError:
            raise DepartmentAwayError("a paper cannot be read here") from None
        if sha256_hex(data) != paper.sha256:
            raise DepartmentAwayError("a paper is damaged here")
        return data

    return message, open_paper
