# SPDX-License-Identifier: Apache-2.0
"""What a program asks of a disk, and a witness of everything Python code asks.

``watched`` replaces the functions of ``os`` that change a disk while it lasts, for paths under one
directory: whoever writes there is seen, whatever module it is in. A file that is opened for writing any
other way cannot be followed and ends the gate.
"""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final
from unittest import mock


@dataclass(frozen=True, slots=True)
class Operation:
    """One change of a disk. ``kind``: create, write, truncate, sync, sync_directory, rename, remove, make_directory."""

    kind: str
    path: str
    offset: int = 0
    """Where a write begins; the new size for ``truncate``."""
    data: bytes = field(default=b"", repr=False)
    target: str = ""


Witness = Callable[[Operation], int | None]
IGNORED: Final = (".lock",)
"""Files whose content promises nothing: the lock's is the number of a process."""
_WRITES: Final = os.O_WRONLY | os.O_RDWR
_unseen: list[str] = []
_roots: list[str] = []


def _audit(event: str, arguments: tuple[Any, ...]) -> None:
    if not _roots or event != "open":
        return
    path, mode, _flags = arguments
    if isinstance(path, str | bytes | os.PathLike) and isinstance(mode, str):
        text = os.fsdecode(path)
        if any(text.startswith(root) for root in _roots) and set(mode) & set("wax+"):
            _unseen.append(text)


_hooked = threading.Event()


class _Watch:
    """Stands in for the functions of ``os``."""

    def __init__(self, root: Path, witness: Witness) -> None:
        self._root = str(root)
        self._witness = witness
        self._real: dict[str, Callable[..., Any]] = {
            name: getattr(os, name)
            for name in (
                "open", "close", "write", "pwrite", "ftruncate", "posix_fallocate", "fsync",
                "fdatasync", "replace", "rename", "unlink", "remove", "mkdir",
            )
        }  # fmt: skip
        self._files: dict[int, tuple[str, bool]] = {}
        self._positions: dict[int, int] = {}

    def replacements(self) -> dict[str, Callable[..., Any]]:
        return {name: getattr(self, f"_{name}") for name in self._real}

    def _ours(self, path: Any) -> str | None:
        text = os.fsdecode(path) if isinstance(path, str | bytes | os.PathLike) else ""
        return text if text.startswith(self._root) and not text.endswith(IGNORED) else None

    def _open(self, path: Any, flags: int, *rest: Any, **named: Any) -> int:
        ours = self._ours(path)
        if ours is not None and flags & _WRITES:
            exists = Path(ours).exists()
            if flags & os.O_CREAT and not exists:
                self._witness(Operation("create", ours))
            elif flags & os.O_TRUNC and exists:
                self._witness(Operation("truncate", ours, offset=0))
        descriptor: int = self._real["open"](path, flags, *rest, **named)
        if ours is not None:
            self._files[descriptor] = (ours, Path(ours).is_dir())
            self._positions[descriptor] = 0
        return descriptor

    def _close(self, descriptor: int) -> None:
        self._files.pop(descriptor, None)
        self._real["close"](descriptor)

    def _write(self, descriptor: int, data: Any) -> int:
        if (known := self._files.get(descriptor)) is None:
            return int(self._real["write"](descriptor, data))
        at = self._positions[descriptor]
        room = self._witness(Operation("write", known[0], offset=at, data=bytes(data)))
        count = int(self._real["write"](descriptor, bytes(data)[:room]))
        self._positions[descriptor] = at + count
        return count

    def _pwrite(self, descriptor: int, data: Any, offset: int) -> int:
        if (known := self._files.get(descriptor)) is not None:
            self._witness(Operation("write", known[0], offset=offset, data=bytes(data)))
        return int(self._real["pwrite"](descriptor, data, offset))

    def _ftruncate(self, descriptor: int, size: int) -> None:
        if (known := self._files.get(descriptor)) is not None:
            self._witness(Operation("truncate", known[0], offset=size))
        self._real["ftruncate"](descriptor, size)

    def _posix_fallocate(self, descriptor: int, offset: int, length: int) -> None:
        if (known := self._files.get(descriptor)) is not None:
            self._witness(Operation("truncate", known[0], offset=offset + length))
        self._real["posix_fallocate"](descriptor, offset, length)

    def _fsync(self, descriptor: int) -> None:
        if (known := self._files.get(descriptor)) is not None:
            self._witness(Operation("sync_directory" if known[1] else "sync", known[0]))
        self._real["fsync"](descriptor)

    _fdatasync = _fsync

    def _replace(self, source: Any, target: Any, **named: Any) -> None:
        if (ours := self._ours(source)) is not None:
            self._witness(Operation("rename", ours, target=os.fsdecode(target)))
        self._real["replace"](source, target, **named)

    _rename = _replace

    def _unlink(self, path: Any, **named: Any) -> None:
        if (ours := self._ours(path)) is not None and Path(ours).exists():
            self._witness(Operation("remove", ours))
        self._real["unlink"](path, **named)

    _remove = _unlink

    def _mkdir(self, path: Any, mode: int = 0o777, **named: Any) -> None:
        if (ours := self._ours(path)) is not None and not Path(ours).exists():
            self._witness(Operation("make_directory", ours))
        self._real["mkdir"](path, mode, **named)


@contextmanager
def watched(root: Path, witness: Witness) -> Iterator[None]:
    """Ask ``witness`` before every change that Python code makes under ``root``; it may raise ``OSError``.

    A number that it returns for a write is how many bytes fit: the rest is left to the caller, as POSIX has it.
    """
    if not _hooked.is_set():
        _hooked.set()
        sys.addaudithook(_audit)  # stays for good and looks only while somebody watches
    watch = _Watch(root, witness)
    _unseen.clear()
    _roots.append(str(root))
    try:
        with mock.patch.multiple(os, **watch.replacements()):
            yield
    finally:
        _roots.remove(str(root))
    if _unseen:
        raise AssertionError(f"written past the witness: {_unseen[:3]}")


def put_back(path: str, content: bytes) -> None:
    """Overwrite a file behind the witness's back: the disk itself does that, not the program."""
    kept, _roots[:] = list(_roots), []
    try:
        with Path(path).open("r+b") as file:
            file.truncate(0)
            file.write(content)
    finally:
        _roots[:] = kept
