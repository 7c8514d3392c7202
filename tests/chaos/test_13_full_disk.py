# SPDX-License-Identifier: Apache-2.0
"""Gate 13: a really full disk. New work is refused, what was accepted is still sent and its receipt stored."""

from __future__ import annotations

import errno
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from offline_cache import EXPORTABLE, OfflineCache, Reserve, State
from offline_cache.errors import StoreFullError
from offline_cache.reserve import BALLAST
from tests.chaos.story import LARGE, SMALL, Author, StillClock, look, number

MIB = 1024 * 1024


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """Mount 24 MB in memory. Where that is not allowed, tests/offline_cache/test_reserve.py models a full disk."""
    mount = shutil.which("mount")
    place = tmp_path / "disk"
    place.mkdir()
    command = [str(mount), "-t", "tmpfs", "-o", "size=24m,mode=0700", "hall24-test", str(place)]
    if mount is None or subprocess.run(command, check=False, capture_output=True).returncode:
        pytest.skip("this machine lets us mount nothing")
    try:
        yield place
    finally:
        subprocess.run(["umount", str(place)], check=True)


def fill(place: Path) -> Path:
    """Write until nothing more fits."""
    filler = place / "filler"
    with filler.open("wb", buffering=0) as file:
        for size in (MIB, 4096, 1):
            try:
                while file.write(bytes(size)) == size:
                    pass
            except OSError as error:
                assert error.errno == errno.ENOSPC  # noqa: PT017 - any other is a failure
    return filler


def open_on(place: Path) -> tuple[OfflineCache, Reserve]:
    reserve = Reserve(place / "data")
    clock = StillClock()
    return OfflineCache(place / "data", number=number, clock=clock, reserve=reserve), reserve


@pytest.mark.expected_logs("ballast released")
def test_on_a_full_disk_new_work_is_refused_and_receipts_are_still_stored(
    small_disk: Path,
) -> None:
    author = Author()
    cache, reserve = open_on(small_disk)
    with cache:
        assert reserve.tend()
        ballast = small_disk / "data" / BALLAST
        size = ballast.stat().st_size
        assert ballast.stat().st_blocks * 512 >= size > 2 * MIB  # real blocks, no promise
        for _ in range(40):
            author.submit(cache, LARGE, SMALL)
        filler = fill(small_disk)
        # Nothing looked at the disk yet: the first write that finds no room frees the reserve by itself.
        while (claimed := cache.outbox.claim_next(1_700_000_050.0)) is not None:
            author.deliver(cache, claimed)
            if claimed.sequence == 30:
                break
        assert len(author.received) == 30
        assert not ballast.exists()
        with pytest.raises(StoreFullError):
            author.submit(cache, SMALL)  # the little that is left is not for new work
        assert not reserve.tend()
        for entry in cache.outbox.entries(EXPORTABLE):
            cache.outbox.record_export(entry.id, "bundle", 1_700_000_060.0)
        for entry in cache.outbox.entries({State.RECEIVED}):
            cache.outbox.settle(entry.id, 1_700_000_070.0)
    # Started while it is full: all that was accepted is there, and nothing new is taken.
    again, reserve = open_on(small_disk)
    with again:
        assert not reserve.tend()
        counts = again.outbox.counts()
        assert (counts[State.SETTLED], counts[State.EXPORTED]) == (30, 10)
        with pytest.raises(StoreFullError):
            author.submit(again, SMALL)
        filler.unlink()
        assert reserve.tend()
        assert ballast.stat().st_size == size
        author.submit(again, LARGE)
    last, _ = open_on(small_disk)
    with last:
        aftermath = look(last, author.ledger, author.received)
    assert aftermath.kept, aftermath
