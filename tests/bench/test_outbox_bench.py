# SPDX-License-Identifier: Apache-2.0
"""How fast a submission becomes durable, sealing included, beside a bare SQLite insert of the same bytes.

Only ratios travel between machines; the rounds are interleaved so that a neighbour's load falls on both.
"""

from __future__ import annotations

import json
import os
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from itertools import count
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from kiosk.platform_client.delivery import seal_for
from kiosk.protocol.envelope import Payload, PlainAttachment
from offline_cache import OfflineCache

pytestmark = pytest.mark.slow
JUDGED = bool(os.environ.get("HALL24_BENCH"))
"""Times are judged on a machine that does nothing else; elsewhere only that the work is done."""

ROUNDS = 8


class Figures:
    """Seconds of many single operations."""

    def __init__(self) -> None:
        self.seconds: list[float] = []

    def time(self, operation: Callable[[], object]) -> None:
        begun = time.perf_counter()
        operation()
        self.seconds.append(time.perf_counter() - begun)

    def at(self, share: float) -> float:
        ordered = sorted(self.seconds)
        return ordered[min(len(ordered) - 1, int(len(ordered) * share))]

    def summary(self) -> dict[str, float]:
        return {
            "per_s": round(len(self.seconds) / sum(self.seconds), 1),
            "p50_ms": round(self.at(0.5) * 1e3, 2),
            "p99_ms": round(self.at(0.99) * 1e3, 2),
        }


@pytest.fixture
def bare(tmp_path: Path) -> Iterator[Callable[[bytes], object]]:
    """Insert into a queue of one table, with the same durability and nothing else."""
    with closing(sqlite3.connect(tmp_path / "bare.sqlite3", isolation_level=None)) as connection:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("CREATE TABLE queue (id INTEGER PRIMARY KEY, body BLOB)")
        yield lambda body: connection.execute("INSERT INTO queue (body) VALUES (?)", (body,))


@pytest.fixture
def cache(tmp_path: Path) -> Iterator[OfflineCache]:
    numbers = count()
    with OfflineCache(tmp_path / "data", number=lambda _s, _w: f"N{next(numbers)}") as opened:
        yield opened


def finalizer(cache: OfflineCache, attachments: tuple[PlainAttachment, ...], form: int) -> Any:
    key = X25519PrivateKey.generate().public_key()
    terminal = SimpleNamespace(terminal="T-0001", sealing_key=key, recovery_key=None)
    prepare = seal_for(terminal)  # type: ignore[arg-type]  # all that is used
    payload = Payload(form={"text": "x" * form})

    def run() -> None:
        seal = prepare(
            kind="application",
            item="bench",
            item_version="",
            payload=payload,
            attachments=attachments,
        )
        cache.outbox.finalize(kind="application", item="bench", seal=seal)

    return run


@pytest.mark.parametrize(("attachments", "each", "least_ratio"), [(0, 200, 0.2), (3, 8, 0.5)])
def test_finalize_keeps_up_with_a_bare_durable_insert(  # noqa: PLR0917 - fixtures and figures
    cache: OfflineCache,
    bare: Callable[[bytes], object],
    record_testsuite_property: Callable[..., None],
    attachments: int,
    each: int,
    least_ratio: float,
) -> None:
    """1 KB without attachments; then three of 1 MB. Sealing is ours alone to pay."""
    scans = tuple(
        PlainAttachment(f"scan-{number}.jpg", "image/jpeg", os.urandom(1_000_000))
        for number in range(attachments)
    )
    finalize = finalizer(cache, scans, 1_000)
    body = os.urandom(1_500 + attachments * 1_000_000)
    ours, theirs = Figures(), Figures()
    for _ in range(ROUNDS):
        for _ in range(each):
            theirs.time(lambda: bare(body))
        for _ in range(each):
            ours.time(finalize)
    ratio = sum(theirs.seconds) / sum(ours.seconds)
    figures = {"ours": ours.summary(), "bare": theirs.summary(), "ratio": round(ratio, 2)}
    record_testsuite_property(f"finalize with {attachments} MB", json.dumps(figures))
    if JUDGED:
        # A disk that keeps a bare insert waiting as long is no fault of ours.
        assert ours.at(0.99) <= max(0.150, 3 * theirs.at(0.99)), figures
        assert ratio >= least_ratio, figures


def test_ten_thousand_waiting_submissions_delay_neither_start_nor_first_delivery(
    tmp_path: Path, record_testsuite_property: Callable[..., None]
) -> None:
    directory = tmp_path / "data"

    def opened() -> OfflineCache:
        return OfflineCache(directory, number=lambda sequence, _w: f"N{sequence}")

    with opened() as cache:
        finalize = finalizer(cache, (), 200)
        for _ in range(10_000):
            finalize()
    begun = time.perf_counter()
    with opened() as cache:
        started = time.perf_counter()
        assert cache.outbox.claim_next(time.time()) is not None
        claimed = time.perf_counter()
        assert cache.outbox.waiting() == 10_000
    figures = {
        "start_ms": round((started - begun) * 1e3, 1),
        "claim_ms": round((claimed - started) * 1e3, 1),
    }
    record_testsuite_property("10,000 waiting", json.dumps(figures))
    if JUDGED:
        assert started - begun <= 1.0, figures
        assert claimed - started <= 0.1, figures
