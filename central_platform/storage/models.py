# SPDX-License-Identifier: Apache-2.0
"""The tables. Migrations in ``storage/migrations`` build the same ones; a test compares the two.

Secrets that are shown once (enrolment tokens, grants, identity codes, hand-over addresses) are stored as SHA-256 only.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, ForeignKey, LargeBinary, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from central_platform.storage.base import Base


class Terminal(Base):
    """A terminal that was enrolled."""

    __tablename__ = "terminal"

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    public_key: Mapped[str] = mapped_column(String(64), unique=True)
    profile: Mapped[dict[str, Any]]
    enrolled_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]
    last_seen_at: Mapped[datetime | None]
    last_beat: Mapped[dict[str, Any] | None]
    """The last heartbeat as it came."""
    in_use_since: Mapped[datetime | None]
    """Since when every heartbeat says that somebody uses it; ``None``: it was idle, or does not tell."""
    next_public_key: Mapped[str | None] = mapped_column(String(64))
    """A key that was announced; it takes over with its first use, so that a lost answer locks nobody out."""
    suspended_at: Mapped[datetime | None]
    suspended_for: Mapped[str | None] = mapped_column(String(64))
    """Why its tokens are refused until an operator has looked: ``terminal.cloned``."""
    run_id: Mapped[str | None] = mapped_column(String(64))
    """The start of the terminal's program that we hear from."""
    beat: Mapped[int] = mapped_column(BigInteger, server_default="0", default=0)
    next_event: Mapped[int] = mapped_column(BigInteger, server_default="1", default=1)
    """The sequence number of the supervision event that is wanted next."""
    audit_sequence: Mapped[int | None] = mapped_column(BigInteger)
    audit_hash: Mapped[str | None] = mapped_column(String(64))
    """The furthest place of its event chain that it told us: an end that is cut off there shows here."""


class EnrolmentToken(Base):
    """A single-use token; once used it works again for the same key only."""

    __tablename__ = "enrolment_token"

    sha256: Mapped[str] = mapped_column(String(64), primary_key=True)
    profile: Mapped[dict[str, Any]]
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    used_by: Mapped[str | None] = mapped_column(ForeignKey("terminal.id"))


class AssertionUse(Base):
    """An assertion that was used; kept until it would have expired anyway."""

    __tablename__ = "assertion_use"

    terminal: Mapped[str] = mapped_column(String(32), primary_key=True)
    jti: Mapped[str] = mapped_column(String(64), primary_key=True)
    expires_at: Mapped[datetime] = mapped_column(index=True)


class SyntheticResident(Base):
    """SYNTHETIC residents only: invented people from ``data/synthetic_residents.yaml``, never a real one."""

    __tablename__ = "synthetic_resident"

    id: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[str] = mapped_column(String(18), unique=True)
    name: Mapped[str] = mapped_column(String(120))
    birth: Mapped[date]
    sex: Mapped[str] = mapped_column(String(8))
    known: Mapped[dict[str, Any]]
    """Everything else: ethnicity, address, phone, bank, licences, benefits, social insurance."""


class Grant(Base):
    """A log-in."""

    __tablename__ = "grant"

    sha256: Mapped[str] = mapped_column(String(64), primary_key=True)
    terminal: Mapped[str] = mapped_column(ForeignKey("terminal.id"))
    resident: Mapped[int] = mapped_column(ForeignKey("synthetic_resident.id"))
    assurance: Mapped[str] = mapped_column(String(16))
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]


class IdentityCode(Base):
    """A code as a telephone shows it: works once, and not for long."""

    __tablename__ = "identity_code"

    sha256: Mapped[str] = mapped_column(String(64), primary_key=True)
    resident: Mapped[int] = mapped_column(ForeignKey("synthetic_resident.id"))
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]
    used_by: Mapped[str | None] = mapped_column(ForeignKey("terminal.id"))


class DataUse(Base):
    """The trace of one use of a resident's data: what for, under which consent."""

    __tablename__ = "data_use"

    trace: Mapped[str] = mapped_column(String(40), primary_key=True)
    terminal: Mapped[str] = mapped_column(ForeignKey("terminal.id"))
    resident: Mapped[int] = mapped_column(ForeignKey("synthetic_resident.id"))
    item: Mapped[str] = mapped_column(String(64))
    kind: Mapped[str] = mapped_column(String(16))
    """``prefill`` or ``licence``."""
    licence: Mapped[str | None] = mapped_column(String(64))
    consent: Mapped[dict[str, Any]]
    used_at: Mapped[datetime]


class Upload(Base):
    """A sealed part on its way; its bytes lie in a file named by ``id``. Gone once the submission is stored."""

    __tablename__ = "upload"

    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    terminal: Mapped[str] = mapped_column(ForeignKey("terminal.id"))
    submission: Mapped[UUID] = mapped_column(index=True)
    part: Mapped[str] = mapped_column(String(64))
    size: Mapped[int]
    sha256: Mapped[str] = mapped_column(String(64))
    created_at: Mapped[datetime]


