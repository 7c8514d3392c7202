# SPDX-License-Identifier: Apache-2.0
"""A disk that refuses one operation, or every operation from one on, and a story told on it.

After a flush that failed with EIO the file holds what was durable before: the kernel drops the pages and
calls them clean (Rebello et al., "Can Applications Recover from fsync Failures?", ATC 2020).
"""

from __future__ import annotations

import errno
import os
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from offline_cache import OfflineCache, StoreError
from tests.chaos.operations import Operation, put_back, watched
from tests.chaos.power_cut import Disk
from tests.chaos.sqlite_seam import SqliteSeam
from tests.chaos.story import LARGE, SMALL, Aftermath, Author, StillClock, look, number

_SYNCS: Final = frozenset({"sync", "sync_directory"})


@dataclass(frozen=True, slots=True)
class Fault:
    """What goes wrong: the ``at``-th operation (from 1), with ``code``; for good when ``sticky``."""

    at: int
    code: int
    sticky: bool

    def __str__(self) -> str:
        return (
            f"{errno.errorcode[self.code]} at {self.at}{' and ever after' if self.sticky else ''}"
        )


@dataclass(slots=True)
class FaultyDisk:
    """Witness that fails as planned."""

    root: Path
    fault: Fault
    operations: int = 0
    hit: list[Operation] = field(default_factory=list)
    armed: bool = True
    _model: Disk = field(init=False)

    def __post_init__(self) -> None:
        self._model = Disk(self.root)

    def __call__(self, operation: Operation) -> None:
        if operation.kind != "make_directory":  # 256 of them at set-up, all alike
            self.operations += 1
            due = self.operations >= self.fault.at if self.fault.sticky else (
                self.operations == self.fault.at
            )  # fmt: skip
            if self.armed and due and operation.kind != "remove":
                self.hit.append(operation)
                if operation.kind == "sync" and self.fault.code == errno.EIO:
                    durable = self._model.durable_content(operation.path) or b""
                    self._model.forget_unflushed(operation.path)
                    put_back(operation.path, durable)
                raise OSError(self.fault.code, os.strerror(self.fault.code))
        self._model.take(operation)


@dataclass(frozen=True, slots=True)
class Told:
    """What came of one story."""

    operations: int
    hit: tuple[Operation, ...]
    acknowledged: int
    refused: int
    """Submissions that were refused with a :class:`StoreError`."""
    told_to_stop: bool
    """The store said that it does not accept."""
    aftermath: Aftermath

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
    refused = 0

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
                connect=seam.connect,
                on_store_change=lambda accepting, _code: says.append(accepting),
            )
            try:
                cache.start()
            except StoreError:
                says.append(False)
                disk.armed = False
                cache.start()
            for sizes in ((SMALL,), (LARGE, SMALL), (6_000,), (LARGE,)):
                tried(lambda sizes=sizes: author.submit(cache, *sizes))  # type: ignore[misc]
            tried(lambda: _deliver_and_purge(cache, author))
            tried(lambda: author.submit(cache, SMALL))
            disk.armed = False
            tried(lambda: author.submit(cache, LARGE))
            cache.stop()
    finally:
        seam.close()
    again = OfflineCache(root / "data", number=number, clock=StillClock())
    with again:
        aftermath = look(again, author.ledger, author.received)
    return Told(
        operations=disk.operations,
        hit=tuple(disk.hit),
        acknowledged=len(author.ledger.acknowledged),
        refused=refused,
        told_to_stop=False in says,
        aftermath=aftermath,
    )


def _deliver_and_purge(cache: OfflineCache, author: Author) -> None:
    claimed = cache.outbox.claim_next(1_700_000_050.0)
    if claimed is not None:
        author.deliver(cache, claimed)
        cache.outbox.settle(claimed.id, 1_700_000_060.0)
