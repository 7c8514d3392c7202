# SPDX-License-Identifier: Apache-2.0
"""Tables of the departments' outbox: what is to be told, what was answered, how far we have asked."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from central_platform.storage.base import Base


class DepartmentNotice(Base):
    """One step of a case that a department is to be told: written with the case, in its transaction.

    What it says is read from the submission, which never changes.
    """

    __tablename__ = "department_notice"
    __table_args__ = (
        Index("ix_department_notice_state_due_at", "state", "due_at"),
        Index("ix_department_notice_case_key_key", "case_key", "key"),
    )

    key: Mapped[int] = mapped_column(primary_key=True)
    """The order; of one case the next is told when the one before was taken."""
    id: Mapped[UUID] = mapped_column(unique=True)
    """The idempotency key."""
    department: Mapped[str] = mapped_column(String(64))
    case_key: Mapped[int] = mapped_column(ForeignKey("case.key"))
    submission_key: Mapped[int] = mapped_column(ForeignKey("submission.key"))
    kind: Mapped[str] = mapped_column(String(16))
    case_state: Mapped[str] = mapped_column(String(16))
    case_reason: Mapped[dict[str, Any] | None]
    state: Mapped[str] = mapped_column(String(16))
    """``waiting``, ``delivered`` or ``dead``."""
    created_at: Mapped[datetime]
    due_at: Mapped[datetime]
    attempts: Mapped[int]
    leased_until: Mapped[datetime | None]
    lease: Mapped[str | None] = mapped_column(String(32))
    """Who is telling it now; whoever lost the lease changes nothing."""
    ended_at: Mapped[datetime | None]
    last_error: Mapped[str | None] = mapped_column(String(200))


class DepartmentSaid(Base):
    """One answer of a department; its primary key lets it count once."""

    __tablename__ = "department_said"

    department: Mapped[str] = mapped_column(String(64), primary_key=True)
    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    case_key: Mapped[int | None] = mapped_column(ForeignKey("case.key"), index=True)
    at: Mapped[datetime]
    outcome: Mapped[str] = mapped_column(String(64))
    """``done``, or why the case stayed as it was."""


class DepartmentPlace(Base):
    """How far we have asked a department, and who is asking."""

    __tablename__ = "department_place"

    department: Mapped[str] = mapped_column(String(64), primary_key=True)
    place: Mapped[str] = mapped_column(String(200))
    due_at: Mapped[datetime]
    attempts: Mapped[int]
    leased_until: Mapped[datetime | None]
    lease: Mapped[str | None] = mapped_column(String(32))
    last_error: Mapped[str | None] = mapped_column(String(200))
