# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import QRectF

from ui.keypad.stops import above_or_below

_SIDE = st.integers(0, 40)
_AREA = st.tuples(_SIDE, _SIDE, st.integers(1, 9), st.integers(1, 9)).map(lambda box: QRectF(*box))


def test_down_goes_straight_before_it_goes_aslant() -> None:
    grid = [QRectF(x, y, 8, 8) for y in (0, 10, 20) for x in (0, 10, 20)]
    assert above_or_below(grid, 1, down=True) == 4
    assert above_or_below(grid, 4, down=False) == 1


def test_from_the_last_line_it_goes_round() -> None:
    grid = [QRectF(0, y, 8, 8) for y in (0, 10, 20)]
    assert above_or_below(grid, 2, down=True) == 0
    assert above_or_below(grid, 0, down=False) == 2


def test_a_column_beside_is_reached_where_ones_own_ends() -> None:
    areas = [QRectF(0, 0, 10, 10), QRectF(50, 30, 10, 10)]
    assert above_or_below(areas, 0, down=True) == 1


@given(st.lists(_AREA, min_size=1, max_size=12), st.data())
def test_it_always_lands_on_another_line_or_at_an_end(
    areas: list[QRectF], data: st.DataObject
) -> None:
    here = data.draw(st.integers(0, len(areas) - 1))
    down = data.draw(st.booleans())
    there = above_or_below(areas, here, down=down)
    assert 0 <= there < len(areas)
    if there not in (0, len(areas) - 1):
        lower = areas[there].center().y() > areas[here].center().y()
        assert lower is down
