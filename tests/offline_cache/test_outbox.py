# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import errno
import hashlib
import os
import shutil
import sqlite3
import stat
from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from offline_cache import DeliveryReceipt, Entry, OfflineCache, Outbox, Sealed, State, rows, verify
from offline_cache.errors import (
    PartCorruptError,
    PartMissingError,
    PartPurgedError,
    ReceiptMissingError,
    SealedInvalidError,
    StoreFullError,
    StoreUnavailableError,
    TransitionError,
    UnknownEntryError,
)
from offline_cache.model import TRANSITIONS

LARGE = 40_000
SMALL = 300


def finalize(outbox: Outbox, seal: Any) -> Entry:
    return outbox.finalize(kind="application", item="old-age-allowance", seal=seal)


def receive(outbox: Outbox, entry: Entry, now: float = 50.0) -> Entry:
    claimed = outbox.claim_next(now)
    assert claimed is not None
    assert claimed.id == entry.id
    return outbox.record_receipt(entry.id, DeliveryReceipt("C-1", b"signed"), now)


def blobs_of(cache: OfflineCache) -> list[Path]:
    root = cache.store.path.parent / "blobs"
    return [path for path in root.glob("??/*") if path.is_file()]


def test_a_finalized_submission_is_there_after_a_crash(
    cache: OfflineCache, opened: Any, sealing: Any, tmp_path: Path
) -> None:
    seal = sealing(SMALL, LARGE, 0)
    kept: list[Sealed] = []

    def remembering(reservation: Any) -> Sealed:
        kept.append(seal(reservation))
        return kept[0]

    entry = finalize(cache.outbox, remembering)
    shutil.copytree(cache.store.path.parent, tmp_path / "after")  # no goodbye was said
    again = opened(tmp_path / "after").outbox
    assert again.entry(entry.id) == entry
    assert again.by_receipt("N000001") == entry
    assert entry.state is State.QUEUED
    assert entry.manifest == kept[0].manifest
    assert entry.size == len(entry.manifest) + SMALL + LARGE
    for name, data in kept[0].parts.items():
        assert again.read_part(entry.id, name) == data
    assert [(p.name, p.size) for p in again.parts(entry.id)] == [
        ("p0", SMALL),
        ("p1", LARGE),
        ("p2", 0),
    ]


def test_small_parts_lie_in_the_row_and_large_ones_in_files_named_by_their_hash(
    cache: OfflineCache, sealing: Any
) -> None:
    entry = finalize(cache.outbox, sealing(SMALL, 16 * 1024, 16 * 1024 + 1))
    (blob,) = blobs_of(cache)
    assert blob.name == cache.outbox.parts(entry.id)[2].sha256
    assert hashlib.sha256(blob.read_bytes()).hexdigest() == blob.name
    assert blob.parent.name == blob.name[:2]
    assert blob.stat().st_mode & 0o777 == 0o600


def test_numbers_have_no_gap_when_sealing_fails(cache: OfflineCache, sealing: Any) -> None:
    first = finalize(cache.outbox, sealing(SMALL))

    def fails(_reservation: Any) -> Sealed:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        finalize(cache.outbox, fails)
    second = finalize(cache.outbox, sealing(SMALL))
    assert (first.sequence, second.sequence) == (1, 2)
    assert (first.receipt, second.receipt) == ("N000001", "N000002")
    assert first.id.version == second.id.version == 7


def test_a_manifest_that_is_not_what_was_hashed_is_refused(cache: OfflineCache) -> None:
    with pytest.raises(SealedInvalidError):
        finalize(cache.outbox, lambda _r: Sealed(b"m", "0" * 64, {"payload": b"x"}))
    assert cache.outbox.entries() == []


@pytest.mark.parametrize("step", range(1, 8))
def test_a_full_disk_at_any_file_operation_keeps_nothing_and_says_so(
    cache: OfflineCache, disk: Any, sealing: Any, step: int
) -> None:
    finalize(cache.outbox, sealing(LARGE))
    before = set(blobs_of(cache))
    disk.arm(step, errno.ENOSPC)
    if step <= 6:  # two writes, two renames, two directories; the next step does not exist
        with pytest.raises(StoreFullError, match="no room on the disk"):
            finalize(cache.outbox, sealing(LARGE, LARGE))
        assert set(blobs_of(cache)) == before
        assert list((cache.store.path.parent / "blobs/unfinished").iterdir()) == []
        assert len(cache.outbox.entries()) == 1
    disk.disarm()
    after = finalize(cache.outbox, sealing(LARGE, LARGE))
    assert after.sequence == 2
    assert list(verify(cache.store, cache.outbox)) == []


