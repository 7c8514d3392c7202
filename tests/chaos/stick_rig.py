# SPDX-License-Identifier: Apache-2.0
"""A stick that is pulled out at any operation, a terminal that was never online, and its platform."""

from __future__ import annotations

import errno
import os
import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal
from uuid import UUID

from uuid_utils.compat import uuid7

from central_platform.bundle_import import ImportedBundle, import_bundles
from central_platform.context import PlatformContext
from central_platform.enrolment_files import write_enrolment_file
from central_platform.listing import listed_submissions
from central_platform.places import profile_of
from central_platform.testing import running_platform
from kiosk.documents.numbers import number
from kiosk.platform_client.bundles import Acknowledged, SignedBundles, import_acknowledgement
from kiosk.platform_client.delivery import make_deliverer, seal_for
from kiosk.platform_client.enrolment import EnrolledTerminal, enrol_from_file
from kiosk.platform_client.v1 import PlatformV1
from kiosk.protocol.envelope import Payload, PlainAttachment
from offline_cache import Entry, Exported, OfflineCache, StickDisk, SyncEngine, export
from tests.chaos.ledger import Ledger, Verdict

Pull = Literal["pulled", "torn", "full", "killed"]
PULLS: tuple[Pull, ...] = ("pulled", "torn", "full", "killed")
WALL = 1_795_400_000.0


class Killed(BaseException):
    """The exporting process died here."""


class PulledStick(StickDisk):
    """Fails at its ``pull_at``-th operation (from 1) and, being pulled out, at all that follow.

    What was renamed and not flushed since is lost or kept by the toss of a seeded coin, as on a real stick.
    """

    def __init__(self, seed: int) -> None:
        self._coin = random.Random(seed)  # noqa: S311 - a repeatable toss
        self.operations = 0
        self.pull_at = 0
        self.kind: Pull = "pulled"
        self.room = 1 << 40
        self._unflushed: list[tuple[Path, Path]] = []

    def arm(self, pull_at: int, kind: Pull) -> None:
        self.operations, self.pull_at, self.kind = 0, pull_at, kind

    def disarm(self) -> None:
        self.operations = self.pull_at = 0

    def _count(self) -> None:
        self.operations += 1
        if not self.pull_at or self.operations < self.pull_at:
            return
        if self.operations == self.pull_at:
            for source, target in reversed(self._unflushed):
                if self._coin.random() < 0.5 and target.exists():
                    target.rename(source)
            self._unflushed.clear()
            if self.kind == "killed":
                raise Killed
        code = errno.ENOSPC if self.kind == "full" else errno.EIO
        raise OSError(code, os.strerror(code))

    def make_directory(self, path: Path) -> None:  # type: ignore[override]
        self._count()
        super().make_directory(path)

    def write(self, path: Path, data: bytes) -> None:  # type: ignore[override]
        if self.kind == "torn" and self.operations + 1 == self.pull_at:
            path.write_bytes(data[: self._coin.randrange(len(data) + 1)])
        self._count()
        super().write(path, data)

    def rename(self, source: Path, target: Path) -> None:  # type: ignore[override]
        self._count()
        super().rename(source, target)
        self._unflushed.append((source, target))

    def sync_directory(self, path: Path) -> None:  # type: ignore[override]
        self._count()
        super().sync_directory(path)
        self._unflushed = [one for one in self._unflushed if one[1].parent != path]

    def read(self, path: Path) -> bytes:  # type: ignore[override]
        self._count()
        return super().read(path)

    def remove(self, path: Path) -> None:  # type: ignore[override]
        self._count()
        super().remove(path)

    def names(self, path: Path) -> Iterator[str]:
        return super().names(path)

    def free_bytes(self, path: Path) -> int:
        del path
        return self.room

    def forget(self, path: Path) -> None:
        """Leave memory as it is: these tests run in it."""
        if not path.exists():
            raise FileNotFoundError(errno.ENOENT, "No such file", str(path))


@dataclass
class Offline:
    """A terminal that has never reached its platform, a stick, and the platform that only gets the stick."""

    enrolled: EnrolledTerminal
    cache: OfflineCache
    stick_dir: Path
    platform: PlatformContext
    url: str
    ledger: Ledger = field(default_factory=Ledger)

    def submit(self, count: int, *, size: int = 300, seed: int = 1) -> list[Entry]:
        source = random.Random(seed)  # noqa: S311 - made-up bytes
        seal = seal_for(self.enrolled)
        made = []
        for place in range(count):
            scan = PlainAttachment("scan.png", "image/png", source.randbytes(size))
            prepared = seal(
                kind="application",
                item="old-age-allowance",
                item_version="",
                payload=Payload(form={"n": place}),
                attachments=(scan,),
            )
            entry = self.cache.outbox.finalize(
                kind="application", item="old-age-allowance", seal=prepared
            )
            self.ledger.acknowledge(str(entry.id), entry.manifest_sha256)
            made.append(entry)
        return made

    def export(
        self, stick: StickDisk | None = None, *, new: Callable[[], UUID] = uuid7
    ) -> Exported:
        return export(
            self.cache.outbox,
            self.stick_dir,
            SignedBundles(self.enrolled, lambda: WALL, None),
            now=WALL,
            new_bundle=new,
            stick=stick or StickDisk(),
        )

    def imported(self, directory: Path | None = None) -> list[ImportedBundle]:
        return import_bundles(self.platform, directory or self.stick_dir)

    def acknowledge(self, path: Path) -> Acknowledged:
        return import_acknowledgement(self.cache.outbox, self.enrolled, path.read_bytes(), WALL)

    def sync(self) -> None:
        """Deliver everything over the wire, as if the link had come up at last."""
        client = PlatformV1(self.enrolled, self.url)
        engine = SyncEngine(self.cache.outbox, make_deliverer(client))
        try:
            for _ in range(10 * len(self.ledger.acknowledged) + 10):
                if not self.cache.outbox.waiting():
                    return
                engine.kick()
                engine.step()
        finally:
            client.close()
        raise AssertionError("the queue did not become empty")

    def judge(self) -> Verdict:
        return self.ledger.judge(
            delivered=[(row["id"], row["manifest_sha256"]) for row in self.records()]
        )

    def records(self) -> list[dict[str, str]]:
        return listed_submissions(self.platform.database)


@contextmanager
def offline_terminal(folder: Path) -> Iterator[Offline]:
    """Give a terminal enrolled from a file, its stick and its platform, all below ``folder``."""
    stick = folder / "stick"
    stick.mkdir(parents=True)
    with running_platform(
        folder / "platform", now=lambda: datetime.fromtimestamp(WALL, UTC)
    ) as running:
        profile = profile_of(
            place="测试村",
            place_en="Test village",
            region="360702",
            host_type="village",
            duty_phone="",
        )
        write_enrolment_file(
            running.context, profile, stick / "enrolment.json", platform_url="", days=400
        )
        data = (stick / "enrolment.json").read_bytes()
        enrolled = enrol_from_file(data, folder / "terminal", WALL)
        cache = OfflineCache(
            folder / "terminal",
            number=lambda sequence, wall: number(sequence, wall, enrolled.terminal),
        )
        with cache:
            yield Offline(enrolled, cache, stick, running.context, running.url)
