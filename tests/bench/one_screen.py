# SPDX-License-Identifier: Apache-2.0
"""What anybody's first PySide6 program does: one window, a heading, a button. To compare a start with."""

from __future__ import annotations

import sys
import time
from pathlib import Path

from PySide6.QtCore import QUrl
from PySide6.QtGui import QGuiApplication
from PySide6.QtQml import QQmlApplicationEngine
from PySide6.QtQuick import QQuickWindow


def main() -> int:
    """Say when the first frame was swapped, on the clock of the whole machine."""
    app = QGuiApplication(sys.argv)
    engine = QQmlApplicationEngine()
    engine.load(QUrl.fromLocalFile(str(Path(__file__).with_name("one_screen.qml"))))
    window = engine.rootObjects()[0]
    if not isinstance(window, QQuickWindow):
        return 1

    def shown() -> None:
        sys.stdout.write(f"usable {time.monotonic()}\n")
        sys.stdout.flush()
        app.quit()

    window.frameSwapped.connect(shown)
    window.show()
    app.exec()
    return 0


if __name__ == "__main__":
    sys.exit(main())
