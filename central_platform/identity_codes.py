# SPDX-License-Identifier: Apache-2.0
"""Codes that a telephone shows (赣通码, 电子社保卡), as the reference platform makes and takes them.

A real platform never sees how a code is made: the app's own service makes it and answers for it. This
one makes its own for SYNTHETIC residents. A code says nothing by itself, is stored as a hash only, lives
about as long as those of the apps, and is taken once.
"""

from __future__ import annotations

import hashlib
import secrets
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from central_platform.api.errors import ApiError
from central_platform.context import PlatformContext
from central_platform.residents import find_by_number_or_name
from central_platform.storage.models import IdentityCode, SyntheticResident

CODE_LIFETIME: Final = timedelta(seconds=120)
_PREFIX: Final = "HALL24DEMO"
"""So that nobody takes one for a code of a real app."""


class NoSuchResidentError(Exception):
    """Nobody of that number or name is known here."""


def new_identity_code(
    platform: PlatformContext, resident: str, lifetime: timedelta = CODE_LIFETIME
) -> tuple[str, datetime]:
    """Store a fresh code for a resident, named by number or name; return it and when it ends.

    Raises :class:`NoSuchResidentError`.
    """
    code = _PREFIX + secrets.token_urlsafe(24)
    now = platform.now()
    with platform.database.write() as session:
        row = find_by_number_or_name(session, resident)
        if row is None:
            raise NoSuchResidentError
        session.add(
            IdentityCode(
                sha256=_hash(code),
                resident=row.id,
                created_at=now,
                expires_at=now + lifetime,
            )
        )
    return code, now + lifetime


def exchange(session: Session, code: str, terminal: str, now: datetime) -> SyntheticResident:
    """Take a code, once, and return whose it is.

    Raises :class:`ApiError` with ``identity.code_unknown``, ``identity.code_expired`` or
    ``identity.code_used``. Of two that come at once, one is refused: the update decides, not the look.
    """
    row = session.scalar(select(IdentityCode).where(IdentityCode.sha256 == _hash(code)))
    if row is None:
        raise ApiError(404, "identity.code_unknown", "No such code was given out.")
    if row.used_at is not None:
        raise _used()
    if row.expires_at <= now:
        raise ApiError(410, "identity.code_expired", "The code is too old.")
    taken = session.execute(
        update(IdentityCode)
        .where(IdentityCode.sha256 == row.sha256, IdentityCode.used_at.is_(None))
        .values(used_at=now, used_by=terminal)
        .returning(IdentityCode.sha256)
    )
    if taken.scalar() is None:
        raise _used()
    return session.get_one(SyntheticResident, row.resident)


def _used() -> ApiError:
    return ApiError(409, "identity.code_used", "The code was used before.")


def _hash(code: str) -> str:
    return hashlib.sha256(code.encode("utf-8")).hexdigest()
