# SPDX-License-Identifier: Apache-2.0
"""One row of the table of parsers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Parser:
    """``take`` returns or raises one of ``errors``; what must hold besides it asserts itself."""

    take: Callable[[bytes], object]
    errors: tuple[type[Exception], ...]
    samples: Callable[[], tuple[bytes, ...]]
    slow: bool = False
    """Spends milliseconds in a library of its own for pictures; tried less often."""
