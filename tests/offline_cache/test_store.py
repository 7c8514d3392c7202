# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import sqlite3
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Any

import pytest

from offline_cache import OfflineCache, Store
from offline_cache.errors import (
    StoreClosedError,
    StoreCorruptError,
    StoreFullError,
    StoreInUseError,
    StoreTimeoutError,
    StoreUnavailableError,
    StoreVersionError,
)
from offline_cache.migrations import STEPS, migrate
from offline_cache.opening import connect_file


@pytest.fixture
def started(tmp_path: Path) -> Iterator[Callable[..., Store]]:
    with ExitStack() as stack:

        def start(**options: Any) -> Store:
            store = Store(tmp_path / "outbox.sqlite3", **options)
            stack.callback(store.stop)
            store.start()
            return store

        yield start


def pragma(store: Store, name: str) -> object:
    return store.call(lambda c: c.execute(f"PRAGMA {name}").fetchone()[0])


def remember(value: str) -> Callable[[sqlite3.Connection], None]:
    def change(connection: sqlite3.Connection) -> None:
        connection.execute("INSERT OR REPLACE INTO fact VALUES ('test', ?)", (value,))

    return change


def remembered(store: Store) -> str | None:
    row = store.call(lambda c: c.execute("SELECT value FROM fact WHERE name='test'").fetchone())
    return None if row is None else str(row[0])


def test_the_files_of_the_database_are_their_owners_alone(
    started: Callable[..., Store], tmp_path: Path
) -> None:
    store = started()
    store.call(remember("kept"))
    rights = {path.name: path.stat().st_mode & 0o777 for path in tmp_path.iterdir()}
    assert len(rights) >= 2
    assert set(rights.values()) == {0o600}, rights


def test_commits_are_durable_and_references_are_kept(started: Callable[..., Store]) -> None:
    store = started()
    assert pragma(store, "journal_mode") == "wal"
    assert pragma(store, "synchronous") == 2
    assert pragma(store, "foreign_keys") == 1
    assert pragma(store, "mmap_size") == 0
    assert pragma(store, "locking_mode") == "exclusive"
    assert pragma(store, "user_version") == len(STEPS)


def test_a_second_opener_in_this_process_is_refused(started: Callable[..., Store]) -> None:
    store = started()
    with pytest.raises(StoreInUseError, match=r"in use by process \d+"):
        Store(store.path).start()
    store.stop()
    again = Store(store.path)
    again.start()
    again.stop()


HOLDER = """
import sys, pathlib
from offline_cache.store import Store
Store(pathlib.Path(sys.argv[1])).start()
print("up", flush=True)
sys.stdin.read()
"""


def test_a_second_process_is_refused_until_the_first_is_killed(tmp_path: Path) -> None:
    path = tmp_path / "outbox.sqlite3"
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    with holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "up\n"
        with pytest.raises(StoreInUseError, match=f"process {holder.pid};"):
            Store(path).start()
        holder.kill()
    store = Store(path)
    store.start()
    store.stop()


def test_a_file_that_sqlite_locks_is_refused_without_our_lock_file(
    tmp_path: Path,
) -> None:
    path = tmp_path / "outbox.sqlite3"
    with closing(sqlite3.connect(path)) as other:
        other.execute("CREATE TABLE t (x)")
        other.execute("PRAGMA locking_mode = EXCLUSIVE")
        other.execute("BEGIN EXCLUSIVE")
        with pytest.raises(StoreInUseError):
            Store(path).start()


def test_newer_software_s_file_is_refused_and_left_alone(started: Callable[..., Store]) -> None:
    store = started()
    store.call(lambda c: c.execute("PRAGMA user_version = 99").fetchone())
    store.stop()
    before = store.path.read_bytes()
    with pytest.raises(StoreVersionError, match="newer software"):
        Store(store.path).start()
    assert store.path.read_bytes() == before


def test_another_program_s_database_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "outbox.sqlite3"
    with closing(sqlite3.connect(path)) as other:
        other.execute("PRAGMA application_id = 7")
    with pytest.raises(StoreCorruptError, match="another program"):
        Store(path).start()


def test_what_is_no_database_is_refused_and_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "outbox.sqlite3"
    path.write_bytes(b"not a database at all, but long enough to look like one" * 100)
    before = path.read_bytes()
    with pytest.raises(StoreCorruptError):
        Store(path).start()
    assert path.read_bytes() == before


@pytest.mark.expected_logs("store does not verify")
def test_a_damaged_database_accepts_nothing(started: Callable[..., Store]) -> None:
    store = started()
    for number in range(200):
        store.call(
            lambda c, n=number: c.execute("INSERT INTO fact VALUES (?, ?)", (str(n), "x" * 200))
        )
    store.stop()
    damaged = bytearray(store.path.read_bytes())
    half = len(damaged) // 2 // 4096 * 4096
    damaged[half : half + 4096] = b"\xa5" * 4096
    store.path.write_bytes(damaged)
    told: list[tuple[bool, str]] = []
    again = started(on_change=lambda accepting, code: told.append((accepting, code)))
    with pytest.raises(StoreCorruptError):
        again.call(remember("never"))
    with pytest.raises(StoreCorruptError):
        again.probe()
    assert told == [(False, "store.corrupt")]


def test_a_full_database_says_so_and_resumes_when_there_is_room(
    started: Callable[..., Store],
) -> None:
    told: list[tuple[bool, str]] = []
    store = started(on_change=lambda accepting, code: told.append((accepting, code)))
    store.call(remember("before"))
    pages = pragma(store, "page_count")
    store.call(lambda c: c.execute(f"PRAGMA max_page_count = {pages}").fetchone())
    with pytest.raises(StoreFullError):
        store.call(remember("x" * 100_000))
    assert remembered(store) == "before"
    assert told == [(False, "store.full")]
    store.call(lambda c: c.execute("PRAGMA max_page_count = 100000").fetchone())
    store.probe()
    assert told == [(False, "store.full"), (True, "")]
    store.call(remember("after"))
    assert remembered(store) == "after"


