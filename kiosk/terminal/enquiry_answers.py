# SPDX-License-Identifier: Apache-2.0
"""Which method of the platform answers which question of the residents' services."""

from __future__ import annotations

from kiosk.flows import enquiries
from kiosk.platform_client.port import ResidentServices
from kiosk.protocol.wire import WireModel


def answer(  # noqa: PLR0911 - one return a question
    platform: ResidentServices, enquiry: enquiries.Enquiry
) -> WireModel:
    """Ask the platform; raises what it raises, and ``LookupError`` for a question that nobody entered here."""
    match enquiry:
        case enquiries.MyCases(grant=grant):
            return platform.my_cases(grant)
        case enquiries.CaseOfSlip(number=number, submission=submission):
            return platform.case_of_slip(number, submission)
        case enquiries.BookableTimes():
            return platform.bookable_matters()
        case enquiries.Times(item=item):
            return platform.times(item)
        case enquiries.Book(grant=grant, slot=slot):
            return platform.book(grant, slot)
        case enquiries.MyBookings(grant=grant):
            return platform.my_bookings(grant)
        case enquiries.CancelBooking(grant=grant, number=number):
            return platform.cancel_booking(grant, number)
        case _:
            raise LookupError(type(enquiry).__name__)
