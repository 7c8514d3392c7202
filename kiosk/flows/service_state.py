# SPDX-License-Identifier: Apache-2.0
"""What a session holds of the residents' services. It ends with the session, like all the rest."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date
from typing import TYPE_CHECKING, Literal
from uuid import UUID

from kiosk.protocol.services import BookableMatter, Booking, CaseSummary, SlipState, SlotOffer
from kiosk.protocol.wire import Text

if TYPE_CHECKING:
    from kiosk.flows.state import Place, Trouble


@dataclass(frozen=True, slots=True)
class CasesDesk:
    """The resident's own cases, or the one of a slip."""

    cases: tuple[CaseSummary, ...] | None = field(default=None, repr=False)
    """``None`` until the platform told them."""
    chosen: UUID | None = None
    page: int = 0
    slip: SlipState | None = field(default=None, repr=False)
    slip_trouble: str = ""
    """Code of what kept a slip from being read or found."""

    @property
    def case(self) -> CaseSummary | None:
        """The case that is looked at."""
        return next((case for case in self.cases or () if case.submission == self.chosen), None)


@dataclass(frozen=True, slots=True)
class Report:
    """办不成事: what is reported, where it came from, what became of it."""

    step: str
    code: str
    device: str
    """Role of the device that the code speaks of; empty where it speaks of none."""
    item: str
    back: Place
    """Where it came from, with the trouble that stood there."""
    trouble: Trouble | None
    phone: str = field(default="", repr=False)
    """For a call back; only where the resident gave one."""
    words: str = field(default="", repr=False)
    editing: str = ""
    complained: bool = False
    phase: Literal["open", "sending", "kept", "failed"] = "open"
    failed_code: str = ""
    submission: UUID | None = None
    receipt: str = ""
    kept_wall: float = 0.0
    delivered: bool = False
    note: Text | None = None
    """What the platform says to it: its own number of the ticket."""
    due: str = ""
    """ISO date by which somebody has dealt with it."""

    @property
    def kept(self) -> bool:
        """It is durable and has a number."""
        return self.phase == "kept"

    @property
    def matter(self) -> tuple[str, ...]:
        """What makes two reports of one visit the same."""
        return self.step, self.code, self.item

    def changed(self, **changes: object) -> Report:
        """Return it with these facts changed."""
        return replace(self, **changes)  # type: ignore[arg-type]  # replace checks the names

    def returning_to(self, back: Place, trouble: Trouble | None) -> Report:
        """Return it as seen from another page of the same matter."""
        return replace(self, back=back, trouble=trouble)


@dataclass(frozen=True, slots=True)
class BookingDesk:
    """Appointments: those the resident has, and the one that is being made."""

    bookings: tuple[Booking, ...] | None = field(default=None, repr=False)
    """``None`` until the platform told them."""
    shown: str = ""
    """Number of the appointment that is looked at."""
    cancelling: bool = False
    """Giving it back was asked for and is not confirmed yet."""
    matters: tuple[BookableMatter, ...] | None = None
    slots: tuple[SlotOffer, ...] | None = None
    item: str = ""
    place: str = ""
    """Chinese name of the place: what tells places apart."""
    day: date | None = None
    slot: int = 0
    page: int = 0
    notice: str = ""
    """Code of what went wrong with the last time that was chosen."""

    @property
    def booking(self) -> Booking | None:
        """The appointment that is looked at."""
        return next((each for each in self.bookings or () if each.number == self.shown), None)

    @property
    def offer(self) -> SlotOffer | None:
        """The time that was chosen."""
        return next((each for each in self.slots or () if each.id == self.slot), None)
