# SPDX-License-Identifier: Apache-2.0
"""Bringing a database to the tables of this version, from empty or from any earlier one."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Connection, inspect, text
from sqlalchemy.exc import SQLAlchemyError

from central_platform.storage.database import Database, DatabaseError

if TYPE_CHECKING:
    from alembic.config import Config

HEAD = "0009"
"""The newest migration; a test compares it with the scripts."""

MIGRATIONS = Path(__file__).parent / "migrations"


def bring_up_to_date(database: Database) -> None:
    """Run the migrations that are missing; nothing is imported or written when there are none.

    Raises :class:`DatabaseError`.
    """
    database.check()
    try:
        # One transaction: a fault leaves the old tables, whole.
        with database.engine.connect() as connection:
            if current_revision(connection) == HEAD:
                return
        with database.set_up() as connection:
            if current_revision(connection) == HEAD:
                return  # another worker was quicker
            from alembic import command  # noqa: PLC0415 - 0.4 s, needed once in a version's life

            command.upgrade(alembic_config(connection), "head")
    except SQLAlchemyError as error:
        line = (str(getattr(error, "orig", None) or error).splitlines() or ["?"])[0]
        raise DatabaseError(f"{database.shown}: {line}") from None


def current_revision(connection: Connection) -> str | None:
    """Return the migration that the database stands at; ``None`` when it is empty."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    return connection.execute(text("SELECT version_num FROM alembic_version")).scalar()


def alembic_config(connection: Connection) -> Config:
    """Return alembic's configuration for an open connection; there is no ini file."""
    from alembic.config import Config  # noqa: PLC0415 - start-up time

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.attributes["connection"] = connection
    return config
