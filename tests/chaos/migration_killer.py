# SPDX-License-Identifier: Apache-2.0
"""Upgrades a frozen database in children that are killed before each single SQL statement.

``python -m tests.chaos.migration_killer FOLDER VERSION EXTRA`` prints one JSON document. One thread, so that
children may be forked. VERSION 0 is an empty file; EXTRA 1 adds a synthetic step that rewrites every row.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import sqlite3
import sys
from collections.abc import Callable
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import Any

import sqlite_utils  # noqa: F401 - loaded once, before the children are forked

from offline_cache import opening
from offline_cache.migrations import STEPS, migrate
from tests.frozen.freeze import thaw

TABLES = ("entry", "part", "event", "fact", "shelf")


def rewrite_everything(db: Any) -> None:
    """Do what a later version might: a new column, a value in every row, a table made anew."""
    db.execute("ALTER TABLE entry ADD COLUMN lane TEXT")
    db.execute("UPDATE entry SET lane = 'first' || receipt")
    db.table("shelf").transform(rename={"etag": "version"})
    db.table("event").create_index(["at"])


def contents(path: Path, columns: dict[str, list[str]]) -> dict[str, list[Any]]:
    """Return every row of every table, as far as the old version knew its columns."""
    with closing(sqlite3.connect(path)) as connection:
        return {
            table: connection.execute(
                f"SELECT {', '.join(columns[table])} FROM {table}"  # noqa: S608 - our own names
                # The schema's own hash is written with each version; it is no content.
                + (" WHERE name != 'schema'" if table == "fact" else "")
                + " ORDER BY 1, 2"
            ).fetchall()
            for table in columns
        }


def columns_of(path: Path) -> dict[str, list[str]]:
    with closing(sqlite3.connect(path)) as connection:
        found = {
            table: [row[1] for row in connection.execute(f"PRAGMA table_info({table})")]
            for table in TABLES
        }
    return {table: names for table, names in found.items() if names and table != "shelf"}


def upgrade(path: Path, kill_at: int) -> int:
    """Open as the store does, in a child that dies before its ``kill_at``-th statement; return its status."""
    child = os.fork()
    if child == 0:
        seen = 0

        def count(_statement: str) -> None:
            nonlocal seen
            seen += 1
            if seen == kill_at:
                os.kill(os.getpid(), signal.SIGKILL)

        connection = opening.connect_file(path)
        connection.set_trace_callback(count)
        opening.prepare(connection, path)
        connection.close()
        os._exit(0)
    return os.waitpid(child, 0)[1]


def version_of(path: Path) -> int:
    with closing(sqlite3.connect(path)) as connection:
        return int(connection.execute("PRAGMA user_version").fetchone()[0])


def every_statement(folder: Path, version: int, make: Callable[[Path], Path], last: int) -> int:
    """Kill at each statement, then start again; return how many there were. Raises ``AssertionError``."""
    whole = make(folder / "whole")
    columns = columns_of(whole)
    expected = contents(whole, columns)
    kill_at = 0
    while True:
        kill_at += 1
        path = make(folder / f"killed-{kill_at}")
        died = upgrade(path, kill_at)
        assert version <= version_of(path) <= last, "between two versions"
        assert contents(path, columns) == expected, "rows changed before the upgrade was done"
        assert upgrade(path, 0) == 0, "the next start failed"
        assert version_of(path) == last
        assert contents(path, columns) == expected, "rows changed"
        with closing(sqlite3.connect(path)) as connection:
            assert connection.execute("PRAGMA integrity_check").fetchone()[0] == "ok"
        if 0 < version < last:
            backup = path.with_name(f"{path.name}.before-{last}")
            assert version_of(backup) == version, "the copy is not of the old version"
            assert contents(backup, columns) == expected
        shutil.rmtree(path.parent)
        if died == 0:
            return kill_at - 1


def main() -> None:
    folder, version, extra = Path(sys.argv[1]), int(sys.argv[2]), bool(int(sys.argv[3]))
    steps = (*STEPS, rewrite_everything) if extra else STEPS
    opening.migrate = partial(migrate, steps=steps)  # type: ignore[assignment]

    def make(directory: Path) -> Path:
        if version:
            return thaw(version, directory)
        directory.mkdir(parents=True)
        return directory / "outbox.sqlite3"

    print(json.dumps({"statements": every_statement(folder, version, make, len(steps))}))  # noqa: T201


if __name__ == "__main__":
    main()
