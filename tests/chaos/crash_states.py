# SPDX-License-Identifier: Apache-2.0
"""Tells a story once, cuts the power after each of its operations, in every way, and restarts.

What was acknowledged before the cut must be there after it; what was not may be there whole or not at all.
"""

from __future__ import annotations

import copy
import random
import shutil
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final
from uuid import UUID

from offline_cache import OfflineCache, StoreError
from offline_cache.errors import PartError
from tests.chaos.ledger import Ledger
from tests.chaos.operations import Operation, Witness, watched
from tests.chaos.power_cut import CrashState, Disk
from tests.chaos.sqlite_seam import SqliteSeam
from tests.chaos.story import LARGE, REFUSED, SMALL, Author, look, open_cache

RESTART_S: Final = 5.0


@dataclass(frozen=True, slots=True)
class Moment:
    """A state with what had been promised by then."""

    flow: str
    state: CrashState
    ledger: Ledger
    received: frozenset[UUID]


@dataclass(slots=True)
class Camera:
    """Takes every state after every operation, and what was promised then."""

    root: Path
    author: Author
    flow: str = ""
    moments: list[Moment] = field(default_factory=list)
    operations: Counter[str] = field(default_factory=Counter)
    _disk: Disk = field(init=False)
    _seen: set[tuple[str, int, int]] = field(default_factory=set)

    def __post_init__(self) -> None:
        self._disk = Disk(self.root)

    def __call__(self, operation: Operation) -> None:
        shelf = operation.kind == "make_directory"
        if not shelf:
            self._take()  # before it, with what was promised since the last
        self._disk.take(operation)
        self.operations[self.flow] += 1
        if not shelf or self.operations[self.flow] % 64 == 0:
            self._take()

    def _take(self) -> None:
        promised = (len(self.author.ledger.acknowledged), len(self.author.received))
        ledger: Ledger | None = None
        for state in self._disk.states(sum(self.operations.values())):
            key = (state.digest(), *promised)
            if key in self._seen:
                continue
            self._seen.add(key)
            ledger = ledger or Ledger(
                dict(self.author.ledger.submitted), dict(self.author.ledger.acknowledged)
            )
            self.moments.append(Moment(self.flow, state, ledger, frozenset(self.author.received)))


@dataclass(slots=True)
class Outcome:
    """What all restarts together showed."""

    states: int = 0
    failures: list[str] = field(default_factory=list)
    slowest_restart_s: float = 0.0
    by_flow: Counter[str] = field(default_factory=Counter)


@contextmanager
def _stage(root: Path, witness: Witness) -> Iterator[SqliteSeam]:
    seam = SqliteSeam(witness)
    try:
        with watched(root, witness):
            yield seam
    finally:
        seam.close()


def tell(root: Path) -> Camera:
    """Tell the whole story: open, finalize, claim, send, receipt, purge, stop, open again."""
    root.mkdir()
    author = Author()
    camera = Camera(root, author)
    with _stage(root, camera) as seam:
        cache = open_cache(root / "data", seam.connect)
        camera.flow = "open"
        cache.start()
        camera.flow = "finalize"
        first = author.submit(cache, SMALL)
        author.submit(cache, LARGE, SMALL, LARGE + 1)
        third = author.submit(cache, 6_000)
        camera.flow = "claim"
        claimed = cache.outbox.claim_next(1_700_000_000.0)
        assert claimed is not None
        camera.flow = "send"
        cache.outbox.record_attempt(
            claimed.id, code="link.down", now=1_700_000_000.0, next_attempt_at=1_700_000_001.0
        )
        _claim(cache)
        camera.flow = "receipt"
        author.deliver(cache, first)
        second = _claim(cache)
        author.deliver(cache, second)
        camera.flow = "purge"
        cache.outbox.settle(first.id, 1_700_000_200.0)
        cache.outbox.settle(second.id, 1_700_000_201.0)
        camera.flow = "quarantine"
        cache.outbox.quarantine(third.id, REFUSED)
        cache.outbox.release(third.id)
        camera.flow = "finalize"
        author.submit(cache, LARGE)
        camera.flow = "stop"
        cache.stop()
        camera.flow = "open"
        cache = open_cache(root / "data", seam.connect)
        cache.start()
        cache.stop()
    return camera


def _claim(cache: OfflineCache) -> object:
    claimed = cache.outbox.claim_next(1_700_000_050.0)
    assert claimed is not None
    return claimed


def tell_shortly(root: Path) -> Camera:
    """Tell a story of one submission with files and one without: enough for a planted bug to show."""
    root.mkdir()
    author = Author()
    camera = Camera(root, author)
    with _stage(root, camera) as seam:
        cache = open_cache(root / "data", seam.connect)
        camera.flow = "open"
        cache.start()
        camera.flow = "finalize"
        first = author.submit(cache, LARGE, SMALL)
        author.submit(cache, SMALL)
        camera.flow = "receipt"
        _claim(cache)
        author.deliver(cache, first)
        camera.flow = "purge"
        cache.outbox.settle(first.id, 1_700_000_200.0)
        camera.flow = "claim"
        _claim(cache)
        camera.flow = "stop"
        cache.stop()
    return camera


def restart_all(
    moments: list[Moment],
    root: Path,
    work: Path,
    most: int,
    seed: int,
    *,
    first_only: bool = False,
) -> Outcome:
    """Restart from each state (or from ``most`` of them, drawn by ``seed``) and look at what is left."""
    outcome = Outcome()
    if len(moments) > most:
        moments = random.Random(seed).sample(moments, most)  # noqa: S311 - which states
    for moment in moments:
        place = work / "restarted"
        place.mkdir(parents=True)
        moment.state.lay_out(root, place)
        _restart(moment, place / "data", outcome)
        shutil.rmtree(place)
        outcome.states += 1
        outcome.by_flow[moment.flow] += 1
        if first_only and outcome.failures:
            break
    return outcome


def _restart(moment: Moment, directory: Path, outcome: Outcome) -> None:
    where = f"{moment.flow} after {moment.state.after}, {moment.state.how}"
    cache = open_cache(directory)
    begun = time.perf_counter()
    try:
        cache.start()
        cache.outbox.waiting()
        outcome.slowest_restart_s = max(outcome.slowest_restart_s, time.perf_counter() - begun)
        try:
            found = look(cache, copy.deepcopy(moment.ledger), moment.received)
        finally:
            cache.stop()
    except (StoreError, PartError) as error:
        outcome.failures.append(f"{where}: {error.code} {error}")
        return
    if not found.kept:
        outcome.failures.append(f"{where}: {found}")
