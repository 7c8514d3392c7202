# SPDX-License-Identifier: Apache-2.0
"""How long a supply will last, from the use of the last 14 whole days. Pure; today comes from the caller.

Days on which the terminal did not run used nothing and come again (a weekend, a holiday), so the use is
spread over all days of the calendar from the first day that was watched. Today is left out: it is not over,
and what it used is no longer in ``left``. Fewer than three days that were watched are no sample.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final, Literal

WINDOW_DAYS: Final = 14
FEWEST_SAMPLES: Final = 3
"""Days on which the terminal ran, within the window; below it nothing is forecast."""
MOST_DAYS: Final = 365
"""Further than this nobody plans; a longer forecast is cut to it."""

Reason = Literal["", "level_unknown", "too_few_days", "not_used"]


@dataclass(frozen=True, slots=True)
class Forecast:
    """``days`` is ``None`` when it cannot be known; ``reason`` then says why."""

    days: int | None
    samples: int
    """Days of the window on which the terminal ran."""
    reason: Reason = ""


def days_left(
    left: float | None, use: Mapping[date, float], watched: Collection[date], today: date
) -> Forecast:
    """Return for how many whole days ``left`` will do, at most :data:`MOST_DAYS`.

    ``use`` is in the unit of ``left``, by day. ``watched`` are the days on which the terminal ran. A
    negative amount, or a day outside the window (a clock that was wrong), counts for nothing.
    """
    begin = today - timedelta(days=WINDOW_DAYS)
    sample = {day for day in watched if begin <= day < today}
    if left is None:
        return Forecast(None, len(sample), "level_unknown")
    if left <= 0:
        return Forecast(0, len(sample))
    if len(sample) < FEWEST_SAMPLES:
        return Forecast(None, len(sample), "too_few_days")
    first = min(sample)
    used = math.fsum(amount for day, amount in use.items() if first <= day < today and amount > 0)
    if used <= 0:
        return Forecast(None, len(sample), "not_used")
    days = left * (today - first).days / used
    return Forecast(int(min(days, MOST_DAYS)), len(sample))
