# SPDX-License-Identifier: Apache-2.0
"""Where the keys can stand, in reading order, and which stop comes next."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

from PySide6.QtCore import QRectF
from PySide6.QtGui import QAccessible
from PySide6.QtQuick import QQuickItem, QQuickWindow

from ui.bridge.scene import area_of, middle_in_sight, walk

_FOOTER: Final = frozenset({"back", "help", "exit"})
_WHOLE_SCREEN: Final = "screen:"
"""The waiting page is a button as a whole; its own button does the same."""


@dataclass(frozen=True, slots=True)
class Stop:
    """One thing that can be pressed or written into."""

    item: QQuickItem
    name: str
    area: QRectF

    @property
    def writes(self) -> bool:
        """Whether signs can be typed into it."""
        return self.item.inherits("QQuickTextInput")

    @property
    def in_footer(self) -> bool:
        """Whether it is one of those that stand on every screen."""
        return self.name in _FOOTER or self.name.startswith("mode:")


@dataclass(frozen=True, slots=True)
class Announcement:
    """What the ear learns of a stop."""

    label: str
    detail: str
    """What it shows; may be a person's."""
    state: Literal["", "on", "off"]


def stops_of(window: QQuickWindow) -> tuple[Stop, ...]:
    """Return all stops in sight that work, in the order they are read; behind an overlay nothing works."""
    glass = QRectF(0, 0, window.width(), window.height())
    return tuple(
        Stop(item, name, area_of(item))
        for item in walk(window.contentItem())
        if (name := _name_of(item)) and item.isEnabled() and middle_in_sight(item, glass)
    )


def _name_of(item: QQuickItem) -> str:
    if item.inherits("QQuickAbstractButton"):
        name = item.objectName()
        return "" if name.startswith(_WHOLE_SCREEN) else name
    if item.inherits("QQuickTextInput"):
        return item.parentItem().objectName() or "input"
    return ""


def announced(stop: Stop) -> Announcement:
    """Return what assistive technology is told of a stop."""
    face = QAccessible.queryAccessibleInterface(stop.item)
    if face is None:
        return Announcement("", "", "")
    told = face.state()
    state: Literal["", "on", "off"] = ""
    if told.checkable or face.role() == QAccessible.Role.CheckBox:
        state = "on" if told.checked else "off"
    elif told.selected:
        state = "on"
    return Announcement(
        label=face.text(QAccessible.Text.Name),
        detail=face.text(QAccessible.Text.Description),
        state=state,
    )


def first_stop(stops: Sequence[Stop]) -> Stop | None:
    """Return where the keys begin on a new page: the line being written, the main action, the first of all."""
    for fits in (
        lambda stop: stop.writes,
        lambda stop: stop.name.startswith("key:"),
        lambda stop: stop.item.property("primary") is True,
        lambda stop: not stop.in_footer,
    ):
        found = next((stop for stop in stops if fits(stop)), None)
        if found is not None:
            return found
    return stops[0] if stops else None


def neighbour(stops: Sequence[Stop], here: int, *, forward: bool) -> int:
    """Return the next stop in reading order, from the last to the first: this alone reaches all of them."""
    return (here + (1 if forward else -1)) % len(stops)


def above_or_below(areas: Sequence[QRectF], here: int, *, down: bool) -> int:
    """Return the nearest stop on the next line; from the last line round to the other end."""
    start = areas[here]
    lines = [
        (place, area)
        for place, area in enumerate(areas)
        if place != here
        and (area.center().y() >= start.bottom() if down else area.center().y() <= start.top())
    ]
    if not lines:
        return 0 if down else len(areas) - 1

    def distance(entry: tuple[int, QRectF]) -> tuple[float, float]:
        area = entry[1]
        gap = area.top() - start.bottom() if down else start.top() - area.bottom()
        beside = max(0.0, area.left() - start.right(), start.left() - area.right())
        # Straight on before aslant: a column is left only where it ends.
        return max(0.0, gap) + 4 * beside, abs(area.center().x() - start.center().x())

    return min(lines, key=distance)[0]
