# SPDX-License-Identifier: Apache-2.0
"""How long supplies last: only from days that were watched, and unknown is said as unknown."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.supplies.forecast import FEWEST_SAMPLES, MOST_DAYS, WINDOW_DAYS, Forecast, days_left

TODAY = date(2026, 11, 24)


def ago(days: int) -> date:
    return TODAY - timedelta(days=days)


WHOLE = {ago(number) for number in range(1, WINDOW_DAYS + 1)}

amounts = st.dictionaries(
    st.integers(-5, 40).map(ago), st.floats(0, 1e5, allow_nan=False), max_size=30
)
watched_days = st.sets(st.integers(-5, 40).map(ago), max_size=40)
lengths = st.floats(0, 1e6, allow_nan=False)


def test_even_use_lasts_as_long_as_a_person_would_say() -> None:
    use = dict.fromkeys(WHOLE, 1_000.0)
    assert days_left(10_000, use, WHOLE, TODAY) == Forecast(10, 14)


def test_days_on_which_the_terminal_stood_still_come_again() -> None:
    # Five working days of 700 mm in a week of seven: 500 mm a day.
    weekdays = {ago(number) for number in (7, 6, 5, 4, 3)}
    forecast = days_left(5_000, dict.fromkeys(weekdays, 700.0), weekdays, TODAY)
    assert forecast == Forecast(10, 5)


def test_a_new_terminal_forecasts_nothing() -> None:
    young = {ago(1), ago(2)}
    assert days_left(5_000, dict.fromkeys(young, 500.0), young, TODAY) == Forecast(
        None, 2, "too_few_days"
    )


def test_what_was_never_used_has_no_end_that_we_know() -> None:
    assert days_left(5_000, {}, WHOLE, TODAY) == Forecast(None, 14, "not_used")


def test_an_unknown_level_has_no_forecast() -> None:
    use = dict.fromkeys(WHOLE, 500.0)
    assert days_left(None, use, WHOLE, TODAY) == Forecast(None, 14, "level_unknown")


def test_what_is_empty_is_empty_however_little_is_known() -> None:
    assert days_left(0, {}, set(), TODAY) == Forecast(0, 0)


def test_today_is_not_over_and_does_not_count() -> None:
    use = dict.fromkeys(WHOLE, 100.0)
    calm = days_left(1_000, use, WHOLE, TODAY)
    assert days_left(1_000, {**use, TODAY: 900.0}, {*WHOLE, TODAY}, TODAY) == calm


@pytest.mark.parametrize("day", [ago(WINDOW_DAYS + 1), ago(-1), ago(365), ago(-365)])
def test_days_outside_the_window_change_nothing(day: date) -> None:
    use = dict.fromkeys(WHOLE, 100.0)
    assert days_left(1_000, {**use, day: 1e9}, {*WHOLE, day}, TODAY) == days_left(
        1_000, use, WHOLE, TODAY
    )


@given(lengths, amounts, watched_days)
def test_a_forecast_is_a_count_of_days_or_says_why_not(
    left: float, use: dict[date, float], watched: set[date]
) -> None:
    forecast = days_left(left, use, watched, TODAY)
    assert (forecast.days is None) == bool(forecast.reason)
    assert forecast.days is None or 0 <= forecast.days <= MOST_DAYS
    if forecast.samples < FEWEST_SAMPLES and left > 0:
        assert forecast.days is None


@given(lengths, st.floats(0, 1e6), amounts, watched_days)
def test_more_paper_never_lasts_shorter(
    left: float, more: float, use: dict[date, float], watched: set[date]
) -> None:
    little, much = days_left(left, use, watched, TODAY), days_left(left + more, use, watched, TODAY)
    if little.days is not None and much.days is not None:
        assert little.days <= much.days


@given(lengths, amounts, watched_days, st.integers(1, WINDOW_DAYS), st.floats(0, 1e5))
def test_more_use_never_lasts_longer(
    left: float, use: dict[date, float], watched: set[date], day: int, more: float
) -> None:
    calm = days_left(left, use, watched, TODAY)
    busy = days_left(left, {**use, ago(day): use.get(ago(day), 0.0) + more}, watched, TODAY)
    if calm.days is not None and busy.days is not None:
        assert busy.days <= calm.days


@given(st.floats(1, 1e5), st.floats(1, 1e4))
def test_a_forecast_comes_true_when_use_goes_on_as_it_was(left: float, each_day: float) -> None:
    """Live on with the same use: the paper lasts through the days that were said, and not two more."""
    days = days_left(left, dict.fromkeys(WHOLE, each_day), WHOLE, TODAY).days
    assert days is not None
    if days < MOST_DAYS:
        assert days * each_day <= left * (1 + 1e-9)
        assert (days + 1) * each_day > left * (1 - 1e-9)