class Flaky(sqlite3.Connection):
    """Fails like a disk at the statements named in ``fail``, then no more."""

    fail: list[str]

    def execute(self, sql: str, *parameters: Any) -> sqlite3.Cursor:  # type: ignore[override]  # narrower on purpose
        if self.fail and sql.startswith(self.fail[0]):
            self.fail.pop(0)
            error = sqlite3.OperationalError("disk I/O error")
            error.sqlite_errorcode = sqlite3.SQLITE_IOERR_FSYNC
            error.sqlite_errorname = "SQLITE_IOERR_FSYNC"
            raise error
        return super().execute(sql, *parameters)


def flaky(fail: list[str]) -> Callable[[Path], sqlite3.Connection]:
    kind = type("FlakyNow", (Flaky,), {"fail": fail})

    def connect(path: Path) -> sqlite3.Connection:
        return sqlite3.connect(path, timeout=0, isolation_level=None, factory=kind)

    return connect


@pytest.mark.expected_logs("store failed, reopening", "reopened and verified")
def test_a_disk_error_stops_acceptance_reopens_and_verifies(started: Callable[..., Store]) -> None:
    fail: list[str] = []
    told: list[tuple[bool, str]] = []
    store = started(
        connect=flaky(fail), on_change=lambda accepting, code: told.append((accepting, code))
    )
    store.call(remember("before"))
    fail.append("COMMIT")
    with pytest.raises(StoreUnavailableError):
        store.call(remember("lost"))
    assert told == [(False, "store.failed"), (True, "")]
    assert remembered(store) == "before"
    store.call(remember("after"))
    assert remembered(store) == "after"


@pytest.mark.expected_logs("store failed, reopening", "reopened and verified")
def test_a_store_that_cannot_be_reopened_refuses_until_it_can(
    started: Callable[..., Store],
) -> None:
    fail: list[str] = []
    store = started(connect=flaky(fail))
    fail += ["COMMIT", "PRAGMA locking_mode", "PRAGMA locking_mode"]
    with pytest.raises(StoreUnavailableError):
        store.call(remember("lost"))
    with pytest.raises(StoreUnavailableError):
        store.call(remember("still not"))
    store.call(remember("again"))
    assert remembered(store) == "again"


def test_a_mistake_in_a_change_is_the_caller_s_and_rolls_back(
    started: Callable[..., Store],
) -> None:
    store = started()

    def mistake(connection: sqlite3.Connection) -> None:
        remember("half")(connection)
        connection.execute("INSERT INTO part VALUES (99, 'x', 0, 0, '', 0, NULL)")

    with pytest.raises(sqlite3.IntegrityError):
        store.call(mistake)
    assert remembered(store) is None


def test_a_change_that_comes_too_late_is_withdrawn(started: Callable[..., Store]) -> None:
    store = started()
    gate = threading.Event()
    store.submit(lambda _c: gate.wait(10) and None)
    with pytest.raises(StoreTimeoutError):
        store.call(remember("too late"), timeout_s=0.01)
    gate.set()
    assert remembered(store) is None


def test_a_stopped_store_takes_nothing_and_stops_twice(started: Callable[..., Store]) -> None:
    store = started()
    asked = store.submit(remember("just in time"))
    store.stop()
    assert asked.exception() is None
    with pytest.raises(StoreClosedError):
        store.call(remember("too late"))
    store.stop()


def test_a_change_that_asks_for_a_change_is_told_instead_of_hanging(
    started: Callable[..., Store],
) -> None:
    store = started()
    with pytest.raises(RuntimeError, match="wait for itself"):
        store.call(lambda _c: store.probe())


def test_a_directory_that_cannot_be_made_is_one_clear_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(StoreUnavailableError, match=r"Not a directory|File exists"):
        Store(tmp_path / "file" / "outbox.sqlite3").start()


def test_a_migration_that_fails_leaves_the_file_as_it_was(tmp_path: Path) -> None:
    path = tmp_path / "outbox.sqlite3"

    def good(db: Any) -> None:
        db.table("fact").add_column("extra", str)

    def bad(db: Any) -> None:
        db.table("fact").add_column("more", str)
        raise ZeroDivisionError

    with closing(connect_file(path)) as connection:
        migrate(connection, path)
        with pytest.raises(ZeroDivisionError):
            migrate(connection, path, (*STEPS, good, bad))
        columns = [row[1] for row in connection.execute("PRAGMA table_info(fact)")]
        assert columns == ["name", "value", "extra"]
        assert connection.execute("PRAGMA user_version").fetchone()[0] == len(STEPS) + 1
    with closing(sqlite3.connect(f"{path}.before-{len(STEPS) + 2}")) as copy:
        assert copy.execute("PRAGMA user_version").fetchone()[0] == len(STEPS)


def test_the_shelf_keeps_the_latest_and_drops_the_damaged(cache: OfflineCache) -> None:
    assert cache.shelf.get("catalogue") is None
    cache.shelf.put("catalogue", '"1"', b"one", 10.0)
    cache.shelf.put("catalogue", '"2"', b"two", 20.0)
    kept = cache.shelf.get("catalogue")
    assert kept is not None
    assert (kept.etag, kept.body, kept.fetched_at) == ('"2"', b"two", 20.0)
    cache.store.call(lambda c: c.execute("UPDATE shelf SET body = x'00'").rowcount)
    assert cache.shelf.get("catalogue") is None
