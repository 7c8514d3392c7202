# SPDX-License-Identifier: Apache-2.0
"""Opens the bench panel; ends with its window."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import shiboken6
from PySide6.QtCore import QUrl
from PySide6.QtQml import QQmlApplicationEngine
from PySide6.QtQuick import QQuickWindow

from kiosk.bench_client import BenchClient
from ui.bench_panel.line import BenchLine
from ui.bench_panel.model import BenchPanelModel
from ui.bridge.glass import QML_FOLDER, NoScreenError, open_application
from ui.bridge.qt_messages import QtMessages
from ui.bridge.stop_signals import StopSignals


def main() -> int:
    """Run the panel; 0 when its window was closed, 1 when it cannot be shown."""
    parser = argparse.ArgumentParser(prog="bench-panel", description=__doc__)
    parser.add_argument("--socket", type=Path, required=True, help="the bench's control socket")
    options = parser.parse_args()
    messages = QtMessages()
    messages.install()
    try:
        application, _font = open_application(headless=False, windowed=True)
    except NoScreenError as error:
        sys.stderr.write(f"bench panel: {error}\n")
        return 1
    line = BenchLine(BenchClient(options.socket))
    model = BenchPanelModel(line)
    engine = QQmlApplicationEngine()
    engine.setInitialProperties({"panel": model})
    engine.load(QUrl.fromLocalFile(str(QML_FOLDER / "Bench" / "Main.qml")))
    if not engine.rootObjects():
        sys.stderr.write(f"bench panel: {'; '.join(messages.warnings)}\n")
        return 1
    _stand_aside(engine)
    signals = StopSignals(application.quit)
    signals.install()
    line.start()
    try:
        return application.exec()
    finally:
        line.stop()
        signals.restore()
        shiboken6.delete(engine)
        messages.restore()


def _stand_aside(engine: QQmlApplicationEngine) -> None:
    """Put the panel at the right edge: the terminal's window opens further left."""
    window = engine.rootObjects()[0]
    if isinstance(window, QQuickWindow) and window.screen() is not None:
        room = window.screen().availableGeometry()
        window.setPosition(room.right() - window.width(), room.top())


if __name__ == "__main__":
    sys.exit(main())
