# SPDX-License-Identifier: Apache-2.0
"""Result documents of a decided case: made once, stored, and the same bytes ever after."""

from __future__ import annotations

import logging
import threading
from datetime import timedelta
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from central_platform.context import HALL_TIME, PlatformContext
from central_platform.registers import answer_rows
from central_platform.storage.models import Case, ResultDocument, Submission, SyntheticResident
from kiosk.protocol.messages import Answer
from kiosk.protocol.wire import sha256_hex

_log = logging.getLogger("central_platform.results")

TERMINAL_WINDOW = timedelta(hours=2)
"""How long after the decision the terminal may fetch what it ended in: a stolen machine's past visits are closed."""

_one_at_a_time = threading.Lock()
"""Laying out a page is work for one core; twins wait and then find it done."""


def find_submission(session: Session, terminal: str, submission: UUID) -> Submission | None:
    """Return a terminal's own submission."""
    return session.scalar(
        select(Submission).where(Submission.terminal == terminal, Submission.id == submission)
    )


def own_submission(session: Session, resident: int, submission: UUID) -> Submission | None:
    """Return a submission of that resident, from whichever terminal."""
    return session.scalar(
        select(Submission).where(Submission.id == submission, Submission.resident == resident)
    )


def case_answer(
    session: Session, platform: PlatformContext, submission: Submission
) -> tuple[Answer, ...]:
    """Return what an approved query found, for as long as the terminal may fetch documents."""
    item = platform.published.catalogue.item(submission.item)
    case = submission.case
    if item is None or not item.answer or case is None or case.state != "approved":
        return ()
    decided = case.decided_at or submission.received_at
    resident = session.get(SyntheticResident, submission.resident) if submission.resident else None
    if resident is None or decided + TERMINAL_WINDOW < platform.now():
        return ()
    return answer_rows(item.answer, resident, decided.astimezone(HALL_TIME).date())


def make_results(platform: PlatformContext, terminal: str, submission: UUID) -> None:
    """Make what an approved case ends in and is not there yet. Safe to call at any time, by anybody."""
    if not _missing(platform, terminal, submission):
        return
    with _one_at_a_time:
        for code in _missing(platform, terminal, submission):
            _make(platform, terminal, submission, code)


def _missing(platform: PlatformContext, terminal: str, submission: UUID) -> list[str]:
    with platform.database.read() as session:
        row = find_submission(session, terminal, submission)
        if row is None or row.case is None or row.case.state != "approved":
            return []
        item = platform.published.catalogue.item(row.item)
        there = {result.code for result in row.case.results}
        return [result.code for result in item.results if result.code not in there] if item else []


def _make(platform: PlatformContext, terminal: str, submission: UUID, code: str) -> None:
    from central_platform.proofs import ProofFacts, sealed_proof  # noqa: PLC0415 - start-up time

    with platform.database.read() as session:
        row = find_submission(session, terminal, submission)
        case = row.case if row else None
        resident = session.get(SyntheticResident, row.resident) if row and row.resident else None
    item = platform.published.catalogue.item(row.item) if row else None
    if row is None or case is None or resident is None or item is None:
        return
    document = next(result for result in item.results if result.code == code)
    decided = case.decided_at or row.received_at
    facts = ProofFacts(
        item=item,
        case_number=case.number,
        resident=resident,
        form=row.payload["form"],
        issued=decided.astimezone(HALL_TIME),
    )
    pdf = sealed_proof(document, facts, platform.secrets.seal)
    _keep(platform, case, document.code, document.title.model_dump(mode="json"), pdf)


def _keep(
    platform: PlatformContext, case: Case, code: str, title: dict[str, str], pdf: bytes
) -> None:
    try:
        with platform.database.write() as session:
            session.add(
                ResultDocument(
                    case_key=case.key,
                    code=code,
                    title=title,
                    sha256=sha256_hex(pdf),
                    size=len(pdf),
                    pdf=pdf,
                )
            )
    except IntegrityError:
        _log.info("another worker made the result first; its bytes stay")
