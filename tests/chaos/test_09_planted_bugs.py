# SPDX-License-Identifier: Apache-2.0
"""Gate 9: faults planted on purpose in the storage. A gate that stays green with one of them is worthless.

Nothing is edited: each fault is a function replaced while the gate runs. A last run without any is green.
"""

from __future__ import annotations

import errno
import os
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from offline_cache import journal, opening, queries, rows, store
from offline_cache.blobs import Blobs
from offline_cache.files import Disk
from offline_cache.outbox import Outbox
from tests.chaos.bit_flips import flip_all, lay_down
from tests.chaos.crash_states import restart_all, tell_shortly
from tests.chaos.disk_faults import Fault, tell
from tests.chaos.record import Record

SEED = 20261124
Patch = pytest.MonkeyPatch
pytestmark = [pytest.mark.chaos, pytest.mark.timeout(900)]


@pytest.fixture
def expected_logs() -> None:
    """Take the place of the house's guard: a planted bug may log whatever it likes."""


# --- the gates, small ---------------------------------------------------------------------------


def power_cuts(work: Path) -> list[str]:
    camera = tell_shortly(work / "story")
    found = restart_all(
        camera.moments, work / "story", work, len(camera.moments), SEED, first_only=True
    )
    return found.failures


def failed_flushes(work: Path) -> list[str]:
    for at in range(1, 40):
        told = tell(work / f"story-{at}", Fault(at, errno.EIO, sticky=False))
        if not told.aftermath.kept or (told.flush_failed and not told.told_to_stop):
            return [f"EIO at {at}: {told.aftermath}, told to stop: {told.told_to_stop}"]
    return []


def flipped_blobs(work: Path) -> list[str]:
    author = lay_down(work / "base", cleanly=True)
    return flip_all(work / "base", author, work, 24, SEED).wrong


def flipped_journal(work: Path) -> list[str]:
    author = lay_down(work / "base", cleanly=False)
    return flip_all(work / "base", author, work, 24, SEED).wrong


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


def two_transactions_for_one_submission(patch: Patch) -> None:
    real = rows.insert

    def insert(connection: sqlite3.Connection, entry: Any, facts: Any, parts: Any) -> None:
        real(connection, entry, (), parts)
        connection.execute("COMMIT")
        connection.execute("BEGIN")
        connection.execute("DELETE FROM entry WHERE sequence = ?", (entry.sequence,))
        real(connection, entry, facts, parts)

    patch.setattr(rows, "insert", insert)


def interrupted_deliveries_forgotten(patch: Patch) -> None:
    patch.setattr(queries, "return_claims", lambda _connection: None)


def hash_check_skipped(patch: Patch) -> None:
    patch.setattr(Blobs, "read", lambda self, sha256: self._path(sha256).read_bytes())


def journal_not_looked_at(patch: Patch) -> None:
    patch.setattr(journal, "mend", lambda _path: 0)


Gate = Callable[[Path], list[str]]
BUGS: list[tuple[Callable[[Patch], None], Gate]] = [
    (no_flush_of_files, power_cuts),
    (no_flush_of_directories, power_cuts),
    (no_flush_of_the_data_directory, power_cuts),
    (no_flush_of_commits, power_cuts),
    (row_before_files, power_cuts),
    (two_transactions_for_one_submission, power_cuts),
    (interrupted_deliveries_forgotten, power_cuts),
    (hash_check_skipped, flipped_blobs),
    (journal_not_looked_at, flipped_journal),
]


@pytest.mark.parametrize(("bug", "gate"), BUGS, ids=[bug.__name__ for bug, _ in BUGS])
def test_a_planted_bug_turns_its_gate_red(
    tmp_path: Path, monkeypatch: Patch, bug: Callable[[Patch], None], gate: Gate
) -> None:
    bug(monkeypatch)
    try:
        found = gate(tmp_path)
    except Exception as error:  # noqa: BLE001 - red is red
        found = [type(error).__name__]
    assert found, f"{bug.__name__} went through {gate.__name__} unseen"


@pytest.mark.parametrize("gate", [power_cuts, failed_flushes, flipped_blobs, flipped_journal])
def test_without_a_bug_the_same_gates_are_green(tmp_path: Path, gate: Gate) -> None:
    assert gate(tmp_path) == []


def test_the_list_is_published(record: Record) -> None:
    record.keep(
        "09-planted-bugs",
        {
            bug.__name__.replace("_", " "): f"seen by {gate.__name__.replace('_', ' ')}"
            for bug, gate in BUGS
        },
        command="./test tests/chaos -k 09",
        seed=SEED,
        part="storage",
    )
