# SPDX-License-Identifier: Apache-2.0
"""What the platform asks of whatever keeps its large bytes: a folder (``parts``) or an object store.

Two kinds. *Uploads* grow: sealed parts on their way, named by 40 hex digits of ours. *Attachments* are
written once, whole, and stay. Several workers must see the same bytes.
"""

from __future__ import annotations

from typing import Protocol
from uuid import UUID


class BlobStoreAwayError(OSError):
    """The store did not do it now; the same later is no harm."""


class BlobDamagedError(OSError):
    """What lies there is not what was stored."""


class PartStore(Protocol):
    """Uploads and attachments. Every method may be called from any thread of any worker."""

    def create(self, upload: str) -> None:
        """Make an empty upload if there is none."""

    def offset(self, upload: str) -> int | None:
        """Return how many bytes of an upload are there; ``None`` when it is not."""

    def append(self, upload: str, offset: int, data: bytes) -> None:
        """Write at ``offset``; durable only after :meth:`sync`. The same bytes twice are no harm."""

    def sync(self, upload: str) -> None:
        """Wait until what was appended survives a power cut."""

    def sha256(self, upload: str) -> str:
        """Return the hash of the whole upload."""

    def start_again(self, upload: str) -> None:
        """Throw away bytes that turned out wrong."""

    def read(self, upload: str) -> bytes | None:
        """Return an upload; ``None`` when it is not there."""

    def discard(self, upload: str) -> None:
        """Remove an upload; one that is gone is no error."""

    def uploads(self, *, idle_s: float = 0.0) -> list[str]:
        """Return the names of uploads that nobody wrote to for ``idle_s`` seconds."""

    def keep_attachment(self, terminal: str, submission: UUID, sha256: str, data: bytes) -> str:
        """Store an attachment durably and return the name to ask for it by. Twice is no harm."""

    def attachment(self, name: str) -> bytes:
        """Return a kept attachment. Raises ``FileNotFoundError``, :class:`BlobDamagedError`."""
