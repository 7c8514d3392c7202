# SPDX-License-Identifier: Apache-2.0
"""Appointments (预约, 延时错时): times with room for some, taken by whoever is logged in."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import Field, model_validator
from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from central_platform.api.access import KnownTerminal, Platform
from central_platform.api.errors import ApiError
from central_platform.api.identity import resident_of_live_grant
from central_platform.api.licences import wanted_item
from central_platform.api.roles import StaffMember, staff
from central_platform.case_numbers import new_ticket_number
from central_platform.storage.services import Appointment, AppointmentSlot
from kiosk.protocol.services import (
    Asked,
    BookableMatter,
    BookableMatters,
    Booking,
    BookingList,
    BookingRequest,
    ItemCode,
    Number,
    SlotList,
    SlotOffer,
)
from kiosk.protocol.wire import Text, WireModel, WireTime

router = APIRouter(tags=["appointments"])

Runs = Annotated[StaffMember, staff("operator")]
_MOST = 200


class NewSlot(WireModel):
    """A time that is offered."""

    place: Text
    item: ItemCode
    starts_at: WireTime
    ends_at: WireTime
    capacity: Annotated[int, Field(ge=1, le=1000)]

    @model_validator(mode="after")
    def _ends_after_it_starts(self) -> NewSlot:
        longest = 120
        if (
            self.ends_at <= self.starts_at
            or max(map(len, (self.place.zh, self.place.en))) > longest
        ):
            raise ValueError("it ends before it starts, or the place has more than 120 characters")
        return self


@router.post("/operations/slots", status_code=201)
def offer(wanted: NewSlot, member: Runs, platform: Platform) -> SlotOffer:
    """Offer a time; the same place, matter and start again is 409."""
    del member
    wanted_item(platform, wanted.item)
    row = AppointmentSlot(
        place_zh=wanted.place.zh,
        place_en=wanted.place.en,
        item=wanted.item,
        starts_at=wanted.starts_at,
        ends_at=wanted.ends_at,
        capacity=wanted.capacity,
        taken=0,
    )
    try:
        with platform.database.write() as session:
            session.add(row)
            session.flush()
            return _offer(row)
    except IntegrityError:
        raise ApiError(409, "slot.there", "This time is offered already.") from None


@router.get("/appointments/matters")
def matters(terminal: KnownTerminal, platform: Platform) -> BookableMatters:
    """Return the matters for which times are to come, full or not, and where."""
    del terminal
    with platform.database.read() as session:
        rows = session.execute(
            select(AppointmentSlot.item, AppointmentSlot.place_zh, AppointmentSlot.place_en)
            .where(AppointmentSlot.starts_at > platform.now())
            .distinct()
            .order_by(AppointmentSlot.item, AppointmentSlot.place_zh)
        ).all()
    places: dict[str, list[Text]] = {}
    for item, place_zh, place_en in rows:
        places.setdefault(item, []).append(Text(zh=place_zh, en=place_en))
    found = []
    for code, where in places.items():
        known = platform.published.catalogue.item(code)
        if known is not None:
            found.append(BookableMatter(item=code, name=known.name, places=tuple(where)))
    return BookableMatters(matters=tuple(found))


@router.get("/appointments/slots")
def slots(
    terminal: KnownTerminal,
    platform: Platform,
    item: Annotated[ItemCode, Query()],
    *,
    full: Annotated[bool, Query()] = False,
) -> SlotList:
    """Return times for an item that are to come and have room; with ``full`` those without room, too."""
    del terminal
    wanted = select(AppointmentSlot).where(
        AppointmentSlot.item == item, AppointmentSlot.starts_at > platform.now()
    )
    if not full:
        wanted = wanted.where(AppointmentSlot.taken < AppointmentSlot.capacity)
    with platform.database.read() as session:
        rows = session.scalars(
            wanted.order_by(AppointmentSlot.starts_at, AppointmentSlot.id).limit(_MOST)
        )
        return SlotList(slots=tuple(_offer(row) for row in rows))


@router.post("/appointments")
def book(asked: BookingRequest, terminal: KnownTerminal, platform: Platform) -> Booking:
    """Take a time. The same person and time again get the same number; 409 ``slot.full`` when it is full."""
    now = platform.now()
    with platform.database.write() as session:
        resident = resident_of_live_grant(session, platform, asked.grant, terminal)
        # The row is locked here, so that the last place goes to one of two.
        slot = session.get(AppointmentSlot, asked.slot, with_for_update=True)
        if slot is None or slot.starts_at <= now:
            raise ApiError(404, "slot.unknown", "No such time, or it is over.")
        known = session.scalar(
            select(Appointment).where(
                Appointment.slot == slot.id, Appointment.resident == resident.id
            )
        )
        if known is not None and known.state != "cancelled":
            return _booking(known, slot)
        _take(session, slot)
        if known is None:
            known = Appointment(
                number=new_ticket_number(platform.today()).replace("T", "Y", 1),
                slot=slot.id,
                resident=resident.id,
            )
            session.add(known)
        known.state, known.booked_at = "booked", now
        session.flush()
        return _booking(known, slot)


@router.post("/appointments/mine")
def mine(asked: Asked, terminal: KnownTerminal, platform: Platform) -> BookingList:
    """Return the appointments of whoever is logged in."""
    with platform.database.read() as session:
        resident = resident_of_live_grant(session, platform, asked.grant, terminal)
        rows = session.execute(
            select(Appointment, AppointmentSlot)
            .join(AppointmentSlot, AppointmentSlot.id == Appointment.slot)
            .where(Appointment.resident == resident.id)
            .order_by(AppointmentSlot.starts_at.desc())
            .limit(_MOST)
        )
        return BookingList(bookings=tuple(_booking(row, slot) for row, slot in rows))


@router.post("/appointments/{number}/cancel")
def cancel(number: Number, asked: Asked, terminal: KnownTerminal, platform: Platform) -> Booking:
    """Give a time back, as the person who took it; twice is no harm."""
    with platform.database.write() as session:
        resident = resident_of_live_grant(session, platform, asked.grant, terminal)
        row = session.get(Appointment, number)
        if row is None or row.resident != resident.id:
            raise ApiError(404, "appointment.unknown", "No such appointment.")
        slot = session.get_one(AppointmentSlot, row.slot, with_for_update=True)
        session.refresh(row)  # under the slot's lock: of two cancellations one gives the place back
        if row.state == "booked":
            row.state = "cancelled"
            slot.taken -= 1
        return _booking(row, slot)


def _take(session: Session, slot: AppointmentSlot) -> None:
    taken = session.execute(
        update(AppointmentSlot)
        .where(AppointmentSlot.id == slot.id, AppointmentSlot.taken < AppointmentSlot.capacity)
        .values(taken=AppointmentSlot.taken + 1)
        .returning(AppointmentSlot.taken)
    ).first()
    if taken is None:
        raise ApiError(409, "slot.full", "This time is full.")
    session.refresh(slot)


def _offer(row: AppointmentSlot) -> SlotOffer:
    starts: datetime = row.starts_at
    return SlotOffer(
        id=row.id,
        place=Text(zh=row.place_zh, en=row.place_en),
        item=row.item,
        starts_at=starts,
        ends_at=row.ends_at,
        free=row.capacity - row.taken,
    )


def _booking(row: Appointment, slot: AppointmentSlot) -> Booking:
    return Booking.model_validate({"number": row.number, "slot": _offer(slot), "state": row.state})
