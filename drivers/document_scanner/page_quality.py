# SPDX-License-Identifier: Apache-2.0
"""Says what is wrong with the picture of a page, so that the resident can put it right before going on.

A warning is raised only for what makes a page hard to read; a clean page of little print has none.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from drivers.camera.picture import Picture
from drivers.document_scanner.page_finder import FoundPage
from drivers.document_scanner.page_shape import PageFormat
from drivers.document_scanner.page_straighten import MM_PER_INCH, FlatPage
from drivers.document_scanner.shrinking import shrunk


class PageWarning(StrEnum):
    """Names are stable: the command line prints them and screens translate them."""

    BLUR = "blur"
    GLARE = "glare"
    TOO_DARK = "too_dark"
    CUT_OFF = "cut_off"
    COVERED = "covered"
    LOW_RESOLUTION = "low_resolution"


@dataclass(frozen=True, slots=True)
class PageQuality:
    """What was measured; ``None`` where the page gives nothing to measure."""

    warnings: tuple[PageWarning, ...]
    sharpness: float | None
    """The steepest edges' slope per pixel in parts of their contrast, at reading size; 0.5 is crisp."""
    paper_level: float
    """Brightness of bare paper in the source, 0 to 255."""
    glare_part: float
    """The part of the page that is lost in reflections."""
    resolution_dpi: float
    """Source pixels per inch, taking the page for its format."""


_READING_DPI: Final = {PageFormat.A4: 100.0, PageFormat.ID1: 200.0, PageFormat.OTHER: 100.0}
"""At this scale the smallest usual print is just legible; blur is judged there."""
_OVERVIEW_PX: Final = 400.0
_LEAST_SHARPNESS: Final = 0.20
_LEAST_CONTRAST: Final = 30.0
_LEAST_EDGES: Final = 200
_LEAST_LEVEL: Final = 75.0
_MOST_GLARE: Final = 0.004
_LEAST_DPI_PART: Final = 0.5
_SATURATED: Final = 249
_COVERED_RUN: Final = 0.06
_OTHER_COLOUR: Final = 18.0


def quality_of(page: FoundPage, flat: FlatPage) -> PageQuality:
    """Measure one found page, flattened but lit as it was."""
    reading = _READING_DPI[page.format]
    dpi = min(reading, flat.source_dpi)
    picture, _across, _down = shrunk(
        flat.picture, dpi * flat.size_mm[1] / MM_PER_INCH / flat.picture.shape[0]
    )
    small, _across, _down = shrunk(picture, _OVERVIEW_PX / max(picture.shape[:2]))
    level = float(np.percentile(small[::2, ::2].max(axis=2), 90))
    glare = _glare_part(small)
    sharpness = _sharpness(picture)
    warnings = []
    if sharpness is not None and sharpness < _LEAST_SHARPNESS:
        warnings.append(PageWarning.BLUR)
    if glare > _MOST_GLARE:
        warnings.append(PageWarning.GLARE)
    if level < _LEAST_LEVEL:
        warnings.append(PageWarning.TOO_DARK)
    if page.is_cut_off:
        warnings.append(PageWarning.CUT_OFF)
    if page.hidden_sides and _is_covered(picture):
        warnings.append(PageWarning.COVERED)
    if flat.source_dpi < _LEAST_DPI_PART * reading:
        warnings.append(PageWarning.LOW_RESOLUTION)
    return PageQuality(tuple(warnings), sharpness, level, glare, flat.source_dpi)


def _sharpness(flat: Picture) -> float | None:
    """Compare the slope of edges with their height: independent of how dark the print is."""
    grey = cv2.cvtColor(flat, cv2.COLOR_BGR2GRAY)
    border = (grey.shape[0] // 30 + 1, grey.shape[1] // 30 + 1)
    inner = grey[border[0] : -border[0], border[1] : -border[1]]
    window = np.ones((9, 9), np.uint8)
    contrast = cv2.subtract(cv2.dilate(inner, window), cv2.erode(inner, window))[1:-1, 1:-1]
    slope = cv2.max(
        cv2.absdiff(inner[1:-1, 2:], inner[1:-1, :-2]),
        cv2.absdiff(inner[2:, 1:-1], inner[:-2, 1:-1]),
    )
    strong = contrast > max(_LEAST_CONTRAST, 0.25 * float(np.percentile(inner[::4, ::4], 90)))
    if int(np.count_nonzero(strong)) < _LEAST_EDGES:
        return None
    steepness = slope[strong].astype(np.float32) / (2 * contrast[strong].astype(np.float32))
    return float(np.percentile(steepness[:: 1 + len(steepness) // 40_000], 95))


def _glare_part(small: Picture) -> float:
    """Return the part of the page in saturated spots that outshine the paper around them."""
    darkest = cv2.min(cv2.min(small[..., 0], small[..., 1]), small[..., 2])
    spots = (darkest >= _SATURATED).astype(np.uint8)
    spots = np.asarray(cv2.morphologyEx(spots, cv2.MORPH_OPEN, np.ones((5, 5), np.uint8)), np.uint8)
    if not spots.any():
        return 0.0
    around = cv2.dilate(spots, np.ones((45, 45), np.uint8)).astype(bool)
    rest = darkest[~around]
    if rest.size < 0.2 * darkest.size or float(np.percentile(rest, 75)) > 236:  # noqa: PLR2004
        # The whole page is as light as can be: exposure, not a reflection.
        return 0.0
    return float(spots.mean())


def _is_covered(flat: Picture) -> bool:
    """Tell whether something of another colour lies over an edge of the page."""
    lab = cv2.cvtColor(flat.astype(np.float32) / 255, cv2.COLOR_BGR2Lab)
    depth = max(2, min(flat.shape[:2]) // 60)
    strips: list[NDArray[np.float32]] = [
        lab[1:depth].mean(axis=0),
        lab[-depth:-1].mean(axis=0),
        lab[:, 1:depth].mean(axis=1),
        lab[:, -depth:-1].mean(axis=1),
    ]
    for strip in strips:
        off = strip - np.median(strip, axis=0)
        # Shadows darken; a hand has another tint or is far darker.
        other = np.hypot(off[:, 1], off[:, 2]) + np.abs(off[:, 0]) * 0.4 > _OTHER_COLOUR
        if _longest_run(other) > _COVERED_RUN * len(strip):
            return True
    return False


def _longest_run(flags: NDArray[np.bool_]) -> int:
    edges = np.flatnonzero(np.diff(np.concatenate([[False], flags, [False]]).astype(np.int8)))
    return int((edges[1::2] - edges[0::2]).max(initial=0))
