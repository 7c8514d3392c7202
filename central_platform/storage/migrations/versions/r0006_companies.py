# SPDX-License-Identifier: Apache-2.0
"""Synthetic companies."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go one step forward."""
    op.create_table(
        "synthetic_company",
        sa.Column("code", sa.String(18), nullable=False),
        sa.Column("name", sa.String(120), nullable=False),
        sa.Column("legal_person", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("registered", sa.Date(), nullable=False),
        sa.ForeignKeyConstraint(
            ["legal_person"],
            ["synthetic_resident.id"],
            name=op.f("fk_synthetic_company_legal_person_synthetic_resident"),
        ),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_synthetic_company")),
    )
    op.create_index(
        op.f("ix_synthetic_company_legal_person"), "synthetic_company", ["legal_person"]
    )


def downgrade() -> None:
    """Go one step back."""
    op.drop_index(op.f("ix_synthetic_company_legal_person"), table_name="synthetic_company")
    op.drop_table("synthetic_company")
