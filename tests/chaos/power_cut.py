# SPDX-License-Identifier: Apache-2.0
"""A disk that remembers what was flushed, and every state in which a power cut may leave it.

The model is stricter than ext4: the content of a file is durable after its own flush, a name (created,
renamed, removed) only after its directory's. Until then each change may have reached the medium or not,
alone or with others, whole or as its first 512 or 4,096 bytes.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from tests.chaos.operations import Operation

TORN_AT: Final = (512, 4096)
_NAMES: Final = frozenset({"create", "rename", "remove", "make_directory"})


@dataclass(slots=True)
class _Medium:
    """What is on it: names lead to files, files hold bytes."""

    names: dict[str, int] = field(default_factory=dict)
    folders: set[str] = field(default_factory=set)
    contents: dict[int, bytearray] = field(default_factory=dict)

    def copy(self) -> _Medium:
        return _Medium(
            dict(self.names),
            set(self.folders),
            {number: bytearray(content) for number, content in self.contents.items()},
        )

    def apply(self, change: _Change, length: int | None = None) -> None:
        operation = change.operation
        if operation.kind == "make_directory":
            self.folders.add(operation.path)
        elif operation.kind == "create":
            self.names[operation.path] = change.file
            self.contents.setdefault(change.file, bytearray())
        elif operation.kind == "rename":
            if self.names.get(operation.path) == change.file:
                del self.names[operation.path]
            self.names[operation.target] = change.file
        elif operation.kind == "remove":
            if self.names.get(operation.path) == change.file:
                del self.names[operation.path]
        else:
            content = self.contents.setdefault(change.file, bytearray())
            if operation.kind == "truncate":
                _resize(content, operation.offset)
            else:
                data = operation.data[:length]
                if len(content) < operation.offset:
                    _resize(content, operation.offset)
                content[operation.offset : operation.offset + len(data)] = data


@dataclass(frozen=True, slots=True)
class _Change:
    operation: Operation
    file: int


@dataclass(frozen=True, slots=True)
class CrashState:
    """One way in which the medium may look after a cut."""

    after: int
    """How many operations had been asked for."""
    how: str
    """all-flushed, unsynced-lost, lost:<operation>, torn-512:<operation> …"""
    files: dict[str, bytes] = field(repr=False)
    folders: frozenset[str] = field(repr=False)

    def digest(self) -> str:
        """Return a hash of everything in it."""
        total = hashlib.sha256()
        for path in sorted(self.files):
            total.update(path.encode())
            total.update(hashlib.sha256(self.files[path]).digest())
        for path in sorted(self.folders):
            total.update(path.encode())
        return total.hexdigest()

    def lay_out(self, was: Path, now: Path) -> None:
        """Put it on a real disk, under ``now`` what was under ``was``."""
        for folder in sorted(self.folders):
            (now / Path(folder).relative_to(was)).mkdir(parents=True, exist_ok=True)
        for path, content in self.files.items():
            place = now / Path(path).relative_to(was)
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes(content)


class Disk:
    """Takes operations as they come; knows at any time what is durable and what is on its way."""

    def __init__(self, root: Path) -> None:
        self._root = str(root)
        self._durable = _Medium(folders={self._root})
        self._pending: list[_Change] = []
        self._now: dict[str, int] = {}
        self._next = 1

    def take(self, operation: Operation) -> None:
        """Let one operation happen."""
        if operation.kind == "sync":
            self._flush_file(self._now[operation.path])
        elif operation.kind == "sync_directory":
            self._flush_names(operation.path)
        else:
            self._pending.append(_Change(operation, self._file_of(operation)))

    def states(self, after: int) -> Iterator[CrashState]:
        """Yield every state that a cut now may leave."""
        yield self._state(after, "all-flushed", self._pending)
        yield self._state(after, "unsynced-lost", ())
        for number, lost in enumerate(self._pending):
            if lost.operation.kind == "make_directory" and number % 64:
                continue  # 256 empty shelves: a few stand for all
            others = [*self._pending[:number], *self._pending[number + 1 :]]
            yield self._state(after, f"lost:{_said(lost)}", others)
            if lost.operation.kind == "write":
                for length in TORN_AT:
                    if length < len(lost.operation.data):
                        name = f"torn-{length}:{_said(lost)}"
                        yield self._state(after, name, self._pending, torn=(lost, length))
                        until = self._pending[: number + 1]
                        yield self._state(after, f"{name}, rest lost", until, torn=(lost, length))

    def durable_content(self, path: str) -> bytes | None:
        """Return what of a file is on the medium for certain; ``None`` when there is no such file."""
        file = self._now.get(path)
        content = None if file is None else self._durable.contents.get(file, bytearray())
        return None if content is None else bytes(content)

    def forget_unflushed(self, path: str) -> None:
        """Drop what was on its way, as the kernel does after a failed flush: it calls the pages clean."""
        file = self._now[path]
        self._pending = [
            change
            for change in self._pending
            if change.file != file or change.operation.kind in _NAMES
        ]

    def _file_of(self, operation: Operation) -> int:
        if operation.kind == "make_directory":
            return 0
        if operation.kind == "create":
            self._now[operation.path] = self._next
            self._next += 1
            return self._now[operation.path]
        if operation.kind == "rename":
            file = self._now.pop(operation.path)
            self._now[operation.target] = file
            return file
        if operation.kind == "remove":
            return self._now.pop(operation.path)
        return self._now[operation.path]

    def _flush_file(self, file: int) -> None:
        rest = []
        for change in self._pending:
            if change.file == file and change.operation.kind not in _NAMES:
                self._durable.apply(change)
            else:
                rest.append(change)
        self._pending = rest

    def _flush_names(self, folder: str) -> None:
        rest = []
        for change in self._pending:
            operation = change.operation
            where = operation.target or operation.path
            if operation.kind in _NAMES and str(Path(where).parent) == folder:
                self._durable.apply(change)
            else:
                rest.append(change)
        self._pending = rest

    def _state(
        self,
        after: int,
        how: str,
        reached: Sequence[_Change],
        torn: tuple[_Change, int] | None = None,
    ) -> CrashState:
        medium = self._durable.copy()
        for change in reached:
            medium.apply(change, torn[1] if torn is not None and change is torn[0] else None)
        there = {self._root}
        for folder in sorted(medium.folders):  # a folder is reached only through its parent
            if str(Path(folder).parent) in there:
                there.add(folder)
        files = {
            path: bytes(medium.contents.get(file, b""))
            for path, file in medium.names.items()
            if str(Path(path).parent) in there
        }
        return CrashState(after, how, files, frozenset(there))


def _resize(content: bytearray, size: int) -> None:
    if len(content) > size:
        del content[size:]
    else:
        content.extend(bytes(size - len(content)))


def _said(change: _Change) -> str:
    operation = change.operation
    return f"{operation.kind} {Path(operation.path).name[:12]}@{operation.offset}"
