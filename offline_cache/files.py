# SPDX-License-Identifier: Apache-2.0
"""The few things this room does to files, durable, behind one small seam.

Tests put a failing disk here (no space, I/O error, at the n-th call). Every method raises ``OSError``.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Protocol


class FileSystem(Protocol):
    """A disk."""

    def make_directory(self, path: Path) -> None:
        """Create a directory (mode 0700) and its parents; an existing one is fine. Not durable yet."""

    def write(self, path: Path, data: bytes) -> None:
        """Create a new file (mode 0600) whose content is durable on return; its name is not yet."""

    def rename(self, source: Path, target: Path) -> None:
        """Give a file its final name; durable only after :meth:`sync_directory`."""

    def sync_directory(self, path: Path) -> None:
        """Make the names in a directory durable."""

    def read(self, path: Path) -> bytes:
        """Return a whole file."""

    def remove(self, path: Path) -> None:
        """Remove a file; one that is gone already is fine."""

    def names(self, path: Path) -> Iterator[str]:
        """Yield the names in a directory; none when it does not exist."""


class Disk:
    """The real one."""

    def make_directory(self, path: Path) -> None:
        """Create a directory and its parents."""
        path.mkdir(mode=0o700, parents=True, exist_ok=True)

    def write(self, path: Path, data: bytes) -> None:
        """Create a file, write everything and flush it to the medium; leave nothing behind on failure."""
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        try:
            try:
                rest = memoryview(data)
                while rest:
                    rest = rest[os.write(descriptor, rest) :]
                os.fsync(descriptor)
            finally:
                os.close(descriptor)
        except OSError:
            self.remove(path)
            raise

    def rename(self, source: Path, target: Path) -> None:
        """Rename within one file system."""
        source.replace(target)

    def sync_directory(self, path: Path) -> None:
        """Flush a directory to the medium."""
        descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)

    def read(self, path: Path) -> bytes:
        """Return a whole file."""
        return path.read_bytes()

    def remove(self, path: Path) -> None:
        """Remove a file if it is there."""
        path.unlink(missing_ok=True)

    def names(self, path: Path) -> Iterator[str]:
        """Yield the names in a directory."""
        try:
            yield from os.listdir(path)  # noqa: PTH208 - names are wanted, not 30,000 Path objects
        except FileNotFoundError:
            return


DISK = Disk()
