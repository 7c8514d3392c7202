# SPDX-License-Identifier: Apache-2.0
"""The terminal's screen as one object: from the environment to the event loop and back.

Errors::

    ScreenError
    ├── NoScreenError       there is no screen to draw on, or no font to write with
    └── ScreenBrokenError   the QML cannot be loaded: our mistake or a broken installation
"""

from __future__ import annotations

import logging
import sys
from datetime import datetime
from pathlib import Path
from typing import Final

import shiboken6
from PySide6.QtCore import QCoreApplication, QEvent, QMetaObject, QObject, QSize, Qt, QUrl
from PySide6.QtGui import QFont, QGuiApplication
from PySide6.QtQml import QQmlApplicationEngine
from PySide6.QtQuick import QQuickWindow

from kiosk.config import ScreenSettings
from kiosk.flows.settings import CHINA
from ui.bridge.core import Core
from ui.bridge.environment import prepare_environment
from ui.bridge.event_pump import EventPump
from ui.bridge.fonts import NoChineseFontError, choose_font
from ui.bridge.image_providers import IconProvider, QrProvider
from ui.bridge.qt_messages import QtMessages
from ui.bridge.stop_signals import StopSignals
from ui.bridge.touch_activity import TouchActivity
from ui.viewmodels.shell import ShellModel

QML_FOLDER: Final = Path(__file__).parent.parent / "qml"
ICON_FOLDER: Final = QML_FOLDER / "Kiosk" / "icons"

_MAIN_QML: Final = QML_FOLDER / "Kiosk" / "Main.qml"
_DESK_SHARE: Final = 0.9
"""How much of a desk's screen the window may take."""

_log = logging.getLogger("hall24.ui")


class ScreenError(Exception):
    """The screen cannot be started; the text is one line."""


class NoScreenError(ScreenError):
    """There is no screen to draw on, or no font to write with."""


class ScreenBrokenError(ScreenError):
    """The QML cannot be loaded: our mistake or a broken installation."""


class KioskApplication:
    """The glass of one terminal. Everything happens on the thread that made it, the main thread.

    ``headless`` draws into memory, at the size in ``screen``; ``windowed`` opens a window that fits a
    desk; else the whole screen is taken and the pointer hidden. The constructor creates Qt's application
    object if there is none, loads the screens and subscribes to ``core``; nothing is visible before
    :meth:`show`.

    Raises :class:`ScreenError`.
    """

    def __init__(
        self,
        core: Core,
        screen: ScreenSettings,
        *,
        windowed: bool = False,
        headless: bool = False,
        messages: QtMessages | None = None,
    ) -> None:
        self._screen = screen
        self._windowed = windowed
        self.messages = messages or QtMessages()
        self.messages.install()
        try:
            self.application = open_application(headless=headless, windowed=windowed)
            self._headless = QGuiApplication.platformName() == "offscreen"
            real_glass = not windowed and not self._headless
            # The clock on the glass and the times on slips are of the same zone, whatever the machine's is.
            self.shell = ShellModel(
                now=lambda: datetime.now(CHINA),
                dpi=screen.dpi if real_glass or headless else 0.0,
            )
            self._engine, self.window = load_window(self.shell)
        except BaseException:
            self.messages.restore()
            raise
        self._pump = EventPump(core, self.shell)
        TouchActivity(self.window, self._pump.post)
        self._signals = StopSignals(self.quit)
        self._closed = False
        # Now, not when the window shows: a core publishes changes, and its first view comes once.
        self._pump.start()

    @property
    def warnings(self) -> tuple[str, ...]:
        """What Qt and QML complained about so far, and unexpected exceptions."""
        return tuple(self.messages.warnings)

    def show(self) -> None:
        """Show the window."""
        size = QSize(self._screen.width_px, self._screen.height_px)
        if self._headless:
            self.window.resize(size)
            self.window.show()
        elif self._windowed:
            room = self.application.primaryScreen().availableSize() * _DESK_SHARE
            self.window.resize(size.scaled(room, Qt.AspectRatioMode.KeepAspectRatio))
            self.window.show()
        else:
            self.application.setOverrideCursor(Qt.CursorShape.BlankCursor)
            # Without a window manager nobody else makes the window as large as the screen.
            self.window.setGeometry(self.application.primaryScreen().geometry())
            self.window.showFullScreen()

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
        close_window(self._engine, self.window)
        self.messages.restore()


def open_application(*, headless: bool, windowed: bool = False) -> QGuiApplication:
    """Return Qt's application object, new or the one there is, with environment and font settled.

    Raises :class:`NoScreenError`.
    """
    running = QCoreApplication.instance()
    if running is None:
        prepare_environment(headless=headless, windowed=windowed)
        running = QGuiApplication(sys.argv[:1])
        running.setApplicationName("hall24")
    if not isinstance(running, QGuiApplication):
        raise NoScreenError("the application object that runs here has no screen")
    try:
        report = choose_font()
    except NoChineseFontError as error:
        raise NoScreenError(str(error)) from error
    if report.lacking:
        _log.warning("font %s cannot write the names %s", report.family, report.lacking)
    running.setFont(QFont(report.family))
    return running


def load_window(shell: ShellModel) -> tuple[QQmlApplicationEngine, QQuickWindow]:
    """Load the screens around ``shell``, which must outlive the engine. Raises :class:`ScreenBrokenError`."""
    engine = QQmlApplicationEngine()
    engine.addImportPath(str(QML_FOLDER))
    # The engine owns its providers.
    engine.addImageProvider("icon", IconProvider(ICON_FOLDER))
    engine.addImageProvider("qr", QrProvider())
    engine.setInitialProperties({"shell": shell})
    complaints: list[str] = []
    engine.warnings.connect(lambda errors: complaints.extend(e.toString() for e in errors))
    engine.load(QUrl.fromLocalFile(str(_MAIN_QML)))
    roots = engine.rootObjects()
    if not roots:
        # The last one is the cause, those before say what it made unavailable.
        raise ScreenBrokenError(complaints[-1] if complaints else f"{_MAIN_QML}: nothing loaded")
    window = roots[0]
    if not isinstance(window, QQuickWindow):
        raise ScreenBrokenError(f"{_MAIN_QML}: its root is no window")
    return engine, window


def close_window(engine: QQmlApplicationEngine, window: QObject) -> None:
    """Delete window and engine now: bindings must not outlive the models they read."""
    if isinstance(window, QQuickWindow):
        window.close()
    # Each window that closed last has posted a quit; nobody runs the event loop any more, and it would
    # end the next one that somebody runs.
    if (application := QCoreApplication.instance()) is not None:
        QCoreApplication.removePostedEvents(application, QEvent.Type.Quit)
    shiboken6.delete(engine)
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
