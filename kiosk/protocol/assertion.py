# SPDX-License-Identifier: Apache-2.0
"""JSON web tokens signed with Ed25519 (RFC 7519, RFC 8037): the few lines that protocol version 1 needs.

A terminal proves who it is with a signed assertion (RFC 7523 §2.2 and §3) and gets a short access token
of the same form back. The only algorithm is ``EdDSA``: a token that names another one, or none, is
refused, so nobody can talk us into a weaker one. The audience is the key id of the platform's signing
key, not an address: an assertion made for one platform is worth nothing at another, whatever the
network calls itself.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Collection, Mapping
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

ASSERTION_LIFETIME_S = 60
"""How long an assertion is good for; it is used once, at once."""
CLOCK_TOLERANCE_S = 600
"""Terminals' clocks drift; replay is prevented by ``jti``, so the window may be wide."""

_SEGMENTS = 3


class TokenInvalidError(ValueError):
    """A token that is not of this form, not signed by the key asked for, for another audience, or expired."""


def sign_token(claims: Mapping[str, Any], key: Ed25519PrivateKey) -> str:
    """Return the compact form of ``claims``, signed."""
    head = _encode(json.dumps({"alg": "EdDSA", "typ": "JWT"}).encode())
    body = _encode(json.dumps(claims, ensure_ascii=False).encode())
    return f"{head}.{body}.{_encode(key.sign(f'{head}.{body}'.encode()))}"


def unverified_subject(token: str) -> str:
    """Return ``sub`` before the signature is checked: only good for choosing the key to check with."""
    subject = _parts(token)[1].get("sub")
    if not isinstance(subject, str):
        raise TokenInvalidError("no subject")
    return subject


def verified_claims(
    token: str,
    key: Ed25519PublicKey,
    *,
    audience: str | Collection[str],
    now: float,
    tolerance_s: float = 0.0,
) -> dict[str, Any]:
    """Return the claims of a token signed by ``key`` for (one of) ``audience`` that is still good at ``now``.

    ``now`` is seconds since the epoch. Raises :class:`TokenInvalidError`.
    """
    head, claims, signature = _parts(token)
    if head.get("alg") != "EdDSA" or "crit" in head:
        raise TokenInvalidError("not an EdDSA token")
    try:
        key.verify(signature, token.rpartition(".")[0].encode())
    except InvalidSignature:
        raise TokenInvalidError("the signature does not fit") from None
    named = claims.get("aud")
    ours = {audience} if isinstance(audience, str) else set(audience)
    if ours.isdisjoint(
        each for each in (named if isinstance(named, list) else [named]) if isinstance(each, str)
    ):
        raise TokenInvalidError("for another audience")
    expires = claims.get("exp")
    starts = claims.get("nbf", claims.get("iat", 0))
    if not isinstance(expires, int | float) or not isinstance(starts, int | float):
        raise TokenInvalidError("no times")
    if now > expires + tolerance_s or now < starts - tolerance_s:
        raise TokenInvalidError("expired or not yet valid")
    return claims


def _parts(token: str) -> tuple[dict[str, Any], dict[str, Any], bytes]:
    segments = token.split(".")
    if len(segments) != _SEGMENTS:
        raise TokenInvalidError("not three segments")
    try:
        head, claims = (json.loads(_decode(segment)) for segment in segments[:2])
        signature = _decode(segments[2])
    except (ValueError, RecursionError):
        raise TokenInvalidError("not readable") from None
    if not isinstance(head, dict) or not isinstance(claims, dict):
        raise TokenInvalidError("not objects")
    return head, claims, signature


def _encode(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode("ascii")


def _decode(text: str) -> bytes:
    return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
