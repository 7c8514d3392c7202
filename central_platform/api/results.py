# SPDX-License-Identifier: Apache-2.0
"""Result documents: to the terminal for printing, or by a one-time address to the resident's phone."""

from __future__ import annotations

import hashlib
import secrets
from datetime import timedelta
from functools import cache
from uuid import UUID

from fastapi import APIRouter, Request
from jinja2 import Environment, PackageLoader, StrictUndefined
from sqlalchemy import update
from sqlalchemy.orm import Session
from starlette.responses import HTMLResponse, Response

from central_platform.api.access import KnownTerminal, Platform
from central_platform.api.errors import ApiError
from central_platform.api.identity import resident_of_live_grant
from central_platform.context import PlatformContext
from central_platform.results import (
    TERMINAL_WINDOW,
    find_submission,
    make_results,
    own_submission,
)
from central_platform.storage.models import HandoverAddress, ResultDocument
from kiosk.protocol.messages import Handover, HandoverRequest

router = APIRouter(tags=["results"])
pages = APIRouter(include_in_schema=False)

HANDOVER_LIFETIME = timedelta(minutes=10)

_WORDS = {
    "ready": (
        "您的文件已备好",
        "点下面的按钮领取。只能领取一次，请保存好。",
        "Press the button to get your document. It can be taken once; please keep it.",
    ),
    "used": (
        "文件已经领取",
        "这个二维码只能用一次。需要时请在自助机上再取一次码。",
        "This code has been used. You can get a new one at the terminal.",
    ),
    "gone": (
        "二维码已失效",
        "二维码10分钟内有效。请在自助机上再取一次码。",
        "The code is good for ten minutes. You can get a new one at the terminal.",
    ),
}


@router.get("/submissions/{submission}/results/{code}")
def fetch(submission: UUID, code: str, terminal: KnownTerminal, platform: Platform) -> Response:
    """Return the sealed PDF."""
    make_results(platform, terminal, submission)
    with platform.database.read() as session:
        document = _document(session, platform, terminal, submission, code)
        return Response(
            document.pdf, media_type="application/pdf", headers={"ETag": f'"{document.sha256}"'}
        )


@router.post("/submissions/{submission}/handover")
def handover(
    submission: UUID,
    asked: HandoverRequest,
    request: Request,
    terminal: KnownTerminal,
    platform: Platform,
) -> Handover:
    """Make a one-time address; only its hash is stored. With a log-in, for any own case."""
    origin = _origin(platform, terminal, submission, asked.grant)
    make_results(platform, origin, submission)
    token = secrets.token_urlsafe(18)
    ends = platform.now() + HANDOVER_LIFETIME
    with platform.database.write() as session:
        document = _document(
            session, platform, origin, submission, asked.code, ever=asked.grant is not None
        )
        session.add(
            HandoverAddress(
                sha256=_hash(token),
                case_key=document.case_key,
                code=document.code,
                expires_at=ends,
            )
        )
    base = platform.public_url or str(request.base_url).rstrip("/")
    return Handover(url=f"{base}/h/{token}", expires_at=ends)


@pages.get("/h/{token}")
def page(token: str, platform: Platform) -> Response:
    """Show the page that leads to the document; looking does not use the address up.

    (Messengers look at addresses before people do.)
    """
    with platform.database.read() as session:
        return _page(_state(platform, session.get(HandoverAddress, _hash(token))))


@pages.post("/h/{token}")
def take(token: str, platform: Platform) -> Response:
    """Hand the document out, once."""
    with platform.database.write() as session:
        address = session.get(HandoverAddress, _hash(token))
        state = _state(platform, address)
        if address is None or state != "ready":
            return _page(state)
        now = platform.now()
        # Decided by the database, so that of two taps one gets the document.
        taken = session.execute(
            update(HandoverAddress)
            .where(HandoverAddress.sha256 == address.sha256, HandoverAddress.used_at.is_(None))
            .values(used_at=now)
            .returning(HandoverAddress.code)
        ).first()
        if taken is None:
            return _page("used")
        document = session.get_one(ResultDocument, (address.case_key, address.code))
        return Response(
            document.pdf,
            media_type="application/pdf",
            headers={"Content-Disposition": f'attachment; filename="{document.code}.pdf"'},
        )


def _origin(platform: PlatformContext, terminal: str, submission: UUID, grant: str | None) -> str:
    """Return the terminal that the submission came from: this one, or any where its resident asks."""
    if grant is None:
        return terminal
    with platform.database.read() as session:
        resident = resident_of_live_grant(session, platform, grant, terminal)
        row = own_submission(session, resident.id, submission)
        if row is None:
            raise ApiError(404, "submission.unknown", "No such submission.")
        return row.terminal


def _document(
    session: Session,
    platform: PlatformContext,
    terminal: str,
    submission: UUID,
    code: str,
    *,
    ever: bool = False,
) -> ResultDocument:
    row = find_submission(session, terminal, submission)
    if row is None:
        raise ApiError(404, "submission.unknown", "No such submission.")
    document = session.get(ResultDocument, (row.case.key, code)) if row.case else None
    if row.case is None or document is None:
        raise ApiError(404, "result.unknown", "No such result document.")
    decided = row.case.decided_at or row.received_at
    if not ever and decided + TERMINAL_WINDOW < platform.now():
        raise ApiError(403, "result.window", "The document can no longer be fetched here.")
    return document


def _state(platform: PlatformContext, address: HandoverAddress | None) -> str:
    if address is None or address.expires_at <= platform.now():
        return "gone"
    return "used" if address.used_at is not None else "ready"


def _page(state: str) -> HTMLResponse:
    heading, words, words_en = _WORDS[state]
    html = (
        _template()
        .get_template("handover.html")
        .render(heading=heading, help=words, help_en=words_en, ready=state == "ready")
    )
    return HTMLResponse(
        html,
        status_code=200 if state == "ready" else 410,
        headers={
            "Referrer-Policy": "no-referrer",
            "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'",
        },
    )


@cache
def _template() -> Environment:
    return Environment(
        loader=PackageLoader("central_platform", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
    )


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8")).hexdigest()
