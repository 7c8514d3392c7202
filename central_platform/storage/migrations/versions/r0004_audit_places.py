# SPDX-License-Identifier: Apache-2.0
"""Where each terminal's event chain stands."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go one step forward."""
    op.add_column("terminal", sa.Column("audit_sequence", sa.BigInteger(), nullable=True))
    op.add_column("terminal", sa.Column("audit_hash", sa.String(64), nullable=True))


def downgrade() -> None:
    """Go one step back."""
    op.drop_column("terminal", "audit_hash")
    op.drop_column("terminal", "audit_sequence")
