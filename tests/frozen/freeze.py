# SPDX-License-Identifier: Apache-2.0
"""Freezes what this version writes, so that every later version can be shown to read it.

``python -m tests.frozen.freeze`` writes the files of the schema version that is current now, and refuses to
touch those that are there: what once landed is never made again. Everything in them is made up.
"""

from __future__ import annotations

import hashlib
import sqlite3
import sys
import tempfile
from contextlib import closing
from pathlib import Path
from typing import Final

from offline_cache import ClockReading, DeliveryReceipt, OfflineCache, Reservation, Sealed, State
from offline_cache.migrations import STEPS

HERE: Final = Path(__file__).parent
LARGE: Final = hashlib.shake_256(b"a large part, frozen").digest(20_000)
"""Lies in a file beside the database; made again from its name, not kept in the tree."""
COUNTS: Final = {
    State.QUEUED: 2,
    State.RECEIVED: 1,
    State.SETTLED: 1,
    State.QUARANTINED: 1,
    State.EXPORTED: 1,
}


class FrozenClock:
    def read(self) -> ClockReading:
        return ClockReading(wall=1_700_000_000.0, monotonic_s=5.0, boot_id="frozen")


def database(version: int) -> Path:
    """Return the dump of a schema version."""
    return HERE / f"outbox-{version}.sql"


def thaw(version: int, data_dir: Path) -> Path:
    """Build the data directory as that version left it; return the database."""
    path = data_dir / "outbox.sqlite3"
    data_dir.mkdir(parents=True)
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript(database(version).read_text("utf-8"))
    name = hashlib.sha256(LARGE).hexdigest()
    shelf = data_dir / "blobs" / name[:2]
    shelf.mkdir(parents=True)
    (shelf / name).write_bytes(LARGE)
    return path


def fill(cache: OfflineCache) -> None:
    """Put one submission of each kind into the queue."""

    def seal(reservation: Reservation) -> Sealed:
        small = hashlib.shake_256(reservation.receipt.encode()).digest(400)
        parts = {"payload": small} | ({"a1": LARGE} if reservation.sequence == 1 else {})
        manifest = f"{reservation.receipt} {sorted(parts)}".encode()
        return Sealed(manifest, hashlib.sha256(manifest).hexdigest(), parts)

    outbox = cache.outbox
    made = [outbox.finalize(kind="application", item="frozen-item", seal=seal) for _ in range(6)]
    outbox.claim_next(0.0)
    outbox.record_attempt(made[0].id, code="link.refused", now=1.0, next_attempt_at=5.0)
    for place in (1, 2):
        outbox.claim_next(2.0)
        outbox.record_receipt(made[place].id, DeliveryReceipt(f"CASE-{place}", b"signed"), 3.0)
    outbox.settle(made[2].id, 4.0)
    outbox.quarantine(made[3].id, "submission.unopenable")
    outbox.record_export(made[4].id, "bundle-1", 4.0)
    outbox.remember_server_offset(1.5)
    cache.shelf.put("catalogue", '"1"', b"{}", 1.0)


def main() -> None:
    version = len(STEPS)
    if database(version).exists():
        sys.exit(f"{database(version).name} is frozen already")
    with tempfile.TemporaryDirectory() as folder:
        with OfflineCache(
            Path(folder), number=lambda s, _w: f"F{s:06d}", clock=FrozenClock()
        ) as cache:
            fill(cache)
        with closing(sqlite3.connect(Path(folder) / "outbox.sqlite3")) as connection:
            pragmas = [
                f"PRAGMA {name} = {connection.execute(f'PRAGMA {name}').fetchone()[0]};"
                for name in ("application_id", "user_version")
            ]
            lines = [*pragmas, *connection.iterdump()]
    database(version).write_text("\n".join(lines) + "\n", "utf-8")


if __name__ == "__main__":
    main()
