# SPDX-License-Identifier: Apache-2.0
"""A synthetic social insurance record, cut to a period, as the rows of a certificate."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

_STATUS = {"paying": "正常参保", "paused": "暂停缴费", "receiving": "待遇领取"}
_PERIODS = {"months-12": 12, "months-24": 24, "months-60": 60}
_CENT = Decimal("0.01")


@dataclass(frozen=True, slots=True, order=True)
class Month:
    """A month, counted so that months can be subtracted."""

    index: int

    @classmethod
    def of(cls, text: str) -> Month:
        """Read ``2026-11``."""
        year, _, month = text.partition("-")
        return cls(int(year) * 12 + int(month) - 1)

    @classmethod
    def containing(cls, day: date) -> Month:
        """Return the month of a day."""
        return cls(day.year * 12 + day.month - 1)

    @property
    def year(self) -> int:
        """The year."""
        return self.index // 12

    @property
    def words(self) -> str:
        """``2026年11月``."""
        return f"{self.year}年{self.index % 12 + 1}月"

    @property
    def figures(self) -> str:
        """``2026-11``."""
        return f"{self.year}-{self.index % 12 + 1:02d}"


@dataclass(frozen=True, slots=True)
class SchemeSummary:
    """One line of 参保险种."""

    name: str
    first: str
    status: str
    months: int
    total: int


@dataclass(frozen=True, slots=True)
class ContributionRow:
    """One line of 缴费明细: equal months of one calendar year."""

    months_text: str
    scheme: str
    months: int
    base: str
    employer: str
    person: str


@dataclass(frozen=True, slots=True)
class InsuranceExtract:
    """What the certificate says of a period."""

    period_from: Month
    period_to: Month
    schemes: tuple[SchemeSummary, ...]
    rows: tuple[ContributionRow, ...]


def status_words(status: str) -> str:
    """Return a status as the certificate says it."""
    return _STATUS.get(status, "—")


def extract(
    record: Mapping[str, Any], schemes: Mapping[str, Any], period: str, today: date
) -> InsuranceExtract:
    """Cut ``record`` to ``period``, which ends with the last full month."""
    last = Month(Month.containing(today).index - 1)
    first = Month.of(str(record["first_month"]))
    if period in _PERIODS:
        first = max(first, Month(last.index - _PERIODS[period] + 1))
    first = min(first, last)
    rows: list[tuple[Month, str, ContributionRow]] = []
    paid: dict[str, tuple[int, int]] = {}
    begun: dict[str, Month] = {}
    open_ended: set[str] = set()
    for span in record["spans"]:
        scheme = str(span["scheme"])
        start = Month.of(str(span["from"]))
        end = min(last, Month.of(str(span["to"]))) if span["to"] else last
        begun[scheme] = min(begun.get(scheme, start), start)
        if span["to"] is None:
            open_ended.add(scheme)
        cut_start, cut_end = max(start, first), min(end, last)
        inside = max(0, cut_end.index - cut_start.index + 1)
        before = paid.get(scheme, (0, 0))
        total = max(0, end.index - start.index + 1)
        paid[scheme] = (before[0] + inside, before[1] + total)
        rows += [
            (part_start, scheme, _row(part_start, part_end, schemes[scheme], span["base"]))
            for part_start, part_end in _by_year(cut_start, cut_end)
        ]
    order = list(schemes)
    rows.sort(key=lambda row: (-row[0].year, order.index(row[1]), -row[0].index))
    return InsuranceExtract(
        period_from=first,
        period_to=last,
        schemes=tuple(
            SchemeSummary(
                name=schemes[scheme]["zh"],
                first=begun[scheme].figures,
                status=_scheme_status(str(record["status"]), scheme in open_ended),
                months=paid[scheme][0],
                total=paid[scheme][1],
            )
            for scheme in order
            if scheme in paid
        ),
        rows=tuple(row for _, _, row in rows),
    )


def _scheme_status(status: str, open_ended: bool) -> str:  # noqa: FBT001 - one fact of the span
    if open_ended:
        return "正常参保"
    return "待遇领取" if status == "receiving" else "暂停缴费"


def _by_year(start: Month, end: Month) -> list[tuple[Month, Month]]:
    parts = []
    while start <= end:
        stop = min(end, Month(start.year * 12 + 11))
        parts.append((start, stop))
        start = Month(stop.index + 1)
    return parts


def _row(start: Month, end: Month, scheme: Mapping[str, Any], base: int) -> ContributionRow:
    months = start.figures if start == end else f"{start.figures} 至 {end.figures}"
    return ContributionRow(
        months_text=months,
        scheme=str(scheme["zh"]),
        months=end.index - start.index + 1,
        base=_money(Decimal(base)),
        employer=_money(Decimal(base) * Decimal(str(scheme["employer"]))),
        person=_money(Decimal(base) * Decimal(str(scheme["person"]))),
    )


def _money(amount: Decimal) -> str:
    return f"{amount.quantize(_CENT, ROUND_HALF_UP):,}"
