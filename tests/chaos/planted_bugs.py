# SPDX-License-Identifier: Apache-2.0
"""Bugs planted by replacing one function each, and small forms of the gates that have to see them.

A gate here returns what it found wrong, in its own words; an empty list is green. It catches nothing but the
errors of the outbox that it knows as findings: a bug that makes anything else fall over is an error, not a red.
"""

from __future__ import annotations

import errno
import os
import sqlite3
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from unittest import mock

import pytest
import sqlalchemy
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from central_platform import intake
from central_platform.testing import running_platform
from kiosk.platform_client.http_errors import Answer
from kiosk.protocol.envelope import Manifest
from kiosk.protocol.messages import RECEIPT_PURPOSE, PlatformReceipt
from kiosk.protocol.wire import Signed
from offline_cache import State, journal, opening, queries, rows, store
from offline_cache.blobs import Blobs
from offline_cache.files import Disk
from offline_cache.outbox import Outbox
from offline_cache.store import Store
from tests.chaos.bit_flips import flip_all, lay_down
from tests.chaos.conftest import LONG
from tests.chaos.crash_states import restart_all, tell_shortly
from tests.chaos.disk_faults import Fault, tell
from tests.chaos.far_platform import FarPlatform, FarTerminal, far_terminal
from tests.chaos.fault_line import FaultLine

SEED: Final = 20261124
TWINS: Final = 4
STEPS: Final = 60
SAMPLE: Final = 60
"""States of gate 1 in the quick set."""
_DAYS_S: Final = 2 * 86_400.0
_NEVER: Final = 1 << 30
_OPENING: Final = 66
_SECOND_FILE: Final = 100
"""Places in gate 5's story: before the first submission ends; after that with a file ended."""
Patch = pytest.MonkeyPatch
Gate = Callable[[Path], list[str]]


# --- the gates, small ---------------------------------------------------------------------------


def power_cuts(work: Path) -> list[str]:
    """Gate 1: the states of a story of two submissions, until the first that is wrong."""
    camera = tell_shortly(work / "story")
    every = len(camera.moments) if LONG else SAMPLE
    return restart_all(camera.moments, work / "story", work, every, SEED, first_only=True).failures


def failing_disk(work: Path) -> list[str]:
    """Gate 5: every flush and every file's write from the first submission to the second with a file."""
    kinds = tell(work / "whole", Fault(_NEVER, errno.EIO, sticky=False)).kinds
    # The opening flushes the directory of the data last; what comes after is acceptance.
    begun = max(at for at, kind in enumerate(kinds[:_OPENING]) if kind == "sync_directory") + 1
    for at in range(begun, _SECOND_FILE):
        flush = kinds[at].startswith("sync")
        if not flush and kinds[at - 1] != "create":
            continue
        fault = Fault(at + 1, errno.EIO if flush else 0, sticky=False)
        if wrong := tell(work / f"story-{at}", fault).wrong(fault):
            return wrong
    return []


def flipped_at_rest(work: Path) -> list[str]:
    """Gate 7 on what a clean stop leaves."""
    author = lay_down(work / "base", cleanly=True)
    return flip_all(work / "base", author, work, 24, SEED).wrong


def flipped_in_the_journal(work: Path) -> list[str]:
    """Gate 7 on what a kill leaves."""
    author = lay_down(work / "base", cleanly=False)
    return flip_all(work / "base", author, work, 24, SEED).wrong


@contextmanager
def _platform_here(work: Path) -> Iterator[FarPlatform]:
    with running_platform(work / "platform") as running:
        yield FarPlatform(running.url, running.context)


def _stepped(terminal: FarTerminal) -> list[str]:
    """Go on until nothing waits or patience ends."""
    for _ in range(STEPS):
        wait_s = terminal.engine.step()
        if wait_s is None:
            return []
        terminal.clocks.advance(wait_s)
    left = terminal.cache.outbox.entries()
    short = [entry.last_error for entry in left if entry.state is not State.RECEIVED]
    return [f"{len(short)} not delivered after {STEPS} steps: {sorted(map(str, short))}"]


def cut_answers(work: Path) -> list[str]:
    """Gate 3: the first answer to each submission never comes."""
    with (
        _platform_here(work) as platform,
        closing(FaultLine(platform.url, cut_commits=True)) as line,
        far_terminal(platform, line.url, work / "terminal") as terminal,
    ):
        for at in range(3):
            terminal.submit({"at": at})
        found = _stepped(terminal)
        verdict = terminal.judge(platform)
    return found if verdict.kept else [*found, str(verdict)]


