# SPDX-License-Identifier: Apache-2.0
"""The stream of events for supervision (电子监察): each terminal's numbers run 1, 2, 3 … without a gap.

A batch that leaves numbers out is refused and the answer says which number is wanted; what was stored
before is skipped when it is the same, and is a sign of a second machine when it is not. So the terminal may
send again whatever it likes and the platform never holds two truths about one number.
"""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from central_platform.api.errors import ApiError
from central_platform.clones import suspect
from central_platform.context import PlatformContext
from central_platform.storage.fleet import TerminalEvent
from central_platform.storage.models import Terminal
from kiosk.protocol.fleet import EventsAnswer, SupervisionEvent
from kiosk.protocol.wire import sha256_hex

NEXT_HEADER = "Hall24-Next-Event"


class ForkedError(Exception):
    """A number is stored with other content; the caller commits what :func:`suspect` noted, then refuses."""


def take_events(
    session: Session, platform: PlatformContext, terminal: str, events: tuple[SupervisionEvent, ...]
) -> EventsAnswer:
    """Store the events that are new. Raises :class:`ApiError` 409 for a gap and :class:`ForkedError`."""
    row = session.get_one(Terminal, terminal, with_for_update=True)
    numbers = [event.sequence for event in events]
    first = numbers[0]
    if first > row.next_event or numbers != list(range(first, first + len(numbers))):
        raise ApiError(
            409,
            "events.gap",
            "Numbers are missing.",
            detail=f"next={row.next_event}",
            headers={NEXT_HEADER: str(row.next_event)},
        )
    known = {
        stored.sequence: stored.sha256
        for stored in session.scalars(
            select(TerminalEvent).where(
                TerminalEvent.terminal == terminal,
                TerminalEvent.sequence >= first,
                TerminalEvent.sequence < row.next_event,
                TerminalEvent.sequence <= numbers[-1],
            )
        )
    }
    now = platform.now()
    fresh = 0
    for event in events:
        digest = sha256_hex(event.canonical())
        if event.sequence < row.next_event:
            if known.get(event.sequence) != digest:
                suspect(session, platform, row, f"event {event.sequence} differs from the stored")
                raise ForkedError
            continue
        session.add(
            TerminalEvent(
                terminal=terminal,
                sequence=event.sequence,
                kind=event.kind,
                at=event.at,
                received_at=now,
                detail=event.model_dump(
                    mode="json", exclude={"sequence", "kind", "at"}, exclude_defaults=True
                ),
                sha256=digest,
            )
        )
        fresh += 1
    row.next_event += fresh
    return EventsAnswer(next=row.next_event, stored=fresh)
