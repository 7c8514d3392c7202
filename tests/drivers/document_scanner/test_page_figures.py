# SPDX-License-Identifier: Apache-2.0
"""The page search keeps its promise on the published photographs, and the published table is true."""

from __future__ import annotations

import pytest

from tests.support.page_figures import measure_all, published


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_corners_are_within_one_percent_on_95_percent_and_nothing_is_invented() -> None:
    figures = measure_all()
    pages, within = sum(one.pages for one in figures), sum(one.within for one in figures)
    assert pages >= 60
    assert within >= 0.95 * pages
    blank = next(one for one in figures if one.scene == "blank")
    assert blank.pictures >= 20
    assert blank.invented == 0
    assert sum(one.invented for one in figures) <= 0.02 * pages
    told = published()
    assert set(told) == {one.scene for one in figures}
    for one in figures:
        pictures, count, found, invented = told[one.scene]
        assert (one.pictures, one.pages) == (pictures, count)
        # OpenCV's rounding differs between processors: one page a scene may fall on the other side.
        assert abs(one.within - found) <= 1
        assert one.invented <= invented + 1
