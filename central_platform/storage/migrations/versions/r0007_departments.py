# SPDX-License-Identifier: Apache-2.0
"""The departments' outbox."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go one step forward."""
    op.create_table(
        "department_notice",
        sa.Column("key", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("department", sa.String(64), nullable=False),
        sa.Column("case_key", sa.Integer(), nullable=False),
        sa.Column("submission_key", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("case_state", sa.String(16), nullable=False),
        sa.Column("case_reason", sa.JSON(), nullable=True),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("leased_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("lease", sa.String(32), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_error", sa.String(200), nullable=True),
        sa.ForeignKeyConstraint(
            ["case_key"], ["case.key"], name=op.f("fk_department_notice_case_key_case")
        ),
        sa.ForeignKeyConstraint(
            ["submission_key"],
            ["submission.key"],
            name=op.f("fk_department_notice_submission_key_submission"),
        ),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_department_notice")),
        sa.UniqueConstraint("id", name=op.f("uq_department_notice_id")),
    )
    op.create_index("ix_department_notice_state_due_at", "department_notice", ["state", "due_at"])
    op.create_index("ix_department_notice_case_key_key", "department_notice", ["case_key", "key"])
    op.create_table(
        "department_said",
        sa.Column("department", sa.String(64), nullable=False),
        sa.Column("id", sa.String(64), nullable=False),
        sa.Column("case_key", sa.Integer(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("outcome", sa.String(64), nullable=False),
        sa.ForeignKeyConstraint(
            ["case_key"], ["case.key"], name=op.f("fk_department_said_case_key_case")
        ),
        sa.PrimaryKeyConstraint("department", "id", name=op.f("pk_department_said")),
    )
    op.create_index(op.f("ix_department_said_case_key"), "department_said", ["case_key"])
    op.create_table(
        "department_place",
        sa.Column("department", sa.String(64), nullable=False),
        sa.Column("place", sa.String(200), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("leased_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("lease", sa.String(32), nullable=True),
        sa.Column("last_error", sa.String(200), nullable=True),
        sa.PrimaryKeyConstraint("department", name=op.f("pk_department_place")),
    )


def downgrade() -> None:
    """Go one step back."""
    op.drop_table("department_place")
    op.drop_index(op.f("ix_department_said_case_key"), table_name="department_said")
    op.drop_table("department_said")
    op.drop_index("ix_department_notice_case_key_key", table_name="department_notice")
    op.drop_index("ix_department_notice_state_due_at", table_name="department_notice")
    op.drop_table("department_notice")
