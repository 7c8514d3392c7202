# SPDX-License-Identifier: Apache-2.0
"""What Pillow raises on damaged picture files: more kinds than it documents, by format."""

from __future__ import annotations

import struct
import zlib
from typing import Final

from PIL import Image

BROKEN_PICTURE: Final = (
    OSError,
    SyntaxError,
    ValueError,
    TypeError,
    IndexError,
    KeyError,
    OverflowError,
    MemoryError,
    EOFError,
    NotImplementedError,
    RuntimeError,
    struct.error,
    zlib.error,
    Image.DecompressionBombError,
    Image.DecompressionBombWarning,
)
