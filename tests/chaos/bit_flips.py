# SPDX-License-Identifier: Apache-2.0
"""Flips one bit of what lies on the disk, restarts, and says whether anybody noticed.

Every flip must end in one of two ways: something says so (the store, ``verify``, a quarantine), or nothing
that was stored reads differently (the bit lay where no value lies). What was not hit is delivered either way.
"""

from __future__ import annotations

import random
import re
import shutil
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final
from uuid import UUID

from offline_cache import OfflineCache, State, StoreError, verify
from offline_cache.errors import PartError
from tests.chaos.ledger import Ledger
from tests.chaos.story import LARGE, SMALL, Author, digest_of, open_cache, receipt_holds, receipt_of

WAITING: Final = 9


@dataclass(slots=True)
class Flips:
    """What all flips together showed."""

    counts: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)
    lines: list[str] = field(default_factory=list)


def lay_down(directory: Path, *, cleanly: bool) -> Author:
    """Store some submissions in every state; ``cleanly`` False leaves them in the write-ahead log, as a kill does."""
    author = Author()
    work = directory if cleanly else directory.with_name("running")
    cache = open_cache(work)
    cache.start()
    for number in range(WAITING + 2):
        author.submit(cache, *((LARGE, SMALL) if number % 2 else (SMALL, 3_000)))
    for _ in range(2):
        claimed = cache.outbox.claim_next(1_700_000_000.0)
        assert claimed is not None
        author.deliver(cache, claimed)
    cache.outbox.settle(claimed.id, 1_700_000_300.0)
    if cleanly:
        cache.stop()
    else:
        shutil.copytree(work, directory)
        cache.stop()
        shutil.rmtree(work)
    return author


def flip_all(base: Path, author: Author, work: Path, flips: int, seed: int) -> Flips:
    """Flip ``flips`` bits, one at a time, each in a fresh copy of ``base``."""
    dice = random.Random(seed)  # noqa: S311 - which bits
    found = Flips()
    files = sorted(p for p in base.rglob("*") if p.is_file() and p.stat().st_size > 64)
    database = [path for path in files if path.parent == base]
    blobs = [path for path in files if path.parent != base]
    for number in range(flips):
        chosen = dice.choice(database if number % 4 else blobs)
        place = work / "flipped"
        shutil.copytree(base, place)
        target = place / chosen.relative_to(base)
        content = bytearray(target.read_bytes())
        bit = dice.randrange(len(content) * 8)
        content[bit // 8] ^= 1 << bit % 8
        target.write_bytes(content)
        what = chosen.name if chosen.parent == base else "blob"
        said = f"{what} bit {bit}"
        outcome = _after(place, author.ledger, author.received)
        found.counts[outcome.partition(":")[0]] += 1
        found.lines.append(f"{said}: {outcome}")
        if outcome.startswith("UNSEEN"):
            found.wrong.append(found.lines[-1])
        shutil.rmtree(place)
    return found


def _after(directory: Path, ledger: Ledger, received: set[UUID]) -> str:
    cache = open_cache(directory)
    try:
        cache.start()
    except StoreError as error:
        return f"seen by the store: {error.code}"
    try:
        return _looked(cache, ledger, received)
    except StoreError as error:
        return f"seen by the store: {error.code}"
    finally:
        cache.stop()


def _looked(cache: OfflineCache, ledger: Ledger, received: set[UUID]) -> str:
    outbox = cache.outbox
    mended = any(cache.store.path.parent.glob("*.damaged"))
    findings = ["journal mended"] if mended else []
    findings += sorted({finding.code for finding in verify(cache.store, outbox, receipt_holds)})
    delivered: dict[UUID, str] = {}
    while (entry := outbox.claim_next(2_000_000_000.0)) is not None:
        try:
            # The manifest says which parts there are, as for the real deliverer.
            names = re.findall(r"'(p\d+)'", entry.manifest.decode("ascii"))
            parts = {name: outbox.read_part(entry.id, name) for name in names}
        except PartError:
            continue
        delivered[entry.id] = digest_of(entry.manifest, parts)
        outbox.record_receipt(entry.id, receipt_of(entry), 2_000_000_000.0)
    entries = outbox.entries()
    aside = {entry.id for entry in entries if entry.state is State.QUARANTINED}
    there = {entry.id for entry in entries if entry.state in {State.RECEIVED, State.SETTLED}}
    verdict = ledger.judge(stored=aside | there, delivered=delivered.items())
    if verdict.altered or verdict.unexpected:
        return f"UNSEEN: {verdict}"
    missing = ledger.acknowledged.keys() - delivered.keys() - there - aside
    lost_receipts = {r for r in received if r in delivered}
    if findings or aside:
        short = len(ledger.acknowledged) - len(there)
        return f"seen: {findings}, {short} not delivered"
    if missing:
        return f"UNSEEN: {len(missing)} missing and nobody says so"
    if lost_receipts:
        return "seen: delivered a second time, which the platform dedupes"
    return "without effect: everything reads as it was written"
