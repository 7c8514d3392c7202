# SPDX-License-Identifier: Apache-2.0
"""Pages are found where they are, and nowhere else."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from drivers.document_scanner.page_finder import find_pages
from drivers.document_scanner.page_shape import (
    PageFormat,
    area_of,
    format_of,
    order_clockwise,
    proportions,
    quarter_turned,
    rotation_of,
)
from tests.support.page_figures import LIMIT, corner_error
from tests.support.photographed_pages import photograph

SMALL = (800, 600)


@pytest.mark.parametrize(
    "scene", ["plain", "steep", "dark_table", "wood", "shadow", "low_light", "hand", "mat"]
)
def test_a_page_is_found_within_one_percent(scene: str) -> None:
    truth = photograph(scene, 7, SMALL)
    found = find_pages(truth.picture)
    assert len(found) == 1
    assert corner_error(found[0].points, truth.pages[0].corners) < LIMIT
    assert found[0].format is PageFormat.A4
    assert 0 < found[0].confidence <= 1


def test_two_cards_are_two_answers() -> None:
    truth = photograph("two_cards", 7, SMALL)
    found = find_pages(truth.picture)
    assert [page.format for page in found] == [PageFormat.ID1, PageFormat.ID1]
    for page in truth.pages:
        assert min(corner_error(one.points, page.corners) for one in found) < LIMIT


@pytest.mark.parametrize("seed", [2, 5, 9, 16])
def test_an_empty_table_has_no_page(seed: int) -> None:
    assert find_pages(photograph("blank", seed, SMALL).picture) == ()


def test_a_page_that_leaves_the_picture_on_one_side_is_cut_off() -> None:
    truth = photograph("dark_table", 3, SMALL)
    lowest = truth.pages[0].corners[:, 1].max()
    found = find_pages(np.ascontiguousarray(truth.picture[: int(lowest) - 25]))
    assert all(page.is_cut_off for page in found)


def test_corners_run_clockwise_from_the_upper_left() -> None:
    for seed in range(3):
        (page,) = find_pages(photograph("dark_table", seed, SMALL).picture)
        assert area_of(page.points) > 0
        assert page.points[0].sum() == page.points.sum(axis=1).min()


@pytest.mark.parametrize("size", [(1, 1), (63, 400), (64, 64), (65, 1200)])
@pytest.mark.parametrize("level", [0, 128, 255])
def test_an_empty_picture_of_any_size_has_no_page(size: tuple[int, int], level: int) -> None:
    assert find_pages(np.full((*size, 3), level, np.uint8)) == ()


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), size=st.tuples(st.integers(64, 300), st.integers(64, 300)))
def test_noise_is_no_page(seed: int, size: tuple[int, int]) -> None:
    noise = np.random.default_rng(seed).integers(0, 256, (*size, 3), dtype=np.uint8)
    assert find_pages(noise) == ()


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 10_000), scene=st.sampled_from(["plain", "steep", "card"]))
def test_proportions_survive_the_perspective(seed: int, scene: str) -> None:
    from tests.support.photographed_pages import (  # noqa: PLC0415
        A4_MM,
        CARD_MM,
        _Camera,
        _rectangle,
    )

    rng = np.random.default_rng(seed)
    flat = _rectangle(CARD_MM if scene == "card" else A4_MM)
    camera = _Camera.random(rng, SMALL, steep=scene == "steep").fitted([flat], rng)
    kind, _fit = format_of(proportions(camera.seen(flat), SMALL))
    assert kind is (PageFormat.ID1 if scene == "card" else PageFormat.A4)


def test_ordering_turning_and_rotation_agree() -> None:
    square = np.array([[10.0, 10.0], [30.0, 10.0], [30.0, 50.0], [10.0, 50.0]])
    mixed = square[[2, 0, 3, 1]]
    assert (order_clockwise(mixed) == square).all()
    assert rotation_of(square) == 0
    # The first corner is then the upper right one: the sheet's top points to the right.
    assert rotation_of(quarter_turned(square, 1)) == pytest.approx(90)
