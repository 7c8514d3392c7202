# SPDX-License-Identifier: Apache-2.0
"""The glass: Qt's application object, the engine and the one window, with the opening on it.

All that a first picture needs and nothing else, because a terminal that was switched on shows its first
screen before it has loaded what stands behind it (:mod:`ui.bridge.start_up`). So this module and what it
imports stay light: no view-models, no core, and not ``PySide6.QtCore.Qt``, whose hundred enumerations take
as long as the first frame.

Errors::

    ScreenError
    ├── NoScreenError       there is no screen to draw on, or no font to write with
    └── ScreenBrokenError   the QML cannot be loaded: our mistake or a broken installation
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

import shiboken6
from PySide6.QtCore import QCoreApplication, QObject, QSize, QUrl
from PySide6.QtGui import QFont, QGuiApplication
from PySide6.QtQml import QQmlApplicationEngine
from PySide6.QtQuick import QQuickWindow

from kiosk.screen_size import ScreenSize
from kiosk.words.opening import opening_words
from ui.bridge.environment import prepare_environment
from ui.bridge.fonts import FontReport, NoChineseFontError, choose_font
from ui.bridge.image_providers import IconProvider, QrProvider
from ui.bridge.qt_messages import QtMessages

if TYPE_CHECKING:
    from ui.viewmodels.shell import ShellModel

QML_FOLDER: Final = Path(__file__).parent.parent / "qml"
ICON_FOLDER: Final = QML_FOLDER / "Kiosk" / "icons"

_MAIN_QML: Final = QML_FOLDER / "Kiosk" / "Main.qml"
_DESK_SHARE: Final = 0.9
"""How much of a desk's screen the window may take."""


def _import_plainly() -> None:
    """Spare every later import a look through its source.

    PySide6 reads the text of each module imported after it, to find out whether it may switch PySide6's
    other spellings on (``from __feature__ import``). Nobody here does, and for the core's modules that is a
    sixth of their time.
    """
    feature = sys.modules.get("shibokensupport.feature")
    if hasattr(feature, "_mod_uses_pyside"):
        setattr(feature, "_mod_uses_pyside", lambda _module: False)  # noqa: B010 - a name of PySide6's own


_import_plainly()


class ScreenError(Exception):
    """The screen cannot be started; the text is one line."""


class NoScreenError(ScreenError):
    """There is no screen to draw on, or no font to write with."""


class ScreenBrokenError(ScreenError):
    """The QML cannot be loaded: our mistake or a broken installation."""


class Glass:
    """One window with the opening on it, until :meth:`carry` brings the shell. Main thread only.

    ``headless`` draws into memory at ``size``; ``windowed`` opens a window that fits a desk; else the whole
    screen is taken. The constructor creates Qt's application object if there is none; nothing is visible
    before :meth:`show`. ``gently`` loads the shell piece by piece between frames, so that the opening goes
    on answering; else it is there when :meth:`carry` returns.

    Raises :class:`ScreenError`.
    """

    def __init__(
        self,
        size: ScreenSize,
        *,
        windowed: bool = False,
        headless: bool = False,
        gently: bool = False,
        messages: QtMessages | None = None,
    ) -> None:
        self._size = size
        self._windowed = windowed
        self._closed = False
        self.messages = messages or QtMessages()
        self.messages.install()
        try:
            self.application, self.font = open_application(headless=headless, windowed=windowed)
            self.headless = QGuiApplication.platformName() == "offscreen"
            real_glass = not windowed and not self.headless
            self.takes_whole_screen = real_glass
            self._dpi = size.dpi if real_glass or headless else 0.0
            self._engine, self.window = load_window(dpi=self._dpi, gently=gently)
        except BaseException:
            self.messages.restore()
            raise

    @property
    def dpi(self) -> float:
        """Pixels per inch of the panel; 0 in a window, whose layout just fits."""
        return self._dpi

    def show(self) -> None:
        """Show the window."""
        size = QSize(self._size.width_px, self._size.height_px)
        if self.headless:
            self.window.resize(size)
            self.window.show()
        elif self._windowed:
            room = self.application.primaryScreen().availableSize() * _DESK_SHARE
            share = min(room.width() / size.width(), room.height() / size.height())
            self.window.resize(size * share)
            self.window.show()
        else:
            # Without a window manager nobody else makes the window as large as the screen.
            self.window.setGeometry(self.application.primaryScreen().geometry())
            self.window.showFullScreen()

    def carry(self, shell: ShellModel) -> None:
        """Load the screens around ``shell``, which must outlive the glass.

        A touch that the opening kept is emitted as an intent now. Raises :class:`ScreenBrokenError`; a glass
        that loads gently puts its complaints into ``messages`` instead.
        """
        put_shell(self.window, shell, self.messages)

    def close(self) -> None:
        """Take the window down; silent when repeated."""
        if self._closed:
            return
        self._closed = True
        close_window(self._engine, self.window)
        self.messages.restore()


def open_application(
    *, headless: bool, windowed: bool = False
) -> tuple[QGuiApplication, FontReport]:
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
    running.setFont(QFont(report.family))
    return running, report


def load_window(
    *, dpi: float = 0.0, gently: bool = False
) -> tuple[QQmlApplicationEngine, QQuickWindow]:
    """Load the window with the opening. Raises :class:`ScreenBrokenError`."""
    engine = QQmlApplicationEngine()
    engine.addImportPath(str(QML_FOLDER))
    # The engine owns its providers.
    engine.addImageProvider("icon", IconProvider(ICON_FOLDER))
    engine.addImageProvider("qr", QrProvider())
    engine.setInitialProperties({"openingWords": opening_words("zh"), "dpi": dpi, "gently": gently})
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


def put_shell(window: QQuickWindow, shell: ShellModel, messages: QtMessages) -> None:
    """Give the window its shell. Raises :class:`ScreenBrokenError` when it is known not to load."""
    before = len(messages.warnings)
    window.setProperty("shell", shell)
    if window.property("broken"):
        complaints = list(messages.warnings)[before:]
        raise ScreenBrokenError(complaints[-1] if complaints else "the shell cannot be loaded")


def close_window(engine: QQmlApplicationEngine, window: QObject) -> None:
    """Delete window and engine now: bindings must not outlive the models they read."""
    from PySide6.QtCore import QEvent  # noqa: PLC0415 - two hundred names that no start needs

    if isinstance(window, QQuickWindow):
        window.close()
    # Each window that closed last has posted a quit; nobody runs the event loop any more, and it would
    # end the next one that somebody runs.
    if (application := QCoreApplication.instance()) is not None:
        QCoreApplication.removePostedEvents(application, QEvent.Type.Quit)
    shiboken6.delete(engine)
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
