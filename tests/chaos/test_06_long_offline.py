# SPDX-License-Identifier: Apache-2.0
"""Gate 6: 400 days without a link, then everything at once, some of it refused, some of it damaged."""

from __future__ import annotations

import random
import sqlite3
from contextlib import closing
from pathlib import Path
from uuid import UUID

import pytest

from offline_cache import (
    DeliveryReceipt,
    Entry,
    LinkDownError,
    OfflineCache,
    OpenPart,
    PoisonError,
    State,
    SyncEngine,
)
from tests.chaos.record import Record
from tests.chaos.story import (
    LARGE,
    REFUSED,
    SMALL,
    Author,
    StillClock,
    digest_of,
    number,
    receipt_of,
)

SEED = 20261124
ITEMS, BAD, DAMAGED, DAYS = 1_000, 50, 10, 400
DAY_S = 86_400.0


class Platform:
    """Takes what it is given once per id, refuses what it was told to refuse, and is away at first."""

    def __init__(self) -> None:
        self.away = True
        self.asked_in_vain = 0
        self.refuses: set[UUID] = set()
        self.records: dict[UUID, str] = {}
        self.calls: list[UUID] = []

    def deliver(self, entry: Entry, open_part: OpenPart) -> DeliveryReceipt:
        if self.away:
            self.asked_in_vain += 1
            raise LinkDownError("link.refused")
        self.calls.append(entry.id)
        parts = {name: open_part(name) for name in ("p0", "p1")}
        if entry.id in self.refuses:
            raise PoisonError(REFUSED)
        self.records[entry.id] = digest_of(entry.manifest, parts)
        return receipt_of(entry)


def damage(directory: Path, entries: list[Entry]) -> None:
    """Flip one bit of each: half of them in a file, half of them in the database."""
    with closing(sqlite3.connect(directory / "outbox.sqlite3")) as database:
        for place, entry in enumerate(entries):
            row = database.execute(
                "SELECT sha256, inline, name FROM part WHERE sequence = ? AND in_file = ?",
                (entry.sequence, place % 2),
            ).fetchone()
            if place % 2:
                blob = directory / "blobs" / row[0][:2] / row[0]
                content = bytearray(blob.read_bytes())
                content[len(content) // 2] ^= 1
                blob.write_bytes(content)
            else:
                content = bytearray(row[1])
                content[len(content) // 2] ^= 1
                database.execute(
                    "UPDATE part SET inline = ? WHERE sequence = ? AND name = ?",
                    (bytes(content), entry.sequence, row[2]),
                )
        database.commit()


@pytest.mark.expected_logs("submission set aside")
def test_a_long_silence_delays_and_loses_nothing(tmp_path: Path, record: Record) -> None:
    dice = random.Random(SEED)  # noqa: S311 - which are refused or damaged
    author, clock, platform = Author(dice=dice), StillClock(), Platform()
    directory = tmp_path / "data"

    def opened() -> OfflineCache:
        return OfflineCache(directory, number=number, clock=clock)

    def engine_of(cache: OfflineCache) -> SyncEngine:
        return SyncEngine(cache.outbox, platform.deliver, clock=clock, rng=dice)

    begun = clock.wall
    with opened() as cache:
        engine = engine_of(cache)
        for position in range(ITEMS):
            clock.wall = begun + position * DAYS * DAY_S / ITEMS
            author.submit(cache, SMALL, LARGE)
            engine.step()
    entries = []
    with opened() as cache:
        entries = cache.outbox.entries()
        assert {entry.state for entry in entries} == {State.QUEUED}
    unlucky = dice.sample(entries, BAD + DAMAGED)
    platform.refuses = {entry.id for entry in unlucky[:BAD]}
    damage(directory, unlucky[BAD:])
    in_vain = platform.asked_in_vain

    clock.wall = begun + DAYS * DAY_S
    platform.away = False
    waits = []
    with opened() as cache:
        engine = engine_of(cache)
        engine.kick()
        while (wait_s := engine.step()) is not None and len(waits) < 3 * ITEMS:
            waits.append(wait_s)
        counts = cache.outbox.counts()
        reasons = {e.last_error for e in cache.outbox.entries({State.QUARANTINED})}
        verdict = author.ledger.judge(
            stored=[entry.id for entry in cache.outbox.entries()],
            delivered=platform.records.items(),
        )
    assert verdict.kept, verdict
    assert len(platform.records) == counts[State.RECEIVED] == ITEMS - BAD - DAMAGED
    assert counts[State.QUARANTINED] == BAD + DAMAGED
    assert sum(counts.values()) == ITEMS
    assert reasons == {REFUSED, "local.part_corrupt"}
    assert max(waits) == 0.0, "a bad submission made a good one wait"
    assert len(platform.calls) == ITEMS  # one call each: nobody was asked twice
    good = [entry.id for entry in entries if entry.id in platform.records]
    assert [call for call in platform.calls if call in platform.records] == good
    record.keep(
        "06-long-offline",
        {
            "days offline": DAYS,
            "submissions": ITEMS,
            "deliveries tried in vain meanwhile": in_vain,
            "delivered, in their order": len(platform.records),
            "set aside": counts[State.QUARANTINED],
            "deleted": ITEMS - sum(counts.values()),
            "longest wait of a good one behind a bad one": f"{max(waits)} s",
        },
        command="./test --chaos -k 06",
        seed=SEED,
    )
