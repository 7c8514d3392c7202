# SPDX-License-Identifier: Apache-2.0
"""Terminals: enrolment and access tokens."""

from __future__ import annotations

import base64
import hashlib
import secrets
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from fastapi import APIRouter, Request
from sqlalchemy import delete, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session
from starlette.concurrency import run_in_threadpool

from central_platform.api.access import (
    ACCESS_LIFETIME,
    Platform,
    access_token,
    unauthorized,
)
from central_platform.api.errors import ApiError
from central_platform.context import PlatformContext
from central_platform.storage.models import AssertionUse, EnrolmentToken, Terminal
from central_platform.terminal_keys import promote_next_key, refuse_used_key
from kiosk.protocol.assertion import (
    CLOCK_TOLERANCE_S,
    TokenInvalidError,
    unverified_subject,
    verified_claims,
)
from kiosk.protocol.key_list import KEYS_PURPOSE, KeyList, SignedKeyList
from kiosk.protocol.messages import (
    ASSERTION_TYPE,
    AccessToken,
    Enrolment,
    EnrolRequest,
    PlaceProfile,
    PlatformKeys,
)
from kiosk.protocol.wire import Signed

router = APIRouter(tags=["terminal"])

_KEY_BYTES = 32
_JTI_LIMIT = 64
_LONGEST_ASSERTION_S = 300
_FORM_LIMIT_BYTES = 16_384
_FORGET_AT_ONCE = 20
TOKEN_LIFETIME = timedelta(hours=72)


def new_enrolment_token(
    platform: PlatformContext, profile: PlaceProfile, lifetime: timedelta = TOKEN_LIFETIME
) -> tuple[str, datetime]:
    """Store and return a fresh single-use token and when it ends; only its hash is kept."""
    now = platform.now()
    with platform.database.write() as session:
        taken = set(session.scalars(select(Terminal.id)))
        taken |= {_promised_id(row) for row in session.scalars(select(EnrolmentToken))}
        while True:
            token = secrets.token_urlsafe(18)
            row = EnrolmentToken(
                sha256=_hash(token),
                profile=profile.model_dump(mode="json"),
                created_at=now,
                expires_at=now + lifetime,
            )
            if _promised_id(row) not in taken:
                break
        session.add(row)
    return token, now + lifetime


def promised_terminal(platform: PlatformContext, token: str) -> str:
    """Return the id that the terminal of this token will have: a terminal that never asks must know it too."""
    with platform.database.read() as session:
        row = session.get(EnrolmentToken, _hash(token))
        if row is None:
            raise _token_refused()
        return _promised_id(row)


@router.post("/terminals/enrol")
def enrol(request: EnrolRequest, platform: Platform) -> Enrolment:
    """Make a terminal known. The same token works again for the same key only, after a lost answer."""
    return admit(platform, request)


def admit(platform: PlatformContext, request: EnrolRequest) -> Enrolment:
    """Make a terminal known, whichever way its request came. Raises :class:`ApiError`."""
    _check_key(request.public_key)
    with platform.database.write() as session:
        token = session.get(EnrolmentToken, _hash(request.token), with_for_update=True)
        if token is None:
            raise _token_refused()
        if token.used_by is not None:
            terminal = session.get(Terminal, token.used_by)
            if terminal is None or terminal.public_key != request.public_key:
                raise _token_refused()
        else:
            if token.expires_at < platform.now():
                raise _token_refused()
            terminal = _new_terminal(session, platform, token, request.public_key)
        return Enrolment(
            terminal=terminal.id,
            keys=public_keys(platform),
            profile=PlaceProfile.model_validate(terminal.profile),
        )


@router.post("/token")
async def token(request: Request, platform: Platform) -> AccessToken:
    """Give a short access token for a signed assertion (RFC 6749 §4.4, RFC 7523 §2.2)."""
    body = await request.body()
    if len(body) > _FORM_LIMIT_BYTES:
        raise unauthorized()
    form = {key: values[0] for key, values in parse_qs(body.decode("ascii", "replace")).items()}
    if form.get("grant_type") != "client_credentials":
        raise ApiError(400, "token.grant_type", "Only client_credentials is known.")
    if form.get("client_assertion_type") != ASSERTION_TYPE:
        raise ApiError(400, "token.assertion_type", "Only a JWT assertion is known.")
    return await run_in_threadpool(_exchange, platform, form.get("client_assertion", ""))


def _exchange(platform: PlatformContext, assertion: str) -> AccessToken:
    now = platform.now()
    try:
        with platform.database.read() as session:
            terminal = session.get(Terminal, unverified_subject(assertion))
        if terminal is None or terminal.revoked_at is not None:
            raise unauthorized("platform.revoked" if terminal else "platform.unauthorized")
        if terminal.suspended_at is not None:
            raise unauthorized(terminal.suspended_for or "terminal.suspended")
        claims, with_next_key = _claims(platform, terminal, assertion)
    except TokenInvalidError:
        raise unauthorized() from None
    _refuse_other_clock(claims, now)
    _use_once(platform, terminal.id, claims)
    if with_next_key:
        promote_next_key(platform, terminal.id)
    return AccessToken(
        access_token=access_token(platform, terminal.id),
        expires_in=int(ACCESS_LIFETIME.total_seconds()),
    )


