# SPDX-License-Identifier: Apache-2.0
"""Writes the chain. One process writes; a lock on the directory sees to that."""

from __future__ import annotations

import fcntl
import logging
import os
import threading
import time
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from kiosk.audit import files
from kiosk.audit.chain import BEGINNING, Checkpoint, next_event

_log = logging.getLogger("hall24.audit")

CHECKPOINT_EVERY = 64
MOST_WAITING = 1_000
UNIMPORTANT = ("step.", "screen.", "device.")
"""Events of these kinds are written at once but wait for the next important one to be flushed to disk."""


@dataclass(frozen=True, slots=True)
class _Waiting:
    wall: float
    event: str
    fields: Mapping[str, object]


class AuditLog:
    """The event chain of one terminal. The constructor does no I/O; any thread may append.

    A disk that refuses does not stop the terminal: events wait in memory (the newest thousand), one line
    in the log says so, and they are written, in order and with their own time, as soon as the disk takes
    them. How many were lost is then itself an event.
    """

    def __init__(
        self,
        directory: Path,
        *,
        wall: Callable[[], float] = time.time,
        rotate_bytes: int = 4_000_000,
    ) -> None:
        self._directory = directory
        self._wall = wall
        self._rotate_bytes = rotate_bytes
        self._lock = threading.Lock()
        self._waiting: deque[_Waiting] = deque()
        self._lost = 0
        self._healthy = True
        self._place = BEGINNING
        self._durable = BEGINNING
        self._directory_handle = -1
        self._handle = -1
        self._size = 0

    @property
    def healthy(self) -> bool:
        """False while events wait because the disk refuses them."""
        return self._healthy

    @property
    def place(self) -> Checkpoint:
        """Where the chain stands, the last events perhaps not flushed yet."""
        return self._place

    @property
    def durable_place(self) -> Checkpoint:
        """Where the chain is on the disk; kept elsewhere (a heartbeat, a bundle) it proves the past.

        No power cut takes it back: who finds the chain shorter later has found that somebody cut it.
        """
        return self._durable

    def append(self, event: str, **fields: object) -> None:
        """Write one event; important ones are on the disk when this returns and ``healthy`` is true.

        Raises :class:`kiosk.audit.AuditFieldError` for a field that the chain does not take, and nothing
        else.
        """
        wall = self._wall()
        next_event(BEGINNING, wall, event, fields)  # refuse mistakes before anything waits
        with self._lock:
            if len(self._waiting) >= MOST_WAITING:
                self._waiting.popleft()
                self._lost += 1
            self._waiting.append(_Waiting(wall, event, fields))
            self._write_waiting()

    def close(self) -> None:
        """Write what waits, note the place, release the directory. Never raises; may be opened again."""
        with self._lock:
            if self._waiting:
                self._write_waiting()
            if self._handle >= 0:
                try:
                    self._flush()
                    files.write_checkpoint(self._directory, self._place)
                except OSError as error:
                    self._ill(error)
            self._release()

    # --- under the lock -------------------------------------------------------------------------

    def _write_waiting(self) -> None:
        try:
            self._open()
            if self._lost:
                self._write(self._wall(), "audit.lost", {"count": self._lost})
                self._lost = 0
            important = False
            while self._waiting:
                first = self._waiting[0]
                self._write(first.wall, first.event, first.fields)
                self._waiting.popleft()
                important = important or not first.event.startswith(UNIMPORTANT)
            if important or not self._healthy:
                self._flush()
            if not self._healthy:
                self._healthy = True
                _log.warning("audit chain written again", extra={"sequence": self._place.sequence})
        except OSError as error:
            self._ill(error)

    def _write(self, wall: float, event: str, fields: Mapping[str, object]) -> None:
        made = next_event(self._place, wall, event, fields)
        line = made.line()
        if self._size and self._size + len(line) > self._rotate_bytes:
            self._start_file()
        written = os.write(self._handle, line)
        if written != len(line):
            raise OSError(28, "No space left on device")
        self._size += len(line)
        self._place = made.place
        if made.sequence % CHECKPOINT_EVERY == 0:
            self._flush()
            files.write_checkpoint(self._directory, self._place)

    def _open(self) -> None:
        if self._handle >= 0:
            return
        self._directory.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._directory_handle = os.open(self._directory, os.O_RDONLY | os.O_DIRECTORY)
        fcntl.flock(self._directory_handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        known = files.chain_files(self._directory)
        path = known[-1] if known else files.file_number(self._directory, 1)
        torn = files.torn_bytes(path) if known else 0
        self._place = files.last_place(self._directory)
        self._open_file(path)
        if torn:
            # Never acknowledged to anybody: the machine went down while it was written.
            os.ftruncate(self._handle, self._size - torn)
            self._size -= torn
            self._write(self._wall(), "audit.torn_line_removed", {"bytes": torn})

    def _open_file(self, path: Path) -> None:
        self._handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
        self._size = os.fstat(self._handle).st_size
        files.sync_directory(self._directory)

    def _flush(self) -> None:
        os.fsync(self._handle)
        self._durable = self._place

    def _start_file(self) -> None:
        self._flush()
        files.write_checkpoint(self._directory, self._place)
        full = self._handle
        number = int(files.chain_files(self._directory)[-1].stem.rpartition("-")[2]) + 1
        self._open_file(files.file_number(self._directory, number))
        os.close(full)

    def _ill(self, error: OSError) -> None:
        if self._healthy:
            _log.error("audit chain cannot be written", extra={"errno": error.errno or 0})
        self._healthy = False
        self._release()

    def _release(self) -> None:
        for handle in (self._handle, self._directory_handle):
            if handle >= 0:
                os.close(handle)
        self._handle = self._directory_handle = -1
