# SPDX-License-Identifier: Apache-2.0
"""A terminal's own keys: one that holds, perhaps one that is announced, and those that were.

A new key takes over when it is first used, not when it is announced: whatever answer is lost, the
terminal gets in with the key it holds.
"""

from __future__ import annotations

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from central_platform.api.errors import ApiError
from central_platform.context import PlatformContext
from central_platform.storage.fleet import RetiredKey
from central_platform.storage.models import Terminal


def refuse_used_key(session: Session, public_key: str) -> None:
    """Raise :class:`ApiError` 409 when the key is or was anybody's: a key belongs to one terminal for ever."""
    taken = session.scalar(
        select(Terminal.id).where(
            or_(Terminal.public_key == public_key, Terminal.next_public_key == public_key)
        )
    )
    if taken is not None or session.get(RetiredKey, public_key) is not None:
        raise ApiError(409, "enrolment.key", "This key belongs to another terminal.")


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
