# SPDX-License-Identifier: Apache-2.0
"""A platform that answers the residents' services with made-up cases and times. Nobody in it is real."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from uuid import UUID

from kiosk.flows import enquiries
from kiosk.protocol.services import (
    BookableMatter,
    BookableMatters,
    Booking,
    BookingList,
    CaseList,
    CaseResult,
    CaseSummary,
    SlipState,
    SlotList,
    SlotOffer,
)
from kiosk.protocol.wire import Text, WireModel

AT = datetime(2026, 11, 20, 1, 14, tzinfo=UTC)
SLIP = f"hall24/1 GZ2026000101 {UUID(int=101)}"
PLACE = Text(zh="章贡区便民服务中心", en="Zhanggong")


def answer_to(  # noqa: PLR0911 - one return a question
    question: enquiries.Enquiry,
) -> WireModel | None:
    """Return what this platform says; ``None`` to a question that it does not know."""
    match question:
        case enquiries.MyCases():
            return CaseList(cases=(_case("supplement", 101), _case("approved", 102)))
        case enquiries.CaseOfSlip(number=number):
            return SlipState(
                number=number,
                state="in_review",
                received_at=AT,
                promised_date=date(2026, 12, 4),
                wanted=False,
                results=False,
            )
        case enquiries.BookableTimes():
            matter = BookableMatter(
                item="hall-appointment", name=Text(zh="预约大厅窗口", en="Hall"), places=(PLACE,)
            )
            return BookableMatters(matters=(matter,))
        case enquiries.Times():
            return SlotList(slots=tuple(_slot(number) for number in range(1, 5)))
        case enquiries.Book(slot=slot):
            return Booking(number=f"Y20261124-{slot:05}", slot=_slot(slot), state="booked")
        case enquiries.MyBookings():
            booking = Booking(number="Y20261124-00001", slot=_slot(1), state="booked")
            return BookingList(bookings=(booking,))
        case enquiries.CancelBooking(number=number):
            return Booking(number=number, slot=_slot(1), state="cancelled")
        case _:
            return None


def _case(state: str, number: int) -> CaseSummary:
    approved = state == "approved"
    return CaseSummary.model_validate(
        {
            "submission": UUID(int=number),
            "number": f"GZ2026000{number}",
            "item": "social-insurance-proof" if approved else "old-age-allowance",
            "state": state,
            "received_at": AT,
            "promised_date": None if approved else date(2026, 12, 4),
            "reason": None,
            "wanted": () if approved else ("household-register",),
            "results": (CaseResult(code="proof", title=Text(zh="证明", en="Proof")),)
            if approved
            else (),
        }
    )


def _slot(number: int) -> SlotOffer:
    starts = AT + timedelta(days=40 + number)
    return SlotOffer(
        id=number,
        place=PLACE,
        item="hall-appointment",
        starts_at=starts,
        ends_at=starts + timedelta(minutes=30),
        free=number % 3,
    )
