# SPDX-License-Identifier: Apache-2.0
"""Blobs in a folder: sealed parts while they arrive, attachments once they are opened.

How far an upload came *is* the length of its file, so there is no second truth that could differ after a
power cut; the hash of the whole decides in the end. Every file is mode 0600 and on the disk (fsync, the
directory too) before anybody is told so.
"""

from __future__ import annotations

import hashlib
import os
import time
from contextlib import suppress
from pathlib import Path
from uuid import UUID

from central_platform.storage.blobs import BlobDamagedError

_BLOCK = 1024 * 1024


class PartFiles:
    """A ``PartStore`` in the folders ``uploads`` and ``attachments`` of a data directory."""

    def __init__(self, data_dir: Path) -> None:
        self._uploads = data_dir / "uploads"
        self._attachments = data_dir / "attachments"
        for folder in (self._uploads, self._attachments):
            folder.mkdir(mode=0o700, exist_ok=True)

    def create(self, upload: str) -> None:
        """Make the empty file of an upload if there is none."""
        descriptor = os.open(self._upload(upload), os.O_WRONLY | os.O_CREAT, 0o600)
        os.close(descriptor)
        _sync_folder(self._uploads)

    def offset(self, upload: str) -> int | None:
        """Return how many bytes are there; ``None`` when the upload is not."""
        try:
            return self._upload(upload).stat().st_size
        except FileNotFoundError:
            return None

    def append(self, upload: str, offset: int, data: bytes) -> None:
        """Write ``data`` at ``offset``; durable only after :meth:`sync`."""
        descriptor = os.open(self._upload(upload), os.O_WRONLY)
        try:
            view = memoryview(data)
            while view:
                written = os.pwrite(descriptor, view, offset)
                offset += written
                view = view[written:]
        finally:
            os.close(descriptor)

    def sync(self, upload: str) -> None:
        """Wait until what was appended is on the disk."""
        descriptor = os.open(self._upload(upload), os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)

    def sha256(self, upload: str) -> str:
        """Return the hash of the whole file."""
        digest = hashlib.sha256()
        with self._upload(upload).open("rb") as file:
            while block := file.read(_BLOCK):
                digest.update(block)
        return digest.hexdigest()

    def start_again(self, upload: str) -> None:
        """Throw away bytes that turned out wrong."""
        os.truncate(self._upload(upload), 0)

    def read(self, upload: str) -> bytes | None:
        """Return a sealed part; ``None`` when it is not there."""
        try:
            return self._upload(upload).read_bytes()
        except FileNotFoundError:
            return None

    def discard(self, upload: str) -> None:
        """Remove an upload."""
        self._upload(upload).unlink(missing_ok=True)

    def uploads(self, *, idle_s: float = 0.0) -> list[str]:
        """Return the names of uploads that nobody wrote to for ``idle_s`` seconds."""
        latest = time.time() - idle_s
        found = []
        for entry in self._uploads.iterdir():
            with suppress(FileNotFoundError):  # another worker took it away meanwhile
                if entry.stat().st_mtime <= latest:
                    found.append(entry.name)
        return found

    def attachment(self, name: str) -> bytes:
        """Return a kept attachment. Raises ``FileNotFoundError``, ``BlobDamagedError``."""
        target = (self._attachments.parent / name).resolve()
        if not target.is_relative_to(self._attachments.resolve()):
            raise FileNotFoundError(name)
        data = target.read_bytes()
        if hashlib.sha256(data).hexdigest() != target.name:
            raise BlobDamagedError("an attachment is not what its name says")
        return data

    def keep_attachment(self, terminal: str, submission: UUID, sha256: str, data: bytes) -> str:
        """Store an opened attachment durably; return its path below the data directory. Twice is no harm."""
        folder = self._attachments / terminal / str(submission)
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        target = folder / sha256
        temporary = folder / f".{sha256}.{os.urandom(4).hex()}"
        descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(target)
        for above in (folder, folder.parent, self._attachments):
            _sync_folder(above)
        return str(target.relative_to(self._attachments.parent))

    def _upload(self, upload: str) -> Path:
        if not upload.isalnum():  # names are hex digits of ours; nothing else becomes a path
            raise ValueError("not the name of an upload")
        return self._uploads / upload


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
