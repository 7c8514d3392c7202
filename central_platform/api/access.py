# SPDX-License-Identifier: Apache-2.0
"""What endpoints depend on: the platform, and which terminal is asking."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated

from fastapi import Depends, Request

from central_platform.api.errors import ApiError
from central_platform.context import PlatformContext
from central_platform.storage.models import Terminal
from kiosk.protocol.assertion import TokenInvalidError, sign_token, verified_claims

ACCESS_LIFETIME = timedelta(minutes=15)


def _platform(request: Request) -> PlatformContext:
    context: PlatformContext = request.app.state.platform
    return context


Platform = Annotated[PlatformContext, Depends(_platform)]


def unauthorized(code: str = "platform.unauthorized", detail: str = "") -> ApiError:
    """Return the refusal for a terminal that is not known (RFC 6750 §3)."""
    return ApiError(
        401,
        code,
        "This terminal is not known, or its access has ended.",
        detail=detail,
        headers={"WWW-Authenticate": "Bearer"},
    )


def access_token(platform: PlatformContext, terminal: str) -> str:
    """Return a short token; any worker can check it without asking the database for it."""
    now = platform.now()
    claims = {
        "sub": terminal,
        "aud": _audience(platform),
        "iat": int(now.timestamp()),
        "exp": int((now + ACCESS_LIFETIME).timestamp()),
    }
    return sign_token(claims, platform.secrets.signing)


def known_terminal(request: Request, platform: Platform) -> str:
    """Return the id of the terminal that asks."""
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer":
        raise unauthorized()
    try:
        claims = verified_claims(
            token,
            platform.secrets.signing.public_key(),
            audience=_audience(platform),
            now=platform.now().timestamp(),
        )
    except TokenInvalidError:
        raise unauthorized() from None
    with platform.database.read() as session:
        row = session.get(Terminal, str(claims["sub"]))
        if row is None or row.revoked_at is not None:
            raise unauthorized("platform.revoked")
        if row.suspended_at is not None:
            raise unauthorized(row.suspended_for or "terminal.suspended")
        return row.id


KnownTerminal = Annotated[str, Depends(known_terminal)]
"""The id of the terminal that asks; 401 for everybody else."""


def _audience(platform: PlatformContext) -> str:
    return f"access:{platform.secrets.audience}"