def test_a_full_database_keeps_nothing_and_the_queue_still_drains(
    cache: OfflineCache, sealing: Any
) -> None:
    entry = finalize(cache.outbox, sealing(SMALL))
    limit = cache.store.call(lambda c: c.execute("PRAGMA page_count").fetchone()[0]) + 1
    cache.store.call(lambda c: c.execute(f"PRAGMA max_page_count = {limit}").fetchone())
    with pytest.raises(StoreFullError):
        [finalize(cache.outbox, sealing(16_000, LARGE)) for _ in range(10)]
    kept = cache.outbox.entries()
    assert [e.sequence for e in kept] == list(range(1, len(kept) + 1))
    assert len(blobs_of(cache)) == len(kept) - 1
    assert receive(cache.outbox, entry).state is State.RECEIVED


@pytest.mark.expected_logs("store failed, reopening", "reopened and verified")
def test_a_disk_error_at_a_file_makes_the_store_verify_itself(
    cache: OfflineCache, disk: Any, sealing: Any
) -> None:
    disk.arm(1, errno.EIO)
    with pytest.raises(StoreUnavailableError):
        finalize(cache.outbox, sealing(LARGE))
    disk.disarm()
    assert finalize(cache.outbox, sealing(LARGE)).sequence == 1


@pytest.mark.expected_logs("store failed, reopening", "reopened and verified")
def test_a_commit_that_failed_but_reached_the_disk_is_acknowledged_once(
    cache: OfflineCache, sealing: Any
) -> None:
    """To report failure would make the resident submit a second time."""
    real = cache.store.call
    failed: list[bool] = []

    def call(change: Any, timeout_s: float | None = None, *, new_work: bool = False) -> Any:
        def committed_then_failed(connection: sqlite3.Connection) -> Any:
            result = change(connection)
            inserted = connection.execute("SELECT count(*) FROM entry").fetchone()[0]
            if inserted and not failed:
                failed.append(True)
                connection.execute("COMMIT")
                error = sqlite3.OperationalError("disk I/O error")
                error.sqlite_errorcode = sqlite3.SQLITE_IOERR
                raise error
            return result

        return real(committed_then_failed, timeout_s, new_work=new_work)

    cache.store.call = call  # type: ignore[method-assign]  # the seam of this one fault
    entry = finalize(cache.outbox, sealing(SMALL, LARGE))
    assert failed
    assert cache.outbox.entries() == [entry]
    assert finalize(cache.outbox, sealing(SMALL)).sequence == 2


def test_delivery_goes_by_sequence_and_skips_what_waits(cache: OfflineCache, sealing: Any) -> None:
    outbox = cache.outbox
    first, second = finalize(outbox, sealing(SMALL)), finalize(outbox, sealing(SMALL))
    claimed = outbox.claim_next(100.0)
    assert claimed is not None
    assert claimed.id == first.id
    assert claimed.state is State.SENDING
    failed = outbox.record_attempt(first.id, code="platform.busy", now=100.0, next_attempt_at=160.0)
    assert (failed.state, failed.attempts, failed.last_error) == (State.QUEUED, 1, "platform.busy")
    assert outbox.next_due(100.0) == 100.0
    other = outbox.claim_next(100.0)
    assert other is not None
    assert other.id == second.id
    assert outbox.next_due(100.0) == 160.0
    assert outbox.claim_next(159.9) is None
    again = outbox.claim_next(160.0)
    assert again is not None
    assert again.id == first.id


def test_a_clock_set_back_by_years_does_not_hold_a_submission(
    cache: OfflineCache, sealing: Any
) -> None:
    entry = finalize(cache.outbox, sealing(SMALL))
    now = 2_000_000_000.0
    assert cache.outbox.claim_next(now) is not None
    cache.outbox.record_attempt(entry.id, code="x", now=now, next_attempt_at=now + 600)
    back = now - 10 * 365 * 86_400
    assert cache.outbox.next_due(back) == back
    assert cache.outbox.claim_next(back) is not None


