# SPDX-License-Identifier: Apache-2.0
"""Since when somebody uses a terminal: a screen that never comes back to rest shows."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go one step forward."""
    op.add_column("terminal", sa.Column("in_use_since", sa.DateTime(timezone=True), nullable=True))


def downgrade() -> None:
    """Go one step back."""
    op.drop_column("terminal", "in_use_since")
