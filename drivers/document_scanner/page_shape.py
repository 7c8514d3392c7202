# SPDX-License-Identifier: Apache-2.0
"""The geometry of a sheet seen by a camera: its true proportions, its format, its corners in order.

Mathematics: a pinhole camera with square pixels and its axis through the middle of the picture; the two
directions of a rectangle are at right angles in space, which yields the focal length, which yields the
proportions. Where the view is too straight for that, the proportions are read off directly.
"""

from __future__ import annotations

import math
from enum import StrEnum
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

Points = NDArray[np.float64]
"""Points as rows of x and y."""


class PageFormat(StrEnum):
    """What a found quadrilateral is by its proportions; a camera alone cannot tell A4 from A5."""

    A4 = "a4"
    ID1 = "id1"
    OTHER = "other"


SIZES_MM: Final = {PageFormat.A4: (210.0, 297.0), PageFormat.ID1: (85.6, 53.98)}
"""Width and height: ISO 216, and ISO/IEC 7810 ID-1."""

_RATIOS: Final = {PageFormat.A4: 297.0 / 210.0, PageFormat.ID1: 85.6 / 53.98}
_TOLERANCE: Final = 0.075
_ALMOST_NONE: Final = 1e-9
_FOCAL_TRIED: Final = (0.75, 0.9, 1.1, 1.35, 1.7)
"""Focal lengths of usual cameras, in parts of the picture's longer side."""


def order_clockwise(corners: Points) -> Points:
    """Return the corners clockwise as seen, beginning with the one most to the upper left."""
    return np.asarray(ordered_clockwise(corners[None])[0], dtype=np.float64)


def ordered_clockwise(many: NDArray[np.float64]) -> NDArray[np.float64]:
    """Do that for many quadrilaterals at once: first axis."""
    spokes = many - many.mean(axis=1, keepdims=True)
    order = np.argsort(np.arctan2(spokes[..., 1], spokes[..., 0]), axis=1)
    around = np.take_along_axis(many, order[..., None], axis=1)
    first = np.argmin(around.sum(axis=2), axis=1)
    turn = (np.arange(4)[None, :] + first[:, None]) % 4
    return np.asarray(np.take_along_axis(around, turn[..., None], axis=1), dtype=np.float64)


def area_of(corners: Points) -> float:
    """Return the area (shoelace), positive for corners clockwise as seen."""
    x, y = corners[:, 0], corners[:, 1]
    return float((x * np.roll(y, -1) - np.roll(x, -1) * y).sum() / 2)


def proportions(corners: Points, picture_size: tuple[int, int]) -> float:
    """Return the sheet's width (first to second corner) through its height, perspective taken out.

    Good to 3 % for tilts up to 35°; ``picture_size`` is width and height of the whole picture.
    """
    columns = _unit_square_to(corners, picture_size)
    longer = float(max(picture_size))
    focal = _focal_length(columns)
    if focal is None or not 0.55 * longer < focal < 3.0 * longer:
        # Too straight a view (or no rectangle): every usual lens gives nearly the same answer.
        found = [_ratio_with(columns, part * longer) for part in _FOCAL_TRIED]
        return float(np.median(found))
    return _ratio_with(columns, focal)


def format_of(ratio: float) -> tuple[PageFormat, float]:
    """Return the format nearest to width / height ``ratio`` and how well it fits, 0 to 1."""
    long_by_short = max(ratio, 1 / ratio) if ratio > 0 else math.inf
    best = min(_RATIOS, key=lambda kind: abs(math.log(long_by_short / _RATIOS[kind])))
    off = abs(math.log(long_by_short / _RATIOS[best])) if math.isfinite(long_by_short) else math.inf
    if off > _TOLERANCE:
        return PageFormat.OTHER, 0.0
    return best, 1.0 - off / _TOLERANCE


def quarter_turned(corners: Points, quarters: int) -> Points:
    """Return the corners with the ``quarters``-th as the first, still clockwise."""
    return np.asarray(np.roll(corners, -quarters, axis=0), dtype=np.float64)


def rotation_of(corners: Points) -> float:
    """Return how far the sheet lies turned in the picture, clockwise, in degrees [0, 360).

    The angle is that of the sheet's upward direction: from the middle of its lower edge to its upper one.
    """
    up = corners[0] + corners[1] - corners[2] - corners[3]
    return math.degrees(math.atan2(up[0], -up[1])) % 360.0


def homography_from(corners: Points, size: tuple[int, int]) -> NDArray[np.float64]:
    """Return what takes the picture to an upright sheet of ``size`` pixels (width, height)."""
    width, height = size
    flat = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float32)
    # Corners are counted from the outer edge of the flat sheet, warping counts the middles of pixels.
    return np.asarray(
        cv2.getPerspectiveTransform(corners.astype(np.float32), flat - np.float32(0.5)),
        dtype=np.float64,
    )


def _unit_square_to(corners: Points, picture_size: tuple[int, int]) -> NDArray[np.float64]:
    width, height = picture_size
    centred = (corners - np.array([width / 2, height / 2])).astype(np.float32)
    square = np.array([[0, 0], [1, 0], [1, 1], [0, 1]], np.float32)
    return np.asarray(cv2.getPerspectiveTransform(square, centred), dtype=np.float64)


def _focal_length(columns: NDArray[np.float64]) -> float | None:
    """Solve for the focal length that makes the sheet's two directions perpendicular."""
    first, second = columns[:, 0], columns[:, 1]
    depth = float(first[2] * second[2])
    if abs(depth) < _ALMOST_NONE:
        return None
    squared = -float(first[0] * second[0] + first[1] * second[1]) / depth
    return math.sqrt(squared) if squared > 0 else None


def _ratio_with(columns: NDArray[np.float64], focal: float) -> float:
    lens = np.array([1 / focal, 1 / focal, 1.0])
    across = float(np.linalg.norm(columns[:, 0] * lens))
    down = float(np.linalg.norm(columns[:, 1] * lens))
    return across / down if down > 0 else math.inf
