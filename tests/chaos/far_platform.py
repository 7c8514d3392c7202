# SPDX-License-Identifier: Apache-2.0
"""The real central platform as a process of its own, terminals enrolled at it, and what it stored of theirs."""

from __future__ import annotations

import json
import os
import random
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select
from uuid_utils.compat import uuid7

from central_platform.api.terminals import new_enrolment_token
from central_platform.context import PlatformContext, open_platform
from central_platform.places import profile_of
from central_platform.storage.models import Alarm, Submission
from kiosk.documents.numbers import number
from kiosk.platform_client.delivery import make_deliverer, seal_for
from kiosk.platform_client.enrolment import EnrolledTerminal, enrol
from kiosk.platform_client.http_errors import Answer
from kiosk.platform_client.port import PlatformError
from kiosk.platform_client.v1 import PlatformV1
from kiosk.protocol.envelope import Payload, PlainAttachment
from kiosk.protocol.wire import canonical_bytes, sha256_hex
from offline_cache import Attempt, ClockReading, Entry, OfflineCache, SyncEngine
from tests.chaos.ledger import Ledger, Verdict

ITEM = "old-age-allowance"
CHUNK_BYTES = 64 * 1024
TIMEOUTS_S = (5.0, 0.5)
"""Short, because a frozen line costs the second one for real; a slow machine only means more retries."""
COMMAND = Path(sys.executable).with_name("central-platform")


def digest_of(form: Mapping[str, object], attachments: list[str]) -> str:
    """Return a hash of what a resident handed in: the answers and the hashes of the papers."""
    return sha256_hex(canonical_bytes([dict(form), sorted(attachments)]))


@dataclass(slots=True)
class FarPlatform:
    """A running platform process; ``context`` looks at the same database from here."""

    url: str
    context: PlatformContext

    def enrol(self, folder: Path) -> EnrolledTerminal:
        """Make a new terminal known."""
        profile = profile_of(
            place="合成测试点",
            place_en="Synthetic place",
            region="360702",
            host_type="hall",
            duty_phone="0797-12345",
        )
        return enrol(self.url, new_enrolment_token(self.context, profile)[0], folder)

    def records(self, terminal: str) -> list[tuple[str, str]]:
        """Return (id, digest) of every record of one terminal, twice what is there twice."""
        with self.context.database.read() as session:
            rows = session.scalars(select(Submission).where(Submission.terminal == terminal)).all()
            return [
                (str(row.id), digest_of(row.payload["form"], [a.sha256 for a in row.attachments]))
                for row in rows
            ]

    def alarms(self, terminal: str) -> list[tuple[str, UUID | None]]:
        """Return what the operators were told about one terminal."""
        with self.context.database.read() as session:
            rows = session.scalars(select(Alarm).where(Alarm.terminal == terminal)).all()
            return [(row.code, row.submission) for row in rows]


