# SPDX-License-Identifier: Apache-2.0
"""Where documents of the platform are kept for the time without a link, as far as the terminal needs it."""

from __future__ import annotations

from typing import Final, Protocol

CONFIRM_EVERY_S: Final = 900.0
"""How often "still current" is written down: as of when a document is, should the terminal start without a link."""


class KeptDocument(Protocol):
    """A document on the shelf."""

    @property
    def etag(self) -> str:
        """Return the platform's name of this version."""

    @property
    def body(self) -> bytes:
        """Return the bytes as they came."""

    @property
    def fetched_at(self) -> float:
        """Return the wall time of the answer."""


class Shelf(Protocol):
    """Where documents are kept for offline use."""

    def put(self, name: str, etag: str, body: bytes, fetched_at: float) -> None:
        """Keep a document durably."""

    def confirm(self, name: str, etag: str, fetched_at: float) -> None:
        """Note that this version was still current at that time."""

    def get(self, name: str) -> KeptDocument | None:
        """Return it, or ``None``."""
