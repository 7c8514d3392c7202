# SPDX-License-Identifier: Apache-2.0
"""A disk that refuses one operation, or every operation from one on, or takes half a write, and a story told on it.

After a flush that failed with EIO the file holds what was durable before: the kernel drops the pages and
calls them clean (Rebello et al., "Can Applications Recover from fsync Failures?", ATC 2020).
"""

from __future__ import annotations

import errno
import os
import sqlite3
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final

from offline_cache import OfflineCache, StoreError
from offline_cache.errors import PartError
from tests.chaos.operations import Operation, put_back, watched
from tests.chaos.power_cut import Disk
from tests.chaos.sqlite_seam import SqliteSeam
from tests.chaos.story import LARGE, SMALL, Aftermath, Author, StillClock, look, number

_SYNCS: Final = frozenset({"sync", "sync_directory"})


@dataclass(frozen=True, slots=True)
class Fault:
    """What goes wrong: the ``at``-th operation (from 1), with ``code``; for good when ``sticky``.

    Code 0 is no error: a write takes only half of its bytes and says so.
    """

    at: int
    code: int
    sticky: bool

    def __str__(self) -> str:
        what = errno.errorcode[self.code] if self.code else "half a write"
        return f"{what} at {self.at}{' and ever after' if self.sticky else ''}"


@dataclass(slots=True)
class FaultyDisk:
    """Witness that fails as planned."""

    root: Path
    fault: Fault
    kinds: list[str] = field(default_factory=list)
    hit: list[Operation] = field(default_factory=list)
    armed: bool = True
    opened: int = 0
    """How often the database was opened."""
    distrusted: int | None = None
    """How often it had been opened when a flush failed last."""
    _model: Disk = field(init=False)

    def __post_init__(self) -> None:
        self._model = Disk(self.root)

    def __call__(self, operation: Operation) -> int | None:
        if operation.kind != "make_directory":  # 256 of them at set-up, all alike
            self.kinds.append(operation.kind)
            due = len(self.kinds) >= self.fault.at if self.fault.sticky else (
                len(self.kinds) == self.fault.at
            )  # fmt: skip
            if self.armed and due and self.fault.code == 0:
                return self._half(operation)
            if self.armed and due and operation.kind != "remove":
                self.hit.append(operation)
                if operation.kind in _SYNCS:
                    self.distrusted = self.opened
                if operation.kind == "sync" and self.fault.code == errno.EIO:
                    durable = self._model.durable_content(operation.path) or b""
                    self._model.forget_unflushed(operation.path)
                    put_back(operation.path, durable)
                raise OSError(self.fault.code, os.strerror(self.fault.code))
        self._model.take(operation)
        return None

    def _half(self, operation: Operation) -> int | None:
        # SQLite's own writes come here, too; its VFS makes short ones whole before anybody sees them.
        if operation.kind != "write" or operation.path.startswith(
            str(self.root / "data" / "outbox")
        ):
            self._model.take(operation)
            return None
        self.hit.append(operation)
        room = len(operation.data) // 2
        self._model.take(replace(operation, data=operation.data[:room]))
        return room


@dataclass(frozen=True, slots=True)
class Told:
    """What came of one story."""

    kinds: tuple[str, ...]
    """What was asked of the disk, in order."""
    hit: tuple[Operation, ...]
    acknowledged: int
    refused: int
    """Submissions that were refused with a :class:`StoreError`."""
    told_to_stop: bool
    """The store said that it does not accept."""
    on_trust: int
    """Submissions that were acknowledged after a failed flush on a database that was not opened again."""
    aftermath: Aftermath | None
    unreadable: str
    """Why a part of an acknowledged submission could not be read back; then there is no aftermath."""

    def wrong(self, fault: Fault) -> list[str]:
        """Return what broke the promise; nothing when all is well."""
        said = []
        if self.aftermath is None or not self.aftermath.kept:
            said.append(f"{fault}: {self.aftermath or self.unreadable}")
        if self.flush_failed and fault.code == errno.EIO and not self.told_to_stop:
            said.append(f"{fault}: a flush failed and acceptance did not stop")
        if fault.code == errno.EIO and self.on_trust:
            said.append(f"{fault}: {self.on_trust} accepted after a failed flush without a look")
        return said

    @property
    def operations(self) -> int:
        """Return how often the disk was asked."""
        return len(self.kinds)

    @property
    def flush_failed(self) -> bool:
        """Tell whether a flush failed."""
        return any(operation.kind in _SYNCS for operation in self.hit)


def tell(root: Path, fault: Fault) -> Told:
    """Open, submit, deliver, purge while the disk fails as planned; then mend it, restart and look."""
    root.mkdir()
    author = Author()
    disk = FaultyDisk(root, fault)
    says: list[bool] = []
    refused = on_trust = 0

    def connect(path: Path) -> sqlite3.Connection:
        disk.opened += 1
        return seam.connect(path)

    def submit(*sizes: int) -> None:
        nonlocal on_trust
        author.submit(cache, *sizes)
        on_trust += disk.distrusted == disk.opened

    def tried(work: Callable[[], object]) -> None:
        nonlocal refused
        try:
            work()
        except StoreError:
            refused += 1

    seam = SqliteSeam(disk)
    try:
        with watched(root, disk):
            cache = OfflineCache(
                root / "data",
                number=number,
                clock=StillClock(),
                connect=connect,
                on_store_change=lambda accepting, _code: says.append(accepting),
            )
            try:
                cache.start()
            except StoreError:
                says.append(False)
                disk.armed = False
                cache.start()
            for sizes in ((SMALL,), (LARGE, SMALL), (6_000,), (LARGE,)):
                tried(lambda sizes=sizes: submit(*sizes))  # type: ignore[misc]
            tried(lambda: _deliver_and_purge(cache, author))
            tried(lambda: submit(SMALL))
            disk.armed = False
            tried(lambda: submit(LARGE))
            cache.stop()
    finally:
        seam.close()
    again = OfflineCache(root / "data", number=number, clock=StillClock())
    aftermath, unreadable = None, ""
    with again:
        try:
            aftermath = look(again, author.ledger, author.received)
        except PartError as error:
            unreadable = error.code
    return Told(
        kinds=tuple(disk.kinds),
        hit=tuple(disk.hit),
        acknowledged=len(author.ledger.acknowledged),
        refused=refused,
        told_to_stop=False in says,
        on_trust=on_trust,
        aftermath=aftermath,
        unreadable=unreadable,
    )


def _deliver_and_purge(cache: OfflineCache, author: Author) -> None:
    claimed = cache.outbox.claim_next(1_700_000_050.0)
    if claimed is not None:
        author.deliver(cache, claimed)
        cache.outbox.settle(claimed.id, 1_700_000_060.0)
