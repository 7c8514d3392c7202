# SPDX-License-Identifier: Apache-2.0
"""Large sealed parts as files named by their SHA-256.

::

    blobs/aa/aa31…       a finished part
    blobs/unfinished/    being written; what a crash leaves here never belonged to an acknowledged submission
    blobs/orphans/       finished, but no row names it: kept for a person to look at

A file is durable under its final name before the row that names it is committed. HPKE output is random,
so two parts never share a file in practice; if they did, both rows would keep it.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from uuid import uuid4

from offline_cache.errors import PartCorruptError, PartMissingError
from offline_cache.files import DISK, FileSystem

_SIDE_BY_SIDE: Final = 4
_NAME: Final = re.compile(r"[0-9a-f]{64}")
_UNFINISHED: Final = "unfinished"
_ORPHANS: Final = "orphans"
_SHELVES: Final = tuple(f"{number:02x}" for number in range(256))


def sha256_hex(data: bytes) -> str:
    """Return the lower-case hex SHA-256."""
    return hashlib.sha256(data).hexdigest()


@dataclass(frozen=True, slots=True)
class Sweep:
    """What the start-up sweep found."""

    orphaned: int = 0
    """Finished files without a row, moved to ``orphans``."""
    adopted: int = 0
    """Files in ``orphans`` that a row does name, moved back."""
    unfinished: int = 0
    """Half-written files removed; none of them was ever acknowledged."""
    purged: int = 0
    """Files whose purge was decided but not carried out before a crash."""


class Blobs:
    """A directory of content-addressed files. May be used from any thread."""

    def __init__(self, root: Path, files: FileSystem = DISK) -> None:
        self._root = root
        self._files = files
        self._unfinished = root / _UNFINISHED
        self._orphans = root / _ORPHANS

    def prepare(self) -> None:
        """Create every directory, and flush their names even if they exist. Raises ``OSError``.

        A process killed between creating a directory and flushing it leaves one that is there now and gone
        after a power cut; with all of them made and flushed here, :meth:`put` need not ask.
        """
        self._files.make_directory(self._root)
        there = set(self._files.names(self._root))
        for name in (*_SHELVES, _UNFINISHED, _ORPHANS):
            if name not in there:
                self._files.make_directory(self._root / name)
        self._files.sync_directory(self._root)
        self._files.sync_directory(self._root.parent)  # the name of the root itself

    def put(self, parts: Iterable[tuple[str, bytes]]) -> None:
        """Store (hash, bytes) pairs; on return all are durable. On ``OSError`` none is left behind.

        The flushes of one submission run side by side: the file system joins them, so three cost little
        more than one.
        """
        pending = [
            (self._unfinished / uuid4().hex, self._path(sha256), data) for sha256, data in parts
        ]
        if not pending:
            return
        placed: list[Path] = []
        try:
            # Leaving the block waits for every thread, so nobody writes while we take back.
            with ThreadPoolExecutor(min(len(pending), _SIDE_BY_SIDE), "blobs") as flushing:
                list(flushing.map(lambda one: self._files.write(one[0], one[2]), pending))
                for temporary, final, _ in pending:
                    if (
                        not final.exists()
                    ):  # the same bytes under another row are not ours to take back
                        placed.append(final)
                    self._files.rename(temporary, final)
                list(flushing.map(self._files.sync_directory, {f.parent for _, f, _ in pending}))
        except OSError:
            self._take_back([*placed, *(temporary for temporary, _, _ in pending)])
            raise

    def read(self, sha256: str) -> bytes:
        """Return a part; raise ``PartMissingError`` or ``PartCorruptError`` unless it is exactly what was stored."""
        try:
            data = self._files.read(self._path(sha256))
        except FileNotFoundError:
            raise PartMissingError(sha256[:16]) from None
        if sha256_hex(data) != sha256:
            raise PartCorruptError(sha256[:16])
        return data

    def remove(self, names: Iterable[str]) -> None:
        """Remove files whose rows are purged. Raises ``OSError``; the next sweep would do it then."""
        for sha256 in names:
            self._files.remove(self._path(sha256))

    def sweep(self, needed: Callable[[str], bool | None]) -> Sweep:
        """Bring the directory in line with the rows after a crash.

        ``needed(sha256)``: ``True`` a row needs it, ``False`` its purge was decided, ``None`` nobody knows it.
        """
        unfinished = adopted = orphaned = purged = 0
        for name in list(self._files.names(self._unfinished)):
            self._files.remove(self._unfinished / name)
            unfinished += 1
        for sha256 in list(self._files.names(self._orphans)):
            if _NAME.fullmatch(sha256) and needed(sha256) and not self._path(sha256).exists():
                self._move(self._orphans / sha256, self._path(sha256))
                adopted += 1
        for sha256 in list(self.names()):
            wanted = needed(sha256)
            if wanted is None:
                self._move(self._path(sha256), self._orphans / sha256)
                orphaned += 1
            elif not wanted:
                self._files.remove(self._path(sha256))
                purged += 1
        return Sweep(orphaned=orphaned, adopted=adopted, unfinished=unfinished, purged=purged)

    def names(self) -> Iterator[str]:
        """Yield the hashes of all finished files."""
        for shelf in sorted(set(self._files.names(self._root)).intersection(_SHELVES)):
            for name in self._files.names(self._root / shelf):
                if _NAME.fullmatch(name):
                    yield name

    def orphans(self) -> list[str]:
        """Return the names in ``orphans``."""
        return sorted(self._files.names(self._orphans))

    def _path(self, sha256: str) -> Path:
        return self._root / sha256[:2] / sha256

    def _move(self, source: Path, target: Path) -> None:
        self._files.rename(source, target)
        self._files.sync_directory(target.parent)

    def _take_back(self, paths: Iterable[Path]) -> None:
        for path in paths:
            try:
                self._files.remove(path)
            except OSError:  # the disk is failing; the sweep at the next start looks again
                return