def racing_twins(work: Path) -> list[str]:
    """Gate 3: twins that all looked before any of them wrote."""
    together = threading.Barrier(TWINS)
    real = intake._open

    def opened(*given: Any) -> Any:
        result = real(*given)
        together.wait(60)
        return result

    with (
        _platform_here(work) as platform,
        far_terminal(platform, platform.url, work / "terminal") as terminal,
    ):
        entry = terminal.submit({"at": 1})
        manifest = Manifest.model_validate_json(entry.manifest)
        outbox = terminal.cache.outbox
        parts = {part.name: outbox.read_part(entry.id, part.name) for part in manifest.parts}
        with mock.patch.object(intake, "_open", opened), ThreadPoolExecutor(TWINS) as pool:
            told = [
                pool.submit(
                    intake.take_in,
                    platform.context,
                    terminal.enrolled.terminal,
                    manifest,
                    parts,
                )
                for _ in range(TWINS)
            ]
            receipts = {one.result(60).canonical() for one in told}
        verdict = terminal.judge(platform)
    found = [] if verdict.kept else [str(verdict)]
    return found if len(receipts) == 1 else [*found, f"{len(receipts)} different receipts"]


def forged_receipts(work: Path) -> list[str]:
    """Gate 3: somebody on the line answers with a receipt of his own making; retention passes; then he is gone."""
    forger = Ed25519PrivateKey.generate()
    with (
        _platform_here(work) as platform,
        far_terminal(platform, platform.url, work / "terminal") as terminal,
    ):
        client, real = terminal.uploads, terminal.uploads._ask

        def forged(method: str, path: str, **given: Any) -> Answer:
            if method != "PUT" or not path.startswith("/submissions/"):
                return real(method, path, **given)
            manifest: Manifest = given["body"]
            receipt = PlatformReceipt(
                id=manifest.id, terminal=manifest.terminal, manifest_sha256=manifest.sha256,
                case_number="360702-0", received_at=platform.context.now(),
                promised_date=None, note=None,
            )  # fmt: skip
            signed = Signed.sign(RECEIPT_PURPOSE, receipt.canonical(), forger)
            known = next(iter(terminal.enrolled.signing_keys))
            return Answer(200, {}, signed.model_copy(update={"key_id": known}).canonical())

        terminal.submit({"at": 1}, bytes(20_000))
        with mock.patch.object(client, "_ask", forged):
            for _ in range(3):
                terminal.engine.step()
                terminal.clocks.advance(_DAYS_S)
        _stepped(terminal)
        kept = [
            str(entry.id)
            for entry in terminal.cache.outbox.entries()
            if entry.purged_at is None and entry.state is not State.RECEIVED
        ]
        verdict = terminal.ledger.judge(
            stored=kept, delivered=platform.records(terminal.enrolled.terminal)
        )
    return [] if verdict.kept else [str(verdict)]


# --- the bugs -----------------------------------------------------------------------------------


def no_flush_of_files(patch: Patch) -> None:
    def write(_: Disk, path: Path, data: bytes) -> None:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        os.write(descriptor, data)
        os.close(descriptor)

    patch.setattr(Disk, "write", write)


def no_flush_of_directories(patch: Patch) -> None:
    patch.setattr(Disk, "sync_directory", lambda _self, _path: None)


def no_flush_of_the_data_directory(patch: Patch) -> None:
    patch.setattr(
        opening,
        "_make_data_directory",
        lambda directory: directory.mkdir(parents=True, exist_ok=True),
    )


def no_flush_of_commits(patch: Patch) -> None:
    def careless(connection: sqlite3.Connection, path: Path) -> None:
        opening.prepare(connection, path)
        connection.execute("PRAGMA synchronous = NORMAL")

    patch.setattr(store, "prepare", careless)


def row_before_files(patch: Patch) -> None:
    def keep(self: Outbox, entry: Any, facts: Any, parts: Any) -> None:
        self._store.call(lambda connection: rows.insert(connection, entry, facts, parts))
        self._blobs.put([(f.sha256, parts[f.name]) for f in facts if f.size > rows.INLINE_LIMIT])

    patch.setattr(Outbox, "_keep", keep)


def receipt_number_before_the_commit(patch: Patch) -> None:
    """Write behind: what was promised is committed when the next thing is asked."""
    behind: list[Callable[[], None]] = []
    keep, claim = Outbox._keep, Outbox.claim_next

    def catch_up() -> None:
        while behind:
            behind.pop(0)()

    def later(self: Outbox, entry: Any, facts: Any, parts: Any) -> None:
        catch_up()
        behind.append(lambda: keep(self, entry, facts, parts))

    def claimed(self: Outbox, now: float, *, after: int = 0) -> Any:
        catch_up()
        return claim(self, now, after=after)

    patch.setattr(Outbox, "_keep", later)
    patch.setattr(Outbox, "claim_next", claimed)


def two_transactions_for_one_submission(patch: Patch) -> None:
    real = rows.insert

    def insert(connection: sqlite3.Connection, entry: Any, facts: Any, parts: Any) -> None:
        real(connection, entry, (), parts)
        connection.execute("COMMIT")
        connection.execute("BEGIN")
        connection.execute("DELETE FROM entry WHERE sequence = ?", (entry.sequence,))
        real(connection, entry, facts, parts)

    patch.setattr(rows, "insert", insert)


