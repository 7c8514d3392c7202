# SPDX-License-Identifier: Apache-2.0
"""Submissions: an idempotent PUT, and where the case stands."""

from __future__ import annotations

from uuid import UUID

from fastapi import APIRouter, BackgroundTasks

from central_platform.api.access import KnownTerminal, Platform
from central_platform.api.errors import ApiError
from central_platform.intake import take_in
from central_platform.results import case_answer, find_submission, make_results
from kiosk.protocol.envelope import Manifest
from kiosk.protocol.messages import CaseStatus, ResultReference
from kiosk.protocol.wire import Signed, Text

router = APIRouter(tags=["submissions"])


@router.put("/submissions/{submission}")
def put(
    submission: UUID,
    manifest: Manifest,
    terminal: KnownTerminal,
    platform: Platform,
    afterwards: BackgroundTasks,
) -> Signed:
    """Store a submission whose parts are here; the same one again gets the same signed receipt again.

    424 names the parts that are missing; 409 ``submission.other_hash`` when the id is stored with another
    hash: nothing is overwritten.
    """
    if manifest.id != submission:
        raise ApiError(422, "submission.other_id", "The manifest is of another submission.")
    if manifest.terminal != terminal:
        raise ApiError(403, "submission.other_terminal", "The manifest is of another terminal.")
    signed = take_in(platform, terminal, manifest)
    afterwards.add_task(make_results, platform, terminal, submission)
    return signed


@router.get("/submissions/{submission}")
def status(submission: UUID, terminal: KnownTerminal, platform: Platform) -> CaseStatus:
    """Return where the case stands; documents of an approved case are made before they are named."""
    make_results(platform, terminal, submission)
    with platform.database.read() as session:
        row = find_submission(session, terminal, submission)
        if row is None:
            raise ApiError(404, "submission.unknown", "No such submission.")
        case = row.case
        if case is None:  # ratings and tickets open none
            return CaseStatus(id=submission, case_number=None, state="received")
        return CaseStatus.model_validate(
            {
                "id": submission,
                "case_number": case.number,
                "state": case.state,
                "reason": case.reason,
                "promised_date": case.promised_date,
                "results": tuple(
                    ResultReference(
                        code=result.code,
                        title=Text(**result.title),
                        sha256=result.sha256,
                        size=result.size,
                    )
                    for result in case.results
                ),
                "answer": case_answer(session, platform, row),
            }
        )
