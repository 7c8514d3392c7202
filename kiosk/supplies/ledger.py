# SPDX-License-Identifier: Apache-2.0
"""The file behind it all: ``supplies.sqlite3`` in the terminal's data directory.

The running terminal and the command line may both write; each change is read, made and written within one
transaction, so neither undoes the other's. SQLite's default journal is used on purpose: its write-ahead log
is not safe with two connections in the version that Debian 12 has.

A file that is damaged is put aside as ``supplies.sqlite3.damaged`` and counting begins anew: counters are
worth less than a visit.
"""

from __future__ import annotations

import logging
import os
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from datetime import date
from functools import partial
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

from drivers.core import Supply
from kiosk.supplies.kept import Act, Change, Kept, Stock, all_changed
from kiosk.supplies.paper_watch import Consumable, PaperSeen
from kiosk.supplies.tally import Counter

_log = logging.getLogger("hall24.supplies")

FILE_NAME: Final = "supplies.sqlite3"
VERSION: Final = 2
"""``PRAGMA user_version`` of the schema below."""
BUSY_S: Final = 5.0
_DAMAGED: Final = frozenset({sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_ERROR})
"""``SQLITE_ERROR`` is a table that is not as we made it."""


class LedgerError(Exception):
    """The file cannot be read or written now; the message names nobody."""


class Ledger:
    """Opened for each act and closed again, so that it never stands in another's way. Any thread."""

    def __init__(self, directory: Path) -> None:
        self.path = directory / FILE_NAME

    def read(self) -> Kept:
        """Return what is kept; nothing when there is no file yet. Raises :class:`LedgerError`."""
        if not self.path.exists():
            return Kept()
        with self._open() as connection, _explained():
            return _load(connection)

    def change(self, changes: Sequence[Change]) -> Kept:
        """Make the changes, in one transaction and durable, and return what is kept then.

        Raises :class:`LedgerError`; then none of them was made.
        """
        with self._open() as connection, _explained(), _transaction(connection):
            before = _load(connection)
            after = all_changed(before, changes)
            _store(connection, before, after)
            return after

    @contextmanager
    def _open(self) -> Iterator[sqlite3.Connection]:
        try:
            connection = self._opened()
        except sqlite3.DatabaseError as error:
            if _primary(error) not in _DAMAGED:
                raise LedgerError(str(error)) from error
            self._put_aside()
            with _explained():
                connection = self._opened()
        with closing(connection):
            yield connection

    def _opened(self) -> sqlite3.Connection:
        with suppress(OSError):  # what stands in the way is SQLite's to say
            os.close(os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600))
        connection = sqlite3.connect(self.path, timeout=BUSY_S, isolation_level=None)
        # Text that a flipped bit made undecodable is that row's damage.
        connection.text_factory = partial(str, encoding="utf-8", errors="replace")
        try:
            connection.execute("PRAGMA synchronous = FULL")
            _prepare(connection)
        except UnicodeDecodeError:  # of SQLite's own message, which quotes the damaged schema
            connection.close()
            raise sqlite3.DatabaseError("damaged") from None
        except BaseException:
            connection.close()
            raise
        return connection

    def _put_aside(self) -> None:
        _log.warning("supplies file damaged, counting begins anew")
        try:
            self.path.replace(self.path.with_name(f"{FILE_NAME}.damaged"))
        except OSError as error:
            raise LedgerError(error.strerror or "cannot be put aside") from error


@contextmanager
def _explained() -> Iterator[None]:
    """Let nothing of SQLite out. Damage that shows here is found and put aside at the next opening."""
    try:
        yield
    except (sqlite3.Error, UnicodeDecodeError) as error:
        raise LedgerError(type(error).__name__) from error


@contextmanager
def _transaction(connection: sqlite3.Connection) -> Iterator[None]:
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
        connection.execute("COMMIT")
    except BaseException:
        with suppress(sqlite3.Error):  # SQLite may have rolled back by itself
            connection.execute("ROLLBACK")
        raise


def _primary(error: sqlite3.Error) -> int:
    return getattr(error, "sqlite_errorcode", sqlite3.SQLITE_CORRUPT) & 0xFF


def _prepare(connection: sqlite3.Connection) -> None:
    """Make the tables that are not there yet; prove that all of them are whole and ours."""
    version = connection.execute("PRAGMA user_version").fetchone()[0]
    if version > VERSION:
        raise LedgerError(f"written by a newer version ({version})")
    if version < VERSION:
        _make_tables(connection)
    if connection.execute("PRAGMA quick_check(1)").fetchone()[0] != "ok":
        raise sqlite3.DatabaseError("damaged")
    _load(connection)


def _make_tables(connection: sqlite3.Connection) -> None:
    # Imported here because it costs a tenth of a second that only the first start should pay.
    from sqlite_utils import Database  # noqa: PLC0415

    database = Database(connection, execute_plugins=False, recursive_triggers=False)
    # Locked before anything is read: two that begin at once would else be in each other's way.
    with _transaction(connection):
        for name, (columns, key) in _TABLES.items():
            database.table(name).create(columns, pk=key, if_not_exists=True)
        connection.execute(f"PRAGMA user_version = {VERSION}")


