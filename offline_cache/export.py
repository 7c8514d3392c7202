# SPDX-License-Identifier: Apache-2.0
"""Writes what waits to a directory on a stick, so that a stick pulled at any moment harms nothing.

Every file is written under a temporary name, flushed, read back from the medium and renamed; the list of
the bundle comes last. A directory without its list is unfinished: the next export goes on with it and keeps
the files that are whole. A submission becomes ``exported`` only when everything is on the stick, and stays
here with its payload until the platform's receipt came: a stick that is lost has lost nothing.

This room knows neither format nor signature: ``BundleFormat`` is handed in.
"""

from __future__ import annotations

import errno
import logging
import os
import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final, Protocol
from uuid import UUID

from offline_cache.blobs import sha256_hex
from offline_cache.errors import OfflineCacheError, PartError, TransitionError
from offline_cache.files import DISK, FileSystem
from offline_cache.model import Entry, State
from offline_cache.outbox import Outbox

_log = logging.getLogger("hall24.export")

EXPORTABLE: Final = frozenset({State.QUEUED, State.RESEND_ASKED, State.EXPORTED})
_TEMPORARY: Final = ".tmp"
_SLACK_BYTES: Final = 64 * 1024
"""Reserved for each file: a cluster of a stick, and the signature."""
_GONE: Final = frozenset({errno.EIO, errno.ENODEV, errno.ENXIO, errno.ENOENT, errno.ENOTDIR})


class ExportError(OfflineCacheError):
    """The bundle could not be finished; nothing changed here, and the next export goes on with it.

    ``export.full`` no room, ``export.gone`` the stick is not there (any more), ``export.read_only``,
    ``export.not_kept`` it does not give back what was written, ``export.failed`` anything else.
    """

    def __init__(self, code: str, detail: str = "") -> None:
        super().__init__(detail or code)
        self.code = code


@dataclass(frozen=True, slots=True)
class Written:
    """One submission on the stick."""

    entry: Entry
    file: str
    size: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Exported:
    """What an export came to."""

    bundle: UUID | None
    """``None`` when there was nothing to write."""
    directory: Path | None
    written: tuple[Written, ...]
    damaged: tuple[Entry, ...]
    """Set aside now, because their bytes here are not those that were sealed."""
    size: int
    resumed: bool


class BundleFormat(Protocol):
    """How a bundle looks; the lists are written in order, after the last item."""

    def directory(self, bundle: UUID) -> str:
        """Return the name of a bundle's directory."""

    def bundle_of(self, directory: str) -> UUID | None:
        """Return the id of a bundle of this terminal by its directory's name; ``None`` for anything else."""

    def file(self, entry: Entry) -> str:
        """Return the file name of a submission."""

    def item(self, entry: Entry, read_part: Callable[[str], bytes]) -> bytes:
        """Return the bytes of a submission's file: the same for the same submission every time."""

    def lists(self, bundle: UUID, written: Sequence[Written]) -> list[tuple[str, bytes]]:
        """Return name and bytes of the lists."""


class Stick(FileSystem, Protocol):
    """A disk that can also say how much room it has, and read from the medium instead of from memory."""

    def free_bytes(self, path: Path) -> int:
        """Return how many bytes we may still write."""

    def forget(self, path: Path) -> None:
        """Drop what the kernel remembers of a file, so that the next read comes from the medium."""


class StickDisk:
    """The real one."""

    make_directory = DISK.make_directory
    write = DISK.write
    rename = DISK.rename
    sync_directory = DISK.sync_directory
    read = DISK.read
    remove = DISK.remove

    def names(self, path: Path) -> Iterator[str]:
        """Yield the names in a directory."""
        return DISK.names(path)

    def free_bytes(self, path: Path) -> int:
        """Return how many bytes an ordinary user may still write."""
        return shutil.disk_usage(path).free

    def forget(self, path: Path) -> None:
        """Drop a file's pages: a cheap stick that lost a block tells the truth only then."""
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        try:
            os.posix_fadvise(descriptor, 0, 0, os.POSIX_FADV_DONTNEED)
        finally:
            os.close(descriptor)


STICK: Final = StickDisk()