def _claims(
    platform: PlatformContext, terminal: Terminal, assertion: str
) -> tuple[dict[str, Any], bool]:
    """Return the claims, and whether the terminal's announced next key signed them."""
    keys = [(terminal.public_key, False), (terminal.next_public_key, True)]
    failure = TokenInvalidError("no key")
    for text, is_next in keys:
        if text is None:
            continue
        try:
            return verified_claims(
                assertion,
                ed25519_key(text),
                audience=platform.secrets.audiences,
                now=platform.now().timestamp(),
                tolerance_s=float("inf"),
            ), is_next
        except TokenInvalidError as error:
            failure = error
    raise failure


def _refuse_other_clock(claims: dict[str, Any], now: datetime) -> None:
    """Refuse an assertion of another time, and say what time it is: the signature was right."""
    seconds = now.timestamp()
    if claims["exp"] - claims.get("iat", 0) > _LONGEST_ASSERTION_S:
        raise unauthorized()
    if not claims.get("iat", 0) - CLOCK_TOLERANCE_S <= seconds <= claims["exp"] + CLOCK_TOLERANCE_S:
        raise unauthorized("terminal.clock", detail=str(int(seconds)))


def _use_once(platform: PlatformContext, terminal: str, claims: dict[str, Any]) -> None:
    jti = claims.get("jti")
    if not isinstance(jti, str) or not 0 < len(jti) <= _JTI_LIMIT or claims.get("iss") != terminal:
        raise unauthorized()
    ends = datetime.fromtimestamp(claims["exp"] + CLOCK_TOLERANCE_S, UTC)
    try:
        with platform.database.write() as session:
            _forget_old_assertions(session, platform.now())
            session.add(AssertionUse(terminal=terminal, jti=jti, expires_at=ends))
    except IntegrityError:
        raise unauthorized("token.replayed") from None


def _forget_old_assertions(session: Session, now: datetime) -> None:
    """Rows that another worker is deleting are left to it, so that two never wait for each other."""
    old = (
        select(AssertionUse.terminal, AssertionUse.jti)
        .where(AssertionUse.expires_at < now)
        .limit(_FORGET_AT_ONCE)
        .with_for_update(skip_locked=True)
    )
    for terminal, jti in session.execute(old).all():
        session.execute(
            delete(AssertionUse).where(AssertionUse.terminal == terminal, AssertionUse.jti == jti)
        )


def _new_terminal(
    session: Session, platform: PlatformContext, token: EnrolmentToken, public_key: str
) -> Terminal:
    terminal = Terminal(
        id=_promised_id(token),
        public_key=public_key,
        profile=token.profile,
        enrolled_at=platform.now(),
    )
    refuse_used_key(session, public_key)
    session.add(terminal)
    try:
        session.flush()
    except IntegrityError:
        # The key is known already: a key belongs to one terminal, a cloned disk must not make two.
        raise ApiError(409, "enrolment.key", "This key belongs to another terminal.") from None
    token.used_by = terminal.id
    return terminal


def _promised_id(token: EnrolmentToken) -> str:
    region = PlaceProfile.model_validate(token.profile).region
    return f"T{region}-{_hash('terminal of ' + token.sha256)[:6].upper()}"


def public_keys(platform: PlatformContext) -> PlatformKeys:
    """Return what terminals must know of our keys."""
    return PlatformKeys(
        sealing=_text(platform.secrets.sealing[0].public_key().public_bytes_raw()),
        signing=_text(platform.secrets.signing.public_key().public_bytes_raw()),
        seal_certificate=platform.secrets.seal.root_pem.decode("ascii"),
    )


@router.get("/keys")
def keys(platform: Platform) -> SignedKeyList:
    """Return our public keys, signed by each signing key that a terminal may still know us by."""
    held = platform.secrets
    told = KeyList(
        version=held.version,
        sealing=tuple(_text(key.public_key().public_bytes_raw()) for key in held.sealing),
        signing=tuple(_text(key.public_key().public_bytes_raw()) for key in held.all_signing),
        recovery=None if held.recovery is None else _text(held.recovery.public_bytes_raw()),
    )
    body = told.canonical()
    return SignedKeyList(
        signed=tuple(Signed.sign(KEYS_PURPOSE, body, key) for key in held.all_signing)
    )


def _check_key(text: str) -> None:
    try:
        ed25519_key(text)
    except ValueError:
        raise ApiError(422, "enrolment.key", "Not an Ed25519 public key.") from None


def ed25519_key(text: str) -> Ed25519PublicKey:
    """Return a key from base64 of its raw bytes. Raises ``ValueError``."""
    raw = base64.b64decode(text, validate=True)
    if len(raw) != _KEY_BYTES:
        raise ValueError("not 32 bytes")
    return Ed25519PublicKey.from_public_bytes(raw)


def _token_refused() -> ApiError:
    return ApiError(403, "enrolment.token", "The token is not known, was used, or has expired.")


def _text(raw: bytes) -> str:
    return base64.b64encode(raw).decode("ascii")


def _hash(secret: str) -> str:
    return hashlib.sha256(secret.encode("utf-8")).hexdigest()
