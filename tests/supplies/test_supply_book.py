# SPDX-License-Identifier: Apache-2.0
"""Counters survive restarts, full disks and damage, and never hold up whoever tells of them."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.core import Command, PrintOutcome, PrintReceipt, PrintResult, Role
from kiosk.supplies.book import SupplyBook
from kiosk.supplies.kept import Act, Kept, PutIn, Ran, Worked
from kiosk.supplies.ledger import FILE_NAME, Ledger, LedgerError
from kiosk.supplies.levels import SlotSupplies
from kiosk.supplies.paper_watch import Consumable
from kiosk.supplies.tally import Counter, Tally

WALL = 1_795_500_000.0
DAY = date(2026, 11, 24)
WAIT_S = 60.0


class Slip:
    """A slip that was printed."""

    slot = "slips"
    command: Command = PrintReceipt()

    def __init__(self, mm: float = 100.0) -> None:
        self._mm = mm

    def result(self, timeout_s: float | None = None) -> object:
        del timeout_s
        return PrintOutcome(PrintResult.DONE, paper_mm=self._mm)


@contextmanager
def running(folder: Path, **more: Any) -> Iterator[SupplyBook]:
    book = SupplyBook(
        Ledger(folder), {"slips": Role.RECEIPT_PRINTER}, wall=lambda: WALL, zone=UTC, **more
    )
    book.start()
    try:
        yield book
    finally:
        book.stop()


def slips(supplies: tuple[SlotSupplies, ...]) -> int:
    return supplies[0].counters.get("slips", 0) if supplies else 0


def test_counters_outlive_the_terminal(tmp_path: Path, eventually: Callable[..., None]) -> None:
    with running(tmp_path) as book:
        book.ended(Slip())
        book.ended(Slip())
    with running(tmp_path) as book:
        book.ended(Slip())
        eventually(lambda: slips(book.current()) == 3, WAIT_S)
    assert Ledger(tmp_path).read().counters == {
        ("slips", Counter.SLIPS): 3,
        ("slips", Counter.PAPER_MM): 300,
    }


def test_whoever_looks_is_told_when_something_changed(
    tmp_path: Path, eventually: Callable[..., None]
) -> None:
    told: list[tuple[SlotSupplies, ...]] = []
    with running(tmp_path, on_change=told.append) as book:
        book.ended(Slip())
        eventually(lambda: told and slips(told[-1]) == 1, WAIT_S)


def test_a_new_roll_from_the_command_line_reaches_the_running_terminal(
    tmp_path: Path, eventually: Callable[..., None]
) -> None:
    acts: list[Act] = []
    with running(tmp_path, look_again_s=0.01, on_act=acts.append) as book:
        eventually(book.current, WAIT_S)
        Ledger(tmp_path).change([PutIn(DAY, WALL, "slips", Consumable.ROLL, 80_000, "host")])
        eventually(lambda: book.current()[0].levels[0].left == 80_000, WAIT_S)
        book.ended(Slip())
        eventually(lambda: book.current()[0].levels[0].left == 79_900, WAIT_S)
        eventually(lambda: not Ledger(tmp_path).read().acts, WAIT_S)
    assert [(act.account, act.amount) for act in acts] == [("host", 80_000)]


class FullDisk(Ledger):
    """A ledger whose disk refuses until it is told to be well."""

    full = True

    def change(self, changes: Any) -> Kept:
        if self.full:
            raise LedgerError("database or disk is full")
        return super().change(changes)


@pytest.mark.expected_logs("supplies cannot be written")
def test_a_full_disk_is_said_once_and_nothing_counted_meanwhile_is_lost(
    tmp_path: Path, eventually: Callable[..., None]
) -> None:
    ledger = FullDisk(tmp_path)
    book = SupplyBook(
        ledger,
        {"slips": Role.RECEIPT_PRINTER},
        wall=lambda: WALL,
        zone=UTC,
        look_again_s=0.01,
    )
    book.start()
    for _ in range(3):
        book.ended(Slip())
    eventually(lambda: slips(book.current()) == 3, WAIT_S)
    ledger.full = False
    eventually(lambda: ledger.read().counters, WAIT_S)
    book.stop()
    assert ledger.read().counters["slips", Counter.SLIPS] == 3


@pytest.mark.expected_logs("supplies cannot be written")
def test_a_folder_that_is_not_there_stops_nobody(tmp_path: Path) -> None:
    with running(tmp_path / "nowhere") as book:
        book.ended(Slip())


@pytest.mark.expected_logs("supplies file damaged")
@pytest.mark.parametrize("content", [b"not a database at all, but long enough to be one" * 40])
def test_a_damaged_file_is_put_aside_and_counting_begins_anew(
    tmp_path: Path, content: bytes
) -> None:
    (tmp_path / FILE_NAME).write_bytes(content)
    after = Ledger(tmp_path).change([Ran(DAY, WALL)])
    assert after.watched == {DAY}
    assert (tmp_path / f"{FILE_NAME}.damaged").read_bytes() == content


@pytest.mark.expected_logs("supplies file damaged")
def test_tables_of_another_shape_are_put_aside(tmp_path: Path) -> None:
    connection = sqlite3.connect(tmp_path / FILE_NAME)
    connection.execute("CREATE TABLE counter (something)")
    connection.execute("PRAGMA user_version = 1")
    connection.close()
    assert Ledger(tmp_path).change([Ran(DAY, WALL)]).watched == {DAY}


def test_a_file_of_newer_software_is_left_alone(tmp_path: Path) -> None:
    connection = sqlite3.connect(tmp_path / FILE_NAME)
    connection.execute("PRAGMA user_version = 99")
    connection.close()
    with pytest.raises(LedgerError):
        Ledger(tmp_path).change([Ran(DAY, WALL)])
    assert not (tmp_path / f"{FILE_NAME}.damaged").exists()


def test_a_file_flipped_at_any_place_never_raises_anything_else(tmp_path: Path) -> None:
    path = tmp_path / FILE_NAME
    Ledger(tmp_path).change([Worked(DAY, WALL, "slips", Tally({Counter.SLIPS: 7}))])
    whole = path.read_bytes()

    @given(st.integers(0, len(whole) - 1), st.integers(1, 255))
    def flipped(place: int, bits: int) -> None:
        path.write_bytes(whole[:place] + bytes([whole[place] ^ bits]) + whole[place + 1 :])
        ledger = Ledger(tmp_path)
        for _ in range(2):
            try:
                ledger.change([Ran(DAY, WALL)])
            except LedgerError:
                continue

    with _silenced():
        flipped()


@contextmanager
def _silenced() -> Iterator[None]:
    """Damage is said in the log; here it is caused a hundred times."""
    import logging  # noqa: PLC0415

    log = logging.getLogger("hall24.supplies")
    log.disabled = True
    try:
        yield
    finally:
        log.disabled = False


_WRITER = """
import sys
from datetime import date
from pathlib import Path
from kiosk.supplies.kept import Worked
from kiosk.supplies.ledger import Ledger
from kiosk.supplies.tally import Counter, Tally
ledger = Ledger(Path(sys.argv[1]))
for number in range(1, 10_000):
    ledger.change([Worked(date(2026, 11, 24), 0.0, "slips", Tally({Counter.SLIPS: 1}))])
    print(number, flush=True)
"""


def test_a_kill_at_any_moment_keeps_every_count_that_was_written(tmp_path: Path) -> None:
    seen = 0
    for until in (1, 3, 8):
        writer = subprocess.Popen(
            [sys.executable, "-c", _WRITER, str(tmp_path)],
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])},
        )
        assert writer.stdout is not None
        lines = [writer.stdout.readline() for _ in range(until)]
        writer.kill()
        more = writer.stdout.read().splitlines()
        writer.wait()
        writer.stdout.close()
        said = int((more or lines)[-1])
        kept = Ledger(tmp_path).read().counters["slips", Counter.SLIPS]
        assert said <= kept - seen <= said + 1
        seen = kept


def test_two_that_write_at_once_lose_nothing_of_each_other(
    tmp_path: Path, eventually: Callable[..., None]
) -> None:
    with running(tmp_path) as one, running(tmp_path) as other:
        for _ in range(5):
            one.ended(Slip())
            other.ended(Slip())

        def both() -> bool:
            return Ledger(tmp_path).read().counters.get(("slips", Counter.SLIPS)) == 10

        eventually(both, WAIT_S)
