# SPDX-License-Identifier: Apache-2.0
"""The operations console: accounts, log-ins, what staff did, alerts."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go one step forward."""
    op.create_table(
        "staff_account",
        sa.Column("login", sa.String(32), nullable=False),
        sa.Column("name", sa.String(64), nullable=False),
        sa.Column("role", sa.String(16), nullable=False),
        sa.Column("scope", sa.JSON(), nullable=False),
        sa.Column("password", sa.String(200), nullable=False),
        sa.Column("password_set_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("login", name=op.f("pk_staff_account")),
    )
    op.create_table(
        "login_tries",
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("last_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("locked_until", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("sha256", name=op.f("pk_login_tries")),
    )
    op.create_index(op.f("ix_login_tries_last_at"), "login_tries", ["last_at"])
    op.create_table(
        "console_session",
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("login", sa.String(32), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["login"], ["staff_account.login"], name=op.f("fk_console_session_login_staff_account")
        ),
        sa.PrimaryKeyConstraint("sha256", name=op.f("pk_console_session")),
    )
    op.create_index(op.f("ix_console_session_login"), "console_session", ["login"])
    op.create_index(op.f("ix_console_session_used_at"), "console_session", ["used_at"])
    op.create_table(
        "staff_act",
        sa.Column("key", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by", sa.String(64), nullable=False),
        sa.Column("role", sa.String(16), nullable=False),
        sa.Column("act", sa.String(32), nullable=False),
        sa.Column("about", sa.String(64), nullable=False),
        sa.Column("detail", sa.String(200), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_staff_act")),
    )
    op.create_index(op.f("ix_staff_act_at"), "staff_act", ["at"])
    op.create_index(op.f("ix_staff_act_by"), "staff_act", ["by"])
    _alerts()


def _alerts() -> None:
    op.create_table(
        "alert",
        sa.Column("key", sa.Integer(), nullable=False),
        sa.Column("fingerprint", sa.String(160), nullable=False),
        sa.Column("standing", sa.String(160), nullable=True),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("terminal", sa.String(32), nullable=True),
        sa.Column("facts", sa.JSON(), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("acknowledged_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("acknowledged_by", sa.String(64), nullable=True),
        sa.Column("resolved_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("resolved_by", sa.String(64), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_alert")),
        sa.UniqueConstraint("standing", name=op.f("uq_alert_standing")),
    )
    for column in ("fingerprint", "terminal", "opened_at"):
        op.create_index(op.f(f"ix_alert_{column}"), "alert", [column])
    op.create_table(
        "duty",
        sa.Column("name", sa.String(32), nullable=False),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_duty")),
    )


def downgrade() -> None:
    """Go one step back."""
    for table in ("duty", "alert", "staff_act", "console_session", "login_tries", "staff_account"):
        op.drop_table(table)
