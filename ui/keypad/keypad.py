# SPDX-License-Identifier: Apache-2.0
"""Moves the focus by keys, presses what has it, and tells the core where it stands.

Nothing of a screen is known here: whatever can be pressed is a stop (:mod:`ui.keypad.stops`), so a new screen
works by keys as it is.
"""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QEvent, QMetaObject, QObject, Qt, Slot
from PySide6.QtGui import QKeyEvent
from PySide6.QtQuick import QQuickItem, QQuickWindow

from ui.keypad.commands import Command, Writing, command_of
from ui.keypad.stops import Stop, above_or_below, announced, first_stop, neighbour, stops_of
from ui.viewmodels.shell import ShellModel

_TOUCHES: Final = frozenset({QEvent.Type.TouchBegin, QEvent.Type.MouseButtonPress})
_LETTERS_PAD: Final = "key:lang"
_A_DIGIT: Final = "key:5"
_DONE: Final = "key:done"
_ERASE: Final = "key:backspace"
_PAGES: Final = {
    Command.PAGE_UP: ("page:previous", "act:page:previous"),
    Command.PAGE_DOWN: ("page:next", "act:page:next"),
}


class Keypad(QObject):
    """Watches the keys of one window. Parented to it; UI thread only.

    It rests until the first key, and again after a touch: who touches sees no frame around anything. While
    it is awake there is always one stop with the focus, also after the page has changed by itself.
    """

    def __init__(self, window: QQuickWindow, shell: ShellModel) -> None:
        super().__init__(window)
        self._window = window
        self._shell = shell
        self._awake = False
        self._page = shell.page
        self._here = ""
        self._edited = ""
        self._arriving = False
        window.installEventFilter(self)
        shell.changed.connect(self._page_changed)
        window.frameSwapped.connect(self._settle, Qt.ConnectionType.QueuedConnection)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Take the keys that move; let all others through."""
        if isinstance(event, QKeyEvent) and event.type() is QEvent.Type.KeyPress:
            return self._pressed(event)
        if event.type() in _TOUCHES and self._awake:
            self._rest()
        return super().eventFilter(watched, event)

    # -- keys ----------------------------------------------------------------------------------------

    def _pressed(self, event: QKeyEvent) -> bool:
        stops = stops_of(self._window)
        writing = _writing(stops)
        block = bool(event.modifiers() & Qt.KeyboardModifier.KeypadModifier)
        command = command_of(Qt.Key(event.key()), event.text(), writing, separate_block=block)
        if command is None:
            return writing is not Writing.NOTHING and self._write(event.text(), stops)
        if not self._awake:
            self._awake = True
            if self._current(stops) is None:
                # Who begins first learns where they are.
                self._arrive(stops)
                return True
        return self._do(command, stops, repeated=event.isAutoRepeat())

    def _do(self, command: Command, stops: tuple[Stop, ...], *, repeated: bool) -> bool:
        here = self._current(stops)
        match command:
            case Command.NEXT | Command.PREVIOUS:
                return self._along(stops, here, forward=command is Command.NEXT)
            case Command.UP | Command.DOWN:
                self._across(stops, here, down=command is Command.DOWN)
            case Command.PRESS:
                return repeated or self._press(stops, here)
            case Command.ERASE:
                return _click(stops, _ERASE)
            case _:
                self._ask(command, stops)
        return True

    def _ask(self, command: Command, stops: tuple[Stop, ...]) -> None:
        """Do what has a key of its own wherever one stands."""
        match command:
            case Command.BACK:
                if not _click(stops, _DONE):
                    self._shell.back()
            case Command.HELP:
                self._shell.help()
            case Command.AGAIN:
                self._shell.sayAgain()
            case Command.DONE:
                _click(stops, _DONE)
            case _:
                any(_click(stops, name) for name in _PAGES[command])

    def _along(self, stops: tuple[Stop, ...], here: Stop | None, *, forward: bool) -> bool:
        if here is None:
            self._arrive(stops)
        elif here.writes and _cursor_can_move(here.item, forward=forward):
            return False
        else:
            self._stand_on(stops[neighbour(stops, stops.index(here), forward=forward)])
        return True

    def _across(self, stops: tuple[Stop, ...], here: Stop | None, *, down: bool) -> None:
        if here is None:
            self._arrive(stops)
        else:
            areas = [stop.area for stop in stops]
            self._stand_on(stops[above_or_below(areas, stops.index(here), down=down)])

    def _press(self, stops: tuple[Stop, ...], here: Stop | None) -> bool:
        if here is None:
            self._arrive(stops)
            return True
        if not here.writes:
            _click_item(here.item)
            return True
        if str(self._shell.typing_model.letters):
            return _click(stops, "key:space")
        found = next((stop for stop in stops if stop.name.startswith("tile:")), None)
        if found is not None:
            self._stand_on(found)
            return True
        return False  # the line itself knows what to do

    def _write(self, sign: str, stops: tuple[Stop, ...]) -> bool:
        """Type a sign: on the key of the glass that has it, which knows Chinese; else into the line."""
        name = "key:space" if sign == " " else f"key:{sign}"
        if sign.isprintable() and _click(stops, name):
            return True
        line = next((stop for stop in stops if stop.writes), None)
        if line is not None and not line.item.hasActiveFocus():
            line.item.forceActiveFocus()
        return False

    # -- where one is ---------------------------------------------------------------------------------

    @Slot()
    def _page_changed(self) -> None:
        page = self._shell.page
        if page != self._page:
            self._edited = self._page.editing if self._page.screen == page.screen else ""
            self._page = page
            self._arriving = True

    @Slot()
    def _settle(self) -> None:
        """After each frame: on a new page stand at its beginning; never stand nowhere."""
        if not self._awake:
            self._arriving = False
            return
        item = self._focused()
        lost = item is None or not _stands(item)
        if not self._arriving and not lost:
            return
        stops = stops_of(self._window)
        if not stops:
            return
        edited = f"field:{self._edited}" if self._edited and not self._page.editing else ""
        wanted = edited if self._arriving else self._here
        found = next((stop for stop in stops if stop.name == wanted), None)
        self._arriving = False
        if found is not None:
            self._stand_on(found, arriving=True)
        else:
            self._arrive(stops)

    def _arrive(self, stops: tuple[Stop, ...]) -> None:
        start = first_stop(stops)
        if start is not None:
            self._stand_on(start, arriving=True)

    def _stand_on(self, stop: Stop, *, arriving: bool = False) -> None:
        self._here = stop.name
        stop.item.forceActiveFocus(Qt.FocusReason.TabFocusReason)
        told = announced(stop)
        self._shell.point(stop.name, told.label, told.detail, told.state, arriving)

    def _current(self, stops: tuple[Stop, ...]) -> Stop | None:
        item = self._focused()
        found = next((stop for stop in stops if stop.item == item), None)
        if found is None or found.writes:
            return found
        return found if found.item.property("visualFocus") else None

    def _focused(self) -> QQuickItem | None:
        return self._window.activeFocusItem()

    def _rest(self) -> None:
        """Take the frame away: somebody touches."""
        self._awake = False
        item = self._focused()
        if item is not None and item.inherits("QQuickControl"):
            item.setProperty("focusReason", Qt.FocusReason.MouseFocusReason)


def _writing(stops: tuple[Stop, ...]) -> Writing:
    names = {stop.name for stop in stops}
    if _LETTERS_PAD in names:
        return Writing.LETTERS
    if _A_DIGIT in names:
        return Writing.DIGITS
    return Writing.LETTERS if any(stop.writes for stop in stops) else Writing.NOTHING


def _stands(item: QQuickItem) -> bool:
    """Tell whether the focus is on something that can still be pressed or written into."""
    kind = item.inherits("QQuickAbstractButton") or item.inherits("QQuickTextInput")
    return kind and item.isVisible() and item.isEnabled()


def _cursor_can_move(line: QQuickItem, *, forward: bool) -> bool:
    place = int(line.property("cursorPosition"))
    return place < len(str(line.property("text"))) if forward else place > 0


def _click(stops: tuple[Stop, ...], name: str) -> bool:
    found = next((stop for stop in stops if stop.name == name), None)
    if found is not None:
        _click_item(found.item)
    return found is not None


def _click_item(item: QQuickItem) -> None:
    QMetaObject.invokeMethod(item, "click")
