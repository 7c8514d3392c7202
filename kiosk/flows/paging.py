# SPDX-License-Identifier: Apache-2.0
"""Lists that stand on several pages."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

_Row = TypeVar("_Row")


def page_of(rows: Sequence[_Row], page: int, size: int) -> tuple[tuple[_Row, ...], int, int]:
    """Return the rows of that page (counted from zero), which page it is, and how many there are.

    A page beyond the last is the last: a list may have grown shorter.
    """
    pages = max(1, -(-len(rows) // size))
    here = min(max(0, page), pages - 1)
    return tuple(rows[here * size : (here + 1) * size]), here, pages


def turned(page: int, pages: int, way: str) -> int:
    """Return the page after ``next`` or ``previous``; at the ends it stays."""
    step = {"next": 1, "previous": -1}.get(way, 0)
    return min(max(0, page + step), pages - 1)