def test_hurry_makes_everything_due(cache: OfflineCache, sealing: Any) -> None:
    entry = finalize(cache.outbox, sealing(SMALL))
    cache.outbox.claim_next(0.0)
    cache.outbox.record_attempt(entry.id, code="x", now=0.0, next_attempt_at=900.0)
    assert cache.outbox.claim_next(1.0) is None
    cache.outbox.hurry()
    assert cache.outbox.claim_next(1.0) is not None


def test_an_interrupted_delivery_waits_again_after_a_restart(
    cache: OfflineCache, opened: Any, sealing: Any
) -> None:
    asked, fresh = finalize(cache.outbox, sealing(SMALL)), finalize(cache.outbox, sealing(SMALL))
    receive(cache.outbox, asked)
    cache.outbox.mark(asked.id, State.RESEND_ASKED, "platform.unreadable")
    cache.outbox.claim_next(0.0)
    cache.outbox.claim_next(0.0)
    assert {e.state for e in cache.outbox.entries()} == {State.SENDING}
    cache.stop()
    again = opened().outbox
    assert again.entry(asked.id).state is State.RESEND_ASKED
    assert again.entry(fresh.id).state is State.QUEUED


def test_a_payload_is_purged_only_after_a_receipt_and_the_receipt_stays(
    cache: OfflineCache, sealing: Any
) -> None:
    outbox = cache.outbox
    entry = finalize(outbox, sealing(SMALL, LARGE))
    with pytest.raises(ReceiptMissingError):
        outbox.settle(entry.id, 1.0)
    assert len(blobs_of(cache)) == 1
    receive(outbox, entry)
    settled = outbox.settle(entry.id, 60.0)
    assert settled.state is State.SETTLED
    assert settled.receipt_document == b"signed"
    assert settled.case_number == "C-1"
    assert settled.manifest == entry.manifest
    assert blobs_of(cache) == []
    for name in ("p0", "p1"):
        with pytest.raises(PartPurgedError):
            outbox.read_part(entry.id, name)
    assert [line.state for line in outbox.history(entry.id)] == ["queued", "received", "settled"]
    assert list(verify(cache.store, outbox)) == []


def test_a_blob_that_two_submissions_name_outlives_the_first_purge(
    cache: OfflineCache, sealing: Any
) -> None:
    same = sealing(parts={"p0": b"s" * LARGE})
    first, second = finalize(cache.outbox, same), finalize(cache.outbox, same)
    receive(cache.outbox, first)
    cache.outbox.settle(first.id, 60.0)
    assert cache.outbox.read_part(second.id, "p0") == b"s" * LARGE


@pytest.mark.expected_logs("outbox swept")
def test_a_start_sets_orphans_aside_and_removes_what_was_never_finished(
    cache: OfflineCache, opened: Any, sealing: Any
) -> None:
    finalize(cache.outbox, sealing(LARGE))
    blobs = cache.store.path.parent / "blobs"
    data = b"left by a crash between file and row" * 1000
    name = hashlib.sha256(data).hexdigest()
    (blobs / name[:2] / name).write_bytes(data)
    (blobs / "unfinished" / "half").write_bytes(b"half")
    cache.stop()
    again = opened()
    assert again.outbox.orphans() == [name]
    assert (blobs / "orphans" / name).read_bytes() == data
    assert list((blobs / "unfinished").iterdir()) == []
    assert list(verify(again.store, again.outbox)) == []


@pytest.mark.expected_logs("outbox swept")
def test_a_start_adopts_an_orphan_that_a_row_names(
    cache: OfflineCache, opened: Any, sealing: Any
) -> None:
    entry = finalize(cache.outbox, sealing(LARGE))
    (blob,) = blobs_of(cache)
    cache.stop()
    blob.rename(blob.parent.parent / "orphans" / blob.name)
    again = opened()
    assert len(again.outbox.read_part(entry.id, "p0")) == LARGE
    assert again.outbox.orphans() == []


@pytest.mark.expected_logs("outbox swept")
def test_a_start_carries_out_a_purge_that_a_crash_interrupted(
    cache: OfflineCache, opened: Any, sealing: Any
) -> None:
    entry = finalize(cache.outbox, sealing(LARGE))
    (blob,) = blobs_of(cache)
    data = blob.read_bytes()
    receive(cache.outbox, entry)
    cache.outbox.settle(entry.id, 60.0)
    cache.stop()
    blob.write_bytes(data)
    again = opened()
    assert blobs_of(again) == []
    assert again.outbox.orphans() == []


