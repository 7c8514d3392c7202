# SPDX-License-Identifier: Apache-2.0
"""Straight edges of a picture, and the quadrilaterals that four of them make.

Edges are found by OpenCV's line segment detector on locally evened pictures, so that a white sheet on a
white table counts like one on a black table. Pieces of one line are joined over any gap: a hand, a
shadow or a glare may hide a part of a page's edge.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from drivers.document_scanner.page_shape import Points, ordered_clockwise

Colours = NDArray[np.float32]
"""A picture in CIE Lab, one float per channel."""

_MOST_LINES: Final = 56
_MOST_PAIRS: Final = 700
_JOIN_ANGLE: Final = np.radians(3.0)
_JOIN_PX: Final = 2.5
_SHORTEST_PIECE_PX: Final = 14.0
_SHORTEST_LINE: Final = 0.07
"""Of the picture's diagonal: the least length of pieces that make a line."""
_BEYOND: Final = 0.30
"""How far (in parts of the picture) a corner may lie outside."""
_ALMOST_NONE: Final = 1e-9
_LEAST_SHOWN: Final = 0.45
"""How much of a side the picture must show."""
_NEAREST_SIDES: Final = 0.07


@dataclass(frozen=True, slots=True)
class Lines:
    """Lines as ``normal · point = offset``, best supported first, with what stands along them."""

    normals: NDArray[np.float64]
    offsets: NDArray[np.float64]
    presence: NDArray[np.float32]
    """Per line, the running sum of pixels with a step in colour; index by :attr:`origin` + distance."""
    origin: int


def find_lines(colours: Colours, threshold: float, *, in_colour: bool) -> Lines:
    """Find and join edges; ``threshold`` is the least step in colour that counts, in Lab units.

    With ``in_colour``, also where only the colour changes and not the lightness.
    """
    pieces = _pieces(colours, in_colour=in_colour)
    normals, offsets = _joined(pieces, colours.shape[1], colours.shape[0])
    presence, origin = _presence(colours, normals, offsets, threshold)
    return Lines(normals, offsets, presence, origin)


def quadrilaterals(lines: Lines, size: tuple[int, int], most: int) -> list[Points]:
    """Combine lines to convex quadrilaterals, the best supported first, at most ``most``.

    Corners are ordered as by ``page_shape.order_clockwise``.
    """
    pairs = _opposite_pairs(lines, size)
    if len(pairs) < 2:  # noqa: PLR2004 - a quadrilateral needs two pairs
        return []
    first, second = np.triu_indices(len(pairs), 1)
    directions = _mean_directions(lines, pairs)
    across = np.abs(
        directions[first, 0] * directions[second, 1] - directions[first, 1] * directions[second, 0]
    )
    keep = across > np.sin(np.radians(40))
    first, second = first[keep], second[keep]
    if not len(first):
        return []
    a, c = pairs[first, 0], pairs[first, 1]
    b, d = pairs[second, 0], pairs[second, 1]
    corners = np.stack(
        [
            _crossings(lines, a, b),
            _crossings(lines, b, c),
            _crossings(lines, c, d),
            _crossings(lines, d, a),
        ],
        axis=1,
    )
    sound = _are_sound(corners, size)
    corners = corners[sound]
    sides = np.stack([b, c, d, a], axis=1)[sound]
    if not len(corners):
        return []
    support = np.stack(
        [
            _support(lines, sides[:, side], corners[:, side], corners[:, (side + 1) % 4], size)
            for side in range(4)
        ],
        axis=1,
    )
    areas = np.abs(_areas(corners)) / (size[0] * size[1])
    rough = support.mean(axis=1) + 0.6 * support.min(axis=1) + 0.15 * np.sqrt(areas)
    best = np.argsort(-rough)[:most]
    return list(ordered_clockwise(corners[best]))


def _pieces(colours: Colours, *, in_colour: bool) -> NDArray[np.float64]:
    """Find line pieces in lightness, and in the distance of hues from that along the border."""
    detector = cv2.createLineSegmentDetector(cv2.LSD_REFINE_NONE, scale=1.0)
    lightness = colours[..., 0]
    channels = [(lightness, 3.0)]
    if in_colour:
        border = np.concatenate([colours[:6].reshape(-1, 3), colours[-6:].reshape(-1, 3)])
        table = np.median(border, axis=0)
        chroma = np.hypot(colours[..., 1] - table[1], colours[..., 2] - table[2])
        channels.append((chroma, 4.0))
    found = []
    for channel, gain in channels:
        even = _blurred_widely(channel)
        stretched = np.clip((channel - even) * gain + 128, 0, 255).astype(np.uint8)
        segments = detector.detect(stretched)[0]
        if segments is not None:
            found.append(segments.reshape(-1, 4).astype(np.float64))
    if not found:
        return np.empty((0, 4))
    pieces = np.concatenate(found)
    lengths = np.hypot(pieces[:, 2] - pieces[:, 0], pieces[:, 3] - pieces[:, 1])
    order = np.argsort(-lengths)
    long_enough = order[lengths[order] >= _SHORTEST_PIECE_PX]
    return np.asarray(pieces[long_enough], dtype=np.float64)


