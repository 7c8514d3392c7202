# SPDX-License-Identifier: Apache-2.0
"""Promised dates: counting working days as the hall counts them.

The arrangement of each year is data (``data/holidays.yaml``). For a year without one, weekends and the
days fixed by law are taken off and the date says that it is an estimate.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from importlib.resources import files

import yaml

_SATURDAY = 5


@dataclass(frozen=True, slots=True)
class PromisedDate:
    """The last day of a promise. ``estimated`` when a year's arrangement was not known."""

    day: date
    estimated: bool


@dataclass(frozen=True, slots=True)
class _Arrangements:
    years: frozenset[int]
    off: frozenset[date]
    work: frozenset[date]
    statutory: frozenset[tuple[int, int]]


def promised_date(received: date, working_days: int) -> PromisedDate:
    """Return the last of ``working_days`` counted from the day after ``received`` (civil time of the hall)."""
    known = _arrangements()
    day = received
    left = working_days
    estimated = False
    while left > 0:
        day += timedelta(days=1)
        estimated = estimated or day.year not in known.years
        if is_working_day(day):
            left -= 1
    return PromisedDate(day, estimated)


def is_working_day(day: date) -> bool:
    """Tell whether the hall works on that day, as far as it is known."""
    known = _arrangements()
    if day in known.work:
        return True
    if day in known.off or day.weekday() >= _SATURDAY:
        return False
    return day.year in known.years or (day.month, day.day) not in known.statutory


@cache
def _arrangements() -> _Arrangements:
    source = files("central_platform").joinpath("data", "holidays.yaml")
    raw = yaml.safe_load(source.read_text("utf-8"))
    off: set[date] = set()
    for year in raw["years"].values():
        for first, last in year["days_off"]:
            off |= {first + timedelta(days=n) for n in range((last - first).days + 1)}
    return _Arrangements(
        years=frozenset(raw["years"]),
        off=frozenset(off),
        work=frozenset(day for year in raw["years"].values() for day in year["days_worked"]),
        statutory=frozenset(
            (int(month), int(day)) for month, _, day in (s.partition("-") for s in raw["statutory"])
        ),
    )