_TABLES: Final[dict[str, tuple[dict[str, type], tuple[str, ...]]]] = {
    "counter": ({"slot": str, "name": str, "value": int}, ("slot", "name")),
    "use": (
        {"slot": str, "consumable": str, "day": str, "amount": float},
        ("slot", "consumable", "day"),
    ),
    "watched": ({"day": str}, ("day",)),
    "stood": ({"slot": str, "same_as": str}, ("slot",)),
    "act": (
        {"at": float, "slot": str, "consumable": str, "amount": float, "account": str},
        ("at", "slot", "consumable", "amount", "account"),
    ),
    "stock": (
        {
            "slot": str,
            "consumable": str,
            "capacity": float,
            "used": float,
            "filled_at": float,
            "told": float,
            "state": str,
            "opened": int,
        },
        ("slot", "consumable"),
    ),
}


def _load(connection: sqlite3.Connection) -> Kept:
    """Read everything; a row that makes no sense is passed over (a counter of a later version)."""
    counters: dict[tuple[str, Counter], int] = {}
    use: dict[tuple[str, Consumable, date], float] = {}
    watched: set[date] = set()
    stocks: dict[tuple[str, Consumable], Stock] = {}
    for slot, name, value in connection.execute("SELECT slot, name, value FROM counter"):
        with suppress(ValueError, TypeError):
            counters[slot, Counter(name)] = int(value)
    for slot, name, day, amount in connection.execute(
        "SELECT slot, consumable, day, amount FROM use"
    ):
        with suppress(ValueError, TypeError):
            use[slot, Consumable(name), date.fromisoformat(day)] = float(amount)
    for (day,) in connection.execute("SELECT day FROM watched"):
        with suppress(ValueError, TypeError):
            watched.add(date.fromisoformat(day))
    for row in connection.execute(
        "SELECT slot, consumable, capacity, used, filled_at, told, state, opened FROM stock"
    ):
        with suppress(ValueError, TypeError):
            stocks[row[0], Consumable(row[1])] = _stock(*row[2:])
    acts: set[Act] = set()
    for at, slot, name, amount, by in connection.execute(
        "SELECT at, slot, consumable, amount, account FROM act"
    ):
        with suppress(ValueError, TypeError):
            acts.add(Act(float(at), slot, Consumable(name), float(amount), by))
    return Kept(
        MappingProxyType(counters),
        MappingProxyType(use),
        frozenset(watched),
        MappingProxyType(stocks),
        frozenset(acts),
        MappingProxyType(
            {
                slot: str(same)
                for slot, same in connection.execute("SELECT slot, same_as FROM stood")
            }
        ),
    )


def _stock(*columns: Any) -> Stock:  # noqa: ANN401 - whatever stands in the file
    capacity, used, filled_at, told, state, opened = columns
    seen = PaperSeen(Supply(state) if state else None, bool(opened))
    return Stock(_real(capacity), float(used or 0.0), _real(filled_at), _real(told), seen)


def _real(value: Any) -> float | None:  # noqa: ANN401 - see above
    return None if value is None else float(value)


def _store(connection: sqlite3.Connection, before: Kept, after: Kept) -> None:
    """Write the rows that differ."""
    connection.executemany(
        "INSERT OR REPLACE INTO counter (slot, name, value) VALUES (?, ?, ?)",
        [
            (slot, counter.value, value)
            for (slot, counter), value in after.counters.items()
            if before.counters.get((slot, counter)) != value
        ],
    )
    connection.executemany(
        "INSERT OR REPLACE INTO use (slot, consumable, day, amount) VALUES (?, ?, ?, ?)",
        [
            (slot, what.value, day.isoformat(), amount)
            for (slot, what, day), amount in after.use.items()
            if before.use.get((slot, what, day)) != amount
        ],
    )
    connection.executemany(
        "DELETE FROM use WHERE slot = ? AND consumable = ? AND day = ?",
        [
            (slot, what.value, day.isoformat())
            for slot, what, day in before.use.keys() - after.use.keys()
        ],
    )
    connection.executemany(
        "INSERT OR REPLACE INTO watched (day) VALUES (?)",
        [(day.isoformat(),) for day in after.watched - before.watched],
    )
    connection.executemany(
        "DELETE FROM watched WHERE day = ?",
        [(day.isoformat(),) for day in before.watched - after.watched],
    )
    connection.executemany(
        "INSERT OR REPLACE INTO act (at, slot, consumable, amount, account) VALUES (?, ?, ?, ?, ?)",
        [_act_row(act) for act in after.acts - before.acts],
    )
    connection.executemany(
        "DELETE FROM act WHERE at = ? AND slot = ? AND consumable = ? AND amount = ? AND account = ?",
        [_act_row(act) for act in before.acts - after.acts],
    )
    connection.executemany(
        "INSERT OR REPLACE INTO stood (slot, same_as) VALUES (?, ?)",
        [pair for pair in after.stood.items() if before.stood.get(pair[0]) != pair[1]],
    )
    connection.executemany(
        "INSERT OR REPLACE INTO stock"
        " (slot, consumable, capacity, used, filled_at, told, state, opened)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        [
            (slot, what.value, *_columns(stock))
            for (slot, what), stock in after.stocks.items()
            if before.stocks.get((slot, what)) != stock
        ],
    )


def _act_row(act: Act) -> tuple[object, ...]:
    return act.at, act.slot, act.consumable.value, act.amount, act.account


def _columns(stock: Stock) -> tuple[object, ...]:
    state = stock.seen.state.value if stock.seen.state else ""
    return (
        stock.capacity,
        stock.used,
        stock.filled_at,
        stock.told,
        state,
        int(stock.seen.opened),
    )
