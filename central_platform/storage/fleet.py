# SPDX-License-Identifier: Apache-2.0
"""Tables of the fleet: what each terminal was like when, what it was told to do, who may tell it."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from central_platform.storage.base import Base


class TerminalRun(Base):
    """One start of a terminal's program. A run that was over and beats again is a second machine."""

    __tablename__ = "terminal_run"

    terminal: Mapped[str] = mapped_column(ForeignKey("terminal.id"), primary_key=True)
    run_id: Mapped[str] = mapped_column(String(64), primary_key=True)
    first_beat_at: Mapped[datetime]
    superseded_at: Mapped[datetime | None]


class RetiredKey(Base):
    """A terminal's former key; it never becomes anybody's key again."""

    __tablename__ = "retired_key"

    public_key: Mapped[str] = mapped_column(String(64), primary_key=True)
    terminal: Mapped[str] = mapped_column(ForeignKey("terminal.id"))
    retired_at: Mapped[datetime]


class DeviceState(Base):
    """How one device was from ``at`` until ``until``; a row only when it changed."""

    __tablename__ = "device_state"
    __table_args__ = (Index("ix_device_state_terminal_slot_until", "terminal", "slot", "until"),)

    key: Mapped[int] = mapped_column(primary_key=True)
    terminal: Mapped[str] = mapped_column(ForeignKey("terminal.id"))
    slot: Mapped[str] = mapped_column(String(64))
    role: Mapped[str] = mapped_column(String(32), server_default="", default="")
    condition: Mapped[str] = mapped_column(String(32))
    code: Mapped[str] = mapped_column(String(64))
    recovery: Mapped[str] = mapped_column(String(32))
    at: Mapped[datetime]
    until: Mapped[datetime | None]
    """``None``: still so."""


class TerminalEvent(Base):
    """One step for supervision (电子监察), in the terminal's own order, without content."""

    __tablename__ = "terminal_event"

    terminal: Mapped[str] = mapped_column(ForeignKey("terminal.id"), primary_key=True)
    sequence: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    kind: Mapped[str] = mapped_column(String(64), index=True)
    at: Mapped[datetime]
    received_at: Mapped[datetime]
    detail: Mapped[dict[str, Any]]
    sha256: Mapped[str] = mapped_column(String(64))


class TerminalCommand(Base):
    """Something a terminal is to do when nobody uses it."""

    __tablename__ = "terminal_command"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    terminal: Mapped[str] = mapped_column(ForeignKey("terminal.id"), index=True)
    kind: Mapped[str] = mapped_column(String(32))
    slot: Mapped[str | None] = mapped_column(String(64))
    ordered_at: Mapped[datetime]
    ordered_by: Mapped[str] = mapped_column(String(64))
    not_after: Mapped[datetime]
    delivered_at: Mapped[datetime | None]
    """When it was first handed over; it is handed over again until it is acknowledged."""
    ended_at: Mapped[datetime | None]
    outcome: Mapped[str | None] = mapped_column(String(16))
    result: Mapped[dict[str, Any] | None]


class TerminalConfigurationRow(Base):
    """What an operator set for one terminal, over what holds for all."""

    __tablename__ = "terminal_configuration"

    terminal: Mapped[str] = mapped_column(ForeignKey("terminal.id"), primary_key=True)
    settings: Mapped[dict[str, Any]]
    changed_at: Mapped[datetime]
    changed_by: Mapped[str] = mapped_column(String(64))


class SoftwareRelease(Base):
    """A version of the terminal's software that may be installed."""

    __tablename__ = "software_release"

    version: Mapped[str] = mapped_column(String(64), primary_key=True)
    channel: Mapped[str] = mapped_column(String(32), primary_key=True)
    published_at: Mapped[datetime] = mapped_column(index=True)
    withdrawn_at: Mapped[datetime | None]
    metadata_: Mapped[dict[str, Any]] = mapped_column("metadata")


class StaffToken(Base):
    """A person or system of the government's side that may use the officers' and operators' routes."""

    __tablename__ = "staff_token"

    sha256: Mapped[str] = mapped_column(String(64), primary_key=True)
    name: Mapped[str] = mapped_column(String(64))
    role: Mapped[str] = mapped_column(String(16))
    scope: Mapped[list[Any]]
    """Terminal ids of a host, department names of an officer; empty: everything of the role."""
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]
