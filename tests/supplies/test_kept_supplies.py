# SPDX-License-Identifier: Apache-2.0
"""Levels follow what was printed, put in and told; what nobody knows stays unknown."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from drivers.core import Condition, Role, Status, Supply
from kiosk.supplies.kept import (
    KEPT_DAYS,
    Change,
    Kept,
    PutIn,
    Ran,
    Spoke,
    Worked,
    all_changed,
)
from kiosk.supplies.levels import Level, supplies_of
from kiosk.supplies.paper_watch import Consumable
from kiosk.supplies.tally import Counter, Tally

DAY = date(2026, 11, 24)
SLOTS = (("slips", Role.RECEIPT_PRINTER), ("pages", Role.PAGE_PRINTER), ("card", Role.ID_CARD))


def slip(mm: float, day: date = DAY) -> Worked:
    return Worked(day, 0.0, "slips", Tally({Counter.SLIPS: 1}, {Consumable.ROLL: mm}))


def roll(mm: float) -> PutIn:
    return PutIn(DAY, 5.0, "slips", Consumable.ROLL, mm, "host")


def says(
    paper: Supply | None, *, slot: str = "slips", holds: float | None = None, **details: str
) -> Spoke:
    role = dict(SLOTS)[slot]
    status = Status(Condition.ONLINE, paper=paper, cover_open=False, details=details)
    return Spoke(DAY, 9.0, slot, role, status, status, holds)


def toner(percent: str) -> Spoke:
    told = {"level.toner.black": percent, "level.wastetoner": "3", "level.toner.cyan": "100"}
    return says(Supply.FULL, slot="pages", **told)


def level(kept: Kept, slot: str = "slips", number: int = 0) -> Level:
    return next(each for each in supplies_of(kept, SLOTS, DAY) if each.slot == slot).levels[number]


def after(*changes: Change) -> Kept:
    return all_changed(Kept(), changes)


def test_nobody_knows_a_roll_that_nobody_put_in() -> None:
    found = level(after(slip(150)))
    assert (found.left, found.origin) == (None, "unknown")


def test_slips_shorten_the_roll_that_staff_put_in() -> None:
    found = level(after(slip(999), roll(80_000), slip(150), slip(50)))
    assert (found.left, found.capacity, found.origin) == (79_800, 80_000, "counted")


def test_a_roll_that_ran_out_and_was_changed_is_as_long_as_configured() -> None:
    changed = (says(Supply.FULL), slip(500), says(Supply.OUT), says(Supply.FULL, holds=50_000))
    assert level(after(*changed)).left == 50_000
    assert level(after(*changed, slip(100))).left == 49_900


def test_a_new_roll_of_unknown_length_is_unknown() -> None:
    assert level(after(roll(80_000), says(Supply.OUT), says(Supply.FULL))).left is None


def test_out_is_empty_whatever_was_counted() -> None:
    found = level(after(roll(80_000), says(Supply.OUT)))
    assert (found.left, found.origin, found.forecast.days) == (0, "told", 0)


def test_a_count_that_the_sensor_contradicts_is_not_shown() -> None:
    kept = after(roll(80_000), says(Supply.LOW))
    assert level(kept).left is None
    assert level(all_changed(kept, [slip(70_000)])).left == 10_000


def test_what_staff_put_in_is_not_put_in_twice_when_the_printer_sees_it() -> None:
    kept = after(says(Supply.OUT), roll(60_000), slip(10), says(Supply.FULL, holds=80_000))
    assert level(kept).left == 59_990


def test_toner_is_used_as_its_level_falls_and_new_when_it_rises() -> None:
    kept = after(*(toner(n) for n in ("60", "55", "57")))
    assert level(kept, "pages", 1).left == 55  # a meter that wavers is not believed upwards
    used = {key[1]: amount for key, amount in kept.use.items()}
    assert used == {Consumable.TONER: 5.0}
    renewed = all_changed(kept, [toner("100")])
    found = level(renewed, "pages", 1)
    assert (found.left, found.origin, found.unit) == (100, "told", "percent")


def test_a_tray_that_tells_its_level_is_believed_more_than_our_count() -> None:
    printed = Worked(DAY, 0.0, "pages", Tally({Counter.SHEETS: 3}, {Consumable.SHEETS: 3.0}))
    kept = after(says(Supply.FULL, slot="pages", a4="120/250"), printed)
    assert (level(kept, "pages").left, level(kept, "pages").origin) == (120, "told")


def test_a_printer_that_falls_silent_does_not_forget_its_level() -> None:
    silent = Spoke(
        DAY, 9.0, "pages", Role.PAGE_PRINTER, Status(Condition.NO_DEVICE, paper=Supply.UNKNOWN)
    )
    kept = after(says(Supply.FULL, slot="pages", a4="120/250"), silent)
    assert level(kept, "pages").left == 120


def test_coming_into_service_and_losing_its_process_are_counted() -> None:
    online = Status(Condition.ONLINE)
    lost = Status(Condition.OFFLINE, "dev.process_lost")
    spoken = [online, Status(Condition.BUSY), lost, online]
    before: Sequence[Status | None] = [None, *spoken]
    kept = after(
        *(
            Spoke(DAY, 0.0, "card", Role.ID_CARD, each, last)
            for each, last in zip(spoken, before, strict=False)
        )
    )
    assert kept.counters == {("card", Counter.OPENS): 2, ("card", Counter.RESTARTS): 1}


def test_old_days_are_forgotten() -> None:
    old = DAY - timedelta(days=KEPT_DAYS + 1)
    kept = after(slip(10, old), Ran(DAY, 0.0))
    assert kept.watched == {DAY}
    assert not kept.use


CHANGES = st.lists(
    st.one_of(
        st.floats(0, 1e4).map(slip),
        st.floats(1, 1e5).map(roll),
        st.sampled_from(Supply).map(lambda paper: says(paper, holds=80_000)),
    ),
    max_size=30,
)


@given(CHANGES)
def test_a_level_is_never_below_nothing_nor_above_what_was_put_in(changes: list[Change]) -> None:
    found = level(all_changed(Kept(), changes))
    if found.left is not None:
        assert 0 <= found.left <= (found.capacity or 0)


@given(CHANGES, st.integers(0, 30))
def test_stopping_between_two_changes_makes_no_difference(changes: list[Change], cut: int) -> None:
    at_once = all_changed(Kept(), changes)
    assert all_changed(all_changed(Kept(), changes[:cut]), changes[cut:]) == at_once
