# SPDX-License-Identifier: Apache-2.0
"""How the database is locked, opened and set up, and what its errors mean."""

from __future__ import annotations

import errno
import fcntl
import hashlib
import logging
import os
import sqlite3
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Final

from offline_cache.errors import (
    StoreCorruptError,
    StoreError,
    StoreFullError,
    StoreInUseError,
    StoreUnavailableError,
)
from offline_cache.files import DISK
from offline_cache.migrations import migrate

_log = logging.getLogger("hall24.store")

OLDEST_SQLITE: Final = (3, 37, 0)
"""STRICT tables."""
RESET_BUG_FIXED: Final = (3, 51, 3)
APPLICATION_ID: Final = 0x48323451
_SYNCHRONOUS_FULL: Final = 2
FILE_CODES: Final = frozenset(
    {
        sqlite3.SQLITE_IOERR,
        sqlite3.SQLITE_FULL,
        sqlite3.SQLITE_CORRUPT,
        sqlite3.SQLITE_NOTADB,
        sqlite3.SQLITE_CANTOPEN,
        sqlite3.SQLITE_READONLY,
        sqlite3.SQLITE_BUSY,
    }
)
"""Primary result codes that speak of the file; all others speak of the statement."""


def connect_file(path: Path) -> sqlite3.Connection:
    """Open a connection that never waits for another and begins no transaction by itself.

    A new file is its owner's alone; SQLite gives the write-ahead log the same rights.
    """
    with suppress(OSError):  # what stands in the way is SQLite's to say
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600))
    return sqlite3.connect(path, timeout=0.0, isolation_level=None, check_same_thread=True)


def prepare(connection: sqlite3.Connection, path: Path) -> None:
    """Set the connection up; raise when what we rely on is not given."""
    # Text that a flipped bit made undecodable is that row's damage, not an error of the whole query.
    connection.text_factory = partial(str, encoding="utf-8", errors="replace")
    connection.execute("PRAGMA locking_mode = EXCLUSIVE")
    connection.execute("PRAGMA trusted_schema = OFF")
    connection.execute("PRAGMA cell_size_check = ON")
    connection.execute("PRAGMA mmap_size = 0")
    connection.execute("PRAGMA foreign_keys = ON")
    written_by: int = connection.execute("PRAGMA application_id").fetchone()[0]
    if written_by not in {0, APPLICATION_ID}:
        raise StoreCorruptError(f"{path} is a database of another program")
    journal = connection.execute("PRAGMA journal_mode = WAL").fetchone()[0]
    connection.execute("PRAGMA synchronous = FULL")
    synchronous = connection.execute("PRAGMA synchronous").fetchone()[0]
    if journal != "wal" or synchronous != _SYNCHRONOUS_FULL:
        raise StoreUnavailableError(f"{path}: no durable commits ({journal}, {synchronous})")
    if written_by != APPLICATION_ID:
        connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
    migrate(connection, path)
    check_schema(connection, path)
    affected = sqlite3.sqlite_version_info < RESET_BUG_FIXED
    _log.info("store open", extra={"sqlite": sqlite3.sqlite_version, "wal_reset_bug": affected})


def check_schema(connection: sqlite3.Connection, path: Path) -> None:
    """Raise ``StoreCorruptError`` unless tables and indexes are those that our migrations made.

    A flipped bit in the name of a column is no damage to SQLite: it is another table, and every question
    to it fails. The hash belongs to the number of migrations that had been done.
    """
    lines = connection.execute(
        "SELECT type, name, tbl_name, sql FROM sqlite_schema WHERE name NOT LIKE 'sqlite!_%' ESCAPE '!'"
        " ORDER BY type, name"
    ).fetchall()
    steps: int = connection.execute("PRAGMA user_version").fetchone()[0]
    now = f"{steps} {hashlib.sha256(repr(lines).encode('utf-8', 'replace')).hexdigest()}"
    try:
        kept = connection.execute("SELECT value FROM fact WHERE name = 'schema'").fetchone()
        if kept is None or kept[0].partition(" ")[0] != str(steps):
            write = "INSERT OR REPLACE INTO fact (name, value) VALUES ('schema', ?)"
            connection.execute(write, (now,))
        elif kept[0] != now:
            raise StoreCorruptError(f"{path}: the tables are not those that were made")
    except sqlite3.OperationalError as error:
        if primary_code(error) in FILE_CODES:
            raise
        raise StoreCorruptError(f"{path}: the tables are not those that were made") from None


