# SPDX-License-Identifier: Apache-2.0
"""Alembic's entry: runs on the connection that ``storage.schema`` gives it."""

from __future__ import annotations

from alembic import context

from central_platform.storage import console as _console
from central_platform.storage import departments as _departments
from central_platform.storage import fleet as _fleet
from central_platform.storage import models as _models
from central_platform.storage import services as _services
from central_platform.storage.base import Base

_TABLES = (_models, _fleet, _services, _departments, _console)
"""Loaded so that ``Base`` knows every table."""

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Base.metadata,
    render_as_batch=True,  # SQLite changes a table by copying it
    compare_type=True,
)
context.run_migrations()
