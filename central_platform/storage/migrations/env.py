# SPDX-License-Identifier: Apache-2.0
"""Alembic's entry: runs on the connection that ``storage.schema`` gives it."""

from __future__ import annotations

from alembic import context

from central_platform.storage.models import Base

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Base.metadata,
    render_as_batch=True,  # SQLite changes a table by copying it
    compare_type=True,
)
context.run_migrations()
