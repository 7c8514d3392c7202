# SPDX-License-Identifier: Apache-2.0
"""The residents' services of protocol version 1. Part of :class:`kiosk.platform_client.v1.PlatformV1`."""

from __future__ import annotations

from abc import ABC, abstractmethod
from urllib.parse import quote, urlencode
from uuid import UUID

from kiosk.platform_client.http_errors import Answer
from kiosk.platform_client.port import AnswerInvalidError
from kiosk.protocol.services import (
    Asked,
    BookableMatters,
    Booking,
    BookingList,
    BookingRequest,
    CaseList,
    HeldResultRequest,
    SlipRequest,
    SlipState,
    SlotList,
)
from kiosk.protocol.wire import WireModel


def pdf_of(answer: Answer) -> bytes:
    """Return the PDF of an answer; raises ``AnswerInvalidError`` for anything else."""
    if not answer.body.startswith(b"%PDF-"):
        raise AnswerInvalidError("platform.answer_invalid", "not a PDF")
    return answer.body


class ServicesV1(ABC):
    """What residents ask beside the items; the port says what each returns and raises."""

    def my_cases(self, grant: str) -> CaseList:
        """Return the cases of whoever is logged in."""
        return self._post("/cases/mine", Asked(grant=grant)).parse(CaseList)

    def case_of_slip(self, number: str, submission: UUID) -> SlipState:
        """Return the state of a slip's case."""
        shown = SlipRequest(number=number, submission=submission)
        return self._post("/cases/by-slip", shown).parse(SlipState)

    def held_result(self, grant: str, submission: UUID, code: str) -> bytes:
        """Return a document of an own case."""
        asked = HeldResultRequest(grant=grant, submission=submission, code=code)
        return pdf_of(self._post("/cases/mine/result", asked))

    def bookable_matters(self) -> BookableMatters:
        """Return the matters for which times are offered."""
        return self._get("/appointments/matters").parse(BookableMatters)

    def times(self, item: str) -> SlotList:
        """Return the times to come for an item."""
        query = urlencode({"item": item, "full": "true"})
        return self._get(f"/appointments/slots?{query}").parse(SlotList)

    def book(self, grant: str, slot: int) -> Booking:
        """Take a time."""
        return self._post("/appointments", BookingRequest(grant=grant, slot=slot)).parse(Booking)

    def my_bookings(self, grant: str) -> BookingList:
        """Return the appointments of whoever is logged in."""
        return self._post("/appointments/mine", Asked(grant=grant)).parse(BookingList)

    def cancel_booking(self, grant: str, number: str) -> Booking:
        """Give a time back."""
        path = f"/appointments/{quote(number, safe='')}/cancel"
        return self._post(path, Asked(grant=grant)).parse(Booking)

    @abstractmethod
    def _get(self, path: str) -> Answer:
        """Ask as this terminal."""

    @abstractmethod
    def _post(self, path: str, body: WireModel) -> Answer:
        """Post as this terminal."""
