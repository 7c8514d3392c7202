# SPDX-License-Identifier: Apache-2.0
"""What somebody in front of the glass can see and reach.

Items are told apart by ``objectName``: ``screen:<name>`` for a screen's root, ``act:<id>``,
``tile:<code>``, ``field:<key>``, ``key:<character>`` … for what can be pressed.
"""

from __future__ import annotations

from functools import cached_property
from typing import Final

from PySide6.QtCore import QPoint, QRectF
from PySide6.QtQuick import QQuickItem, QQuickWindow

from ui.bridge.scene import area_of, middle_in_sight, walk

SCREEN: Final = "screen:"
HEADING: Final = "heading"
"""The one big sentence of a screen."""
_TEXTS: Final = ("QQuickText", "QQuickTextInput", "QQuickTextEdit")


class Sight:
    """One look at a window; UI thread only. Valid until the event loop runs again."""

    def __init__(self, window: QQuickWindow) -> None:
        self.size = QRectF(0, 0, window.width(), window.height())
        self._items = tuple(walk(window.contentItem()))

    @property
    def screen(self) -> str:
        """The name of the screen that is shown; empty while there is none."""
        shown = [name for name in self.names if name.startswith(SCREEN)]
        # Painted last is on top, while one screen passes into the next.
        return shown[-1].removeprefix(SCREEN) if shown else ""

    @cached_property
    def names(self) -> tuple[str, ...]:
        """The object names of everything in sight, in the order it is painted."""
        return tuple(name for name, _ in self._named)

    @cached_property
    def texts(self) -> tuple[str, ...]:
        """Every text in sight, in the order it is painted."""
        return tuple(text for item in self._items if (text := text_of(item)))

    def find(self, name: str) -> QQuickItem | None:
        """Return the topmost item of that name whose middle is in sight; first of all one to be pressed.

        Two lists side by side each have buttons that turn their pages.
        """
        found = [item for known, item in self._named if known == name]
        return max(found[::-1], key=QQuickItem.isEnabled, default=None)

    def usable(self, name: str) -> bool:
        """Tell whether there is such an item and it can be pressed."""
        item = self.find(name)
        return item is not None and item.isEnabled()

    def texts_in(self, name: str) -> tuple[str, ...]:
        """Return the texts in sight inside the item of that name."""
        root = self.find(name)
        return tuple(text for item in walk(root) if (text := text_of(item))) if root else ()

    @cached_property
    def _named(self) -> tuple[tuple[str, QQuickItem], ...]:
        return tuple(
            (name, item)
            for item in self._items
            if (name := item.objectName()) and middle_in_sight(item, self.size)
        )


def text_of(item: QQuickItem) -> str:
    """Return the text that an item shows; empty for what shows none."""
    if not any(item.inherits(kind) for kind in _TEXTS):
        return ""
    return str(item.property("text") or "")


def middle_of(item: QQuickItem) -> QPoint:
    """Return where a finger would put itself on the item."""
    return area_of(item).center().toPoint()
