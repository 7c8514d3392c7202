# SPDX-License-Identifier: Apache-2.0
"""Tickets and ratings: what is due, who works on it, what residents thought.

What a resident wrote is hidden until an operator asks to see it, and that is written down. Auditors see the
ticket and what was done, never the words.
"""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Annotated, Any, Final

from fastapi import APIRouter, Query, Request
from sqlalchemy import func, select
from sqlalchemy.orm import Session
from starlette.responses import Response

from central_platform.api.access import Platform
from central_platform.api.tickets import ticket_file_of, ticket_rows
from central_platform.console.access import console
from central_platform.console.errors import ConsoleError
from central_platform.console.pages import page, to
from central_platform.console.sessions import Visitor
from central_platform.context import PlatformContext
from central_platform.staff_acts import note_act
from central_platform.storage.models import Rating, Submission, Terminal
from central_platform.storage.services import TicketNote
from central_platform.tickets import TicketState, find_ticket, note
from kiosk.protocol.wire import Text

router = APIRouter()

Looks = Annotated[Visitor, console("operator", "auditor")]
Works = Annotated[Visitor, console("operator")]
OPEN: Final[tuple[TicketState, ...]] = ("open", "working", "answered")
_CLEAR: Final = frozenset({"step", "item", "code", "kind", "device", "grade"})
_CODE: Final = re.compile(r"[a-z0-9_.-]{1,64}")
"""What the terminal itself filled in, and looks like it; everything else is the resident's."""
_STEPS: Final[dict[str, TicketState]] = {
    "take": "working",
    "answer": "answered",
    "close": "closed",
}
_LONGEST_NOTE: Final = 500
_RATINGS: Final = timedelta(days=30)


@router.get("/tickets")
def tickets_page(
    request: Request,
    visitor: Looks,
    platform: Platform,
    show: Annotated[str, Query(pattern="^(open|closed|all)$")] = "open",
) -> Response:
    """Show tickets, the first due first, and what residents thought lately."""
    del visitor
    states: tuple[TicketState, ...] = {"open": OPEN, "closed": ("closed",)}.get(show, ())
    with platform.database.read() as session:
        rows = ticket_rows(session, platform.today(), states)
        takers = _takers(session, [row.number for row in rows])
        places = _places(session, {row.terminal for row in rows})
        grades = _grades(session, platform)
    given = sum(grades.values())
    return page(
        request,
        "tickets",
        rows=rows,
        takers=takers,
        places=places,
        items=_item_names(platform),
        show=show,
        grades=grades,
        given=given,
        mean=sum(grade * count for grade, count in grades.items()) / given if given else None,
        today=platform.today(),
    )


@router.get("/tickets/{number}")
def ticket_page(number: str, request: Request, visitor: Looks, platform: Platform) -> Response:
    """Show a ticket; the resident's words are hidden."""
    return _shown(request, visitor, platform, number, open_words=False)


@router.post("/tickets/{number}/words")
def ticket_words(number: str, request: Request, visitor: Works, platform: Platform) -> Response:
    """Show a ticket with the resident's words, and write down who looked."""
    with platform.database.write() as session:
        find_ticket(session, number)
        note_act(
            session,
            "ticket_shown",
            by=visitor.member.name,
            role=visitor.role,
            now=platform.now(),
            about=number,
        )
    return _shown(request, visitor, platform, number, open_words=True)


@router.post("/tickets/{number}/work")
def work(number: str, request: Request, visitor: Works, platform: Platform) -> Response:
    """Note what was done about a ticket."""
    form: dict[str, str] = request.state.form
    step = _STEPS.get(form.get("step", ""))
    words = form.get("words", "").strip()
    if step is None or len(words) > _LONGEST_NOTE or (not words and step != "working"):
        raise ConsoleError(422, "request")
    now = platform.now()
    with platform.database.write() as session:
        ticket = find_ticket(session, number)
        note(session, ticket, step, words or "—", by=visitor.member.name, now=now)
        note_act(
            session,
            "ticket_worked",
            by=visitor.member.name,
            role=visitor.role,
            now=now,
            about=number,
            detail=step,
        )
    return to(f"/tickets/{number}")


def _shown(
    request: Request,
    visitor: Visitor,
    platform: PlatformContext,
    number: str,
    *,
    open_words: bool,
) -> Response:
    with platform.database.read() as session:
        told = ticket_file_of(session, platform.today(), find_ticket(session, number))
        places = _places(session, {told.ticket.terminal})
    filled = {key: str(value) for key, value in told.words.items() if value}
    clear = {
        key: value for key, value in filled.items() if key in _CLEAR and _CODE.fullmatch(value)
    }
    theirs = {key: value for key, value in filled.items() if key not in clear}
    return page(
        request,
        "ticket",
        told=told,
        clear=clear,
        theirs=theirs if open_words else dict.fromkeys(theirs, ""),
        open_words=open_words,
        may_open=visitor.role == "operator",
        places=places,
        items=_item_names(platform),
    )


def _takers(session: Session, numbers: list[str]) -> dict[str, str]:
    """Return who did the last thing about each ticket."""
    last = (
        select(func.max(TicketNote.key))
        .where(TicketNote.number.in_(numbers))
        .group_by(TicketNote.number)
    )
    found = session.execute(
        select(TicketNote.number, TicketNote.by).where(TicketNote.key.in_(last))
    )
    return {number: by for number, by in found}  # noqa: C416 - rows are no pairs to the type checker


def _places(session: Session, terminals: set[str]) -> dict[str, Text]:
    return {
        row.id: Text.model_validate(row.profile["place"])
        for row in session.scalars(select(Terminal).where(Terminal.id.in_(sorted(terminals))))
    }


def _grades(session: Session, platform: PlatformContext) -> dict[int, int]:
    """Return how often each grade was given lately, the best first."""
    found: Any = session.execute(
        select(Rating.grade, func.count())
        .join(Submission, Submission.key == Rating.submission_key)
        .where(Rating.grade.is_not(None), Submission.received_at > platform.now() - _RATINGS)
        .group_by(Rating.grade)
    )
    counts = {int(grade): int(count) for grade, count in found}
    return {grade: counts.get(grade, 0) for grade in (5, 4, 3, 2, 1)}


def _item_names(platform: PlatformContext) -> dict[str, Text]:
    return {item.code: item.name for item in platform.published.catalogue.items}
