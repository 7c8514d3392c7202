# SPDX-License-Identifier: Apache-2.0
"""One window in memory that shows any view and waits until the picture has come to rest."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final

from PySide6.QtCore import QEventLoop, QSize, QTimer
from PySide6.QtGui import QImage

from kiosk.flows.views import View
from ui.bridge.glass import close_window, load_window, open_application, put_shell
from ui.bridge.qt_messages import QtMessages
from ui.viewmodels.shell import ShellModel

_QUIET_MS: Final = 40
"""No frame for so long: nothing moves any more."""
_LONGEST_MS: Final = 800
"""What still moves then never comes to rest, such as the sign of running work."""
NIGHT: Final = datetime(2026, 11, 21, 2, 14, tzinfo=UTC)
"""The clock on every picture."""


class Stage:
    """Shows views on the real screens. Main thread; close it. Needs no display.

    ``dpi`` as in the screen settings; 0 lets the layout fit.
    """

    def __init__(self, dpi: float = 0.0) -> None:
        self.messages = QtMessages()
        self.messages.install()
        try:
            self.application, _font = open_application(headless=True)
            self.shell = ShellModel(now=lambda: NIGHT, dpi=dpi)
            self._engine, self.window = load_window(dpi=dpi)
            put_shell(self.window, self.shell, self.messages)
        except BaseException:
            self.messages.restore()
            raise
        self._closed = False

    def show(self, view: View, size: QSize) -> None:
        """Show a view in a window of that size and wait until it has come to rest."""
        self.window.resize(size)
        self.shell.show(view)
        self.window.show()
        self.settle()

    def type(self, letters: str) -> None:
        """Type on the Chinese pad that is open; comes to rest with the candidates on it."""
        typing = self.shell.typing_model
        typing.clear()
        typing.setChinese(True)
        while not typing.ready:
            self.settle()
        for letter in letters:
            typing.type(letter)
        self.settle()

    def settle(self) -> None:
        """Run the event loop until no frame has come for a while."""
        loop = QEventLoop()
        quiet = QTimer(interval=_QUIET_MS, singleShot=True)
        limit = QTimer(interval=_LONGEST_MS, singleShot=True)
        quiet.timeout.connect(loop.quit)
        limit.timeout.connect(loop.quit)
        connection = self.window.frameSwapped.connect(quiet.start)
        quiet.start()
        limit.start()
        loop.exec()
        self.window.frameSwapped.disconnect(connection)

    def picture(self) -> QImage:
        """Return what is on the glass."""
        return self.window.grabWindow()

    def close(self) -> None:
        """Take the window down; silent when repeated."""
        if not self._closed:
            self._closed = True
            close_window(self._engine, self.window)
            self.messages.restore()
