# SPDX-License-Identifier: Apache-2.0
"""The monthly report: use, results, ratings, tickets and standstill per terminal, kind of host and item.

Standstill is what the alerts of kind ``down`` say, within the month. Whoever has the tables can count it again.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Final

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from central_platform.context import HALL_TIME, PlatformContext
from central_platform.operations.item_figures import Counted, Figures, counted, total
from central_platform.storage.console import Alert
from central_platform.storage.models import Terminal
from kiosk.protocol.messages import PlaceProfile
from kiosk.protocol.wire import Text

_MONTH: Final = re.compile(r"(20\d\d)-(0[1-9]|1[0-2])")
_UTF8_MARK: Final = "\ufeff"
"""Office programs take a CSV file for UTF-8 only with it."""
FIGURES: Final[Mapping[str, Callable[[Figures], str]]] = {
    "applications": lambda sums: str(sums.applications),
    "approved": lambda sums: str(sums.approved),
    "refused": lambda sums: str(sums.refused),
    "supplement": lambda sums: str(sums.supplement),
    "under_way": lambda sums: str(sums.under_way),
    "ratings": lambda sums: str(sums.ratings),
    "grade": lambda sums: "" if sums.grade is None else f"{sums.grade:.1f}",
    "bad": lambda sums: str(sums.bad),
    "tickets": lambda sums: str(sums.tickets),
    "late": lambda sums: str(sums.late),
}
"""The columns, as they stand in the table and in the file."""


class NoSuchMonthError(ValueError):
    """Not a month of the calendar, or one that has not begun."""


@dataclass(frozen=True, slots=True)
class Month:
    """A month of the hall's calendar."""

    first: date

    @classmethod
    def of(cls, text: str, today: date) -> Month:
        """Return the month ``2026-10``; the one before today's for an empty text.

        Raises :class:`NoSuchMonthError`.
        """
        if not text:
            return cls((today.replace(day=1) - timedelta(days=1)).replace(day=1))
        found = _MONTH.fullmatch(text)
        if found is None:
            raise NoSuchMonthError(text[:10])
        first = date(int(found[1]), int(found[2]), 1)
        if first > today:
            raise NoSuchMonthError(text)
        return cls(first)

    @property
    def text(self) -> str:
        """As it stands in addresses and file names."""
        return f"{self.first:%Y-%m}"

    @property
    def begin(self) -> datetime:
        """Its first moment."""
        return _midnight(self.first)

    @property
    def end(self) -> datetime:
        """The first moment after it."""
        return _midnight((self.first + timedelta(days=31)).replace(day=1))


@dataclass(frozen=True, slots=True)
class ReportRow:
    """One line: a terminal, a kind of host, an item."""

    code: str
    name: Text
    figures: Figures
    down: timedelta | None = None
    """How long nothing was heard from a terminal; ``None`` where that is no question."""


@dataclass(frozen=True, slots=True)
class MonthlyReport:
    """Everything of one month."""

    month: Month
    whole: Figures
    terminals: Sequence[ReportRow]
    hosts: Sequence[ReportRow]
    items: Sequence[ReportRow]
    unused: Sequence[ReportRow]
    """Items of the catalogue that nobody applied for."""


def monthly_report(
    session: Session, platform: PlatformContext, month: Month, only: Collection[str] | None = None
) -> MonthlyReport:
    """Return the report of a month about these terminals, or about all."""
    now = platform.now()
    rows = counted(session, month.begin, month.end, platform.today(), only)
    wanted = select(Terminal).where(Terminal.enrolled_at < month.end).order_by(Terminal.id)
    if only is not None:
        wanted = wanted.where(Terminal.id.in_(sorted(only)))
    profiles = {row.id: PlaceProfile.model_validate(row.profile) for row in session.scalars(wanted)}
    down = _down(session, month, now)
    names = {item.code: item.name for item in platform.published.catalogue.items}
    used = {row.item for row in rows if row.figures.applications}
    return MonthlyReport(
        month=month,
        whole=total(rows),
        terminals=[
            ReportRow(name, profile.place, _of(rows, terminal=name), down.get(name, timedelta(0)))
            for name, profile in profiles.items()
        ],
        hosts=[
            ReportRow(
                host,
                Text(zh=host, en=host),
                total(
                    row
                    for row in rows
                    if row.terminal in profiles and profiles[row.terminal].host_type == host
                ),
            )
            for host in sorted({profile.host_type for profile in profiles.values()})
        ],
        items=sorted(
            (
                ReportRow(code, names.get(code, Text(zh=code, en=code)), _of(rows, item=code))
                for code in sorted({row.item for row in rows if row.item})
            ),
            key=lambda row: -row.figures.applications,
        ),
        unused=[
            ReportRow(code, name, Figures()) for code, name in names.items() if code not in used
        ],
    )


def as_csv(
    report: MonthlyReport, heads: Mapping[str, str], naming: Callable[[str, ReportRow], str]
) -> bytes:
    """Return the report as a file for office programs; ``heads`` are the columns' names.

    ``naming`` gives a row's name, by its level.
    """
    text = io.StringIO()
    write = csv.writer(text)
    write.writerow([heads[key] for key in ("level", "code", "name", *FIGURES, "down_hours")])
    levels = (
        ("whole", (ReportRow("", Text(zh="", en=""), report.whole),)),
        ("terminal", report.terminals),
        ("host", report.hosts),
        ("item", report.items),
        ("unused", report.unused),
    )
    for level, rows in levels:
        for row in rows:
            figures = [value(row.figures) for value in FIGURES.values()]
            hours = "" if row.down is None else f"{row.down / timedelta(hours=1):.1f}"
            name = naming(level, row)
            write.writerow([heads[level], _plain(row.code), _plain(name), *figures, hours])
    return (_UTF8_MARK + text.getvalue()).encode("utf-8")


def _plain(text: str) -> str:
    """Return a text that no office program takes for a formula."""
    return f"'{text}" if text[:1] in {"=", "+", "-", "@", "\t", "\r"} else text


def _of(rows: Sequence[Counted], *, terminal: str = "", item: str = "") -> Figures:
    return total(
        row
        for row in rows
        if (not terminal or row.terminal == terminal) and (not item or row.item == item)
    )


def _down(session: Session, month: Month, now: datetime) -> dict[str, timedelta]:
    """Return how long each terminal was not heard within the month."""
    spans: dict[str, list[tuple[datetime, datetime]]] = {}
    for alert in session.scalars(
        select(Alert).where(
            Alert.kind == "down",
            Alert.since < month.end,
            or_(Alert.ended_at.is_(None), Alert.ended_at > month.begin),
        )
    ):
        begin, end = max(alert.since, month.begin), min(alert.ended_at or now, month.end)
        if alert.terminal and begin < end:
            spans.setdefault(alert.terminal, []).append((begin, end))
    return {name: _together(each) for name, each in spans.items()}


def _together(spans: list[tuple[datetime, datetime]]) -> timedelta:
    """Return how long these are together; what two of them cover counts once."""
    lasted, until = timedelta(0), datetime.min.replace(tzinfo=UTC)
    for begin, end in sorted(spans):
        lasted += max(timedelta(0), end - max(begin, until))
        until = max(until, end)
    return lasted


def _midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=HALL_TIME)
