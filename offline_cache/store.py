# SPDX-License-Identifier: Apache-2.0
"""The one SQLite connection and the one thread that owns it.

Every change runs as a function on that thread, inside one transaction, and is durable (WAL,
``synchronous=FULL``) before the caller hears of it. A second process is refused: SQLite before 3.51.3
may corrupt a WAL database that two connections write (the WAL-reset bug), so there is only ever one.

After a failed fsync the kernel calls the lost pages clean and the next fsync succeeds; so any disk I/O
error here closes the connection, drops what the kernel remembers of the files, reopens and verifies
before anything more is accepted.
"""

from __future__ import annotations

import logging
import os
import queue
import sqlite3
import threading
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import suppress
from pathlib import Path
from typing import Generic, TypeVar

from offline_cache import journal
from offline_cache.errors import (
    OfflineCacheError,
    StoreClosedError,
    StoreCorruptError,
    StoreError,
    StoreFullError,
    StoreTimeoutError,
    StoreUnavailableError,
    StoreVersionError,
)
from offline_cache.opening import (
    FILE_CODES,
    OLDEST_SQLITE,
    as_store_error,
    complaints,
    connect_file,
    error_name,
    forget_cached_pages,
    heal_indexes,
    prepare,
    primary_code,
    take_lock,
)

_log = logging.getLogger("hall24.store")

T = TypeVar("T")
Change = Callable[[sqlite3.Connection], T]


class _Job(Generic[T]):
    """A change on its way through the store thread; either withdrawn or committed, never both."""

    __slots__ = ("_decision", "_lock", "change", "future", "new_work")

    def __init__(self, change: Change[T], *, new_work: bool) -> None:
        self.change = change
        self.new_work = new_work
        self.future: Future[T] = Future()
        self._decision = ""
        self._lock = threading.Lock()

    def decide(self, decision: str) -> bool:
        """Settle for ``commit`` or ``withdraw``; the first to come wins."""
        with self._lock:
            if not self._decision:
                self._decision = decision
            return self._decision == decision