class Submission(Base):
    """What a terminal delivered. The unique index is for ever: one id, one record."""

    __tablename__ = "submission"
    __table_args__ = (UniqueConstraint("terminal", "id"),)

    key: Mapped[int] = mapped_column(primary_key=True)
    terminal: Mapped[str] = mapped_column(ForeignKey("terminal.id"))
    id: Mapped[UUID] = mapped_column(index=True)
    manifest_sha256: Mapped[str] = mapped_column(String(64))
    manifest: Mapped[dict[str, Any]]
    kind: Mapped[str] = mapped_column(String(16))
    item: Mapped[str] = mapped_column(String(64))
    receipt: Mapped[str] = mapped_column(String(64))
    """The terminal's own receipt number."""
    payload: Mapped[dict[str, Any]]
    resident: Mapped[int | None] = mapped_column(ForeignKey("synthetic_resident.id"))
    received_at: Mapped[datetime] = mapped_column(index=True)
    signed_receipt: Mapped[dict[str, Any]]
    """Given again, byte for byte, to every repetition."""

    attachments: Mapped[list[StoredAttachment]] = relationship(order_by="StoredAttachment.part")
    case: Mapped[Case | None] = relationship(back_populates="submission")


class StoredAttachment(Base):
    """An opened attachment; its bytes lie in a file of the data directory."""

    __tablename__ = "attachment"

    submission: Mapped[int] = mapped_column(ForeignKey("submission.key"), primary_key=True)
    part: Mapped[str] = mapped_column(String(64), primary_key=True)
    name: Mapped[str] = mapped_column(String(255))
    media_type: Mapped[str] = mapped_column(String(127))
    size: Mapped[int]
    sha256: Mapped[str] = mapped_column(String(64))
    file: Mapped[str] = mapped_column(String(255))


class Case(Base):
    """A case (办件) that an application opened."""

    __tablename__ = "case"

    key: Mapped[int] = mapped_column(primary_key=True)
    submission_key: Mapped[int] = mapped_column(ForeignKey("submission.key"), unique=True)
    number: Mapped[str] = mapped_column(String(24), unique=True)
    state: Mapped[str] = mapped_column(String(16), index=True)
    reason: Mapped[dict[str, Any] | None]
    promised_date: Mapped[date | None]
    decided_at: Mapped[datetime | None]

    submission: Mapped[Submission] = relationship(back_populates="case")
    results: Mapped[list[ResultDocument]] = relationship(order_by="ResultDocument.code")


class ResultDocument(Base):
    """A sealed document that the case ended in."""

    __tablename__ = "result_document"

    case_key: Mapped[int] = mapped_column(ForeignKey("case.key"), primary_key=True)
    code: Mapped[str] = mapped_column(String(64), primary_key=True)
    title: Mapped[dict[str, Any]]
    sha256: Mapped[str] = mapped_column(String(64))
    size: Mapped[int]
    pdf: Mapped[bytes] = mapped_column(LargeBinary)


class HandoverAddress(Base):
    """A one-time address for a phone."""

    __tablename__ = "handover_address"

    sha256: Mapped[str] = mapped_column(String(64), primary_key=True)
    case_key: Mapped[int] = mapped_column(ForeignKey("case.key"))
    code: Mapped[str] = mapped_column(String(64))
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]


class Rating(Base):
    """One grade of 好差评, about one submission."""

    __tablename__ = "rating"

    submission_key: Mapped[int] = mapped_column(ForeignKey("submission.key"), primary_key=True)
    about: Mapped[UUID | None] = mapped_column(index=True)
    grade: Mapped[int | None]
    words: Mapped[dict[str, Any]]


class Ticket(Base):
    """Something a person has to look at: 办不成事, or a bad rating."""

    __tablename__ = "ticket"

    submission_key: Mapped[int] = mapped_column(ForeignKey("submission.key"), primary_key=True)
    number: Mapped[str] = mapped_column(String(24), unique=True)
    about: Mapped[UUID | None] = mapped_column(index=True)
    cause: Mapped[str] = mapped_column(String(16))
    """``resident`` or ``bad_rating``."""
    words: Mapped[dict[str, Any]]
    due: Mapped[date]
    state: Mapped[str] = mapped_column(String(16))


class Alarm(Base):
    """Something that must not happen and did; for the operators, free of personal data."""

    __tablename__ = "alarm"

    key: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime]
    code: Mapped[str] = mapped_column(String(64))
    terminal: Mapped[str | None] = mapped_column(String(32))
    submission: Mapped[UUID | None]
    detail: Mapped[str] = mapped_column(String(200))
