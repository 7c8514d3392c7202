# SPDX-License-Identifier: Apache-2.0
"""Noting what must not happen, where operators look, without personal data."""

from __future__ import annotations

import logging
from uuid import UUID

from sqlalchemy.orm import Session

from central_platform.context import PlatformContext
from central_platform.storage.models import Alarm

_log = logging.getLogger("central_platform.intake")


def note_alarm(
    session: Session,
    platform: PlatformContext,
    code: str,
    terminal: str | None,
    *,
    submission: UUID | None = None,
    detail: str = "",
) -> None:
    """Add an alarm to the caller's transaction, and a line to the log."""
    _log.error("alarm %s terminal=%s submission=%s %s", code, terminal, submission, detail)
    session.add(
        Alarm(
            at=platform.now(),
            code=code,
            terminal=terminal,
            submission=submission,
            detail=detail[:200],
        )
    )
