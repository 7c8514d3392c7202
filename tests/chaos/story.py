# SPDX-License-Identifier: Apache-2.0
"""What the gates do to an outbox, and how they look at what is left of it.

The submissions are made-up bytes; sealing is the identity, because harm to storage does not care what the
bytes mean. The gates that need the real envelope and the real platform use them.
"""

from __future__ import annotations

import hashlib
import random
import sqlite3
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final
from uuid import UUID

from offline_cache import (
    ClockReading,
    DeliveryReceipt,
    Entry,
    OfflineCache,
    Reservation,
    Sealed,
    State,
    verify,
)
from tests.chaos.ledger import Ledger, Verdict

SMALL: Final = 1_000
LARGE: Final = 20_000
"""Above ``rows.INLINE_LIMIT``: a file of its own."""
REFUSED: Final = "platform.refused"
"""What a story's own quarantine is called: such a submission is kept, and rightly not delivered."""


class StillClock:
    """A clock that the gate sets."""

    def __init__(self, wall: float = 1_700_000_000.0) -> None:
        self.wall = wall

    def read(self) -> ClockReading:
        return ClockReading(wall=self.wall, monotonic_s=5.0, boot_id="boot-1")

    def __call__(self) -> float:
        return self.wall


def number(sequence: int, _wall: float) -> str:
    return f"N{sequence:06d}"


def open_cache(
    directory: Path, connect: Callable[[Path], sqlite3.Connection] | None = None
) -> OfflineCache:
    """Return a cache, not started."""
    return OfflineCache(directory, number=number, clock=StillClock(), connect=connect)


def digest_of(manifest: bytes, parts: Mapping[str, bytes]) -> str:
    """Return one hash of a whole submission."""
    total = hashlib.sha256(manifest)
    for name in sorted(parts):
        total.update(name.encode())
        total.update(hashlib.sha256(parts[name]).digest())
    return total.hexdigest()


def receipt_of(entry: Entry) -> DeliveryReceipt:
    """Return what a platform would sign: it names this id and this hash."""
    document = f"receipt {entry.id} {entry.manifest_sha256}".encode()
    return DeliveryReceipt(case_number=f"C{entry.sequence}", document=document)


def receipt_holds(entry: Entry) -> bool:
    """Tell whether the stored receipt is the one that was given."""
    return entry.receipt_document == receipt_of(entry).document


@dataclass(slots=True)
class Author:
    """Hands in submissions and keeps the ledger of them."""

    ledger: Ledger = field(default_factory=Ledger)
    received: set[UUID] = field(default_factory=set)
    """Whose receipt was stored, as the outbox said."""
    dice: random.Random = field(default_factory=lambda: random.Random(4))  # noqa: S311 - made-up bytes

    def submit(self, cache: OfflineCache, *sizes: int) -> Entry:
        """Finalize one submission with parts of these sizes; it is in the ledger before and after."""

        def seal(reservation: Reservation) -> Sealed:
            parts = {f"p{n}": self.dice.randbytes(size) for n, size in enumerate(sizes)}
            manifest = f"{reservation.id} {reservation.sequence} {sorted(parts)}".encode()
            self.ledger.submit(reservation.id, digest_of(manifest, parts))
            return Sealed(manifest, hashlib.sha256(manifest).hexdigest(), parts)

        entry = cache.outbox.finalize(kind="application", item="chaos", seal=seal)
        self.ledger.acknowledge(entry.id, self.ledger.submitted[entry.id])
        return entry

    def deliver(self, cache: OfflineCache, entry: Entry) -> None:
        """Let the platform take a claimed submission and store its receipt."""
        for part in cache.outbox.parts(entry.id):
            cache.outbox.read_part(entry.id, part.name)
        cache.outbox.record_receipt(entry.id, receipt_of(entry), 1_700_000_100.0)
        self.received.add(entry.id)


@dataclass(frozen=True, slots=True)
class Aftermath:
    """What a restart found."""

    verdict: Verdict
    findings: tuple[str, ...]
    """What ``verify`` complains of."""
    receipts_lost: int
    """Receipts of the platform that were stored, as the outbox said, and are gone."""
    undrained: int
    """Acknowledged submissions that could not be delivered afterwards."""

    @property
    def kept(self) -> bool:
        """Tell whether every promise holds."""
        return (
            self.verdict.kept
            and not self.findings
            and not self.receipts_lost
            and not self.undrained
        )

    def __str__(self) -> str:
        return (
            f"{self.verdict}; findings {list(self.findings)[:3]};"
            f" {self.receipts_lost} receipts lost; {self.undrained} not drained"
        )


def look(cache: OfflineCache, ledger: Ledger, received: set[UUID] | frozenset[UUID]) -> Aftermath:
    """Read everything in an opened cache back, then deliver all that waits and compare."""
    outbox = cache.outbox
    findings = tuple(finding.code for finding in verify(cache.store, outbox, receipt_holds))
    stored: dict[UUID, str] = {}
    for entry in outbox.entries():
        if entry.purged_at is None:
            parts = {p.name: outbox.peek_part(entry.id, p.name) for p in outbox.parts(entry.id)}
            stored[entry.id] = digest_of(entry.manifest, parts)
        elif entry.receipt_document is not None:
            stored[entry.id] = ""
    receipts_lost = sum(
        1
        for submission in received
        if submission not in stored or outbox.entry(submission).receipt_document is None
    )
    delivered: list[UUID] = []
    while (claimed := outbox.claim_next(2_000_000_000.0)) is not None:
        for part in outbox.parts(claimed.id):
            outbox.read_part(claimed.id, part.name)
        outbox.record_receipt(claimed.id, receipt_of(claimed), 2_000_000_000.0)
        delivered.append(claimed.id)
    left = [
        entry
        for entry in outbox.entries()
        if entry.state not in {State.RECEIVED, State.SETTLED}
        and (entry.state, entry.last_error) != (State.QUARANTINED, REFUSED)
    ]
    return Aftermath(
        verdict=ledger.judge(stored=stored, delivered=delivered),
        findings=findings,
        receipts_lost=receipts_lost,
        undrained=len(left),
    )