@pytest.mark.parametrize("where", ["file", "row"])
def test_damaged_bytes_quarantine_their_submission_and_no_other(
    cache: OfflineCache, sealing: Any, where: str
) -> None:
    outbox = cache.outbox
    entry = finalize(outbox, sealing(LARGE if where == "file" else SMALL))
    other = finalize(outbox, sealing(SMALL))
    if where == "file":
        (blob,) = blobs_of(cache)
        data = bytearray(blob.read_bytes())
        data[100] ^= 1
        blob.write_bytes(data)
    else:
        cache.store.call(
            lambda c: (
                c.execute("UPDATE part SET inline = zeroblob(300) WHERE sequence = 1").rowcount
            )
        )
    assert [f.code for f in verify(cache.store, outbox)] == ["local.part_corrupt"]
    assert outbox.entry(entry.id).state is State.QUEUED  # looking changes nothing
    with pytest.raises(PartCorruptError):
        outbox.read_part(entry.id, "p0")
    assert outbox.entry(entry.id).state is State.QUARANTINED
    assert outbox.entry(entry.id).last_error == "local.part_corrupt"
    claimed = outbox.claim_next(0.0)
    assert claimed is not None
    assert claimed.id == other.id


def test_a_lost_file_quarantines_its_submission(cache: OfflineCache, sealing: Any) -> None:
    entry = finalize(cache.outbox, sealing(LARGE))
    blobs_of(cache)[0].unlink()
    with pytest.raises(PartMissingError):
        cache.outbox.read_part(entry.id, "p0")
    assert cache.outbox.entry(entry.id).last_error == "local.part_missing"


@pytest.mark.parametrize(
    "damage",
    [
        "item = 'other-item'",
        "receipt = 'N999999'",
        "wall = wall + 1",
        "manifest = x'00'",
        "manifest_sha256 = 'ff'",
        "size = size + 1",
        "id = 'not an id'",
        "server_offset_s = 1.5",
        "fingerprint = ''",
        "item = CAST(x'6974ed6d' AS TEXT)",
        "id = CAST(x'ff' AS TEXT)",
    ],
)
@pytest.mark.expected_logs("damaged row set aside")
def test_a_damaged_row_is_set_aside_and_the_others_go_on(
    cache: OfflineCache, sealing: Any, damage: str
) -> None:
    outbox = cache.outbox
    finalize(outbox, sealing(SMALL))
    other = finalize(outbox, sealing(SMALL))
    flip = f"UPDATE entry SET {damage} WHERE sequence = 1"  # noqa: S608 - the list above
    cache.store.call(lambda c: c.execute(flip).rowcount)
    assert [f.code for f in verify(cache.store, outbox)] == ["local.row_corrupt"]
    claimed = outbox.claim_next(0.0)
    assert claimed is not None
    assert claimed.id == other.id
    assert outbox.counts()[State.QUARANTINED] == 1
    assert outbox.entries()[0].state is State.QUARANTINED


def test_a_released_submission_is_due_at_once(cache: OfflineCache, sealing: Any) -> None:
    entry = finalize(cache.outbox, sealing(SMALL))
    cache.outbox.quarantine(entry.id, "submission.unopenable")
    assert cache.outbox.quarantine(entry.id, "later").last_error == "submission.unopenable"
    assert cache.outbox.claim_next(0.0) is None
    assert cache.outbox.release(entry.id).last_error is None
    assert cache.outbox.claim_next(0.0) is not None


def test_the_states_allow_nothing_else(cache: OfflineCache, sealing: Any) -> None:
    entry = finalize(cache.outbox, sealing(SMALL))
    with pytest.raises(TransitionError):
        cache.outbox.record_attempt(entry.id, code="x", now=0.0, next_attempt_at=None)
    with pytest.raises(TransitionError):
        cache.outbox.mark(entry.id, State.RESEND_ASKED, "x")
    with pytest.raises(TransitionError):
        cache.outbox.mark(entry.id, State.SETTLED, "x")
    receive(cache.outbox, entry)
    with pytest.raises(TransitionError):
        cache.outbox.quarantine(entry.id, "x")
    with pytest.raises(TransitionError):
        cache.outbox.record_receipt(entry.id, DeliveryReceipt(None, b""), 0.0)
    with pytest.raises(TransitionError):
        cache.outbox.record_export(entry.id, "bundle", 0.0)
    cache.outbox.settle(entry.id, 60.0)
    with pytest.raises(PartPurgedError):
        cache.outbox.mark(entry.id, State.RESEND_ASKED, "x")
    assert cache.outbox.mark(entry.id, State.RESIDENT_MUST_RETURN, "x").purged_at == 60.0
    with pytest.raises(UnknownEntryError):
        cache.outbox.entry(UUID(int=1))


