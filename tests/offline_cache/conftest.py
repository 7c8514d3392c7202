# SPDX-License-Identifier: Apache-2.0
"""A disk that fails on command, a clock that stands still, and sealing that is only bytes."""

from __future__ import annotations

import errno
import hashlib
import os
import random
import tempfile
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path

import pytest

from offline_cache import ClockReading, OfflineCache, Reservation, Sealed
from offline_cache.files import Disk

Seal = Callable[[Reservation], Sealed]


class FailingDisk(Disk):
    """Fails its ``fail_at``-th durable operation (from 1) with ``code``; for good when ``sticky``."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.operations = 0
        self.fail_at = 0
        self.code = errno.ENOSPC
        self.sticky = False

    def arm(self, fail_at: int, code: int, *, sticky: bool = False) -> None:
        self.operations, self.fail_at, self.code, self.sticky = 0, fail_at, code, sticky

    def disarm(self) -> None:
        self.fail_at = 0

    def _count(self) -> None:
        with self._lock:
            self.operations += 1
            self._fail_if_due()

    def _fail_if_due(self) -> None:
        due = self.operations >= self.fail_at if self.sticky else self.operations == self.fail_at
        if self.fail_at and due:
            raise OSError(self.code, os.strerror(self.code))

    def write(self, path: Path, data: bytes) -> None:
        self._count()
        super().write(path, data)

    def rename(self, source: Path, target: Path) -> None:
        self._count()
        super().rename(source, target)

    def sync_directory(self, path: Path) -> None:
        self._count()
        super().sync_directory(path)


class StillClock:
    """A clock that the test sets."""

    def __init__(self) -> None:
        self.wall = 1_700_000_000.0
        self._put_ahead_s = 0.0

    def put(self, wall: float) -> None:
        """Set the wall clock, as a person or a dead battery does; no time passes."""
        self._put_ahead_s += wall - self.wall
        self.wall = wall

    def monotonic(self) -> float:
        return self.wall - self._put_ahead_s

    def read(self) -> ClockReading:
        return ClockReading(wall=self.wall, monotonic_s=5.0, boot_id="boot-1")

    def __call__(self) -> float:
        return self.wall


def number(sequence: int, _wall: float) -> str:
    return f"N{sequence:06d}"


@pytest.fixture
def tmp_path(tmp_path: Path) -> Iterator[Path]:
    """Work in memory where there is a place for it: a flush is asked for all the same, and costs nothing."""
    memory = Path("/dev/shm")  # noqa: S108 - a fresh directory of our own in it
    if not os.access(memory, os.W_OK):
        yield tmp_path
        return
    with tempfile.TemporaryDirectory(dir=memory, prefix="hall24-test-") as directory:
        yield Path(directory)


@pytest.fixture
def disk() -> FailingDisk:
    return FailingDisk()


@pytest.fixture
def still_clock() -> StillClock:
    return StillClock()


@pytest.fixture
def sealing() -> Callable[..., Seal]:
    """``sealing(size, size, …)`` seals parts ``p0``, ``p1`` … of those sizes, different every time."""
    source = random.Random(7)  # noqa: S311 - made-up bytes

    def make(*sizes: int, parts: Mapping[str, bytes] | None = None) -> Seal:
        def seal(reservation: Reservation) -> Sealed:
            made = parts or {f"p{n}": source.randbytes(size) for n, size in enumerate(sizes)}
            manifest = f"{reservation.id} {reservation.sequence} {sorted(made)}".encode()
            return Sealed(manifest, hashlib.sha256(manifest).hexdigest(), made)

        return seal

    return make


@pytest.fixture
def opened(
    tmp_path: Path, disk: FailingDisk, still_clock: StillClock
) -> Iterator[Callable[..., OfflineCache]]:
    """Call it to open the same directory again and again; all are closed at the end."""
    with ExitStack() as stack:

        def open_it(directory: Path = tmp_path / "data") -> OfflineCache:
            cache = OfflineCache(directory, number=number, clock=still_clock, files=disk)
            stack.callback(cache.stop)
            cache.start()
            return cache

        yield open_it


@pytest.fixture
def cache(opened: Callable[..., OfflineCache]) -> OfflineCache:
    return opened()
