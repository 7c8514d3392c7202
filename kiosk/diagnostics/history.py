# SPDX-License-Identifier: Apache-2.0
"""Every finding is kept, so that a verdict comes with a past: "fails since Tuesday", "worse each day".

One SQLite file of its own in the data directory, never the queue's: a technician's look must not be able to
harm a submission. Bounded: the newest :data:`MOST_RUNS` runs stay.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from sqlite_utils import Database

from drivers.core import Verdict
from kiosk.diagnostics.finding import Finding

FILE: Final = "diagnostics.sqlite3"
MOST_RUNS: Final = 2_000
_COLUMNS: Final = {
    "run": int,
    "part": str,
    "check_name": str,
    "verdict": str,
    "reason": str,
    "recovery": str,
    "ms": int,
    "figures": str,
}


class HistoryError(Exception):
    """The history cannot be read or written; a diagnosis goes on without it. ``code`` is stable."""

    code = "history.failed"


@dataclass(frozen=True, slots=True)
class Run:
    """One whole examination."""

    number: int
    at: float
    """Seconds since the epoch by the terminal's clock."""
    by: str
    """Account of who asked; ``terminal`` when it examined itself."""
    software: str


@dataclass(frozen=True, slots=True)
class Trend:
    """How long a check has been what it is."""

    verdict: Verdict
    since: float
    """Time of the first run of an unbroken row with this verdict."""
    runs: int
    """How many runs that row has."""
    before: Verdict | None
    """The verdict before that row; ``None`` when there is none."""


class History:
    """The findings of one terminal, in ``data_dir``. Each call opens and closes the file."""

    def __init__(self, data_dir: Path) -> None:
        self._path = data_dir / FILE

    def keep(self, findings: Iterable[Finding], *, at: float, by: str, software: str) -> Run:
        """Keep a run durably and return it. Raises :class:`HistoryError`; nothing is half kept then."""
        with self._opened() as database, database.conn:
            made = database.table("runs").insert({"at": at, "by": by, "software": software})
            number = int(str(made.last_pk))
            database.table("findings").insert_all(_row(number, found) for found in findings)
            oldest = number - MOST_RUNS
            database.execute("delete from findings where run <= ?", [oldest])
            database.execute("delete from runs where id <= ?", [oldest])
        return Run(number, at, by, software)

    def runs(self, limit: int = 20) -> tuple[Run, ...]:
        """Return the newest runs, newest first. Raises :class:`HistoryError`."""
        with self._opened() as database:
            rows = database.query("select * from runs order by id desc limit ?", [limit])
            return tuple(Run(row["id"], row["at"], row["by"], row["software"]) for row in rows)

    def findings(self, run: int) -> tuple[Finding, ...]:
        """Return what a run found, in its order. Raises :class:`HistoryError`."""
        with self._opened() as database:
            rows = database.query("select * from findings where run = ? order by rowid", [run])
            return tuple(_finding(row) for row in rows)

    def trend(self, part: str, check: str) -> Trend | None:
        """Return how long this check has been what it is; ``None`` when it never ran.

        Raises :class:`HistoryError`. Runs in which it was skipped do not count.
        """
        with self._opened() as database:
            rows = database.query(
                "select verdict, at from findings join runs on runs.id = findings.run"
                " where part = ? and check_name = ? and verdict != ? order by runs.id desc",
                [part, check, Verdict.SKIPPED.value],
            )
            return _trend((Verdict(row["verdict"]), row["at"]) for row in rows)

    @contextmanager
    def _opened(self) -> Iterator[Database]:
        try:
            database = Database(str(self._path))
            try:
                database.execute("pragma synchronous = full")
                database.table("runs").create(
                    {"id": int, "at": float, "by": str, "software": str},
                    pk="id",
                    if_not_exists=True,
                )
                database.table("findings").create(_COLUMNS, if_not_exists=True)
                database.table("findings").create_index(
                    ["part", "check_name", "run"], if_not_exists=True
                )
                yield database
            finally:
                database.close()
        except (sqlite3.Error, OSError) as error:
            raise HistoryError(HistoryError.code) from error


def _trend(newest_first: Iterator[tuple[Verdict, float]]) -> Trend | None:
    first = next(newest_first, None)
    if first is None:
        return None
    verdict, since = first
    runs, before = 1, None
    for earlier, at in newest_first:
        if earlier is not verdict:
            before = earlier
            break
        runs, since = runs + 1, at
    return Trend(verdict, since, runs, before)


def _row(run: int, found: Finding) -> dict[str, object]:
    return {
        "run": run,
        "part": found.part,
        "check_name": found.check,
        "verdict": found.verdict.value,
        "reason": found.reason,
        "recovery": found.recovery,
        "ms": found.elapsed_ms,
        "figures": json.dumps(dict(found.figures), sort_keys=True),
    }


def _finding(row: dict[str, object]) -> Finding:
    figures: dict[str, float] = json.loads(str(row["figures"]))
    return Finding(
        str(row["part"]),
        str(row["check_name"]),
        Verdict(str(row["verdict"])),
        str(row["reason"]),
        str(row["recovery"]),
        int(str(row["ms"])),
        figures,
    )
