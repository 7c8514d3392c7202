# SPDX-License-Identifier: Apache-2.0
"""From every version that ever was, with rows in every table, to this one: nothing is lost or changed."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from alembic import command
from alembic.script import ScriptDirectory

from central_platform.context import open_platform
from central_platform.storage.base import Base
from central_platform.storage.database import Database
from central_platform.storage.schema import (
    HEAD,
    MIGRATIONS,
    alembic_config,
    bring_up_to_date,
    current_revision,
)

ROWS = 3
MOMENT = datetime(2026, 11, 24, 1, 30, tzinfo=UTC)


def earlier_versions() -> list[str]:
    scripts = ScriptDirectory(str(MIGRATIONS)).walk_revisions()
    return sorted(script.revision for script in scripts if script.revision != HEAD)


@pytest.fixture
def database(empty_database: str) -> Iterator[Database]:
    database = Database(empty_database)
    yield database
    database.close()


def invented(column: sa.Column[Any], number: int) -> Any:
    """Return a value that this column takes; of equal numbers, so that rows find their parents."""
    if isinstance(column.type, sa.JSON):
        return {"n": number, "文": ["字"]}
    python = column.type.python_type
    if python is str:
        length = getattr(column.type, "length", None) or 200
        # SQLite keeps a UUID as 32 hex digits; a table's parent has the same text.
        text = uuid.UUID(int=number).hex if length == 32 else f"{number}-王𬭊"
        return text[:length]
    made: dict[type, Any] = {
        int: number,
        bool: number % 2 == 0,
        datetime: MOMENT,
        date: MOMENT.date(),
        bytes: bytes([number]) * 40,
        uuid.UUID: uuid.UUID(int=number),
    }
    return made[python]


def columns_of(table: sa.Table) -> list[sa.Column[Any]]:
    return [column for column in table.columns if column.computed is None]


def fill(connection: sa.Connection) -> dict[str, list[tuple[Any, ...]]]:
    """Put rows into every table there is; return what can be read back."""
    there = sa.MetaData()
    there.reflect(connection)
    told = {}
    for table in there.sorted_tables:
        if table.name == "alembic_version":
            continue
        rows = [
            {column.name: invented(column, number) for column in columns_of(table)}
            for number in range(1, ROWS + 1)
        ]
        connection.execute(table.insert(), rows)
        told[table.name] = read(connection, table)
    return told


def read(connection: sa.Connection, table: sa.Table) -> list[tuple[Any, ...]]:
    wanted = sa.select(*columns_of(table)).order_by(*table.primary_key.columns)
    return [tuple(row) for row in connection.execute(wanted)]


@pytest.mark.parametrize("version", earlier_versions())
def test_a_filled_database_of_every_version_keeps_every_row(
    database: Database, version: str
) -> None:
    with database.set_up() as connection:
        command.upgrade(alembic_config(connection), version)
    with database.set_up() as connection:
        assert current_revision(connection) == version
        before = fill(connection)
        tables = sa.MetaData()
        tables.reflect(connection)
    assert len(before) >= 15
    assert all(len(rows) == ROWS for rows in before.values())
    bring_up_to_date(database)
    with database.engine.connect() as connection:
        assert current_revision(connection) == HEAD
        after = {
            name: read(connection, table)
            for name, table in tables.tables.items()
            if name in before  # by the columns that there were
        }
        assert after == before
        names = set(sa.inspect(connection).get_table_names())
    assert set(Base.metadata.tables) <= names
    # … and the models read every row.
    with database.read() as session:
        for mapper in Base.registry.mappers:
            kept = session.scalars(sa.select(mapper.class_)).unique().all()
            assert len(kept) in {0, ROWS}


def test_a_platform_of_the_first_version_opens(empty_database: str, tmp_path: Path) -> None:
    database = Database(empty_database)
    with database.set_up() as connection:
        command.upgrade(alembic_config(connection), "0001")
    database.close()
    platform = open_platform(tmp_path / "data", db_url=empty_database)
    with platform.database.engine.connect() as connection:
        assert current_revision(connection) == HEAD
    platform.close()


def test_there_is_one_line_of_versions_without_branches() -> None:
    scripts = ScriptDirectory(str(MIGRATIONS))
    assert scripts.get_heads() == [HEAD]
    assert [script.revision for script in scripts.walk_revisions()] == [
        f"{number:04}" for number in range(int(HEAD), 0, -1)
    ]
