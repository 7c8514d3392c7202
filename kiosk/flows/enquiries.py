# SPDX-License-Identifier: Apache-2.0
"""What the residents' services ask of the platform: one frozen question each, with one answer.

``AskPlatform`` carries one of them; ``PlatformAnswered`` brings what its docstring names, ``Failed`` why
not. A further question is a class here, a method of the platform port, and a row in
``kiosk.terminal.enquiry_answers`` and ``kiosk.flows.stages``.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Enquiry:
    """Base of all questions."""


@dataclass(frozen=True, slots=True)
class MyCases(Enquiry):
    """Which cases has whoever is logged in? ``CaseList``."""

    grant: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class CaseOfSlip(Enquiry):
    """Where does the case of this slip stand? ``SlipState``; nobody has to be logged in."""

    number: str
    submission: UUID


@dataclass(frozen=True, slots=True)
class BookableTimes(Enquiry):
    """For which matters are times offered, and where? ``BookableMatters``; nobody has to be logged in."""


@dataclass(frozen=True, slots=True)
class Times(Enquiry):
    """Which times are to come for this item? ``SlotList``, those that are full included."""

    item: str


@dataclass(frozen=True, slots=True)
class Book(Enquiry):
    """May they have this time? ``Booking``; the same question again is the same appointment."""

    grant: str = field(repr=False)
    slot: int


@dataclass(frozen=True, slots=True)
class MyBookings(Enquiry):
    """Which appointments has whoever is logged in? ``BookingList``."""

    grant: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class CancelBooking(Enquiry):
    """Give this time back. ``Booking``; twice is no harm."""

    grant: str = field(repr=False)
    number: str
