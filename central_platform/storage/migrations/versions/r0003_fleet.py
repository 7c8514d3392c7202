# SPDX-License-Identifier: Apache-2.0
"""The fleet: runs, device history, events, commands, configuration, releases, staff."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def _terminal_columns() -> tuple[sa.Column[object], ...]:
    return (
        sa.Column("next_public_key", sa.String(64), nullable=True),
        sa.Column("suspended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("suspended_for", sa.String(64), nullable=True),
        sa.Column("run_id", sa.String(64), nullable=True),
        sa.Column("beat", sa.BigInteger(), nullable=False, server_default="0"),
        sa.Column("next_event", sa.BigInteger(), nullable=False, server_default="1"),
    )


def _terminal(**options: object) -> sa.Column[str]:
    return sa.Column("terminal", sa.String(32), nullable=False, **options)  # type: ignore[arg-type]


def _belongs(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["terminal"], ["terminal.id"], name=op.f(f"fk_{table}_terminal_terminal")
    )


def _time(name: str, *, nullable: bool = False) -> sa.Column[object]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def upgrade() -> None:
    """Go one step forward."""
    for column in _terminal_columns():
        op.add_column("terminal", column)
    op.create_table(
        "terminal_run",
        _terminal(),
        sa.Column("run_id", sa.String(64), nullable=False),
        _time("first_beat_at"),
        _time("superseded_at", nullable=True),
        _belongs("terminal_run"),
        sa.PrimaryKeyConstraint("terminal", "run_id", name=op.f("pk_terminal_run")),
    )
    op.create_table(
        "retired_key",
        sa.Column("public_key", sa.String(64), nullable=False),
        _terminal(),
        _time("retired_at"),
        _belongs("retired_key"),
        sa.PrimaryKeyConstraint("public_key", name=op.f("pk_retired_key")),
    )
    op.create_table(
        "device_state",
        sa.Column("key", sa.Integer(), nullable=False),
        _terminal(),
        sa.Column("slot", sa.String(64), nullable=False),
        sa.Column("condition", sa.String(32), nullable=False),
        sa.Column("code", sa.String(64), nullable=False),
        sa.Column("recovery", sa.String(32), nullable=False),
        _time("at"),
        _time("until", nullable=True),
        _belongs("device_state"),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_device_state")),
    )
    op.create_index(
        op.f("ix_device_state_terminal_slot_until"), "device_state", ["terminal", "slot", "until"]
    )
    op.create_table(
        "terminal_event",
        _terminal(),
        sa.Column("sequence", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("kind", sa.String(64), nullable=False),
        _time("at"),
        _time("received_at"),
        sa.Column("detail", sa.JSON(), nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        _belongs("terminal_event"),
        sa.PrimaryKeyConstraint("terminal", "sequence", name=op.f("pk_terminal_event")),
    )
    op.create_index(op.f("ix_terminal_event_kind"), "terminal_event", ["kind"])
    op.create_table(
        "terminal_command",
        sa.Column("id", sa.Uuid(), nullable=False),
        _terminal(),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("slot", sa.String(64), nullable=True),
        _time("ordered_at"),
        sa.Column("ordered_by", sa.String(64), nullable=False),
        _time("not_after"),
        _time("delivered_at", nullable=True),
        _time("ended_at", nullable=True),
        sa.Column("outcome", sa.String(16), nullable=True),
        sa.Column("result", sa.JSON(), nullable=True),
        _belongs("terminal_command"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_terminal_command")),
    )
    op.create_index(op.f("ix_terminal_command_terminal"), "terminal_command", ["terminal"])
    op.create_table(
        "terminal_configuration",
        _terminal(),
        sa.Column("settings", sa.JSON(), nullable=False),
        _time("changed_at"),
        sa.Column("changed_by", sa.String(64), nullable=False),
        _belongs("terminal_configuration"),
        sa.PrimaryKeyConstraint("terminal", name=op.f("pk_terminal_configuration")),
    )
    op.create_table(
        "software_release",
        sa.Column("version", sa.String(64), nullable=False),
        sa.Column("channel", sa.String(32), nullable=False),
        _time("published_at"),
        _time("withdrawn_at", nullable=True),
        sa.Column("metadata", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("version", "channel", name=op.f("pk_software_release")),
    )
    op.create_index(op.f("ix_software_release_published_at"), "software_release", ["published_at"])
    op.create_table(
        "staff_token",
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("name", sa.String(64), nullable=False),
        sa.Column("role", sa.String(16), nullable=False),
        sa.Column("scope", sa.JSON(), nullable=False),
        _time("created_at"),
        _time("expires_at"),
        _time("revoked_at", nullable=True),
        sa.PrimaryKeyConstraint("sha256", name=op.f("pk_staff_token")),
    )


def downgrade() -> None:
    """Go one step back."""
    for table in (
        "staff_token",
        "software_release",
        "terminal_configuration",
        "terminal_command",
        "terminal_event",
        "device_state",
        "retired_key",
        "terminal_run",
    ):
        op.drop_table(table)
    for column in reversed(_terminal_columns()):
        op.drop_column("terminal", column.name)
