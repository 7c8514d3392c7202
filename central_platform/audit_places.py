# SPDX-License-Identifier: Apache-2.0
"""How far each terminal's event chain was, so that an end cut off over there is noticed here."""

from __future__ import annotations

from sqlalchemy.orm import Session

from central_platform.alarms import note_alarm
from central_platform.context import PlatformContext
from central_platform.storage.models import Terminal
from kiosk.protocol.messages import AuditPlace

CUT_OFF = "audit.cut_off"
REWRITTEN = "audit.rewritten"


def note_audit_place(
    session: Session,
    platform: PlatformContext,
    terminal: Terminal,
    place: AuditPlace,
    *,
    live: bool,
) -> None:
    """Remember the place, and raise an alarm once when the chain is shorter than it was, or another one.

    ``live``: the terminal speaks now. A stick may have lain for weeks: then a shorter chain is only older.
    """
    known, known_hash = terminal.audit_sequence or 0, terminal.audit_hash
    alarm = ""
    if place.sequence < known:
        if not live:
            return
        alarm = CUT_OFF
    elif place.sequence == known and known_hash not in {None, place.hash}:
        alarm = REWRITTEN
    terminal.audit_sequence, terminal.audit_hash = place.sequence, place.hash
    if alarm:
        detail = f"events {known}, now {place.sequence}"
        note_alarm(session, platform, alarm, terminal.id, detail=detail)