def heal_indexes(connection: sqlite3.Connection) -> list[str]:
    """Return what a full check finds wrong, after making indexes anew if that is all that is wrong.

    An index repeats what the tables hold. One that lost a line hides a submission from the delivery.
    """
    found = complaints(connection, "integrity_check")
    if found:
        connection.execute("REINDEX")
        found = complaints(connection, "integrity_check")
        if not found:
            _log.warning("damaged index made anew")
    return found


def complaints(connection: sqlite3.Connection, check: str) -> list[str]:
    """Return what ``integrity_check`` or ``quick_check`` finds wrong, at most five lines."""
    rows = connection.execute(f"PRAGMA {check}(5)").fetchall()
    return [row[0] for row in rows if row[0] != "ok"]


def take_lock(path: Path) -> int:
    """Take the lock file or raise ``StoreInUseError``; a killed process gives its lock back."""
    try:
        _make_data_directory(path.parent)
        descriptor = os.open(
            path.with_name(f"{path.name}.lock"), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600
        )
    except OSError as error:
        raise disk_error(error, path.parent) from None
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        holder = os.pread(descriptor, 20, 0).decode("ascii", "replace").strip()
        os.close(descriptor)
        by = f" by process {holder}" if holder else ""
        raise StoreInUseError(
            f"{path} is in use{by}; while the terminal runs, it alone works on the outbox"
        ) from None
    with suppress(OSError):  # the number is a courtesy; a full disk must not keep us out
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, str(os.getpid()).encode("ascii"), 0)
    return descriptor


def _make_data_directory(directory: Path) -> None:
    """Create it and flush its name, and the names of those created above it.

    Flushed even when it is there: who created it may have been killed before flushing, and then a power cut
    takes the directory away with everything in it.
    """
    missing = [above for above in (directory, *directory.parents) if not above.exists()]
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    for parent in {above.parent for above in (directory, *missing)}:
        with suppress(
            PermissionError
        ):  # a directory above that is not ours to read was not ours to make
            DISK.sync_directory(parent)


def as_store_error(error: Exception, path: Path) -> StoreError:
    """Map what SQLite or the disk says; our own errors pass."""
    if isinstance(error, StoreError):
        return error
    primary = primary_code(error)
    if primary == sqlite3.SQLITE_FULL:
        return StoreFullError(f"{path}: no room on the disk")
    if primary in {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}:
        return StoreInUseError(f"{path} is in use by another process")
    if primary in {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}:
        return StoreCorruptError(f"{path} is damaged; it is left as it is")
    if isinstance(error, OSError):
        return disk_error(error, path)
    return StoreUnavailableError(f"{path}: {error_name(error)}")


def disk_error(error: OSError, path: Path) -> StoreError:
    """Return what an error of the file system means here: full, or not to be trusted."""
    if error.errno in {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}:
        return StoreFullError(f"{path}: no room on the disk")
    return StoreUnavailableError(f"{path}: {error.strerror}")


def primary_code(error: Exception) -> int | None:
    """Return SQLite's primary result code; ``None`` for errors that are not SQLite's."""
    code = getattr(error, "sqlite_errorcode", None)
    return code & 0xFF if isinstance(code, int) else None


def error_name(error: Exception) -> str:
    """Return the name of an error without its text, e.g. ``SQLITE_IOERR_FSYNC``."""
    return str(getattr(error, "sqlite_errorname", None) or type(error).__name__)


def forget_cached_pages(path: Path) -> None:
    """Make the kernel read the files from the medium again: after a failed flush its copy is not to be trusted."""
    for name in (path.name, f"{path.name}-wal"):
        with suppress(OSError):
            descriptor = os.open(path.with_name(name), os.O_RDONLY)
            try:
                os.posix_fadvise(descriptor, 0, 0, os.POSIX_FADV_DONTNEED)
            finally:
                os.close(descriptor)