def _blurred_widely(channel: NDArray[np.float32]) -> NDArray[np.float32]:
    height, width = channel.shape
    small = cv2.resize(
        channel, (max(8, width // 8), max(8, height // 8)), interpolation=cv2.INTER_AREA
    )
    blurred = cv2.GaussianBlur(small, (0, 0), small.shape[1] / 14)
    return np.asarray(cv2.resize(blurred, (width, height)), dtype=np.float32)


def _joined(
    pieces: NDArray[np.float64], width: int, height: int
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    starts, ends = pieces[:, :2], pieces[:, 2:]
    vectors = ends - starts
    lengths = np.hypot(vectors[:, 0], vectors[:, 1])
    normals = np.column_stack([-vectors[:, 1], vectors[:, 0]]) / np.maximum(lengths, 1e-9)[:, None]
    free = np.ones(len(pieces), bool)
    shortest = _SHORTEST_LINE * float(np.hypot(width, height))
    lines: list[tuple[float, NDArray[np.float64], float]] = []
    for index in range(min(len(pieces), 400)):
        if not free[index]:
            continue
        normal, offset = normals[index], float(normals[index] @ starts[index])
        same = free & (np.abs(normals @ np.array([normal[1], -normal[0]])) < np.sin(_JOIN_ANGLE))
        same &= np.abs(starts @ normal - offset) < _JOIN_PX
        same &= np.abs(ends @ normal - offset) < _JOIN_PX
        free &= ~same
        total = float(lengths[same].sum())
        if total < shortest:
            continue
        points = np.concatenate([starts[same], ends[same]])
        weights = np.concatenate([lengths[same], lengths[same]])
        lines.append((total, *_fitted(points, weights)))
    lines.sort(key=lambda line: -line[0])
    lines = lines[:_MOST_LINES]
    if not lines:
        return np.empty((0, 2)), np.empty(0)
    return np.array([line[1] for line in lines]), np.array([line[2] for line in lines])


def _fitted(
    points: NDArray[np.float64], weights: NDArray[np.float64]
) -> tuple[NDArray[np.float64], float]:
    middle = np.average(points, axis=0, weights=weights)
    centred = points - middle
    spread = (centred * weights[:, None]).T @ centred
    normal = np.linalg.eigh(spread)[1][:, 0]
    return normal, float(normal @ middle)


def _presence(
    colours: Colours, normals: NDArray[np.float64], offsets: NDArray[np.float64], threshold: float
) -> tuple[NDArray[np.float32], int]:
    height, width = colours.shape[:2]
    reach = int(np.hypot(width, height)) + 1
    along = np.arange(-reach, reach + 1, dtype=np.float64)
    if not len(normals):
        return np.zeros((0, len(along)), np.float32), reach
    directions = np.column_stack([normals[:, 1], -normals[:, 0]])
    base = normals * offsets[:, None]
    points = base[:, None, :] + along[None, :, None] * directions[:, None, :]
    steps = np.zeros(points.shape[:2], np.float32)
    sides = []
    for side in (-3.5, 3.5):
        at = (points + side * normals[:, None, :]).astype(np.float32)
        sides.append(
            cv2.remap(
                colours, at[..., 0], at[..., 1], cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
            )
        )
    steps = np.linalg.norm(sides[0] - sides[1], axis=2)
    inside = (
        (points[..., 0] >= 0)
        & (points[..., 0] < width)
        & (points[..., 1] >= 0)
        & (points[..., 1] < height)
    )
    present = ((steps > threshold) & inside).astype(np.float32)
    return np.cumsum(present, axis=1, dtype=np.float32), reach


def _opposite_pairs(lines: Lines, size: tuple[int, int]) -> NDArray[np.intp]:
    count = len(lines.offsets)
    first, second = np.triu_indices(count, 1)
    if not len(first):
        return np.empty((0, 2), np.intp)
    n1, n2 = lines.normals[first], lines.normals[second]
    dots = (n1 * n2).sum(axis=1)
    parallel = np.abs(dots) > np.cos(np.radians(42))
    centre = np.array([size[0] / 2, size[1] / 2])
    # Distance of the second line from the point of the first that is nearest to the picture's middle.
    foot = centre + (lines.offsets[first] - n1 @ centre)[:, None] * n1
    gap = np.abs((foot * n2).sum(axis=1) - lines.offsets[second])
    keep = parallel & (gap > _NEAREST_SIDES * min(size))
    pairs = np.column_stack([first[keep], second[keep]])
    return np.asarray(pairs[:_MOST_PAIRS], dtype=np.intp)


def _mean_directions(lines: Lines, pairs: NDArray[np.intp]) -> NDArray[np.float64]:
    n1, n2 = lines.normals[pairs[:, 0]], lines.normals[pairs[:, 1]]
    sign = np.sign((n1 * n2).sum(axis=1))
    mean = n1 + n2 * sign[:, None]
    return np.asarray(mean / np.linalg.norm(mean, axis=1)[:, None], dtype=np.float64)


def _crossings(lines: Lines, i: NDArray[np.intp], j: NDArray[np.intp]) -> NDArray[np.float64]:
    n1, n2, o1, o2 = lines.normals[i], lines.normals[j], lines.offsets[i], lines.offsets[j]
    det = n1[:, 0] * n2[:, 1] - n1[:, 1] * n2[:, 0]
    det = np.where(np.abs(det) < _ALMOST_NONE, np.nan, det)
    x = (o1 * n2[:, 1] - o2 * n1[:, 1]) / det
    y = (n1[:, 0] * o2 - n2[:, 0] * o1) / det
    return np.column_stack([x, y])


def _areas(corners: NDArray[np.float64]) -> NDArray[np.float64]:
    x, y = corners[..., 0], corners[..., 1]
    return np.asarray((x * np.roll(y, -1, 1) - np.roll(x, -1, 1) * y).sum(axis=1) / 2)


def _are_sound(corners: NDArray[np.float64], size: tuple[int, int]) -> NDArray[np.bool_]:
    """Convex, not tiny, angles as a tilt of 40° may make them, corners not far outside."""
    limit = np.array(size, dtype=np.float64)
    near = (corners > -_BEYOND * limit).all(axis=(1, 2)) & (corners < (1 + _BEYOND) * limit).all(
        axis=(1, 2)
    )
    corners = np.nan_to_num(corners, nan=1e9)
    edges = np.roll(corners, -1, axis=1) - corners
    turns = edges[..., 0] * np.roll(edges[..., 1], -1, 1) - edges[..., 1] * np.roll(
        edges[..., 0], -1, 1
    )
    lengths = np.linalg.norm(edges, axis=2)
    sines = turns / np.maximum(lengths * np.roll(lengths, -1, 1), 1e-9)
    convex = (sines > np.sin(np.radians(38))).all(axis=1) | (sines < -np.sin(np.radians(38))).all(
        axis=1
    )
    opposite = np.stack(
        [
            lengths[:, 0] / np.maximum(lengths[:, 2], 1e-9),
            lengths[:, 1] / np.maximum(lengths[:, 3], 1e-9),
        ],
        axis=1,
    )
    balanced = (np.abs(np.log(np.maximum(opposite, 1e-9))) < np.log(2.1)).all(axis=1)
    large = np.abs(_areas(corners)) > 0.012 * size[0] * size[1]
    return np.asarray(near & convex & balanced & large, dtype=np.bool_)


def _support(
    lines: Lines,
    line: NDArray[np.intp],
    start: NDArray[np.float64],
    end: NDArray[np.float64],
    size: tuple[int, int],
) -> NDArray[np.float64]:
    """Return the part of each side that has a step in colour, counting only what the picture shows."""
    limit = np.array(size, dtype=np.float64) - 1
    normals = lines.normals[line]
    directions = np.column_stack([normals[:, 1], -normals[:, 0]])
    whole = np.linalg.norm(end - start, axis=1)
    at = [
        np.rint((np.clip(point, 0, limit) * directions).sum(axis=1)).astype(np.intp) + lines.origin
        for point in (start, end)
    ]
    low, high = np.minimum(*at), np.maximum(*at)
    length = np.maximum(high - low, 1)
    shown = np.clip(length / np.maximum(whole, 1), 0, 1)
    found = (lines.presence[line, high] - lines.presence[line, low]) / length
    return np.asarray(np.where(shown > _LEAST_SHOWN, found, 0.0), dtype=np.float64)
