# SPDX-License-Identifier: Apache-2.0
"""Whether somebody put paper in, from what printers say: never from an open cover alone."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.core import Supply
from kiosk.supplies.paper_watch import Consumable, Filled, PaperSeen, look

FULL, LOW, OUT, JAM, UNKNOWN = Supply.FULL, Supply.LOW, Supply.OUT, Supply.JAMMED, Supply.UNKNOWN
ROLL, SHEETS = Consumable.ROLL, Consumable.SHEETS

Said = tuple[Supply | None, bool]


def fills(consumable: Consumable, said: list[Said]) -> list[Filled]:
    seen, found = PaperSeen(), []
    for paper, cover_open in said:
        seen, filled = look(seen, consumable, paper, cover_open=cover_open)
        if filled is not Filled.NOTHING:
            found.append(filled)
    return found


@pytest.mark.parametrize(
    ("consumable", "said", "found"),
    [
        (ROLL, [(FULL, False), (OUT, False), (FULL, False)], [Filled.NEW]),
        (ROLL, [(FULL, False), (OUT, False), (OUT, True), (FULL, False)], [Filled.NEW]),
        (ROLL, [(OUT, False), (UNKNOWN, False), (FULL, False)], [Filled.NEW]),
        (ROLL, [(LOW, False), (LOW, True), (OUT, True), (FULL, False)], [Filled.NEW]),
        (ROLL, [(FULL, False), (OUT, True), (FULL, False)], []),
        (ROLL, [(LOW, False), (FULL, False)], []),
        (ROLL, [(LOW, False), (FULL, True), (LOW, False), (FULL, False)], []),
        (ROLL, [(FULL, False), (JAM, False), (FULL, True), (FULL, False)], []),
        (ROLL, [(OUT, False), (LOW, False)], [Filled.PARTLY]),
        (ROLL, [(FULL, False), (None, False), (FULL, False)], []),
        (SHEETS, [(FULL, False), (OUT, False), (FULL, False)], [Filled.NEW]),
        (SHEETS, [(LOW, False), (FULL, False)], [Filled.NEW]),
        (SHEETS, [(OUT, False), (LOW, False)], [Filled.PARTLY]),
        (SHEETS, [(FULL, True), (FULL, False)], []),
    ],
)
def test_new_paper_is_told_from_an_opened_cover(
    consumable: Consumable, said: list[Said], found: list[Filled]
) -> None:
    assert fills(consumable, said) == found


said_by_any_printer = st.lists(
    st.tuples(st.sampled_from([*Supply, None]), st.booleans()), max_size=30
)


@given(st.sampled_from([ROLL, SHEETS]), said_by_any_printer)
def test_nothing_is_filled_twice_without_running_low_between(
    consumable: Consumable, said: list[Said]
) -> None:
    seen, needed = PaperSeen(), False
    for paper, cover_open in said:
        seen, filled = look(seen, consumable, paper, cover_open=cover_open)
        if filled is not Filled.NOTHING:
            assert needed
            needed = False
        needed = needed or paper in {LOW, OUT}


@given(st.sampled_from([ROLL, SHEETS]), said_by_any_printer)
def test_a_printer_that_never_lacks_paper_is_never_filled(
    consumable: Consumable, said: list[Said]
) -> None:
    assert fills(consumable, [(FULL, cover) for _, cover in said]) == []