class Store:
    """Owns the connection, its thread and the lock file. ``start`` before use, ``stop`` at the end.

    ``on_change(accepting, code)`` is called on the store thread when the store stops or resumes accepting
    changes. ``make_room()`` is called there when a change finds the disk full, and returns whether there is
    room now; new work never asks for it. ``connect`` is where tests put a failing database.
    """

    def __init__(
        self,
        path: Path,
        *,
        connect: Callable[[Path], sqlite3.Connection] | None = None,
        on_change: Callable[[bool, str], None] | None = None,
        make_room: Callable[[], bool] | None = None,
        timeout_s: float = 30.0,
    ) -> None:
        self._path = path
        self._connect = connect or connect_file
        self._on_change = on_change or _nobody_listens
        self._make_room = make_room or _no_room
        self._timeout_s = timeout_s
        self._jobs: queue.SimpleQueue[_Job[object] | None] = queue.SimpleQueue()
        self._gate = threading.Lock()
        self._open_for_jobs = False
        self._thread: threading.Thread | None = None
        self._lock_file: int | None = None
        self._connection: sqlite3.Connection | None = None
        self._fault: StoreError | None = None
        self._refusing = ""

    # --- life -----------------------------------------------------------------------------------

    def start(self) -> None:
        """Lock, open, migrate; the integrity check then runs on the store thread before the first change.

        Raises ``StoreInUseError``, ``StoreVersionError``, ``StoreCorruptError``, ``StoreFullError`` or
        ``StoreUnavailableError``; nothing stays open or locked then.
        """
        if sqlite3.sqlite_version_info < OLDEST_SQLITE:
            raise StoreVersionError(f"SQLite {sqlite3.sqlite_version} is too old")
        self._lock_file = take_lock(self._path)
        opened: Future[None] = Future()
        self._thread = threading.Thread(target=self._run, args=(opened,), name="store", daemon=True)
        self._thread.start()
        try:
            opened.result()
        except BaseException:
            self._thread.join()
            self._thread = None
            self._unlock()
            raise
        with self._gate:
            self._open_for_jobs = True

    def stop(self) -> None:
        """Finish what was asked before, close the connection, give the lock back. Twice is fine."""
        with self._gate:
            self._open_for_jobs = False
            thread, self._thread = self._thread, None
            if thread is not None:
                self._jobs.put(None)
        if thread is not None:
            thread.join()
            self._unlock()

    @property
    def path(self) -> Path:
        """Where the database is."""
        return self._path

    # --- use ------------------------------------------------------------------------------------

    def submit(self, change: Change[T]) -> Future[T]:
        """Run ``change(connection)`` in a transaction on the store thread; do not wait.

        The future's result means durable. Raises ``StoreClosedError``.
        """
        return self._post(change).future

    def call(
        self, change: Change[T], timeout_s: float | None = None, *, new_work: bool = False
    ) -> T:
        """Run ``change(connection)`` in a transaction on the store thread and wait until it is durable.

        On a full disk everything but ``new_work`` may use what ``make_room`` gives; it runs a second time then.

        Raises a :class:`StoreError`, or whatever ``change`` raises. After any of them nothing of the
        change is stored, with one exception: after ``StoreUnavailableError`` it may be; look again.
        ``StoreTimeoutError`` withdraws the change; once the commit itself has begun it is waited for.
        """
        job = self._post(change, new_work=new_work)
        try:
            return job.future.result(self._timeout_s if timeout_s is None else timeout_s)
        except TimeoutError:
            if job.future.done():
                raise  # the change itself raised it
            if job.decide("withdraw"):
                raise StoreTimeoutError from None
            return job.future.result()

    def distrust(self) -> None:
        """Reopen and verify now: a file beside the database met a disk I/O error.

        Raises ``StoreUnavailableError`` or ``StoreCorruptError`` when that fails.
        """

        def fail(_: sqlite3.Connection) -> None:
            raise _DistrustedError

        self.call(fail)

    def refuse(self, code: str) -> None:
        """Tell the listener that changes are refused, e.g. ``store.full``; the next one that succeeds ends it."""
        self._tell(code)

    def probe(self) -> None:
        """Write a little, durably: does the store accept changes again? Raises a :class:`StoreError`."""
        write = "INSERT OR REPLACE INTO fact (name, value) VALUES ('probe', '')"
        self.call(lambda connection: connection.execute(write).rowcount, new_work=True)

    def check(self) -> list[str]:
        """Return what a full integrity check complains of; empty when all is well."""
        return self.call(lambda connection: complaints(connection, "integrity_check"), 3600.0)

    # --- the store thread -----------------------------------------------------------------------

    def _post(self, change: Change[T], *, new_work: bool = False) -> _Job[T]:
        job = _Job(change, new_work=new_work)
        with self._gate:
            if not self._open_for_jobs:
                raise StoreClosedError(f"{self._path} is not open")
            if threading.current_thread() is self._thread:
                raise RuntimeError("a change may not ask for another: it would wait for itself")
            self._jobs.put(job)  # type: ignore[arg-type]  # the queue does not care what T is
        return job

    def _run(self, opened: Future[None]) -> None:
        try:
            self._open()
        except Exception as error:  # noqa: BLE001 - carried over to the starting thread
            self._close()
            opened.set_exception(as_store_error(error, self._path))
            return
        opened.set_result(None)
        self._verify()
        while (job := self._jobs.get()) is not None:
            self._do(job)
        self._close()

    def _do(self, job: _Job[object]) -> None:
        if self._connection is None or self._fault is not None:
            self._reopen()
        if self._fault is not None:
            job.future.set_exception(type(self._fault)(self._fault.detail))
            return
        try:
            result, changed = self._transact_making_room(job)
        except StoreTimeoutError as error:
            job.future.set_exception(error)
        except (sqlite3.Error, _DistrustedError) as error:
            self._after_failure(job, error)
        except BaseException as error:  # noqa: BLE001 - belongs to whoever asked
            job.future.set_exception(error)
        else:
            if changed:
                self._tell("")
            job.future.set_result(result)

    def _transact_making_room(self, job: _Job[object]) -> tuple[object, bool]:
        try:
            return self._transact(job)
        except sqlite3.Error as error:
            if job.new_work or primary_code(error) != sqlite3.SQLITE_FULL or not self._make_room():
                raise
        return self._transact(job)  # the first one was rolled back

    def _transact(self, job: _Job[object]) -> tuple[object, bool]:
        connection = self._connection
        assert connection is not None  # noqa: S101 - for the type checker; _do looked
        before = connection.total_changes
        connection.execute("BEGIN")
        try:
            result = job.change(connection)
            if not job.decide("commit"):
                raise StoreTimeoutError
            connection.execute("COMMIT")
        except BaseException:
            if connection.in_transaction:
                with suppress(sqlite3.Error):  # the first error is the one that matters
                    connection.execute("ROLLBACK")
            raise
        return result, connection.total_changes != before

    def _after_failure(self, job: _Job[object], error: Exception) -> None:
        if isinstance(error, sqlite3.Error) and primary_code(error) not in FILE_CODES:
            job.future.set_exception(error)  # a mistake in the change, not the store's condition
            return
        ours = as_store_error(error, self._path)
        if isinstance(ours, StoreUnavailableError):
            _log.error("store failed, reopening", extra={"error": error_name(error)})
            self._tell(ours.code)
            self._close()
            forget_cached_pages(self._path)
            self._reopen()
            if isinstance(error, _DistrustedError) and self._fault is None:
                job.future.set_result(None)
                return
        elif isinstance(ours, StoreCorruptError):
            self._fault = ours
            self._tell(ours.code)
        elif isinstance(ours, StoreFullError):
            self._tell(ours.code)
        job.future.set_exception(ours)

    def _open(self) -> None:
        journal.mend(self._path.with_name(f"{self._path.name}-wal"))
        self._connection = self._connect(self._path)
        prepare(self._connection, self._path)
        descriptor = os.open(self._path.parent, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(descriptor)  # the database's own name
        finally:
            os.close(descriptor)

    def _verify(self) -> None:
        """Read every page once and compare indexes with tables; a store that fails this accepts nothing."""
        connection = self._connection
        assert connection is not None  # noqa: S101 - for the type checker; called after _open
        try:
            found = heal_indexes(connection)
        except sqlite3.Error as error:
            self._fault = as_store_error(error, self._path)
        else:
            self._fault = StoreCorruptError(f"{self._path}: {found[0]}") if found else None
        if self._fault is not None:
            _log.error("store does not verify", extra={"code": self._fault.code})
            self._tell(self._fault.code)

    def _reopen(self) -> None:
        if isinstance(self._fault, StoreCorruptError):
            return  # it would not get better; a person must look
        self._close()
        try:
            self._open()
        except (sqlite3.Error, OSError, OfflineCacheError) as error:
            self._fault = as_store_error(error, self._path)
            return
        self._fault = None
        self._verify()
        if self._fault is None:
            _log.warning("store reopened and verified")
            self._tell("")

    def _close(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            with suppress(sqlite3.Error):
                connection.close()

    def _tell(self, code: str) -> None:
        if code != self._refusing:
            self._refusing = code
            self._on_change(not code, code)

    def _unlock(self) -> None:
        descriptor, self._lock_file = self._lock_file, None
        if descriptor is not None:
            os.close(descriptor)


class _DistrustedError(Exception):
    """Not an error of the database itself: somebody asked to reopen and verify."""


def _no_room() -> bool:
    return False


def _nobody_listens(_accepting: bool, _code: str) -> None:  # noqa: FBT001 - shape of the callback
    return None
