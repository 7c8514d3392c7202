# SPDX-License-Identifier: Apache-2.0
"""Named documents kept for the time without a link: the catalogue, the configuration."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass, field

from offline_cache.blobs import sha256_hex
from offline_cache.store import Store


@dataclass(frozen=True, slots=True)
class KeptDocument:
    """A document as the platform sent it."""

    name: str
    etag: str
    body: bytes = field(repr=False)
    fetched_at: float
    """Wall time of the answer."""


class Shelf:
    """The latest version of each named document. May be used from any thread."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def put(self, name: str, etag: str, body: bytes, fetched_at: float) -> None:
        """Keep a document durably in place of its older version. Raises a ``StoreError``."""

        def change(connection: sqlite3.Connection) -> None:
            connection.execute(
                "INSERT INTO shelf (name, etag, body, sha256, fetched_at) VALUES (?,?,?,?,?)"
                " ON CONFLICT (name) DO UPDATE SET etag = excluded.etag, body = excluded.body,"
                " sha256 = excluded.sha256, fetched_at = excluded.fetched_at",
                (name, etag, body, sha256_hex(body), fetched_at),
            )

        self._store.call(change)

    def confirm(self, name: str, etag: str, fetched_at: float) -> None:
        """Note that the kept version was still current at that time. Raises a ``StoreError``."""
        write = "UPDATE shelf SET fetched_at = ? WHERE name = ? AND etag = ?"
        self._store.call(lambda c: c.execute(write, (fetched_at, name, etag)).rowcount)

    def get(self, name: str) -> KeptDocument | None:
        """Return a document; ``None`` when it was never kept, or is no longer what was kept."""
        row = self._store.call(
            lambda c: c.execute(
                "SELECT etag, body, sha256, fetched_at FROM shelf WHERE name = ?", (name,)
            ).fetchone()
        )
        if row is None or sha256_hex(row[1]) != row[2]:
            return None  # damaged is as good as absent: the platform has it
        return KeptDocument(name=name, etag=row[0], body=row[1], fetched_at=row[3])