def test_every_state_can_be_reached_and_none_is_a_trap_for_undelivered_work() -> None:
    assert set(TRANSITIONS) == set(State)
    reached = {target for targets in TRANSITIONS.values() for target in targets}
    assert reached == set(State)

    def delivers(state: State, seen: frozenset[State] = frozenset()) -> bool:
        return state is State.RECEIVED or any(
            delivers(target, seen | {state}) for target in TRANSITIONS[state] - seen
        )

    for state in State:
        assert delivers(state) or state is State.SETTLED, state


def test_the_server_s_offset_is_remembered_over_restarts(
    cache: OfflineCache, opened: Callable[..., OfflineCache], sealing: Any
) -> None:
    assert finalize(cache.outbox, sealing(SMALL)).clock.server_offset_s is None
    cache.outbox.remember_contact(-3.25, 1_700_000_000.0)
    cache.stop()
    entry = finalize(opened().outbox, sealing(SMALL))
    assert entry.clock.server_offset_s == -3.25
    assert entry.clock.boot_id == "boot-1"


def test_nothing_of_a_sealed_part_or_receipt_shows_in_a_repr(
    cache: OfflineCache, sealing: Any
) -> None:
    entry = finalize(cache.outbox, sealing(parts={"p0": b"secret"}))
    assert "secret" not in repr(entry)
    assert "secret" not in repr(Sealed(b"secret", "", {"p": b"secret"}))
    assert "signed" not in repr(receive(cache.outbox, entry))


def test_files_and_their_names_are_flushed_before_the_row_is_written(
    cache: OfflineCache, sealing: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    happened: list[str] = []
    real_flush, real_replace, real_insert = os.fsync, Path.replace, rows.insert

    def flush(descriptor: int) -> None:
        real_flush(descriptor)
        kind = "directory" if stat.S_ISDIR(os.fstat(descriptor).st_mode) else "file"
        happened.append(f"flush {kind}")

    def replace(source: Path, target: Path) -> Path:
        happened.append("name")
        return real_replace(source, target)

    def insert(*arguments: Any) -> None:
        happened.append("row")
        real_insert(*arguments)

    monkeypatch.setattr(os, "fsync", flush)
    monkeypatch.setattr(Path, "replace", replace)
    monkeypatch.setattr(rows, "insert", insert)
    finalize(cache.outbox, sealing(SMALL, LARGE))
    assert happened == ["flush file", "name", "flush directory", "row"]


def test_a_row_that_its_index_does_not_find_is_a_finding(
    cache: OfflineCache, sealing: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    outbox = cache.outbox
    entry = finalize(outbox, sealing(SMALL))

    def not_found(_submission: UUID) -> Any:
        raise UnknownEntryError(str(entry.id))

    monkeypatch.setattr(outbox, "parts", not_found)
    (finding,) = verify(cache.store, outbox)
    assert (finding.code, finding.receipt) == ("local.row_corrupt", entry.receipt)


@pytest.mark.parametrize("state", ["'qugued'", "CAST(x'71ff' AS TEXT)"])
def test_a_state_that_is_none_is_told_from_the_rest_of_the_row_at_the_next_start(
    cache: OfflineCache, opened: Any, sealing: Any, state: str
) -> None:
    received, settled, waiting = (finalize(cache.outbox, sealing(SMALL)) for _ in range(3))
    for entry in (received, settled):
        receive(cache.outbox, entry)
    cache.outbox.settle(settled.id, 60.0)
    flip = f"UPDATE entry SET state = {state}"  # noqa: S608 - the list above
    cache.store.call(lambda c: c.execute(flip).rowcount)
    cache.stop()
    outbox = opened().outbox
    states = [outbox.entry(entry.id).state for entry in (received, settled, waiting)]
    assert states == [State.RECEIVED, State.SETTLED, State.QUEUED]
    claimed = outbox.claim_next(0.0)
    assert claimed is not None
    assert claimed.id == waiting.id
