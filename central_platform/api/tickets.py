# SPDX-License-Identifier: Apache-2.0
"""Tickets as operators work on them: what is due first, what was done."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import Field
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from central_platform.api.access import Platform
from central_platform.api.roles import StaffMember, staff
from central_platform.staff_acts import note_act
from central_platform.storage.models import Submission, Ticket
from central_platform.storage.services import TicketNote, TicketRepeat
from central_platform.tickets import TicketState, find_ticket, note
from kiosk.protocol.services import Number
from kiosk.protocol.wire import WireModel, WireTime

router = APIRouter(prefix="/operations/tickets", tags=["operations"])

Looks = Annotated[StaffMember, staff("operator", "auditor")]
Works = Annotated[StaffMember, staff("operator")]


class TicketRow(WireModel):
    """A ticket in a list; what the person wrote stays in the ticket."""

    number: str
    cause: str
    item: str
    terminal: str
    opened_at: WireTime
    due: date
    state: TicketState
    overdue: bool
    about: UUID | None
    repeats: int


class TicketRows(WireModel):
    """Tickets, the first due first."""

    tickets: tuple[TicketRow, ...]


class NoteRow(WireModel):
    """What was done about a ticket."""

    at: WireTime
    by: str
    state: TicketState
    words: str


class TicketFile(WireModel):
    """A ticket with the words of the person and what was done."""

    ticket: TicketRow
    words: dict[str, object] = Field(repr=False)
    notes: tuple[NoteRow, ...]


class TicketWork(WireModel):
    """What was done."""

    state: TicketState
    words: Annotated[str, Field(min_length=1, max_length=500, pattern=r"^[^\x00]*$")]


@router.get("")
def tickets(
    member: Looks, platform: Platform, state: Annotated[TicketState | None, Query()] = None
) -> TicketRows:
    """Return tickets, the first due first."""
    del member
    states = (state,) if state is not None else ()
    with platform.database.read() as session:
        return TicketRows(tickets=ticket_rows(session, platform.today(), states))


@router.get("/{number}")
def ticket_file(number: Number, member: Works, platform: Platform) -> TicketFile:
    """Return a ticket with its words."""
    with platform.database.write() as session:
        note_act(
            session,
            "ticket_shown",
            by=member.name,
            role=member.role,
            now=platform.now(),
            about=number,
        )
        return ticket_file_of(session, platform.today(), find_ticket(session, number))


@router.post("/{number}/notes", status_code=201)
def work(number: Number, done: TicketWork, member: Works, platform: Platform) -> TicketFile:
    """Note what was done and in what state the ticket is now."""
    with platform.database.write() as session:
        ticket = find_ticket(session, number)
        note(session, ticket, done.state, done.words, by=member.name, now=platform.now())
        note_act(
            session,
            "ticket_worked",
            by=member.name,
            role=member.role,
            now=platform.now(),
            about=number,
            detail=done.state,
        )
        session.flush()
        return ticket_file_of(session, platform.today(), ticket)


def ticket_rows(
    session: Session, today: date, states: Collection[TicketState] = ()
) -> tuple[TicketRow, ...]:
    """Return tickets in these states, or in any; the first due first."""
    wanted = (
        select(Ticket, Submission)
        .join(Submission, Submission.key == Ticket.submission_key)
        .order_by(Ticket.due, Ticket.submission_key)
        .limit(500)
    )
    if states:
        wanted = wanted.where(Ticket.state.in_(states))
    return tuple(
        _row(session, today, ticket, submission) for ticket, submission in session.execute(wanted)
    )


def ticket_file_of(session: Session, today: date, ticket: Ticket) -> TicketFile:
    """Return a ticket with its words and what was done."""
    submission = session.get_one(Submission, ticket.submission_key)
    notes = session.scalars(
        select(TicketNote).where(TicketNote.number == ticket.number).order_by(TicketNote.key)
    )
    return TicketFile(
        ticket=_row(session, today, ticket, submission),
        words=dict(ticket.words),
        notes=tuple(
            NoteRow.model_validate(
                {"at": each.at, "by": each.by, "state": each.state, "words": each.words}
            )
            for each in notes
        ),
    )


def _row(session: Session, today: date, ticket: Ticket, submission: Submission) -> TicketRow:
    repeats = session.scalar(
        select(func.count()).select_from(TicketRepeat).where(TicketRepeat.number == ticket.number)
    )
    return TicketRow.model_validate(
        {
            "number": ticket.number,
            "cause": ticket.cause,
            "item": submission.item,
            "terminal": submission.terminal,
            "opened_at": submission.received_at,
            "due": ticket.due,
            "state": ticket.state,
            "overdue": ticket.state != "closed" and ticket.due < today,
            "about": ticket.about,
            "repeats": repeats or 0,
        }
    )
