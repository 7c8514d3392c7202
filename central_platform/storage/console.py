# SPDX-License-Identifier: Apache-2.0
"""Tables of the operations console: who may log in, who is logged in, what they did, what is wrong now."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from central_platform.storage.base import Base


class StaffAccount(Base):
    """A person who may log in to the console."""

    __tablename__ = "staff_account"

    login: Mapped[str] = mapped_column(String(32), primary_key=True)
    name: Mapped[str] = mapped_column(String(64))
    """As colleagues call them."""
    role: Mapped[str] = mapped_column(String(16))
    scope: Mapped[list[Any]]
    """Terminal ids of a host; empty for the other roles."""
    password: Mapped[str] = mapped_column(String(200))
    """Argon2id, in its own notation."""
    password_set_at: Mapped[datetime]
    created_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]


class LoginTries(Base):
    """How often somebody tried a name, whether or not there is such an account: both look the same."""

    __tablename__ = "login_tries"

    sha256: Mapped[str] = mapped_column(String(64), primary_key=True)
    tries: Mapped[int]
    last_at: Mapped[datetime] = mapped_column(index=True)
    locked_until: Mapped[datetime | None]


class ConsoleSession(Base):
    """A log-in to the console; only the hash of its cookie is kept."""

    __tablename__ = "console_session"

    sha256: Mapped[str] = mapped_column(String(64), primary_key=True)
    login: Mapped[str] = mapped_column(ForeignKey("staff_account.login"), index=True)
    created_at: Mapped[datetime]
    used_at: Mapped[datetime] = mapped_column(index=True)
    ended_at: Mapped[datetime | None]


class StaffAct(Base):
    """What somebody of the staff did, never changed afterwards; nothing of a resident stands here."""

    __tablename__ = "staff_act"

    key: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime] = mapped_column(index=True)
    by: Mapped[str] = mapped_column(String(64), index=True)
    role: Mapped[str] = mapped_column(String(16))
    act: Mapped[str] = mapped_column(String(32))
    about: Mapped[str] = mapped_column(String(64))
    """A terminal, a ticket's number, an alert's key, an account; or nothing."""
    detail: Mapped[str] = mapped_column(String(200))


class Alert(Base):
    """Something that is wrong now, or was: once for each fingerprint, however often it is seen."""

    __tablename__ = "alert"

    key: Mapped[int] = mapped_column(primary_key=True)
    fingerprint: Mapped[str] = mapped_column(String(160), index=True)
    standing: Mapped[str | None] = mapped_column(String(160), unique=True)
    """The fingerprint while it stands, ``None`` once it has ended: the index allows one of each."""
    kind: Mapped[str] = mapped_column(String(32))
    terminal: Mapped[str | None] = mapped_column(String(32), index=True)
    facts: Mapped[dict[str, Any]]
    """What the sentence about it needs: a slot, a code, a figure."""
    since: Mapped[datetime]
    """When it began, as far as it is known."""
    opened_at: Mapped[datetime] = mapped_column(index=True)
    seen_at: Mapped[datetime]
    acknowledged_at: Mapped[datetime | None]
    acknowledged_by: Mapped[str | None] = mapped_column(String(64))
    resolved_at: Mapped[datetime | None]
    resolved_by: Mapped[str | None] = mapped_column(String(64))
    ended_at: Mapped[datetime | None]
    """When it was no longer so."""


class Duty(Base):
    """Work that one of the workers does, and when it was done last."""

    __tablename__ = "duty"

    name: Mapped[str] = mapped_column(String(32), primary_key=True)
    done_at: Mapped[datetime]
