# SPDX-License-Identifier: Apache-2.0
"""Which edge of a flat sheet is the top, told from its print; with an honest confidence.

Every spot of ink of about a character's size is looked at with its surroundings by a very small neural
network (two layers) of our own, which knows how Chinese and Latin print looks upright, lying and upside
down; hundreds of weak opinions are added up. It was trained on random characters drawn by
``tests/support/train_orientation.py`` with the Noto fonts; no document was used. Handwriting, and pages
with hardly any print, are left undecided.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from drivers.camera.picture import Picture
from drivers.document_scanner.page_shape import PageFormat
from drivers.document_scanner.shrinking import shrunk

PATCH_PX: Final = 24
_WEIGHTS: Final = "character_orientation.npz"
_PAGE_PX: Final = {PageFormat.A4: 1400.0, PageFormat.ID1: 720.0, PageFormat.OTHER: 1400.0}
"""The longer side at which print of usual size is a dozen or two pixels high."""
_LEAST_INK_PX: Final = 5
_MOST_INK_PX: Final = 48
_MOST_SPOTS: Final = 220
_LEAST_SPOTS: Final = 12
_AROUND: Final = 1.7
"""How much of the surroundings belongs to a spot, in parts of the usual size of spots."""
_ROWS_AT_ONCE: Final = 7
_DEPENDENCE: Final = 14.0
"""Neighbouring spots say nearly the same: so many count as one opinion."""


@dataclass(frozen=True, slots=True)
class Orientation:
    """How many quarter turns anticlockwise make the sheet upright, and how sure that is (0 to 1)."""

    quarters: int
    confidence: float


def orientation_of(flat: Picture, kind: PageFormat, legibility: float) -> Orientation:
    """Tell the top edge from the print; confidence 0 when there is too little of it.

    ``legibility`` (0 to 1) says how far print of usual size can be told at all: where it cannot, all spots
    err together, and their number proves nothing.
    """
    grey = np.asarray(cv2.cvtColor(flat, cv2.COLOR_BGR2GRAY), dtype=np.uint8)
    small, _across, _down = shrunk(grey, _PAGE_PX[kind] / max(grey.shape))
    patches = character_patches(_densest(small))
    if len(patches) < _LEAST_SPOTS or legibility <= 0:
        return Orientation(0, 0.0)
    opinions = _log_probabilities(patches.reshape(len(patches), -1))
    total = opinions.mean(axis=0) * len(patches) * legibility / _DEPENDENCE
    # A card lies across and is never printed upright: two answers remain.
    possible = (0, 2) if kind is PageFormat.ID1 else (0, 1, 2, 3)
    weights = np.exp(total[list(possible)] - total[list(possible)].max())
    shares = weights / weights.sum()
    best = int(np.argmax(shares))
    # From "one of several, evenly" to "certain".
    evenly = 1 / len(possible)
    confidence = (float(shares[best]) - evenly) / (1 - evenly)
    return Orientation(possible[best], round(max(0.0, confidence), 3))


def _densest(grey: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Return the half of the page with the most print: enough to tell, and half the work."""
    height = grey.shape[0]
    coarse = grey[::4, ::4]
    dark = (coarse < 0.7 * float(np.percentile(coarse, 80))).sum(axis=1)
    running = np.concatenate([[0], np.cumsum(dark)])
    half = len(dark) // 2
    first = int(np.argmax(running[half:] - running[:-half]))
    return grey[first * 4 : min(height, (first + half) * 4)]


def character_patches(grey: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Cut out what may be characters, each in the middle of a square; rows of 24 × 24, ink is about 1."""
    ink = cv2.adaptiveThreshold(
        grey, 255, cv2.ADAPTIVE_THRESH_MEAN_C, cv2.THRESH_BINARY_INV, 31, 14
    )
    count, _labels, stats, centres = cv2.connectedComponentsWithStats(ink, connectivity=8)
    del count
    sizes = stats[:, [cv2.CC_STAT_WIDTH, cv2.CC_STAT_HEIGHT]].max(axis=1)
    spots = np.flatnonzero((sizes >= _LEAST_INK_PX) & (sizes <= _MOST_INK_PX))
    if not len(spots):
        return np.empty((0, PATCH_PX, PATCH_PX), np.float32)
    usual = float(np.percentile(sizes[spots], 70))
    spots = spots[(sizes[spots] > 0.5 * usual) & (sizes[spots] < 2.0 * usual)]
    spots = spots[:: 1 + len(spots) // _MOST_SPOTS]
    side = _AROUND * usual
    steps = (np.arange(PATCH_PX) + 0.5) / PATCH_PX - 0.5
    offsets = (steps * side).astype(np.float32)
    at = centres[spots].astype(np.float32)
    count = len(spots)
    xs = np.broadcast_to(at[:, 0, None, None] + offsets[None, None, :], (count, PATCH_PX, PATCH_PX))
    ys = np.broadcast_to(at[:, 1, None, None] + offsets[None, :, None], (count, PATCH_PX, PATCH_PX))
    flat_shape = (count * PATCH_PX, PATCH_PX)
    seen = cv2.remap(
        grey,
        np.ascontiguousarray(xs).reshape(flat_shape),
        np.ascontiguousarray(ys).reshape(flat_shape),
        cv2.INTER_LINEAR,
        borderMode=cv2.BORDER_REPLICATE,
    ).reshape(count, PATCH_PX * PATCH_PX)
    values = seen.astype(np.float32)
    paper = np.percentile(values, 92, axis=1, keepdims=True)
    darkest = np.percentile(values, 4, axis=1, keepdims=True)
    # In shades of grey: small print loses its shape when it is made black and white.
    darkness = np.clip((paper - values) / np.maximum(paper - darkest, 12.0), 0, 1.2)
    return np.asarray(darkness.reshape(count, PATCH_PX, PATCH_PX), dtype=np.float32)


@cache
def _network() -> tuple[NDArray[np.float32], ...]:
    with files(__package__).joinpath(_WEIGHTS).open("rb") as file, np.load(file) as stored:
        return tuple(
            stored[name].astype(np.float32)
            for name in ("inner", "inner_bias", "outer", "outer_bias")
        )


def _product(rows: NDArray[np.float32], matrix: NDArray[np.float32]) -> NDArray[np.float32]:
    """Multiply a few rows at a time.

    In one piece it is just large enough for OpenBLAS to wake a thread a core, which costs many times the
    product itself, and more the busier the machine is.
    """
    missing = -len(rows) % _ROWS_AT_ONCE
    padded = np.concatenate([rows, np.zeros((missing, rows.shape[1]), np.float32)])
    pieces = np.matmul(padded.reshape(-1, _ROWS_AT_ONCE, rows.shape[1]), matrix)
    return np.asarray(pieces.reshape(-1, matrix.shape[1])[: len(rows)], dtype=np.float32)


def _log_probabilities(patches: NDArray[np.float32]) -> NDArray[np.float64]:
    """Return per patch the logarithm of the probability of each orientation (quarters to upright)."""
    inner, inner_bias, outer, outer_bias = _network()
    hidden = np.maximum(_product(patches, inner) + inner_bias, 0)
    scores = (hidden @ outer + outer_bias).astype(np.float64)
    scores -= scores.max(axis=1, keepdims=True)
    logs = scores - np.log(np.exp(scores).sum(axis=1, keepdims=True))
    # No single opinion may outweigh many.
    return np.asarray(np.maximum(logs, math.log(0.02)), dtype=np.float64)