def export(
    outbox: Outbox,
    target: Path,
    form: BundleFormat,
    *,
    now: float,
    new_bundle: Callable[[], UUID],
    also: Sequence[Entry] = (),
    stick: Stick = STICK,
    on_progress: Callable[[int, int], None] = lambda _done, _total: None,
) -> Exported:
    """Write everything that waits, and ``also`` these, as one bundle below ``target``; then mark it exported.

    ``on_progress(done, total)`` counts submissions. Raises :class:`ExportError` for the stick and
    ``StoreError`` for our own disk. May be interrupted at any moment. What is marked stays in the queue: it is
    sent all the same when the link comes, and exported again when asked: the platform knows its id.
    """
    waiting = [*outbox.entries(EXPORTABLE), *also]
    waiting.sort(key=lambda entry: entry.sequence)
    if not waiting:
        return Exported(None, None, (), (), 0, resumed=False)
    try:
        return _Export(outbox, target, form, stick, on_progress).run(waiting, now, new_bundle)
    except OSError as error:
        raise _stick_error(error, target) from None


class _Export:
    def __init__(
        self,
        outbox: Outbox,
        target: Path,
        form: BundleFormat,
        stick: Stick,
        on_progress: Callable[[int, int], None],
    ) -> None:
        self._outbox = outbox
        self._target = target
        self._form = form
        self._stick = stick
        self._on_progress = on_progress

    def run(self, waiting: list[Entry], now: float, new_bundle: Callable[[], UUID]) -> Exported:
        unfinished = self._unfinished()
        bundle = unfinished or new_bundle()
        directory = self._target / self._form.directory(bundle)
        self._check_room(waiting, directory)
        self._stick.make_directory(directory)
        self._stick.sync_directory(self._target)
        self._clear(directory, {self._form.file(entry) for entry in waiting})
        written: list[Written] = []
        damaged: list[Entry] = []
        for number, entry in enumerate(waiting, start=1):
            try:
                data = self._form.item(entry, partial(self._outbox.read_part, entry.id))
            except PartError as error:
                damaged.append(entry)
                _log.warning(
                    "not exported", extra={"submission": str(entry.id), "code": error.code}
                )
            else:
                name = self._form.file(entry)
                self._place(directory / name, data)
                written.append(Written(entry, name, len(data), sha256_hex(data)))
            self._on_progress(number, len(waiting))
        self._stick.sync_directory(directory)
        for name, data in self._form.lists(bundle, written):
            self._place(directory / name, data)
        self._stick.sync_directory(directory)
        for one in written:
            # Delivered meanwhile by another hand, or asked for by the platform: its state says more.
            with suppress(TransitionError):
                self._outbox.record_export(one.entry.id, str(bundle), now)
        size = sum(one.size for one in written)
        return Exported(
            bundle, directory, tuple(written), tuple(damaged), size, resumed=unfinished is not None
        )

    def _unfinished(self) -> UUID | None:
        """Return the bundle of ours that an earlier export could not finish."""
        for name in sorted(self._stick.names(self._target)):
            bundle = self._form.bundle_of(name)
            if bundle is None:
                continue
            there = set(self._stick.names(self._target / name))
            lists = {listed for listed, _ in self._form.lists(bundle, ())}
            if not lists <= there:
                return bundle
        return None

    def _check_room(self, waiting: Sequence[Entry], directory: Path) -> None:
        have = set(self._stick.names(directory))
        needed = 2 * _SLACK_BYTES + sum(
            entry.size + len(entry.manifest) + _SLACK_BYTES
            for entry in waiting
            if self._form.file(entry) not in have
        )
        free = self._stick.free_bytes(self._target)
        if needed > free:
            raise ExportError("export.full", f"{needed} bytes needed, {free} free")

    def _clear(self, directory: Path, wanted: set[str]) -> None:
        """Remove what an interrupted export left behind and this one will not write, its list first."""
        left = [name for name in self._stick.names(directory) if name not in wanted]
        for name in sorted(left, key=lambda name: name[:1].isdigit()):
            self._stick.remove(directory / name)
        if left:
            self._stick.sync_directory(directory)

    def _place(self, path: Path, data: bytes) -> None:
        """Put a file under its name, whole and read back from the medium; keep one that is right already."""
        if self._holds(path, data):
            return
        temporary = path.with_name(path.name + _TEMPORARY)
        self._stick.remove(temporary)
        self._stick.write(temporary, data)
        self._stick.rename(temporary, path)
        if not self._holds(path, data):
            raise ExportError("export.not_kept", path.name)

    def _holds(self, path: Path, data: bytes) -> bool:
        try:
            self._stick.forget(path)
            return self._stick.read(path) == data
        except FileNotFoundError:
            return False


def _stick_error(error: OSError, target: Path) -> ExportError:
    if error.errno in {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}:
        return ExportError("export.full", f"{target}: no room")
    if error.errno in {errno.EROFS, errno.EACCES, errno.EPERM}:
        return ExportError("export.read_only", f"{target}: cannot be written")
    if error.errno in _GONE:
        return ExportError("export.gone", f"{target}: not there any more")
    return ExportError("export.failed", f"{target}: {error.strerror}")
