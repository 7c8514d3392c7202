# SPDX-License-Identifier: Apache-2.0
"""Makes pictures smaller without skipping pixels, quickly: halving is many times faster than any other ratio."""

from __future__ import annotations

from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

_NEARLY_HALF: Final = 0.53
_NEARLY_WHOLE: Final = 0.97


def shrunk(picture: NDArray[np.uint8], scale: float) -> tuple[NDArray[np.uint8], float, float]:
    """Return the picture about ``scale`` times as large (at most 1), and the exact scales across and down.

    An odd last row or column is dropped on the way, so that scales stay exact for what is left: a point
    ``x`` of the source (middles of pixels are whole numbers) is at ``(x + 0.5) * across - 0.5``.
    """
    across = down = 1.0
    wanted = min(scale, 1.0)
    while wanted <= _NEARLY_HALF:
        height, width = picture.shape[0] // 2, picture.shape[1] // 2
        if min(height, width) < 1:
            break
        even = picture[: height * 2, : width * 2]
        picture = np.asarray(cv2.resize(even, (width, height), interpolation=cv2.INTER_AREA))
        across, down, wanted = across / 2, down / 2, wanted * 2
    if wanted < _NEARLY_WHOLE:
        size = (max(1, round(picture.shape[1] * wanted)), max(1, round(picture.shape[0] * wanted)))
        across *= size[0] / picture.shape[1]
        down *= size[1] / picture.shape[0]
        # Between a half and the whole, bilinear skips no pixel, and is ten times quicker than areas.
        picture = np.asarray(cv2.resize(picture, size, interpolation=cv2.INTER_LINEAR))
    return picture, across, down
