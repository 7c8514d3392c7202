# SPDX-License-Identifier: Apache-2.0
"""Tickets (12345, 办不成事, 预约上门, bad ratings): one open ticket for one matter, due by working days.

The same person filing the same matter again while its ticket is open is linked to that ticket and gets its
number; a primary key decides, so that it holds for two workers at once, too.
"""

from __future__ import annotations

import hashlib
from datetime import date, datetime
from typing import Any, Literal
from uuid import UUID

from sqlalchemy import delete, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from central_platform.api.errors import ApiError
from central_platform.case_numbers import new_ticket_number
from central_platform.storage.models import Submission, Ticket
from central_platform.storage.services import TicketMatter, TicketNote, TicketRepeat
from central_platform.working_days import PromisedDate, promised_date
from kiosk.protocol.wire import Text

DUE_WORKING_DAYS = 1
TicketState = Literal["open", "working", "answered", "closed"]
_NEXT = {
    "open": {"working", "answered", "closed"},
    "working": {"working", "answered", "closed"},
    "answered": {"working", "closed"},
}


def open_ticket(
    session: Session,
    row: Submission,
    about: UUID | None,
    cause: str,
    words: dict[str, Any],
    *,
    today: date,
) -> tuple[PromisedDate, Text]:
    """Open a ticket for a submission, or link it to the one that is open; return due date and its number."""
    number = new_ticket_number(today)
    matter = _matter(row, about, cause, words)
    if matter is not None:
        known = _claim(session, matter, number)
        if known is not None:
            session.add(TicketRepeat(submission_key=row.key, number=known.number))
            session.flush()
            return PromisedDate(known.due, estimated=False), _told(known.number)
    due = promised_date(today, DUE_WORKING_DAYS)
    session.add(
        Ticket(
            submission_key=row.key,
            number=number,
            about=about,
            cause=cause,
            words=words,
            due=due.day,
            state="open",
        )
    )
    session.flush()
    return due, _told(number)


def find_ticket(session: Session, number: str) -> Ticket:
    """Return a ticket, locked. Raises :class:`ApiError` 404."""
    row = session.scalar(select(Ticket).where(Ticket.number == number).with_for_update())
    if row is None:
        raise ApiError(404, "ticket.unknown", "No such ticket.")
    return row


def note(
    session: Session, ticket: Ticket, state: TicketState, words: str, *, by: str, now: datetime
) -> None:
    """Note what was done. A closed ticket stays closed (409); the same matter then opens a new one."""
    if state not in _NEXT.get(ticket.state, ()):
        raise ApiError(
            409, "ticket.state", f"From {ticket.state} a ticket does not become {state}."
        )
    session.add(TicketNote(number=ticket.number, at=now, by=by, state=state, words=words))
    ticket.state = state
    if state == "closed":
        session.execute(delete(TicketMatter).where(TicketMatter.number == ticket.number))


def _claim(session: Session, matter: str, number: str) -> Ticket | None:
    """Make ``number`` the matter's ticket; return the ticket that has it already."""
    try:
        with session.begin_nested():
            session.add(TicketMatter(sha256=matter, number=number))
    except IntegrityError:
        return session.scalar(
            select(Ticket)
            .join(TicketMatter, TicketMatter.number == Ticket.number)
            .where(TicketMatter.sha256 == matter)
        )
    return None


def _matter(row: Submission, about: UUID | None, cause: str, words: dict[str, Any]) -> str | None:
    """Return what makes two tickets the same matter; ``None`` where nobody can tell.

    The same case, or the same person's same item; else the same telephone number about the same thing; else
    the same fault of the same machine. What somebody wrote in words of their own is a ticket of its own.
    """
    kind = str(words.get("kind", ""))
    if about is not None or row.resident is not None:
        facts = [str(about), str(row.resident)]
    elif words.get("phone"):
        facts = ["phone", str(words["phone"]), str(words.get("code", ""))]
    elif words.get("code") and not words.get("words"):
        # Nobody said who they are, nor anything of their own: the same fault of the same machine.
        facts = ["terminal", row.terminal]
        facts += [str(words.get(key, "")) for key in ("step", "code", "device")]
    else:
        return None
    return hashlib.sha256("\x00".join((cause, kind, *facts, row.item)).encode()).hexdigest()


def _told(number: str) -> Text:
    return Text(zh=f"工单号 {number}", en=f"Ticket {number}")
