# SPDX-License-Identifier: Apache-2.0
"""Help by people: somebody calls back or comes, and registered helpers act for a resident (帮代办)."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Literal
from uuid import UUID, uuid4

from fastapi import APIRouter, Query
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from central_platform.api.access import KnownTerminal, Platform
from central_platform.api.errors import ApiError
from central_platform.api.identity import resident_of_live_grant
from central_platform.api.licences import wanted_item
from central_platform.api.roles import StaffMember, staff
from central_platform.case_numbers import new_ticket_number
from central_platform.content import helpers
from central_platform.storage.services import AssistanceCall, DelegationGiven
from kiosk.protocol.services import (
    Asked,
    Assistance,
    AssistanceRequest,
    Delegation,
    DelegationList,
    DelegationRequest,
    Number,
)
from kiosk.protocol.wire import WireModel

router = APIRouter(tags=["help"])

Works = Annotated[StaffMember, staff("operator")]
_NEXT = {"waiting": {"taken", "withdrawn"}, "taken": {"done", "waiting"}}
_MOST = 200


class AssistanceList(WireModel):
    """Who waits, the longest waiting first."""

    requests: tuple[Assistance, ...]


class AssistanceWork(WireModel):
    """What an operator does with a request."""

    state: Literal["taken", "done", "waiting"]


@router.post("/assistance", status_code=201)
def ask(asked: AssistanceRequest, terminal: KnownTerminal, platform: Platform) -> Assistance:
    """Ask for a person. A call-back needs a telephone number; nobody has to be logged in."""
    if asked.kind in {"call_back", "home_visit"} and asked.phone is None:
        raise ApiError(422, "assistance.phone", "A telephone number is needed.")
    if asked.item is not None:
        wanted_item(platform, asked.item)
    with platform.database.write() as session:
        resident = (
            resident_of_live_grant(session, platform, asked.grant, terminal).id
            if asked.grant
            else None
        )
        row = AssistanceCall(
            number=new_ticket_number(platform.today()).replace("T", "H", 1),
            terminal=terminal,
            resident=resident,
            kind=asked.kind,
            item=asked.item,
            phone=asked.phone,
            state="waiting",
            asked_at=platform.now(),
        )
        session.add(row)
        session.flush()
        return _shown(session, row)


@router.get("/assistance/{number}")
def progress(number: Number, terminal: KnownTerminal, platform: Platform) -> Assistance:
    """Return how many wait before, for a request of this terminal."""
    with platform.database.read() as session:
        return _shown(session, _own(session, number, terminal))


@router.post("/assistance/{number}/withdraw")
def withdraw(number: Number, terminal: KnownTerminal, platform: Platform) -> Assistance:
    """Wait no longer; twice is no harm, and what was taken up already goes on."""
    with platform.database.write() as session:
        row = _own(session, number, terminal)
        if row.state == "waiting":
            row.state = "withdrawn"
        return _shown(session, row)


@router.get("/operations/assistance")
def waiting(member: Works, platform: Platform) -> AssistanceList:
    """Return who waits."""
    del member
    with platform.database.read() as session:
        rows = session.scalars(
            select(AssistanceCall)
            .where(AssistanceCall.state.in_(["waiting", "taken"]))
            .order_by(AssistanceCall.key)
            .limit(_MOST)
        ).all()
        return AssistanceList(requests=tuple(_shown(session, row) for row in rows))


@router.post("/operations/assistance/{number}")
def work(number: Number, done: AssistanceWork, member: Works, platform: Platform) -> Assistance:
    """Take a request, finish it, or give it back."""
    with platform.database.write() as session:
        row = session.scalar(
            select(AssistanceCall).where(AssistanceCall.number == number).with_for_update()
        )
        if row is None:
            raise ApiError(404, "assistance.unknown", "No such request.")
        if done.state not in _NEXT.get(row.state, ()):
            raise ApiError(409, "assistance.state", f"It is {row.state}.")
        row.state = done.state
        row.taken_by = None if done.state == "waiting" else member.name
        session.flush()
        return _shown(session, row)


@router.post("/delegations", status_code=201)
def delegate(asked: DelegationRequest, terminal: KnownTerminal, platform: Platform) -> Delegation:
    """Let a registered helper act, for one matter and some hours. Only the resident can give it."""
    wanted_item(platform, asked.item)
    if asked.helper not in helpers():
        raise ApiError(404, "helper.unknown", "No such helper is registered.")
    now = platform.now()
    with platform.database.write() as session:
        resident = resident_of_live_grant(session, platform, asked.grant, terminal)
        row = DelegationGiven(
            id=uuid4(),
            terminal=terminal,
            resident=resident.id,
            helper=asked.helper,
            item=asked.item,
            given_at=now,
            until=now + timedelta(hours=asked.hours),
        )
        session.add(row)
        session.flush()
        return _delegation(row)


@router.post("/delegations/mine")
def delegations(asked: Asked, terminal: KnownTerminal, platform: Platform) -> DelegationList:
    """Return who may act for whoever is logged in, the ended ones too."""
    with platform.database.read() as session:
        resident = resident_of_live_grant(session, platform, asked.grant, terminal)
        rows = session.scalars(
            select(DelegationGiven)
            .where(DelegationGiven.resident == resident.id)
            .order_by(DelegationGiven.given_at.desc())
            .limit(_MOST)
        )
        return DelegationList(delegations=tuple(_delegation(row) for row in rows))


@router.post("/delegations/{delegation}/revoke")
def revoke(
    delegation: UUID, asked: Asked, terminal: KnownTerminal, platform: Platform
) -> Delegation:
    """End a delegation, as the person who gave it; twice is no harm."""
    with platform.database.write() as session:
        resident = resident_of_live_grant(session, platform, asked.grant, terminal)
        row = session.get(DelegationGiven, delegation, with_for_update=True)
        if row is None or row.resident != resident.id:
            raise ApiError(404, "delegation.unknown", "No such delegation.")
        row.revoked_at = row.revoked_at or platform.now()
        return _delegation(row)


@router.get("/delegations/{delegation}/check")
def check(
    delegation: UUID,
    terminal: KnownTerminal,
    platform: Platform,
    helper: Annotated[str, Query(pattern=r"^[A-Z0-9-]{4,32}$")],
    item: Annotated[str, Query(pattern=r"^[a-z0-9][a-z0-9-]{2,62}$")],
) -> Delegation:
    """Return the delegation while it covers this helper, this item and this moment; else 403."""
    with platform.database.read() as session:
        row = session.get(DelegationGiven, delegation)
    if (
        row is None
        or row.terminal != terminal
        or (row.helper, row.item) != (helper, item)
        or row.revoked_at is not None
        or row.until <= platform.now()
    ):
        raise ApiError(403, "delegation.none", "There is no delegation for this.")
    return _delegation(row)


def _own(session: Session, number: str, terminal: str) -> AssistanceCall:
    row = session.scalar(select(AssistanceCall).where(AssistanceCall.number == number))
    if row is None or row.terminal != terminal:
        raise ApiError(404, "assistance.unknown", "No such request.")
    return row


def _shown(session: Session, row: AssistanceCall) -> Assistance:
    ahead = session.scalar(
        select(func.count())
        .select_from(AssistanceCall)
        .where(
            AssistanceCall.state == "waiting",
            AssistanceCall.kind == row.kind,
            AssistanceCall.key < row.key,
        )
    )
    return Assistance.model_validate(
        {
            "number": row.number,
            "kind": row.kind,
            "state": row.state,
            "ahead": (ahead or 0) if row.state == "waiting" else 0,
            "asked_at": row.asked_at,
        }
    )


def _delegation(row: DelegationGiven) -> Delegation:
    return Delegation(
        id=row.id,
        helper=row.helper,
        helper_name=helpers().get(row.helper, row.helper),
        item=row.item,
        until=row.until,
        revoked_at=row.revoked_at,
    )
