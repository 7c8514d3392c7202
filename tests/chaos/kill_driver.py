# SPDX-License-Identifier: Apache-2.0
"""Kills the outbox with SIGKILL again and again: ``python -m tests.chaos.kill_driver DIRECTORY KILLS SEED``.

A child opens the cache, submits on one thread and delivers on another; the parent is the platform and the
resident: it hears over a socket what was promised, dedupes by id as the platform does, answers, and kills at
a random moment, also between taking a record and answering. Fifty kills share a directory, then everything
is read back. The last line on standard output is the result as JSON. SIGTERM ends it after the directory it
is at, with the figures so far.
"""

from __future__ import annotations

import json
import logging
import os
import random
import shutil
import signal
import socket
import sys
import time
import traceback
from collections import Counter
from collections.abc import Hashable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final
from uuid import UUID

from offline_cache import DeliveryReceipt, Entry, OfflineCache, OpenPart, Policy, SyncEngine
from tests.chaos.ledger import Ledger
from tests.chaos.story import Author, digest_of, look, open_cache, receipt_of

BATCH: Final = 50
_SIZES: Final[tuple[tuple[int, ...], ...]] = (
    (1_000,), (1_000,), (20_000,), (20_000, 300, 20_001), (9_000, 9_000),
)  # fmt: skip
_LINE: Final = 256
_PATIENCE_S: Final = 0.05
"""How long the parent waits for a word before it kills all the same."""


@dataclass(slots=True)
class Batch:
    """What the parent knows of one directory."""

    author: Author = field(default_factory=Author)
    platform: dict[UUID, str] = field(default_factory=dict)
    repeated: int = 0
    conflicts: int = 0

    def hear(self, line: bytes) -> bool:
        """Take one message; return whether it wants an answer."""
        kind, name, digest = line.decode("ascii").split()
        submission = UUID(name)
        if kind == "S":
            self.author.ledger.submit(submission, digest)
        elif kind == "A":
            self.author.ledger.acknowledge(submission, digest)
        elif kind == "P":
            self.author.received.add(submission)
        elif submission in self.platform:
            self.repeated += 1
            self.conflicts += self.platform[submission] != digest
        else:
            self.platform[submission] = digest
        return kind == "D"


def child(directory: Path, line: socket.socket, seed: int) -> None:
    """Submit and deliver until killed."""

    def say(kind: str, submission: UUID, digest: str) -> None:
        line.send(f"{kind} {submission} {digest}".encode("ascii"))

    class Told(Ledger):
        """Tells the parent before a submission is tried."""

        def submit(self, name: Hashable, digest: str = "") -> None:
            super().submit(name, digest)
            line.send(f"S {name} {digest}".encode("ascii"))

    author = Author(Told(), dice=random.Random(seed))  # noqa: S311 - made-up bytes

    def deliver(entry: Entry, open_part: OpenPart) -> DeliveryReceipt:
        names = [part.name for part in cache.outbox.parts(entry.id)]
        parts = {name: open_part(name) for name in names}
        say("D", entry.id, digest_of(entry.manifest, parts))
        line.recv(_LINE)
        return receipt_of(entry)

    cache = open_cache(directory)
    cache.start()
    engine = SyncEngine(
        cache.outbox,
        deliver,
        policy=Policy(keep_received_s=0.0),
        on_attempt=lambda attempt: say("P", attempt.entry.id, "-") if not attempt.code else None,
    )
    engine.start()
    while True:
        entry = author.submit(cache, *author.dice.choice(_SIZES))
        say("A", entry.id, author.ledger.submitted[entry.id])
        if author.dice.random() < 0.3:  # let the deliverer have its turn, too
            pause_s = author.dice.random() * 0.004
            time.sleep(pause_s)  # real time: gives the other thread the processor


def one_kill(directory: Path, batch: Batch, dice: random.Random) -> str:
    """Let a child live for a while, kill it; return when."""
    here, there = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    seed = dice.randrange(1 << 30)
    pid = os.fork()
    if pid == 0:
        here.close()
        try:
            child(directory, there, seed)
        except BaseException:  # noqa: BLE001 - nobody above would hear of it
            traceback.print_exc()
        finally:
            os._exit(70)
    there.close()
    messages = dice.choice([0, dice.randrange(6), dice.randrange(40)])
    # At a random moment of what it does next; now and then while it opens and recovers.
    delay_s = dice.random() * dice.choice([0.0005, 0.003, 0.02])
    said = 0
    here.settimeout(_PATIENCE_S if messages == 0 else 10.0)
    with suppress(TimeoutError, ConnectionError):
        while said < messages and (line := here.recv(_LINE)):
            said += 1
            if batch.hear(line) and said < messages:  # the last one is never answered
                here.send(b"R")
    time.sleep(delay_s)  # real time: a kill at a moment nobody chose
    os.kill(pid, signal.SIGKILL)
    _, status = os.waitpid(pid, 0)
    here.settimeout(0.0)
    with suppress(OSError):
        while line := here.recv(_LINE):
            batch.hear(line)
    here.close()
    if not os.WIFSIGNALED(status):
        raise RuntimeError(f"the child ended by itself after {said} messages (seed {seed})")
    return f"kill after {said} messages and {delay_s * 1e3:.2f} ms, child's seed {seed}"


def judge(directory: Path, batch: Batch) -> list[str]:
    """Open what is left, read and drain it; return what is wrong."""
    cache: OfflineCache = open_cache(directory)
    with cache:
        gone = [
            entry.receipt
            for entry in cache.outbox.entries()
            if entry.received_at is not None and entry.id not in batch.platform
        ]
        found = look(cache, batch.author.ledger, batch.author.received)
    wrong = [f"received, but never at the platform: {gone}"] if gone else []
    if batch.conflicts:
        wrong.append(f"{batch.conflicts} delivered with other bytes")
    if made_up := batch.platform.keys() - batch.author.ledger.submitted.keys():
        wrong.append(f"{len(made_up)} never submitted")
    return wrong if found.kept else [*wrong, str(found)]


def run(root: Path, kills: int, seed: int) -> dict[str, object]:
    """Do all kills; return the figures."""
    logging.disable(logging.CRITICAL)  # sweeping is expected after every kill
    dice = random.Random(seed)  # noqa: S311 - when to kill
    totals: Counter[str] = Counter()
    wrong: list[str] = []
    faults: list[str] = []
    enough: list[int] = []
    signal.signal(signal.SIGTERM, lambda number, _frame: enough.append(number))
    while totals["kills"] < kills and not enough:
        directory = root / f"batch-{totals['kills']}"
        batch = Batch()
        for _ in range(min(BATCH, kills - totals["kills"])):
            faults.append(one_kill(directory, batch, dice))
            totals["kills"] += 1
        wrong += judge(directory, batch)
        totals["acknowledged"] += len(batch.author.ledger.acknowledged)
        totals["at the platform before the end"] += len(batch.platform)
        totals["delivered again after a lost answer"] += batch.repeated
        shutil.rmtree(directory)
    return {**totals, "wrong": wrong, "faults": faults}


if __name__ == "__main__":
    print(json.dumps(run(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]))))  # noqa: T201 - the result
