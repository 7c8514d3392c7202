# SPDX-License-Identifier: Apache-2.0
"""Room that is kept back: a ballast file, given up when the disk is full.

A full disk must not keep a receipt of the platform from being stored: without it nothing can be purged and
the disk stays full for ever. So a file holds blocks that nobody else can take. It is removed when a write of
the queue finds no room, or when so little is free that logs and event chain would find none; it is made anew
when there is room again. New work never lives on it: while it is gone, none is taken.
"""

from __future__ import annotations

import errno
import logging
import os
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from offline_cache.files import DISK

_log = logging.getLogger("hall24.reserve")

BALLAST: Final = "ballast"
_MIB: Final = 1024 * 1024


@dataclass(frozen=True, slots=True)
class ReservePolicy:
    """How much is kept back. All bytes.

    On a small file system none of them is more than ``share`` of the whole.
    """

    ballast: int = 64 * _MIB
    """What receipts, exports and logs may still use on a full disk; 0: no file."""
    floor: int = 64 * _MIB
    """New work is taken only while so much is free beside the ballast."""
    release: int = 8 * _MIB
    """Under this the ballast is given up before anybody meets the end."""
    share: float = 0.1

    def on(self, total: int) -> ReservePolicy:
        """Return the same, fitted to a file system of that size."""
        most = int(total * self.share)
        return ReservePolicy(
            min(self.ballast, most), min(self.floor, most), min(self.release, most // 4), self.share
        )


@dataclass(frozen=True, slots=True)
class Space:
    """A file system, in bytes."""

    total: int
    free: int


def space_at(directory: Path) -> Space:
    """Return the room that a program without privileges has there. Raises ``OSError``."""
    found = os.statvfs(directory)
    return Space(found.f_blocks * found.f_frsize, found.f_bavail * found.f_frsize)


class Reserve:
    """The ballast of one directory. May be used from any thread; nothing here raises.

    ``start`` first, then :meth:`tend` now and then.
    """

    def __init__(
        self,
        directory: Path,
        policy: ReservePolicy | None = None,
        *,
        space: Callable[[Path], Space] = space_at,
    ) -> None:
        self._path = directory / BALLAST
        self._wanted = policy or ReservePolicy()
        self._policy = self._wanted
        self._space = space
        self._lock = threading.Lock()
        self._held = False
        self._impossible = False

    @property
    def intact(self) -> bool:
        """Tell whether the reserve was not broken into; else no new work may be kept."""
        return self._held or self._impossible or not self._policy.ballast

    def start(self) -> None:
        """Look whether the file is there, and give it up at once if the disk is full already."""
        with self._lock:
            with suppress(OSError):  # an unfinished one protects nobody
                self._unfinished.unlink(missing_ok=True)
            space = self._look()
            with suppress(OSError):
                self._held = self._path.stat().st_size > 0
            if space.free < self._policy.release:
                self._give_up()

    def tend(self) -> bool:
        """Give the ballast up or make it anew, as the disk is now; return whether there is room for new work."""
        with self._lock:
            space = self._look()
            if self._held and space.free < self._policy.release:
                self._give_up()
            elif (
                not self._held
                and self._policy.ballast
                and space.free >= self._policy.ballast + self._policy.floor
            ):
                self._make()
                space = self._look()
            return self.intact and space.free >= self._policy.floor

    def look(self) -> tuple[bool, bool]:
        """Return whether there is room for new work, and whether it is running out; touch nothing."""
        with self._lock:
            free, floor = self._look().free, self._policy.floor
        return free >= floor, free < 2 * floor

    def release(self) -> bool:
        """Give the ballast up: a write found no room. Return whether that made any."""
        with self._lock:
            return self._give_up()

    @property
    def _unfinished(self) -> Path:
        return self._path.with_name(f"{BALLAST}.unfinished")

    def _look(self) -> Space:
        """Measure; a disk that cannot be measured has no room."""
        try:
            space = self._space(self._path.parent)
        except OSError:
            return Space(0, 0)
        self._policy = self._wanted.on(space.total)
        return space

    def _give_up(self) -> bool:
        if not self._held:
            return False
        self._held = False
        try:
            DISK.remove(self._path)
            DISK.sync_directory(self._path.parent)
        except OSError as error:
            _log.error("ballast not released", extra={"errno": error.errno})
            return False
        _log.warning("ballast released: the disk is full")
        return True

    def _make(self) -> None:
        """Take the blocks, durably. The file has its name only once it is whole."""
        try:
            descriptor = os.open(
                self._unfinished, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600
            )
            try:
                os.posix_fallocate(descriptor, 0, self._policy.ballast)
                os.fsync(descriptor)
            finally:
                os.close(descriptor)
            DISK.rename(self._unfinished, self._path)
            DISK.sync_directory(self._path.parent)
        except OSError as error:
            _log.info("ballast not made", extra={"errno": error.errno})
            with suppress(OSError):  # the next start removes it
                self._unfinished.unlink(missing_ok=True)
            # A limit on the size of files, or a file system that reserves nothing: there is room all the same.
            self._impossible = error.errno not in {errno.ENOSPC, errno.EDQUOT}
            return
        self._held, self._impossible = True, False
        _log.info("ballast made")
