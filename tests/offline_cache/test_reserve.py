# SPDX-License-Identifier: Apache-2.0
"""The ballast: made, given up, made anew; and what may live on it."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from offline_cache import (
    DeliveryReceipt,
    OfflineCache,
    Reserve,
    ReservePolicy,
    Space,
    State,
)
from offline_cache.errors import StoreFullError
from offline_cache.reserve import BALLAST
from tests.chaos.operations import Operation
from tests.chaos.sqlite_seam import SqliteSeam
from tests.offline_cache.conftest import number

POLICY = ReservePolicy(ballast=40_000, floor=30_000, release=5_000)
TOTAL = 10_000_000


class Room:
    """What the disk says is free; the file itself is real."""

    def __init__(self) -> None:
        self.free = 1_000_000

    def __call__(self, _directory: Path) -> Space:
        return Space(TOTAL, self.free)


@pytest.fixture
def room() -> Room:
    return Room()


@pytest.fixture
def reserve(tmp_path: Path, room: Room) -> Reserve:
    made = Reserve(tmp_path, POLICY, space=room)
    made.start()
    return made


def test_it_is_real_blocks_with_its_name_and_found_again(
    tmp_path: Path, reserve: Reserve, room: Room
) -> None:
    assert not reserve.intact
    assert reserve.tend()
    held = (tmp_path / BALLAST).stat()
    assert held.st_blocks * 512 >= held.st_size == POLICY.ballast
    again = Reserve(tmp_path, POLICY, space=room)
    (tmp_path / f"{BALLAST}.unfinished").write_bytes(b"killed while it was made")
    again.start()
    assert again.intact
    assert [file.name for file in tmp_path.iterdir()] == [BALLAST]


@pytest.mark.expected_logs("ballast released")
def test_little_room_refuses_new_work_and_less_gives_the_ballast_up(
    tmp_path: Path, reserve: Reserve, room: Room
) -> None:
    assert reserve.tend()
    room.free = POLICY.floor - 1
    assert not reserve.tend()
    assert reserve.intact
    room.free = POLICY.release - 1
    assert not reserve.tend()
    assert not (tmp_path / BALLAST).exists()
    room.free = POLICY.ballast + POLICY.floor - 1  # made now, it would leave no room for new work
    assert not reserve.tend()
    assert not reserve.intact
    room.free += 1
    assert reserve.tend()
    assert (tmp_path / BALLAST).exists()


@pytest.mark.parametrize(("code", "takes"), [(errno.ENOSPC, 0), (errno.EFBIG, 1)])
def test_a_disk_that_gives_no_blocks_leaves_nothing_behind(
    tmp_path: Path, reserve: Reserve, monkeypatch: pytest.MonkeyPatch, code: int, takes: int
) -> None:
    def full(*_: object) -> None:
        raise OSError(code, os.strerror(code))

    monkeypatch.setattr(os, "posix_fallocate", full)
    assert reserve.tend() == takes  # a limit on files is no full disk
    assert list(tmp_path.iterdir()) == []


def test_a_small_disk_gets_a_small_ballast() -> None:
    assert ReservePolicy().on(10 * 2**40) == ReservePolicy()
    small = ReservePolicy().on(20_000_000)
    assert (small.ballast, small.floor, small.release) == (2_000_000, 2_000_000, 500_000)


def test_without_a_ballast_only_the_room_counts(tmp_path: Path, room: Room) -> None:
    bare = Reserve(tmp_path, ReservePolicy(ballast=0, floor=30_000), space=room)
    bare.start()
    assert bare.tend()
    room.free = 29_999
    assert not bare.tend()
    assert not bare.release()


def test_a_directory_that_is_gone_has_no_room(tmp_path: Path) -> None:
    lost = Reserve(tmp_path / "gone", POLICY)
    lost.start()
    assert not lost.tend()


# --- under the queue ------------------------------------------------------------------------------


class FullDisk:
    """No write of the database fits while ``full`` and the ballast is there."""

    def __init__(self, ballast: Path) -> None:
        self.ballast = ballast
        self.full = False

    def __call__(self, operation: Operation) -> None:
        if self.full and operation.kind == "write" and self.ballast.exists():
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


@pytest.fixture
def full_disk(tmp_path: Path) -> FullDisk:
    return FullDisk(tmp_path / BALLAST)


@pytest.fixture
def guarded(tmp_path: Path, reserve: Reserve, full_disk: FullDisk) -> Iterator[OfflineCache]:
    seam = SqliteSeam(full_disk)
    try:
        with OfflineCache(tmp_path, number=number, connect=seam.connect, reserve=reserve) as cache:
            assert reserve.tend()
            yield cache
    finally:
        seam.close()


@pytest.mark.expected_logs("ballast released")
def test_a_receipt_takes_the_reserve_and_new_work_does_not(
    guarded: OfflineCache, full_disk: FullDisk, reserve: Reserve, sealing: Any
) -> None:
    outbox = guarded.outbox
    keep: Callable[[], Any] = lambda: outbox.finalize(  # noqa: E731 - said three times
        kind="application", item="made-up", seal=sealing(500)
    )
    waiting = keep()
    full_disk.full = True
    with pytest.raises(StoreFullError):
        keep()
    assert full_disk.ballast.exists()  # a submission that does not fit frees nothing
    claimed = outbox.claim_next(1_700_000_000.0)
    assert claimed is not None
    assert not full_disk.ballast.exists()
    outbox.record_receipt(claimed.id, DeliveryReceipt("C1", b"receipt"), 1_700_000_001.0)
    with pytest.raises(StoreFullError):
        keep()  # it would fit now, but the room is not for it
    assert outbox.entry(waiting.id).state is State.RECEIVED
    assert sum(outbox.counts().values()) == 1
    full_disk.full = False
    assert reserve.tend()
    assert keep().sequence == 2
