# SPDX-License-Identifier: Apache-2.0
"""Log-in for one session (统一身份认证); the grant is opaque, short-lived and of one terminal."""

from __future__ import annotations

import hashlib
import secrets
from datetime import timedelta
from typing import cast

from fastapi import APIRouter
from sqlalchemy import update
from sqlalchemy.orm import Session
from starlette.responses import Response

from central_platform.api.access import KnownTerminal, Platform
from central_platform.api.errors import ApiError
from central_platform.context import PlatformContext
from central_platform.identity_codes import exchange
from central_platform.residents import find_by_card, holder_of, masked_name
from central_platform.storage.models import Grant, SyntheticResident
from kiosk.protocol.messages import (
    Assurance,
    CardIdentity,
    CodeIdentity,
    FaceCheck,
    IdentityGrant,
    LogoutRequest,
    SocialCardIdentity,
    at_least,
)

router = APIRouter(tags=["identity"])

GRANT_LIFETIME = timedelta(minutes=30)


@router.post("/identity/card")
def by_card(card: CardIdentity, terminal: KnownTerminal, platform: Platform) -> IdentityGrant:
    """Log in by what the chip of an identity card says."""
    with platform.database.write() as session:
        resident = find_by_card(session, card.number, card.name)
        if resident is None:
            raise ApiError(404, "identity.unknown", "No such person is known.")
        return _granted(session, platform, terminal, resident, _worth_of(card.face))


@router.post("/identity/social-card")
def by_social_card(
    card: SocialCardIdentity, terminal: KnownTerminal, platform: Platform
) -> IdentityGrant:
    """Log in by what a social security card says; it has to be the one that its holder has now."""
    with platform.database.write() as session:
        resident = find_by_card(session, card.number, card.name)
        if resident is None:
            raise ApiError(404, "identity.unknown", "No such person is known.")
        known = resident.known.get("social_card", {})
        if known.get("number") != card.card_number:
            raise ApiError(403, "identity.card_replaced", "The holder has another card.")
        if known.get("state") != "in_use":
            raise ApiError(403, "identity.card_lost", "The card was reported lost.")
        return _granted(session, platform, terminal, resident, "social_card")


@router.post("/identity/code")
def by_code(shown: CodeIdentity, terminal: KnownTerminal, platform: Platform) -> IdentityGrant:
    """Log in by a code that a telephone shows. Each code is exchanged once."""
    with platform.database.write() as session:
        resident = exchange(session, shown.code, terminal, platform.now())
        return _granted(session, platform, terminal, resident, "code")


@router.post("/identity/logout", status_code=204)
def logout(request: LogoutRequest, terminal: KnownTerminal, platform: Platform) -> Response:
    """End a log-in; ending an unknown or ended one is no error."""
    with platform.database.write() as session:
        session.execute(
            update(Grant)
            .where(Grant.sha256 == _hash(request.grant), Grant.terminal == terminal)
            .where(Grant.ended_at.is_(None))
            .values(ended_at=platform.now())
        )
    return Response(status_code=204)


def resident_of_live_grant(
    session: Session,
    platform: PlatformContext,
    grant: str,
    terminal: str,
    wanted: Assurance = "code",
) -> SyntheticResident:
    """Return who is logged in.

    Refuses a grant that is unknown, of another terminal, ended or expired, or worth less than ``wanted``.
    """
    row = session.get(Grant, _hash(grant))
    if (
        row is None
        or row.terminal != terminal
        or row.ended_at is not None
        or row.expires_at <= platform.now()
    ):
        raise ApiError(403, "identity.grant", "The log-in has ended.")
    if not at_least(cast("Assurance", row.assurance), wanted):
        raise ApiError(403, "identity.not_enough", "This item needs a better log-in.")
    return session.get_one(SyntheticResident, row.resident)


def resident_behind_grant(session: Session, grant: str | None, terminal: str) -> int | None:
    """Return whose log-in a submission names, even when it has ended since: a queue may be long."""
    row = session.get(Grant, _hash(grant)) if grant else None
    return row.resident if row is not None and row.terminal == terminal else None


def _worth_of(face: FaceCheck | None) -> Assurance:
    """Count a face only where certified products said both yes. A certified no ends the log-in."""
    if face is None or not face.consent.given:
        return "card"
    if face.comparison_assurance == "certified" and face.same is False:
        raise ApiError(403, "identity.other_face", "The face is not that of the card.")
    certified = face.liveness_assurance == face.comparison_assurance == "certified"
    return "card+face" if certified and face.alive and face.same else "card"


def _granted(
    session: Session,
    platform: PlatformContext,
    terminal: str,
    resident: SyntheticResident,
    assurance: Assurance,
) -> IdentityGrant:
    now = platform.now()
    grant = secrets.token_urlsafe(24)
    session.add(
        Grant(
            sha256=_hash(grant),
            terminal=terminal,
            resident=resident.id,
            assurance=assurance,
            created_at=now,
            expires_at=now + GRANT_LIFETIME,
        )
    )
    return IdentityGrant(
        grant=grant,
        assurance=assurance,
        display_name=masked_name(resident.name),
        expires_at=now + GRANT_LIFETIME,
        holder=None if assurance in ("card", "card+face") else holder_of(resident),
    )


def _hash(grant: str) -> str:
    return hashlib.sha256(grant.encode("utf-8")).hexdigest()
