# SPDX-License-Identifier: Apache-2.0
"""Submissions as people and scripts see them (the keys are stable)."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import joinedload, selectinload

from central_platform.storage.database import Database
from central_platform.storage.models import Submission


def listed_submissions(database: Database) -> list[dict[str, Any]]:
    """Return all submissions in the order of arrival."""
    wanted = (
        select(Submission)
        .options(joinedload(Submission.case), selectinload(Submission.attachments))
        .order_by(Submission.key)
    )
    with database.read() as session:
        return [_listed(row) for row in session.scalars(wanted)]


def _listed(row: Submission) -> dict[str, Any]:
    return {
        "id": str(row.id),
        "terminal": row.terminal,
        "receipt": row.receipt,
        "case_number": row.case.number if row.case else None,
        "item": row.item,
        "state": row.case.state if row.case else "received",
        "manifest_sha256": row.manifest_sha256,
        "attachments": [
            {"name": attachment.name, "size": attachment.size, "sha256": attachment.sha256}
            for attachment in row.attachments
        ],
        "form": row.payload["form"],
    }