def purge_before_the_receipt(patch: Patch) -> None:
    """Remove files when they were sent, not when the platform's receipt is stored."""
    real = Outbox.record_receipt

    def record(self: Outbox, submission: Any, receipt: Any, now: float) -> Any:
        self._blobs.remove([part.sha256 for part in self.parts(submission) if part.name == "p0"])
        return real(self, submission, receipt, now)

    patch.setattr(Outbox, "record_receipt", record)


def interrupted_deliveries_forgotten(patch: Patch) -> None:
    patch.setattr(queries, "return_claims", lambda _connection: None)


def acceptance_goes_on_after_a_failed_flush(patch: Patch) -> None:
    def careless(self: Store, job: Any, error: Exception) -> None:
        job.future.set_exception(opening.as_store_error(error, self._path))

    patch.setattr(Store, "_after_failure", careless)


def told_but_not_reopened_after_a_failed_flush(patch: Patch) -> None:
    """Say that it stops, and go on with the same connection and the kernel's pages."""

    def careless(self: Store, job: Any, error: Exception) -> None:
        ours = opening.as_store_error(error, self._path)
        self._tell(ours.code)
        job.future.set_exception(ours)

    patch.setattr(Store, "_after_failure", careless)


def torn_file_accepted(patch: Patch) -> None:
    """Take a write that took half of the bytes for whole."""

    def write(self: Disk, path: Path, data: bytes) -> None:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            os.write(descriptor, data)
            os.fsync(descriptor)
        except OSError:
            self.remove(path)
            raise
        finally:
            os.close(descriptor)

    patch.setattr(Disk, "write", write)


def hash_check_skipped(patch: Patch) -> None:
    patch.setattr(Blobs, "read", lambda self, sha256: self._path(sha256).read_bytes())


def journal_not_looked_at(patch: Patch) -> None:
    patch.setattr(journal, "mend", lambda _path: 0)


def receipt_signature_not_checked(patch: Patch) -> None:
    patch.setattr(Signed, "verified_body", lambda self, _purpose, _keys: self.raw_body())


def unique_index_dropped(patch: Patch) -> None:
    """Make the platform's tables without the index on (terminal, id)."""
    real = sqlalchemy.UniqueConstraint

    def constraint(*columns: Any, **named: Any) -> sqlalchemy.UniqueConstraint:
        if columns == ("terminal", "id"):
            columns = ("key",)
        return real(*columns, **named)

    patch.setattr(sqlalchemy, "UniqueConstraint", constraint)


def twin_check_removed(patch: Patch) -> None:
    """Let the platform not look whether it has a submission already."""
    patch.setattr(intake, "_stored", lambda _platform, _terminal, _manifest: None)


@dataclass(frozen=True, slots=True)
class Planted:
    """A bug, the gate that must see it, and what that gate must say."""

    bug: Callable[[Patch], None]
    gate: Gate
    says: str
    quick: bool = False


BUGS: Final = (
    Planted(no_flush_of_files, power_cuts, r"local\.part_"),
    Planted(no_flush_of_directories, power_cuts, r"lost|local\.part_"),
    Planted(no_flush_of_the_data_directory, power_cuts, r"lost"),
    Planted(no_flush_of_commits, power_cuts, r"lost", quick=True),
    Planted(row_before_files, power_cuts, r"local\.part_"),
    Planted(receipt_number_before_the_commit, power_cuts, r"lost"),
    Planted(two_transactions_for_one_submission, power_cuts, r"altered"),
    Planted(purge_before_the_receipt, power_cuts, r"local\.part_missing"),
    Planted(interrupted_deliveries_forgotten, power_cuts, r"[1-9] not drained"),
    Planted(
        acceptance_goes_on_after_a_failed_flush, failing_disk, "acceptance did not stop", quick=True
    ),
    Planted(
        told_but_not_reopened_after_a_failed_flush,
        failing_disk,
        "accepted after a failed flush without a look",
    ),
    Planted(torn_file_accepted, failing_disk, r"half a write.*(altered|part_corrupt)"),
    Planted(hash_check_skipped, flipped_at_rest, r"UNSEEN.*altered", quick=True),
    Planted(journal_not_looked_at, flipped_in_the_journal, "UNSEEN.*(missing|lost)"),
    Planted(receipt_signature_not_checked, forged_receipts, "1 lost", quick=True),
    Planted(unique_index_dropped, racing_twins, "1 doubled", quick=True),
    Planted(twin_check_removed, cut_answers, "3 not delivered", quick=True),
)
GATES: Final = tuple(dict.fromkeys(planted.gate for planted in BUGS))
