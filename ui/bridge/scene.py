# SPDX-License-Identifier: Apache-2.0
"""Looking at what is on the glass: which items are painted, where, and whether anybody can see them.

Delegates of views have no QObject parent in the window, so this walks the scene, not the object tree.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from PySide6.QtCore import QRectF
from PySide6.QtQuick import QQuickItem

_FAINT: Final = 0.5
"""Below this opacity a thing is fading in or out: nobody reads or presses it yet."""


def walk(root: QQuickItem) -> Iterator[QQuickItem]:
    """Yield the visible items under ``root``, itself included, in the order they are painted."""
    if not root.isVisible() or root.opacity() < _FAINT:
        return
    yield root
    for child in sorted(root.childItems(), key=QQuickItem.z):
        yield from walk(child)


def area_of(item: QQuickItem) -> QRectF:
    """Return the item's rectangle in the window; of a text, where its letters are."""
    return item.mapRectToScene(item.boundingRect())


def middle_in_sight(item: QQuickItem, glass: QRectF) -> bool:
    """Tell whether the middle of an item lies on the glass and on the page that is turned up."""
    area = area_of(item)
    if area.isEmpty() or not glass.contains(area.center()):
        return False
    above = item.parentItem()
    while above is not None:
        if above.clip() and not area_of(above).contains(area.center()):
            return False
        above = above.parentItem()
    return True