@contextmanager
def far_platform() -> Iterator[FarPlatform]:
    """Serve a platform in a process of its own until the block ends."""
    memory = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None  # noqa: S108 - a directory of our own in it
    with tempfile.TemporaryDirectory(dir=memory, prefix="hall24-far-") as folder:
        data = Path(folder)
        process = subprocess.Popen(
            [COMMAND, "serve", "--port", "0", "--data-dir", str(data), "--with-parent"],
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        assert process.stdout is not None
        try:
            said = process.stdout.readline()
            assert said, "the platform did not start"
            context = open_platform(data)
            try:
                yield FarPlatform(json.loads(said)["url"], context)
            finally:
                context.close()
        finally:
            process.terminate()
            process.wait(30)
            process.stdout.close()


@dataclass(slots=True)
class TwoClocks:
    """A wall clock that anybody may set, and monotonic seconds that nobody can."""

    wall: float = 1_795_000_000.0
    passed: float = 5_000.0

    def advance(self, seconds: float) -> None:
        """Let time pass."""
        self.wall += seconds
        self.passed += seconds

    def read(self) -> ClockReading:
        """Return what the outbox writes down."""
        return ClockReading(wall=self.wall, monotonic_s=self.passed, boot_id="chaos")

    def now(self) -> float:
        """Return wall seconds."""
        return self.wall

    def monotonic(self) -> float:
        """Return monotonic seconds."""
        return self.passed


class CountingPlatform(PlatformV1):
    """The client, counting what it gave away on upload requests and how many of those came to nothing."""

    handed_out = 0
    failed = 0

    def _ask(self, method: str, path: str, **options: Any) -> Answer:
        upload = path.startswith("/files")
        if upload:
            self.handed_out += len(options.get("data") or b"")
        try:
            return super()._ask(method, path, **options)
        except PlatformError:
            self.failed += upload
            raise


@dataclass(slots=True)
class FarTerminal:
    """A terminal's queue with the real client, the real engine, and clocks that the test moves."""

    enrolled: EnrolledTerminal
    cache: OfflineCache
    clocks: TwoClocks
    engine: SyncEngine
    uploads: CountingPlatform
    ledger: Ledger = field(default_factory=Ledger)
    attempts: list[Attempt] = field(default_factory=list)
    sealed_bytes: int = 0
    longest_wait_s: float = 0.0

    def submit(self, form: Mapping[str, Any], *papers: bytes) -> Entry:
        """Seal and keep one submission; from here on it is promised."""
        entry = self.cache.outbox.finalize(
            kind="application",
            item=ITEM,
            seal=seal_for(self.enrolled)(
                kind="application",
                item=ITEM,
                item_version="1",
                payload=Payload(form=dict(form)),
                attachments=[
                    PlainAttachment(f"{at}.bin", "application/octet-stream", paper)
                    for at, paper in enumerate(papers)
                ],
            ),
        )
        digest = digest_of(form, [sha256_hex(paper) for paper in papers])
        self.ledger.acknowledge(str(entry.id), digest)
        self.sealed_bytes += sum(part.size for part in self.cache.outbox.parts(entry.id))
        return entry

    def drain(self, steps: int = 20_000) -> None:
        """Step until nothing waits, letting exactly the asked time pass."""
        for _ in range(steps):
            wait_s = self.engine.step()
            if wait_s is None:
                return
            self.longest_wait_s = max(self.longest_wait_s, wait_s)
            self.clocks.advance(wait_s)
        pytest.fail(f"{self.cache.outbox.waiting()} still wait after {steps} steps")

    def judge(self, platform: FarPlatform) -> Verdict:
        """Compare what was promised with what the platform has."""
        return self.ledger.judge(delivered=platform.records(self.enrolled.terminal))


@contextmanager
def far_terminal(
    platform: FarPlatform,
    url: str,
    folder: Path,
    *,
    seed: int = 0,
    clocks: TwoClocks | None = None,
    enrolled: EnrolledTerminal | None = None,
    new_id: Callable[[], UUID] = uuid7,
) -> Iterator[FarTerminal]:
    """Give a fresh, enrolled terminal whose platform is reached through ``url``."""
    clocks = clocks or TwoClocks()
    folder.mkdir(parents=True, exist_ok=True)
    enrolled = enrolled or platform.enrol(folder / "enrolment")
    with ExitStack() as stack:
        client = CountingPlatform(
            enrolled,
            url,
            chunk_bytes=CHUNK_BYTES,
            timeouts_s=TIMEOUTS_S,
            clock=clocks.monotonic,
            wall=clocks.now,
        )
        stack.callback(client.close)
        name = enrolled.terminal
        cache = OfflineCache(
            folder / "data", number=lambda at, wall: number(at, wall, name), clock=clocks
        )
        cache.outbox._new_id = new_id
        stack.enter_context(cache)
        attempts: list[Attempt] = []
        engine = SyncEngine(
            cache.outbox,
            make_deliverer(client),
            clock=clocks.now,
            monotonic=clocks.monotonic,
            rng=random.Random(seed),  # noqa: S311 - a test's dice
            on_attempt=attempts.append,
        )
        yield FarTerminal(enrolled, cache, clocks, engine, client, attempts=attempts)
    shutil.rmtree(folder / "data", ignore_errors=True)
