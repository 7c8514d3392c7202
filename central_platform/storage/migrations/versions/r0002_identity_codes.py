# SPDX-License-Identifier: Apache-2.0
"""Codes that a telephone shows: each is exchanged once."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go one step forward."""
    op.create_table(
        "identity_code",
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("resident", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("used_by", sa.String(length=32), nullable=True),
        sa.ForeignKeyConstraint(
            ["resident"],
            ["synthetic_resident.id"],
            name=op.f("fk_identity_code_resident_synthetic_resident"),
        ),
        sa.ForeignKeyConstraint(
            ["used_by"], ["terminal.id"], name=op.f("fk_identity_code_used_by_terminal")
        ),
        sa.PrimaryKeyConstraint("sha256", name=op.f("pk_identity_code")),
    )


def downgrade() -> None:
    """Go one step back."""
    op.drop_table("identity_code")
