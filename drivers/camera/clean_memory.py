# SPDX-License-Identifier: Apache-2.0
"""Freed memory that is overwritten at once.

Pictures pass through buffers of OpenCV and FFmpeg that we cannot overwrite ourselves, and freed memory
keeps what was in it. glibc can fill every block as it is freed (``mallopt(M_PERTURB)``); small blocks of
less than about a kilobyte escape that, and pictures are larger.
"""

from __future__ import annotations

import ctypes
from typing import Final

_M_PERTURB: Final = -6
_FILL: Final = 0xA5


def overwrite_freed_memory() -> bool:
    """Let the C library fill what is freed from now on, in this process; tell whether it can."""
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is None:  # pragma: no cover - another C library than Debian's
        return False
    return bool(mallopt(_M_PERTURB, _FILL))
