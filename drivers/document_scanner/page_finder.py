# SPDX-License-Identifier: Apache-2.0
"""Finds sheets and cards in a photograph of a table.

Four straight edges make a candidate (:mod:`drivers.document_scanner.page_lines`); it is a page only if
along all four sides one thing ends and another begins: the colour just inside goes on inwards, the colour
outside is another, and stays another further out. Shadows, hands and glare may hide a part of a side. A
table alone, whatever its grain or joints, has no such quadrilateral, and then the answer is an empty one.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from drivers.camera.picture import Picture
from drivers.document_scanner.page_edges import evidence, refined, refined_at_the_source
from drivers.document_scanner.page_lines import Colours, find_lines, quadrilaterals
from drivers.document_scanner.page_shape import (
    PageFormat,
    Points,
    area_of,
    format_of,
    order_clockwise,
    proportions,
)
from drivers.document_scanner.shrinking import shrunk

Corners = tuple[tuple[float, float], tuple[float, float], tuple[float, float], tuple[float, float]]

_SEARCH_PX: Final = 512
_CLOSER_PX: Final = 800
_FEW_PX: Final = 7
_MOST_MOTTLED: Final = 8.0
"""Granite may be as rough as it likes: a page on it still stands out along whole edges."""
_LEAST_AREA: Final = 0.01
"""Of the picture; smaller sheets cannot be read anyway."""
_SAME_PX: Final = 5.0
_AROUND: Final = 1.2
_LEAST_FIT: Final = 0.3
"""A page with a hidden side must have the very shape of its format."""
_LEAST_STEP: Final = 2.6
"""In Lab units; what a camera's noise does not make once the picture is small."""
_CANDIDATES: Final = 70
_LEAST_MEAN: Final = 0.74
_LEAST_SIDE: Final = 0.42
_MOST_HIDDEN: Final = 2
_HIDDEN_SIDE: Final = 0.82
_MOST_PAGES: Final = 4
"""More sheets than this at once are a pattern of the table."""
_CUT_MARGIN: Final = 0.003
_LONGEST_SHAPE: Final = 2.7
_REPEATS: Final = 0.6
_REPEATING_SIDES: Final = 3
_REPEATS_OTHER: Final = 0.45
_LEAST_PAPER: Final = 0.25
_BESIDE_PAPER: Final = 0.5
"""A second sheet is at least half as paper-like as the first."""
_MOST_OVERLAP: Final = 0.1
_SURE_SIDES: Final = 0.88
"""What a sheet of unknown shape, or one beside another, must show."""


@dataclass(frozen=True, slots=True)
class FoundPage:
    """One sheet or card in the picture."""

    corners: Corners
    """Clockwise in source pixels, beginning with the upper left as the picture shows it."""
    format: PageFormat
    confidence: float
    """0 to 1: how complete the four edges are and how well the shape fits a known format."""
    is_cut_off: bool
    """A part of it lies outside the picture."""
    hidden_sides: int
    """How many sides are partly covered: by a hand, a paper, a strong glare."""

    @property
    def points(self) -> Points:
        """The corners as an array."""
        return np.array(self.corners, dtype=np.float64)


@dataclass(frozen=True, slots=True)
class FirstLook:
    """What was found in a picture made small, and how small: in parts of the whole, across and down."""

    chosen: list[_Candidate]
    scale: NDArray[np.float64]


def first_look(small: Picture, scale: float) -> FirstLook:
    """Search a picture that is ``scale`` times as large as the whole one, which may come later."""
    chosen, further = _search(small, _SEARCH_PX, in_colour=False)
    return FirstLook(chosen, further * scale)


def find_pages(picture: Picture, looked: FirstLook | None = None) -> tuple[FoundPage, ...]:
    """Find all pages of a picture, in reading order; an empty tuple when there is none.

    ``picture`` is BGR of any size; ``looked`` is what :func:`first_look` found in the same one. Corners may
    lie up to 30 % outside a picture that cuts a page off. Never raises for a picture of at least 64 × 64
    pixels; smaller ones have no pages.
    """
    height, width = picture.shape[:2]
    if min(height, width) < 64:  # noqa: PLR2004 - see the docstring
        return ()
    if looked is None:
        looked = first_look(picture, 1.0)
    chosen, scale = looked.chosen, looked.scale
    if not (chosen and chosen[0].is_sure):
        # Faint edges, odd shapes, or nothing there: look closer, and at hues as well.
        closer, finer = _search(picture, _CLOSER_PX, in_colour=True)
        if closer and (not chosen or closer[0].score >= chosen[0].score):
            chosen, scale = closer, finer
    if not chosen or len(chosen) > _MOST_PAGES:
        return ()
    pages = [_finished(candidate, picture, scale) for candidate in chosen]
    return tuple(sorted(pages, key=lambda page: _reading_order(page, height)))


