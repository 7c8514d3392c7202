# SPDX-License-Identifier: Apache-2.0
"""Turns the part of a photograph that is a page into a flat, evenly lit sheet.

The perspective is taken out in one warp at the wanted resolution. Light is evened by dividing by the
paper's own brightness and colour, estimated where there is paper and not print, so that shadows go, the
paper becomes white and a stamp stays red. Cards have no white of their own: only their brightness is
evened, gently.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from drivers.camera.picture import Picture
from drivers.core import CARD_DPI_FACTOR
from drivers.document_scanner.page_finder import FoundPage
from drivers.document_scanner.page_orientation import orientation_of
from drivers.document_scanner.page_shape import (
    SIZES_MM,
    PageFormat,
    Points,
    homography_from,
    proportions,
    quarter_turned,
    rotation_of,
)
from drivers.document_scanner.shrinking import shrunk

MM_PER_INCH: Final = 25.4
_PAPER_WHITE: Final = 250.0
_DIVIDEND: Final = 225.0
_MOST_GAIN: Final = 9.0
_NOISY_GAIN: Final = 2.6
"""From here on the camera's noise would show."""
_SKIPPING: Final = 1.7
"""From a factor of two on, bilinear sampling skips pixels."""
_SAME_TINT: Final = 0.09
_SURE: Final = 0.8
"""Below this confidence the page is left as the picture shows it."""


@dataclass(frozen=True, slots=True)
class StraightPage:
    """One flat sheet."""

    picture: Picture
    """BGR, upright as far as known."""
    corners: Points
    """The sheet's own top-left, top-right, bottom-right, bottom-left in source pixels."""
    format: PageFormat
    size_mm: tuple[float, float]
    """Width and height as it lies upright; true for cards, taken as A4 for all else."""
    rotation_deg: float
    """How far the sheet lay turned in the picture, clockwise, [0, 360)."""
    orientation_confidence: float
    """0: the top edge is only the upper one of the picture; 1: the print says which it is."""


@dataclass(frozen=True, slots=True)
class FlatPage:
    """A sheet with its perspective taken out, as it was lit, some edge of it on top."""

    picture: Picture
    corners: Points
    """Those of the source that became top-left, top-right, bottom-right, bottom-left."""
    format: PageFormat
    size_mm: tuple[float, float]
    source_dpi: float
    """How many pixels per inch the source has there."""


def flatten(picture: Picture, page: FoundPage, *, resolution_dpi: int = 200) -> FlatPage:
    """Cut the page out, flat, at ``resolution_dpi`` (for cards half as much again).

    The picture is never enlarged by more than half. Parts outside the source picture become white.
    """
    height, width = picture.shape[:2]
    corners = _lying_as_its_format(page.points, page.format, (width, height))
    size_mm = _size_mm(corners, page.format, (width, height))
    edges = np.linalg.norm(np.roll(corners, -1, axis=0) - corners, axis=1)
    source = min(edges[0::2].mean() / size_mm[0], edges[1::2].mean() / size_mm[1]) * MM_PER_INCH
    size = _size_px(corners, size_mm, resolution_dpi, page.format)
    return FlatPage(_warped(picture, corners, size), corners, page.format, size_mm, float(source))


def straighten(flat: FlatPage) -> StraightPage:
    """Even the light and turn the page upright."""
    even = evened(flat.picture, keep_colours=flat.format is PageFormat.ID1)
    orientation = orientation_of(even, flat.format, _legibility(flat))
    quarters = orientation.quarters
    if orientation.confidence < _SURE:
        quarters = _nearest_to_upright(flat.corners, flat.format)
    corners = quarter_turned(flat.corners, quarters)
    width, height = flat.size_mm
    return StraightPage(
        _turned(even, quarters),
        corners,
        flat.format,
        (height, width) if quarters % 2 else (width, height),
        rotation_of(corners),
        orientation.confidence,
    )


def _legibility(flat: FlatPage) -> float:
    """Judge from resolution and light how far print can be told: cards have smaller print than pages."""
    dpi = flat.source_dpi * (0.5 if flat.format is PageFormat.ID1 else 1.0)
    shape = float(np.clip((dpi - 45) / 45, 0, 1))
    light = float(np.clip((np.percentile(flat.picture[::16, ::16], 90) - 40) / 60, 0, 1))
    return shape * light


def _turned(picture: Picture, quarters: int) -> Picture:
    ways = {
        1: cv2.ROTATE_90_COUNTERCLOCKWISE,
        2: cv2.ROTATE_180,
        3: cv2.ROTATE_90_CLOCKWISE,
    }
    if quarters not in ways:
        return picture
    return np.asarray(cv2.rotate(picture, ways[quarters]), dtype=np.uint8)


