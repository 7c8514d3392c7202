# SPDX-License-Identifier: Apache-2.0
"""A terminal's own keys: one that holds, perhaps one that is announced, and those that were.

A new key takes over when it is first used, not when it is announced: whatever answer is lost, the
terminal gets in with the key it holds.
"""

from __future__ import annotations

import base64

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from central_platform.api.errors import ApiError
from central_platform.context import PlatformContext
from central_platform.storage.fleet import RetiredKey
from central_platform.storage.models import Terminal
from kiosk.protocol.wire import key_id_of


def refuse_used_key(session: Session, public_key: str) -> None:
    """Raise :class:`ApiError` 409 when the key is or was anybody's: a key belongs to one terminal for ever."""
    taken = session.scalar(
        select(Terminal.id).where(
            or_(Terminal.public_key == public_key, Terminal.next_public_key == public_key)
        )
    )
    if taken is not None or session.get(RetiredKey, public_key) is not None:
        raise ApiError(409, "enrolment.key", "This key belongs to another terminal.")


def known_keys(platform: PlatformContext, terminal: str) -> dict[str, Ed25519PublicKey]:
    """Return every key that a terminal has or had, by its id; none for one that is not known.

    A retired key opens nothing, but what it signed may still lie on a stick.
    """
    with platform.database.read() as session:
        row = session.get(Terminal, terminal)
        texts = set(
            session.scalars(select(RetiredKey.public_key).where(RetiredKey.terminal == terminal))
        )
    if row is not None:
        texts |= {row.public_key, row.next_public_key or row.public_key}
    keys = [Ed25519PublicKey.from_public_bytes(base64.b64decode(text)) for text in texts]
    return {key_id_of(key): key for key in keys}


def announce_key(session: Session, terminal: str, public_key: str) -> None:
    """Note the key that will take over; the same again is no error."""
    row = session.get_one(Terminal, terminal, with_for_update=True)
    if public_key in {row.next_public_key, row.public_key}:
        return
    refuse_used_key(session, public_key)
    row.next_public_key = public_key


def promote_next_key(platform: PlatformContext, terminal: str) -> None:
    """Let the announced key take over; the one before is retired and opens nothing any more."""
    with platform.database.write() as session:
        row = session.get_one(Terminal, terminal, with_for_update=True)
        if row.next_public_key is None:
            return  # a twin was quicker
        session.add(
            RetiredKey(public_key=row.public_key, terminal=terminal, retired_at=platform.now())
        )
        row.public_key, row.next_public_key = row.next_public_key, None