def _search(
    picture: Picture, longer_px: int, *, in_colour: bool
) -> tuple[list[_Candidate], NDArray[np.float64]]:
    """Return the pages found at a smaller size, the best first, and the scales of that size."""
    small, across, down = shrunk(picture, longer_px / max(picture.shape[:2]))
    colours = evened_colours(small)
    mottled = min(2.5 * _mottle(colours), _MOST_MOTTLED)
    threshold = max(_LEAST_STEP, 3.5 * _noise(colours), mottled)
    chosen = _chosen(_candidates(colours, threshold, in_colour=in_colour))
    return chosen, np.array([across, down])


def evened_colours(small: Picture) -> Colours:
    """Return the picture in Lab, brightened so that a dim room counts like a lit one."""
    bright = float(np.percentile(small[::4, ::4].max(axis=2), 97))
    gain = min(6.0, 225.0 / max(bright, 1.0)) / 255.0
    linear = np.minimum(small.astype(np.float32) * np.float32(gain), np.float32(1.0))
    lab = cv2.cvtColor(cv2.GaussianBlur(linear, (0, 0), 0.9), cv2.COLOR_BGR2Lab)
    return np.asarray(lab, dtype=np.float32)


# --- judging ------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Candidate:
    corners: Points
    sides: NDArray[np.float64]
    format: PageFormat
    fit: float
    paperlike: float
    """0 to 1: light and of little colour inside."""
    score: float
    area: float

    @property
    def is_sure(self) -> bool:
        """Tell whether nothing printed on it, and nothing on the table, can be a better answer."""
        complete = bool(self.sides.mean() > 0.96 and self.sides.min() > 0.9)  # noqa: PLR2004
        return complete and self.fit > 0.25 and self.paperlike > 0.35  # noqa: PLR2004


def _candidates(colours: Colours, threshold: float, *, in_colour: bool) -> list[_Candidate]:
    size = (colours.shape[1], colours.shape[0])
    lines = find_lines(colours, threshold, in_colour=in_colour)
    found: list[_Candidate] = []
    tried: list[Points] = []
    sure: list[_Candidate] = []
    for corners in quadrilaterals(lines, size, _CANDIDATES):
        if any(np.abs(corners - other).max() < _SAME_PX for other in tried):
            continue
        if any(_lies_within(corners, page) for page in sure):
            continue
        tried.append(corners)
        candidate = _judged(colours, corners, size, threshold)
        if candidate is not None:
            tried.append(candidate.corners)
            found.append(candidate)
            if candidate.is_sure:
                sure.append(candidate)
    return found


def _lies_within(corners: Points, page: _Candidate) -> bool:
    """Tell whether it is about the same sheet or something on it, not one around or beside it."""
    if area_of(corners) > _AROUND * page.area:
        return False
    x, y = corners.mean(axis=0)
    return cv2.pointPolygonTest(page.corners.astype(np.float32), (float(x), float(y)), False) >= 0


def _noise(colours: Colours) -> float:
    """Return the spread of what is left when neighbours are taken away: grain and camera noise."""
    lightness = colours[..., 0]
    rest = cv2.absdiff(lightness, cv2.blur(lightness, (3, 3)))
    return float(np.median(rest[1:-1:3, 1:-1]))


