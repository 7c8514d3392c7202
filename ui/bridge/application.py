# SPDX-License-Identifier: Apache-2.0
"""The terminal's screen as one object: a glass, the shell on it, and the core behind it."""

from __future__ import annotations

import logging
from datetime import datetime

from PySide6.QtCore import QMetaObject, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtQuick import QQuickWindow

from kiosk.flows.settings import CHINA
from kiosk.screen_size import ScreenSize
from ui.bridge.core import Core
from ui.bridge.event_pump import EventPump
from ui.bridge.fonts import FontReport
from ui.bridge.glass import Glass
from ui.bridge.qt_messages import QtMessages
from ui.bridge.stop_signals import StopSignals
from ui.bridge.touch_activity import TouchActivity
from ui.keypad.keypad import Keypad
from ui.viewmodels.shell import ShellModel

_log = logging.getLogger("hall24.ui")


class KioskApplication:
    """The glass of one terminal. Everything happens on the thread that made it, the main thread.

    ``screen``, ``windowed`` and ``headless`` as for :class:`Glass`; or ``glass``, one that is there already
    and is closed with the rest. The constructor loads the screens and subscribes to ``core``.

    Raises :class:`ui.bridge.glass.ScreenError`.
    """

    def __init__(
        self,
        core: Core,
        screen: ScreenSize = ScreenSize(),  # noqa: B008 - frozen
        *,
        windowed: bool = False,
        headless: bool = False,
        messages: QtMessages | None = None,
        glass: Glass | None = None,
    ) -> None:
        self._glass = glass or Glass(
            screen, windowed=windowed, headless=headless, messages=messages
        )
        if glass is None:
            report_font(self._glass.font)
        self.messages = self._glass.messages
        try:
            # The clock on the glass and the times on slips are of the same zone, whatever the machine's is.
            self.shell = ShellModel(now=lambda: datetime.now(CHINA), dpi=self._glass.dpi)
            self._pump = EventPump(core, self.shell)
            self._glass.carry(self.shell)
        except BaseException:
            self._glass.close()
            raise
        Keypad(self.window, self.shell)
        # After the keypad, so that it sees the keys first: what moves the focus is a sign of life too.
        TouchActivity(self.window, self._pump.post)
        self._signals = StopSignals(self.quit)
        self._closed = False
        # Now, not when the window shows: a core publishes changes, and its first view comes once.
        self._pump.start()
        if self._glass.takes_whole_screen:
            self.application.setOverrideCursor(Qt.CursorShape.BlankCursor)

    @property
    def application(self) -> QGuiApplication:
        """Qt's application object."""
        return self._glass.application

    @property
    def window(self) -> QQuickWindow:
        """The one window."""
        return self._glass.window

    @property
    def warnings(self) -> tuple[str, ...]:
        """What Qt and QML complained about so far, and unexpected exceptions."""
        return tuple(self.messages.warnings)

    def show(self) -> None:
        """Show the window."""
        self._glass.show()

    def run(self) -> int:
        """Show the window and run until :meth:`quit`, a signal or a closed window; then close. Return 0."""
        self._signals.install()
        try:
            self.show()
            return self.application.exec()
        finally:
            self.close()

    def quit(self) -> None:
        """End :meth:`run`; from any thread."""
        QMetaObject.invokeMethod(self.application, "quit", Qt.ConnectionType.QueuedConnection)

    def close(self) -> None:
        """Take everything down, window first; silent when repeated. No view is shown any more."""
        if self._closed:
            return
        self._closed = True
        self._pump.stop()
        self._signals.restore()
        if self.application.overrideCursor() is not None:
            self.application.restoreOverrideCursor()
        self._glass.close()


def report_font(font: FontReport) -> None:
    """Log the names that cannot be written here."""
    if font.lacking:
        _log.warning("font %s cannot write the names %s", font.family, font.lacking)
