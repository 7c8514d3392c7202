# SPDX-License-Identifier: Apache-2.0
"""The four sides of a supposed page, looked at closely: where exactly they are, and what ends there."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from drivers.document_scanner.page_lines import Colours
from drivers.document_scanner.page_shape import Points

_SAMPLES: Final = 48
_HALF: Final = 2.0
_LEAST_SHOWN: Final = 0.45
"""How much of a side the picture must show."""
_LEAST_AT_SOURCE: Final = 2.6
"""In Lab units; see ``page_finder``."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """What the four sides of a supposed page show."""

    sides: NDArray[np.float64]
    """The part of each side at which a page ends, 0 to 1."""
    repeats: NDArray[np.float64]
    """The part of each side beyond which the same begins again, as with tiles."""
    inside: NDArray[np.float32]
    """Colours just inside the sides."""


def evidence(colours: Colours, corners: Points, threshold: float) -> Evidence:
    """Look at both sides of every edge; ``threshold`` is the least step in colour that counts."""
    points, normals, shown = _along_sides(corners, colours.shape[1], colours.shape[0])
    near_in, far_in = (_sampled(colours, points, normals, *span) for span in ((2, 4), (6, 9)))
    near_out, far_out = (
        _sampled(colours, points, normals, *span) for span in ((-4, -2), (-13, -7))
    )
    step = np.linalg.norm(near_in - near_out, axis=2)
    inwards = np.linalg.norm(near_in - far_in, axis=2)
    beyond = np.linalg.norm(far_out - near_in, axis=2)
    is_edge = (
        (step > threshold)
        & (inwards < np.maximum(0.6 * step, threshold))
        & (beyond > np.maximum(threshold, 0.12 * step))
    )
    counted = np.maximum(shown.sum(axis=1), 1)
    sides = (is_edge & shown).sum(axis=1) / counted
    sides = np.where(shown.mean(axis=1) > _LEAST_SHOWN, sides, 0.0)
    # Tiles and boards: beyond a joint the same begins again, seen from either side of it.
    alike = np.maximum(threshold, 0.3 * step)
    outer, inner = (_sampled(colours, points, normals, *span) for span in ((-28, -18), (18, 28)))
    again = (np.linalg.norm(outer - far_in, axis=2) < alike) | (
        np.linalg.norm(inner - near_out, axis=2) < alike
    )
    repeats = (again & shown).sum(axis=1) / counted
    return Evidence(np.asarray(sides, np.float64), np.asarray(repeats, np.float64), near_in)


def _along_sides(
    corners: Points, width: int, height: int
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.bool_]]:
    """Return points along the four sides, their inward normals, and whether the picture shows them."""
    ends = np.roll(corners, -1, axis=0)
    vectors = ends - corners
    lengths = np.maximum(np.linalg.norm(vectors, axis=1), 1e-6)
    # Corners run clockwise as seen (y downwards): inwards is to the right of the way.
    normals = np.column_stack([-vectors[:, 1], vectors[:, 0]]) / lengths[:, None]
    parts = np.linspace(0.04, 0.96, _SAMPLES)
    points = corners[:, None, :] + parts[None, :, None] * vectors[:, None, :]
    shown = (
        (points[..., 0] >= 1)
        & (points[..., 0] <= width - 2)
        & (points[..., 1] >= 1)
        & (points[..., 1] <= height - 2)
    )
    return points, normals, shown


def _sampled(
    colours: Colours,
    points: NDArray[np.float64],
    normals: NDArray[np.float64],
    start: float,
    end: float,
) -> NDArray[np.float32]:
    """Return the mean colour between two distances along the inward normal."""
    profiles = _profiles(colours, points, normals, np.linspace(start, end, 3))
    return np.asarray(profiles.mean(axis=2), dtype=np.float32)


def refined(colours: Colours, corners: Points, reach: float, threshold: float) -> Points | None:
    """Move each side to where the colour really steps within ``reach`` pixels; ``None`` if it collapses."""
    points, normals, shown = _along_sides(corners, colours.shape[1], colours.shape[0])
    offsets = np.arange(-reach - _HALF, reach + _HALF + 0.1, 0.5)
    profiles = _profiles(colours, points, normals, offsets)
    return _stepped(profiles, offsets, (points, normals, shown), threshold)


def refined_at_the_source(
    picture: NDArray[np.uint8], corners: Points, unit: float
) -> Points | None:
    """Do the same on the full picture; ``unit`` is the width of a pixel of the search, in its pixels."""
    height, width = picture.shape[:2]
    points, normals, shown = _along_sides(corners, width, height)
    reach = 1.6 * unit
    offsets = np.linspace(-reach - _HALF * unit / 2, reach + _HALF * unit / 2, 27)
    raw = _profiles(picture, points, normals, offsets)
    bright = float(np.percentile(raw, 97))
    gain = np.float32(min(6.0, 225.0 / max(bright, 1.0)) / 255.0)
    lab = cv2.cvtColor(
        np.minimum(raw.reshape(-1, len(offsets), 3).astype(np.float32) * gain, np.float32(1.0)),
        cv2.COLOR_BGR2Lab,
    )
    return _stepped(
        lab.reshape(raw.shape).astype(np.float32),
        offsets,
        (points, normals, shown),
        _LEAST_AT_SOURCE,
    )


def _profiles(
    picture: NDArray[np.uint8] | NDArray[np.float32],
    points: NDArray[np.float64],
    normals: NDArray[np.float64],
    offsets: NDArray[np.float64],
) -> NDArray[np.float32]:
    """Return the colours across the sides: side, sample, offset (inwards is positive), channel."""
    at = points[..., None, :] + offsets[None, None, :, None] * normals[:, None, None, :]
    flat = at.astype(np.float32).reshape(len(points), -1, 2)
    seen = cv2.remap(
        picture, flat[..., 0], flat[..., 1], cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
    )
    return np.asarray(seen.reshape(*points.shape[:2], len(offsets), 3), dtype=np.float32)


def _stepped(
    profiles: NDArray[np.float32],
    offsets: NDArray[np.float64],
    sides: tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.bool_]],
    threshold: float,
) -> Points | None:
    """Fit a line to the strongest steps of each side and cross the four."""
    points, normals, shown = sides
    half = 4
    sums = np.cumsum(profiles, axis=2, dtype=np.float32)
    sums = np.concatenate([np.zeros_like(sums[:, :, :1]), sums], axis=2)
    difference = (
        sums[:, :, 2 * half :] - 2 * sums[:, :, half:-half] + sums[:, :, : -2 * half]
    ) / half
    steps = np.sqrt(np.einsum("ijkc,ijkc->ijk", difference, difference))
    spacing = float(offsets[1] - offsets[0])
    # The step lies between the last sample of the outer half and the first of the inner one.
    centres = offsets[half : len(offsets) - half + 1] - spacing / 2
    best = np.argmax(steps, axis=2)
    strength = np.take_along_axis(steps, best[..., None], axis=2)[..., 0]
    moved = points + centres[best][..., None] * normals[:, None, :]
    fitted: list[tuple[NDArray[np.float64], float]] = []
    for side in range(4):
        good = shown[side] & (strength[side] > threshold)
        if good.sum() < _SAMPLES * 0.25:
            normal = normals[side]
            fitted.append((normal, float(normal @ points[side].mean(axis=0))))
            continue
        vx, vy, x, y = cv2.fitLine(
            moved[side][good].astype(np.float32), cv2.DIST_HUBER, 0, 0.01, 0.01
        ).ravel()
        normal = np.array([-vy, vx], dtype=np.float64)
        fitted.append((normal, float(normal @ np.array([x, y]))))
    return _crossed(fitted)


def _crossed(lines: list[tuple[NDArray[np.float64], float]]) -> Points | None:
    corners = []
    for side in range(4):
        (n1, o1), (n2, o2) = lines[side - 1], lines[side]
        det = float(n1[0] * n2[1] - n1[1] * n2[0])
        if abs(det) < 0.3:  # noqa: PLR2004 - sides that meet at less than 18° are no page's
            return None
        corners.append(((o1 * n2[1] - o2 * n1[1]) / det, (n1[0] * o2 - n2[0] * o1) / det))
    return np.array(corners, dtype=np.float64)
