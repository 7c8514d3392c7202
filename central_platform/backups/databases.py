# SPDX-License-Identifier: Apache-2.0
"""One consistent snapshot of the database as a file, while the platform goes on working; and back.

SQLite's own backup interface (never a copy of the file: with a journal beside it that is no database) and
PostgreSQL's own programs, which are told the password by the environment and never by the command line.
"""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from sqlalchemy import Connection, inspect, text
from sqlalchemy.engine import URL

from central_platform.backups.format import BackupPlaceError, BackupToolError
from central_platform.storage.database import Database

_LONGEST_S = 6 * 3600


@contextmanager
def snapshot(database: Database, dump: Path) -> Iterator[Connection]:
    """Write the dump; give a connection that sees exactly what is in it."""
    if database.engine.dialect.name == "sqlite":
        with _sqlite_snapshot(database, dump) as connection:
            yield connection
        return
    with database.engine.connect().execution_options(
        isolation_level="REPEATABLE READ"
    ) as connection:
        name = connection.execute(text("SELECT pg_export_snapshot()")).scalar_one()
        _run(
            "pg_dump",
            database.url,
            "--format=custom",
            "--no-owner",
            "--no-privileges",
            f"--snapshot={name}",
            f"--file={dump}",
        )
        yield connection


def load(dump: Path, url: URL) -> None:
    """Fill an empty database from a dump, whole or not at all.

    Raises :class:`BackupPlaceError` where there are tables already, :class:`BackupToolError`.
    """
    if url.get_backend_name() == "sqlite":
        _load_sqlite(dump, Path(url.database or ""))
        return
    target = Database(url)
    try:
        target.check()
        with target.engine.connect() as connection:
            if inspect(connection).get_table_names():
                raise BackupPlaceError(f"{target.shown}: there are tables already")
    finally:
        target.close()
    _run(
        "pg_restore",
        url,
        "--no-owner",
        "--no-privileges",
        "--single-transaction",
        "--exit-on-error",
        str(dump),
    )


@contextmanager
def _sqlite_snapshot(database: Database, dump: Path) -> Iterator[Connection]:
    source_file = database.url.database
    if not source_file or source_file == ":memory:":
        raise BackupPlaceError("a database in memory has nothing to back up")
    os.close(os.open(dump, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    with (
        closing(sqlite3.connect(f"file:{_quoted(source_file)}?mode=ro", uri=True)) as source,
        closing(sqlite3.connect(dump)) as target,
    ):
        # In one go: writers wait for it, and it never has to start again because of them.
        source.backup(target, pages=-1)
    _check_sqlite(dump)
    copied = Database(URL.create("sqlite", database=str(dump)))
    try:
        with copied.engine.connect() as connection:
            yield connection
    finally:
        copied.close()


def _load_sqlite(dump: Path, target_file: Path) -> None:
    if target_file.exists():
        raise BackupPlaceError(f"{target_file}: there is a database already")
    _check_sqlite(dump)
    os.close(os.open(target_file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    with (
        closing(sqlite3.connect(f"file:{_quoted(str(dump))}?mode=ro", uri=True)) as source,
        closing(sqlite3.connect(target_file)) as target,
    ):
        source.backup(target, pages=-1)


def _check_sqlite(file: Path) -> None:
    with closing(sqlite3.connect(f"file:{_quoted(str(file))}?mode=ro", uri=True)) as connection:
        try:
            told = connection.execute("PRAGMA integrity_check").fetchone()[0]
        except sqlite3.DatabaseError as error:
            told = str(error)
    if told != "ok":
        raise BackupPlaceError(f"{file}: the database is damaged ({told})")


def _quoted(path: str) -> str:
    return path.replace("%", "%25").replace("?", "%3f").replace("#", "%23")


def _run(program: str, url: URL, *arguments: str) -> None:
    bare = url.set(drivername="postgresql", password=None)
    environment = dict(os.environ)
    if url.password is not None:
        environment["PGPASSWORD"] = str(url.password)
    try:
        done = subprocess.run(
            [
                _program(program),
                "--dbname=" + bare.render_as_string(hide_password=False),
                *arguments,
            ],
            capture_output=True,
            text=True,
            check=False,
            env=environment,
            stdin=subprocess.DEVNULL,
            timeout=_LONGEST_S,
        )
    except OSError as error:
        raise BackupToolError(f"{program}: {error.strerror}") from None
    except subprocess.TimeoutExpired:
        raise BackupToolError(f"{program}: not done within {_LONGEST_S // 3600} hours") from None
    if done.returncode != 0:
        line = (done.stderr.strip().splitlines() or ["?"])[0]
        raise BackupToolError(f"{program}: {line}")


def _program(name: str) -> str:
    """Return the newest of its kind: an older one refuses a newer server."""
    found = sorted(
        Path("/usr/lib/postgresql").glob(f"*/bin/{name}"),
        key=lambda path: int(path.parent.parent.name),
    )
    program = str(found[-1]) if found else shutil.which(name)
    if program is None:
        raise BackupToolError(f"{name} is not installed (Debian: postgresql-client)")
    return program