def _mottle(colours: Colours) -> float:
    """Return how much the table's colour changes over a few pixels, as seen along the picture's border."""
    height, width = colours.shape[:2]
    deep = max(12, min(height, width) // 10)
    strips = (
        colours[:deep].reshape(-1, 3),
        colours[-deep:].reshape(-1, 3),
        colours[:, :deep].reshape(-1, 3),
        colours[:, -deep:].reshape(-1, 3),
    )
    steps = [np.linalg.norm(strip[_FEW_PX::3] - strip[:-_FEW_PX:3], axis=1) for strip in strips]
    # One strip may show the floor, another a page that is cut off.
    return float(np.median([np.median(step) for step in steps]))


def _judged(
    colours: Colours, corners: Points, size: tuple[int, int], threshold: float
) -> _Candidate | None:
    page: Points | None = corners
    for reach in (7.0, 4.0):
        page = None if page is None else refined(colours, page, reach, threshold)
    if page is None or area_of(page) < _LEAST_AREA * size[0] * size[1]:
        return None
    seen = evidence(colours, page, threshold)
    sides, repeats = seen.sides, seen.repeats
    if not _are_edges_of_a_page(sides, repeats, is_cut=_is_cut(page, size)):
        return None
    ratio = proportions(page, size)
    kind, fit = format_of(ratio)
    lightness = float(seen.inside[..., 0].mean())
    dullness = float(np.hypot(seen.inside[..., 1].mean(), seen.inside[..., 2].mean()))
    paperlike = float(np.clip((lightness - 35) / 45, 0, 1) * np.clip(1.3 - dullness / 30, 0, 1))
    if kind is PageFormat.OTHER and (
        not 1 / _LONGEST_SHAPE < ratio < _LONGEST_SHAPE
        or paperlike < _LEAST_PAPER
        or (repeats > _REPEATS_OTHER).sum() > 1
        or _is_cut(page, size)
    ):
        # A shape of no known format has to be beyond doubt: tables have many.
        return None
    if sides.min() < _HIDDEN_SIDE and fit < _LEAST_FIT:
        return None
    score = 0.5 * sides.mean() + 0.2 * sides.min() + 0.15 * min(1.0, fit * 2) + 0.15 * paperlike
    return _Candidate(page, sides, kind, fit, paperlike, float(score), area_of(page))


def _are_edges_of_a_page(
    sides: NDArray[np.float64], repeats: NDArray[np.float64], *, is_cut: bool
) -> bool:
    if (repeats > _REPEATS).sum() >= _REPEATING_SIDES:
        return False
    if sides.mean() < _LEAST_MEAN or sides.min() < _LEAST_SIDE:
        return False
    # Something may hide a corner, so two sides; beyond the picture's border, no more than one.
    return bool((sides < _HIDDEN_SIDE).sum() <= (1 if is_cut else _MOST_HIDDEN))


# --- choosing -----------------------------------------------------------------------------------


def _chosen(candidates: list[_Candidate]) -> list[_Candidate]:
    """Keep the best of those that overlap; a page rather than what is printed on it or lies under it."""
    waiting = sorted(
        candidates, key=lambda one: -(one.score + 0.05 * np.sqrt(one.area) / _SEARCH_PX)
    )
    chosen: list[_Candidate] = []
    for one in waiting:
        is_known = one.format is not PageFormat.OTHER
        if one.sides.mean() < _SURE_SIDES and (chosen or not is_known):
            continue
        if chosen and (not is_known or one.paperlike < _BESIDE_PAPER * chosen[0].paperlike):
            continue
        if all(_overlap(one, other) < _MOST_OVERLAP for other in chosen):
            chosen.append(one)
    return chosen


def _overlap(one: _Candidate, other: _Candidate) -> float:
    """Return the common area in parts of the smaller (drawn, since shared edges defeat exact clipping)."""
    both = np.concatenate([one.corners, other.corners])
    low = both.min(axis=0)
    extent = (both.max(axis=0) - low) / 2 + 2
    masks = []
    for candidate in (one, other):
        mask = np.zeros((int(extent[1]) + 1, int(extent[0]) + 1), np.uint8)
        cv2.fillConvexPoly(mask, ((candidate.corners - low) / 2).round().astype(np.int32), 1)
        masks.append(mask)
    common = float((masks[0] & masks[1]).sum())
    return common / max(float(min(masks[0].sum(), masks[1].sum())), 1.0)


def _finished(candidate: _Candidate, picture: Picture, scale: NDArray[np.float64]) -> FoundPage:
    size = (picture.shape[1], picture.shape[0])
    # A pixel's middle has the coordinate 0 at every scale: shift by half a pixel.
    rough = (candidate.corners + 0.5) / scale - 0.5
    exact = refined_at_the_source(picture, rough, 1 / float(scale.mean()))
    corners = order_clockwise(rough if exact is None else exact)
    kind, fit = format_of(proportions(corners, size))
    confidence = 0.8 * candidate.sides.mean() + 0.2 * fit
    return FoundPage(
        corners=_as_corners(corners),
        format=kind,
        confidence=round(float(confidence), 3),
        is_cut_off=_is_cut(corners, size),
        hidden_sides=int((candidate.sides < _HIDDEN_SIDE).sum()),
    )


def _is_cut(corners: Points, size: tuple[int, int]) -> bool:
    limit = np.array(size, dtype=np.float64)
    return bool(
        (corners < _CUT_MARGIN * limit).any() or (corners > (1 - _CUT_MARGIN) * limit).any()
    )


def _as_corners(points: Points) -> Corners:
    a, b, c, d = ((round(float(x), 2), round(float(y), 2)) for x, y in points)
    return a, b, c, d


def _reading_order(page: FoundPage, height: int) -> tuple[int, float]:
    middle = page.points.mean(axis=0)
    return int(middle[1] / (height / 3)), float(middle[0])
