# SPDX-License-Identifier: Apache-2.0
"""Tables, keys and files: what the migrations build is what the models say."""

from __future__ import annotations

import stat
from collections.abc import Iterator
from datetime import date, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import inspect, select
from sqlalchemy.dialects import sqlite
from sqlalchemy.exc import IntegrityError

from central_platform.context import DataDirError, open_platform
from central_platform.keys import KeysDamagedError, load_or_create_keys
from central_platform.storage.base import Base, Instant
from central_platform.storage.database import Database, DatabaseError
from central_platform.storage.models import SyntheticResident
from central_platform.storage.parts import PartFiles
from central_platform.storage.schema import HEAD, alembic_config, bring_up_to_date


@pytest.fixture
def database(empty_database: str) -> Iterator[Database]:
    database = Database(empty_database)
    yield database
    database.close()


def test_migrations_from_empty_build_what_the_models_say(database: Database) -> None:
    bring_up_to_date(database)
    with database.engine.begin() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, Base.metadata) == []
        assert ScriptDirectory.from_config(alembic_config(connection)).get_heads() == [HEAD]


def test_migrations_go_back_to_nothing_and_forward_again(database: Database) -> None:
    bring_up_to_date(database)
    with database.engine.begin() as connection:
        command.downgrade(alembic_config(connection), "base")
        assert set(inspect(connection).get_table_names()) == {"alembic_version"}
    bring_up_to_date(database)
    bring_up_to_date(database)


def write_twice(database: Database, **values: Any) -> None:
    with database.write() as session:
        for _ in range(2):
            session.add(SyntheticResident(**values))


def test_a_write_that_fails_leaves_nothing(database: Database) -> None:
    bring_up_to_date(database)
    values = {"number": "1", "name": "王苗苗", "birth": date(2000, 1, 1), "sex": "female"}
    with pytest.raises(IntegrityError) as caught:
        write_twice(database, known={}, **values)
    assert "王苗苗" not in str(caught.value)  # errors end in logs
    with database.read() as session:
        assert session.scalars(select(SyntheticResident)).all() == []


def test_stored_times_keep_their_zone_and_need_one() -> None:
    column = Instant()
    dialect = sqlite.dialect()
    moment = datetime(2026, 1, 1, 8, tzinfo=timezone(timedelta(hours=8)))
    stored = column.process_bind_param(moment, dialect)
    assert stored == moment
    assert stored is not None
    assert column.process_result_value(stored.replace(tzinfo=None), dialect) == moment
    assert column.process_bind_param(None, dialect) is None
    assert column.process_result_value(None, dialect) is None
    with pytest.raises(ValueError, match="zone"):
        column.process_bind_param(moment.replace(tzinfo=None), dialect)


def use(url: str) -> None:
    database = Database(url)
    try:
        database.check()
    finally:
        database.close()


@pytest.mark.parametrize(
    "url",
    [
        "nonsense",
        "foo://bar",
        "sqlite:////nowhere/at/all/x.sqlite3",
        "postgresql+nodriver://x:secret@h/y",
    ],
)
def test_a_database_that_cannot_be_used_is_one_line(url: str) -> None:
    with pytest.raises(DatabaseError) as error:
        use(url)
    assert "\n" not in str(error.value)
    assert "secret" not in str(error.value)


def test_a_file_that_is_no_database_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "platform.sqlite3").write_bytes(b"not a database, " * 100)
    with pytest.raises(DatabaseError) as error:
        open_platform(tmp_path)
    assert "not a database" in str(error.value)


def test_keys_are_made_once_and_are_the_owners_alone(tmp_path: Path) -> None:
    first = load_or_create_keys(tmp_path)
    again = load_or_create_keys(tmp_path)
    assert first.audience == again.audience
    assert first.seal == again.seal
    assert stat.S_IMODE((tmp_path / "keys").stat().st_mode) == 0o700
    for path in (tmp_path / "keys").iterdir():
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert "PRIVATE" not in repr(first)


def test_damaged_keys_are_never_replaced_silently(tmp_path: Path) -> None:
    load_or_create_keys(tmp_path)
    (tmp_path / "keys" / "signing.pem").write_bytes(b"nothing")
    with pytest.raises(KeysDamagedError):
        load_or_create_keys(tmp_path)


def test_an_older_sealing_key_still_opens(tmp_path: Path) -> None:
    newest = load_or_create_keys(tmp_path).sealing[0].private_bytes_raw()
    old = load_or_create_keys_elsewhere(tmp_path / "old")
    (tmp_path / "keys" / "sealing-1.pem").write_bytes(
        (tmp_path / "old" / "keys" / "sealing.pem").read_bytes()
    )
    held = {key.private_bytes_raw() for key in load_or_create_keys(tmp_path).sealing}
    assert held == {newest, old}


def load_or_create_keys_elsewhere(folder: Any) -> bytes:
    folder.mkdir()
    return load_or_create_keys(folder).sealing[0].private_bytes_raw()


@pytest.mark.parametrize("name", ["a?b", "a %20b", "a#b", "数据 目录"])
def test_a_data_directory_may_have_any_name(tmp_path: Path, name: str) -> None:
    open_platform(tmp_path / name).close()
    assert (tmp_path / name / "platform.sqlite3").stat().st_size > 0


def test_a_data_directory_that_is_a_file_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("")
    with pytest.raises(DataDirError) as error:
        open_platform(tmp_path / "taken")
    assert "\n" not in str(error.value)


def test_part_files_grow_start_again_and_go(tmp_path: Path) -> None:
    parts = PartFiles(tmp_path)
    assert parts.offset("ab") is None
    assert parts.read("ab") is None
    parts.create("ab")
    parts.append("ab", 0, b"12345")
    parts.append("ab", 5, b"67")
    parts.sync("ab")
    parts.create("ab")  # again is no harm
    assert (parts.offset("ab"), parts.read("ab")) == (7, b"1234567")
    parts.start_again("ab")
    assert parts.offset("ab") == 0
    parts.discard("ab")
    parts.discard("ab")
    assert parts.uploads() == []
    with pytest.raises(ValueError, match="name"):
        parts.create("../ab")
