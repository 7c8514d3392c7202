# SPDX-License-Identifier: Apache-2.0
"""Hands that only have keys: forward, back, press and the digits, as on a keypad below the glass."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import Qt
from PySide6.QtQuick import QQuickWindow
from PySide6.QtTest import QTest

from ui.keypad.stops import Stop, stops_of
from ui.robot.finger import Script

_MOST_MOVES: Final = 120
"""More than any page has stops: then the frame does not come there."""


class UnreachableError(Exception):
    """The keys do not lead to what is in sight."""


class Keys:
    """Presses keys on one window; UI thread only."""

    def __init__(self, window: QQuickWindow) -> None:
        self._window = window

    def press(self, name: str) -> Script:
        """Move the frame to what has this name and press it; a digit of a pad of digits has its own key.

        Raises :class:`UnreachableError`.
        """
        sign = name.removeprefix("key:")
        names = {stop.name for stop in stops_of(self._window)}
        if sign.isdecimal() and len(sign) == 1 and name != sign and "key:lang" not in names:
            self._click(Qt.Key(ord(sign)))
            yield
            return
        yield from self.move_to(name)
        self._click(Qt.Key.Key_Return)
        yield

    def move_to(self, name: str) -> Script:
        """Move the frame to what has this name, the shorter way round."""
        for _move in range(_MOST_MOVES):
            stops = stops_of(self._window)
            here = self.here(stops)
            if here is not None and here.name == name:
                return
            self._click(_way(stops, here, name))
            yield
        raise UnreachableError(f"the keys do not lead to {name}")

    def here(self, stops: tuple[Stop, ...]) -> Stop | None:
        """Return the stop that has the frame, if it is to be seen."""
        item = self._window.activeFocusItem()
        found = next((stop for stop in stops if stop.item == item), None)
        return found if found and (found.writes or found.item.property("visualFocus")) else None

    def _click(self, key: Qt.Key) -> None:
        QTest.keyClick(self._window, key)


def _way(stops: tuple[Stop, ...], here: Stop | None, name: str) -> Qt.Key:
    places = [place for place, stop in enumerate(stops) if stop.name == name]
    if here is None or not places:
        return Qt.Key.Key_Tab
    onward = (places[0] - stops.index(here)) % len(stops)
    return Qt.Key.Key_Tab if onward <= len(stops) / 2 else Qt.Key.Key_Backtab
