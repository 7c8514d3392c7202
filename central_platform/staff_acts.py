# SPDX-License-Identifier: Apache-2.0
"""What staff did, in the console or by a token, for whoever has to answer for it.

Written in the transaction of the act itself.
"""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from sqlalchemy.orm import Session

from central_platform.storage.console import StaffAct

Act = Literal[
    "login",
    "login_refused",
    "logout",
    "password",
    "account_added",
    "account_ended",
    "command",
    "resume",
    "revoke",
    "configured",
    "release",
    "release_withdrawn",
    "alert_seen",
    "alert_resolved",
    "ticket_shown",
    "ticket_worked",
    "report_taken",
]
_DETAIL = 200


def note_act(
    session: Session,
    act: Act,
    *,
    by: str,
    role: str,
    now: datetime,
    about: str = "",
    detail: str = "",
) -> None:
    """Add an act to the caller's transaction. Nothing of a resident may stand in ``detail``."""
    session.add(
        StaffAct(at=now, by=by, role=role, act=act, about=about[:64], detail=detail[:_DETAIL])
    )