def evened(flat: Picture, *, keep_colours: bool) -> Picture:
    """Even the light of a flat sheet; without ``keep_colours`` the paper's tint is taken for white, too."""
    paper = _paper_light(flat)
    if keep_colours:
        grey = cv2.cvtColor(paper, cv2.COLOR_BGR2GRAY)
        target = float(np.percentile(grey, 90))
        gain = np.clip(target / np.maximum(grey, 1.0), 0.8, 1.6) * min(
            1.6, 235.0 / max(target, 1.0)
        )
        gains = np.repeat(gain[..., None], 3, axis=2)
    else:
        # One limit for all three colours: a shadow too deep stays grey, not coloured.
        lightest = np.maximum(paper.max(axis=2, keepdims=True), 1.0)
        gains = np.clip(_PAPER_WHITE / lightest, 0.9, _MOST_GAIN) * (
            lightest / np.maximum(paper, 1.0)
        )
    if float(np.median(gains)) > _NOISY_GAIN:
        flat = np.asarray(cv2.bilateralFilter(flat, 5, 14, 3), dtype=np.uint8)
    height, width = flat.shape[:2]
    # Bytes are enough for the divisor, and four times quicker than floats.
    divisor = np.clip(_DIVIDEND / gains, 1, 255).round().astype(np.uint8)
    full = cv2.resize(divisor, (width, height), interpolation=cv2.INTER_LINEAR)
    # Into the memory of the divisor: a fresh page of it costs as much as the division.
    return np.asarray(cv2.divide(flat, full, dst=full, scale=_DIVIDEND), dtype=np.uint8)


def _paper_light(flat: Picture) -> NDArray[np.float32]:
    """Estimate the colour of bare paper everywhere, about 100 pixels wide."""
    height, width = flat.shape[:2]
    small, _across, _down = shrunk(flat, 480.0 / max(height, width))
    # Print is darker than the paper around it: the lightest of a small neighbourhood is paper.
    opened = cv2.dilate(cv2.medianBlur(small, 3), np.ones((5, 5), np.uint8))
    coarse = cv2.resize(opened, None, fx=1 / 3, fy=1 / 3, interpolation=cv2.INTER_AREA)
    coarse = cv2.medianBlur(coarse, 5).astype(np.float32)
    lightness = coarse.max(axis=2)
    # Pictures and stamps: much darker than the page's own trend, or of another tint.
    trend = cv2.GaussianBlur(cv2.dilate(lightness, np.ones((25, 25), np.uint8)), (0, 0), 8)
    tint = coarse / np.maximum(lightness, 1.0)[..., None]
    common = np.median(tint[lightness >= np.percentile(lightness, 50)], axis=0)
    is_paper = (np.abs(tint - common).max(axis=2) < _SAME_TINT) & (lightness > 0.2 * trend)
    weight = is_paper.astype(np.float32) + np.float32(1e-3)
    total = cv2.GaussianBlur(coarse * weight[..., None], (0, 0), 2.0)
    return np.asarray(total / cv2.GaussianBlur(weight, (0, 0), 2.0)[..., None], dtype=np.float32)


def _lying_as_its_format(corners: Points, kind: PageFormat, picture: tuple[int, int]) -> Points:
    """Begin with the corner that makes the sheet lie as its format does: A4 upright, cards across."""
    ratio = proportions(corners, picture)
    wants_wide = kind is PageFormat.ID1
    if kind is not PageFormat.OTHER and (ratio > 1) != wants_wide:
        return quarter_turned(corners, 1)
    return corners


def _size_mm(corners: Points, kind: PageFormat, picture: tuple[int, int]) -> tuple[float, float]:
    if kind in SIZES_MM:
        return SIZES_MM[kind]
    ratio = proportions(corners, picture)
    width, height = SIZES_MM[PageFormat.A4]
    scale = min(width / ratio if ratio < width / height else height, height)
    return (scale * ratio, scale) if scale * ratio <= width else (width, width / ratio)


def _size_px(
    corners: Points, size_mm: tuple[float, float], dpi: int, kind: PageFormat
) -> tuple[int, int]:
    wanted = dpi * (CARD_DPI_FACTOR if kind is PageFormat.ID1 else 1.0) / MM_PER_INCH
    edges = np.linalg.norm(np.roll(corners, -1, axis=0) - corners, axis=1)
    seen = max(edges[0::2].max() / size_mm[0], edges[1::2].max() / size_mm[1])
    per_mm = min(wanted, 1.5 * float(seen))
    return max(16, round(size_mm[0] * per_mm)), max(16, round(size_mm[1] * per_mm))


def _warped(picture: Picture, corners: Points, size: tuple[int, int]) -> Picture:
    """Warp; where the source is much finer, halve it first, so that no pixel is skipped."""
    edges = np.linalg.norm(np.roll(corners, -1, axis=0) - corners, axis=1)
    finer = float(min(edges[0::2].min() / size[0], edges[1::2].min() / size[1]))
    low = np.clip(np.floor(corners.min(axis=0)) - 4, 0, None).astype(int)
    high = np.ceil(corners.max(axis=0)).astype(int) + 5
    part = picture[low[1] : high[1], low[0] : high[0]]
    shifted = corners - low
    if finer > _SKIPPING:
        part, across, down = shrunk(part, 1 / finer)
        shifted = (shifted + 0.5) * np.array([across, down]) - 0.5
    return np.asarray(
        cv2.warpPerspective(
            part,
            homography_from(shifted, size),
            size,
            flags=cv2.INTER_LINEAR,
            borderMode=cv2.BORDER_CONSTANT,
            borderValue=(255, 255, 255),
        ),
        dtype=np.uint8,
    )


def _nearest_to_upright(corners: Points, kind: PageFormat) -> int:
    """Without print to tell, keep the way it lies in the picture; the format decides wide or high."""
    choices = (0, 2) if kind is not PageFormat.OTHER else (0, 1, 2, 3)

    def off(quarters: int) -> float:
        rotation = rotation_of(quarter_turned(corners, quarters))
        return min(rotation, 360.0 - rotation)

    return min(choices, key=off)
