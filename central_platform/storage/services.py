# SPDX-License-Identifier: Apache-2.0
"""Tables of the residents' services: consents, changes of a case, gaps, appointments, help, post."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from central_platform.storage.base import Base


class ConsentGiven(Base):
    """A consent or a refusal, as an act of its own."""

    __tablename__ = "consent_given"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    terminal: Mapped[str] = mapped_column(ForeignKey("terminal.id"))
    resident: Mapped[int] = mapped_column(ForeignKey("synthetic_resident.id"), index=True)
    item: Mapped[str] = mapped_column(String(64))
    code: Mapped[str] = mapped_column(String(64))
    version: Mapped[str] = mapped_column(String(32))
    text_sha256: Mapped[str] = mapped_column(String(64))
    given: Mapped[bool]
    gesture: Mapped[str] = mapped_column(String(16))
    at: Mapped[datetime]
    recorded_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]


class CaseChange(Base):
    """One change of a case's state: who, when, why. Never changed afterwards."""

    __tablename__ = "case_change"

    key: Mapped[int] = mapped_column(primary_key=True)
    case_key: Mapped[int] = mapped_column(ForeignKey("case.key"), index=True)
    at: Mapped[datetime]
    by: Mapped[str] = mapped_column(String(64))
    before: Mapped[str] = mapped_column(String(16))
    after: Mapped[str] = mapped_column(String(16))
    reason: Mapped[dict[str, Any]]
    wanted: Mapped[list[Any]]


class CaseGap(Base):
    """A material that may follow later (容缺), due on a working day."""

    __tablename__ = "case_gap"

    case_key: Mapped[int] = mapped_column(ForeignKey("case.key"), primary_key=True)
    material: Mapped[str] = mapped_column(String(64), primary_key=True)
    due: Mapped[date] = mapped_column(index=True)
    supplied_at: Mapped[datetime | None]
    supplied_by: Mapped[int | None] = mapped_column(ForeignKey("submission.key"))


class CasePromise(Base):
    """The promise (告知承诺) that a case rests on: which words."""

    __tablename__ = "case_promise"

    case_key: Mapped[int] = mapped_column(ForeignKey("case.key"), primary_key=True)
    version: Mapped[str] = mapped_column(String(32))
    text_sha256: Mapped[str] = mapped_column(String(64))
    current: Mapped[bool]
    """Whether these were the words that were published when the case came in."""


class TicketMatter(Base):
    """What an open ticket is about; the primary key keeps one ticket for one matter."""

    __tablename__ = "ticket_matter"

    sha256: Mapped[str] = mapped_column(String(64), primary_key=True)
    number: Mapped[str] = mapped_column(String(24), index=True)


class TicketRepeat(Base):
    """The same matter, filed again: linked to the ticket that is open."""

    __tablename__ = "ticket_repeat"

    submission_key: Mapped[int] = mapped_column(ForeignKey("submission.key"), primary_key=True)
    number: Mapped[str] = mapped_column(String(24), index=True)


class TicketNote(Base):
    """What was done about a ticket."""

    __tablename__ = "ticket_note"

    key: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[str] = mapped_column(String(24), index=True)
    at: Mapped[datetime]
    by: Mapped[str] = mapped_column(String(64))
    state: Mapped[str] = mapped_column(String(16))
    words: Mapped[str] = mapped_column(String(500))


class AppointmentSlot(Base):
    """A time with room for some."""

    __tablename__ = "appointment_slot"
    __table_args__ = (
        UniqueConstraint("place_zh", "item", "starts_at"),
        CheckConstraint("taken >= 0 AND taken <= capacity", name="ck_appointment_slot_room"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    place_zh: Mapped[str] = mapped_column(String(120))
    place_en: Mapped[str] = mapped_column(String(120))
    item: Mapped[str] = mapped_column(String(64), index=True)
    starts_at: Mapped[datetime] = mapped_column(index=True)
    ends_at: Mapped[datetime]
    capacity: Mapped[int]
    taken: Mapped[int]


class Appointment(Base):
    """Somebody comes."""

    __tablename__ = "appointment"
    __table_args__ = (UniqueConstraint("slot", "resident"),)

    number: Mapped[str] = mapped_column(String(24), primary_key=True)
    slot: Mapped[int] = mapped_column(ForeignKey("appointment_slot.id"))
    resident: Mapped[int] = mapped_column(ForeignKey("synthetic_resident.id"), index=True)
    state: Mapped[str] = mapped_column(String(16))
    booked_at: Mapped[datetime]


class AssistanceCall(Base):
    """Somebody asked for a person."""

    __tablename__ = "assistance_call"

    key: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[str] = mapped_column(String(24), unique=True)
    terminal: Mapped[str] = mapped_column(ForeignKey("terminal.id"))
    resident: Mapped[int | None] = mapped_column(ForeignKey("synthetic_resident.id"))
    kind: Mapped[str] = mapped_column(String(16))
    item: Mapped[str | None] = mapped_column(String(64))
    phone: Mapped[str | None] = mapped_column(String(16))
    state: Mapped[str] = mapped_column(String(16), index=True)
    asked_at: Mapped[datetime]
    taken_by: Mapped[str | None] = mapped_column(String(64))


class DelegationGiven(Base):
    """A resident lets a registered helper act, for one item and a while."""

    __tablename__ = "delegation_given"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    terminal: Mapped[str] = mapped_column(ForeignKey("terminal.id"))
    resident: Mapped[int] = mapped_column(ForeignKey("synthetic_resident.id"), index=True)
    helper: Mapped[str] = mapped_column(String(32))
    item: Mapped[str] = mapped_column(String(64))
    given_at: Mapped[datetime]
    until: Mapped[datetime]
    revoked_at: Mapped[datetime | None]


class BundleOpened(Base):
    """A life event (一件事) under way."""

    __tablename__ = "bundle_opened"

    number: Mapped[str] = mapped_column(String(24), primary_key=True)
    bundle: Mapped[str] = mapped_column(String(64))
    resident: Mapped[int] = mapped_column(ForeignKey("synthetic_resident.id"), index=True)
    opened_at: Mapped[datetime]


class BundleMember(Base):
    """A submission in its life event, for one of the event's items."""

    __tablename__ = "bundle_member"

    number: Mapped[str] = mapped_column(ForeignKey("bundle_opened.number"), primary_key=True)
    item: Mapped[str] = mapped_column(String(64), primary_key=True)
    submission_key: Mapped[int] = mapped_column(ForeignKey("submission.key"), unique=True)


class PostParcel(Base):
    """Papers by post."""

    __tablename__ = "post_parcel"

    number: Mapped[str] = mapped_column(String(24), primary_key=True)
    submission_key: Mapped[int] = mapped_column(ForeignKey("submission.key"))
    resident: Mapped[int] = mapped_column(ForeignKey("synthetic_resident.id"), index=True)
    direction: Mapped[str] = mapped_column(String(16))
    addressee: Mapped[dict[str, Any]]
    fee_cents: Mapped[int]
    state: Mapped[str] = mapped_column(String(16))
    tracking: Mapped[str | None] = mapped_column(String(64))
    ordered_at: Mapped[datetime]


class SyntheticCompany(Base):
    """SYNTHETIC companies only: invented ones from ``synthetic_world``, never a real one."""

    __tablename__ = "synthetic_company"

    code: Mapped[str] = mapped_column(String(18), primary_key=True)
    name: Mapped[str] = mapped_column(String(120))
    legal_person: Mapped[int] = mapped_column(ForeignKey("synthetic_resident.id"), index=True)
    state: Mapped[str] = mapped_column(String(16))
    registered: Mapped[date]
