# SPDX-License-Identifier: Apache-2.0
# ruff: noqa: PLC0415 - nothing may be loaded before the first picture that the terminal itself does not load
"""The ``kiosk`` command as it is, with a finger: when the first screen can be touched, and what a touch gives.

It touches at once, says when the next screen is on the glass, and ends the terminal as an operator does.
"""

from __future__ import annotations

import os
import signal
import sys
import time

from kiosk.cli import main
from ui.bridge.glass import Glass

_show = Glass.show


def say(what: str) -> None:
    sys.stdout.write(f"{what} {time.monotonic()}\n")
    sys.stdout.flush()


def watched(glass: Glass) -> None:
    """Show the window and watch it."""
    from PySide6.QtCore import QTimer

    touched = False
    poll = QTimer(glass.window, interval=5)

    def touch() -> None:
        from PySide6.QtCore import QPoint
        from PySide6.QtTest import QTest

        panel = QTest.createTouchDevice()
        middle = QPoint(glass.window.width() // 2, glass.window.height() // 3)
        finger = QTest.touchEvent(glass.window, panel, autoCommit=False)
        finger.press(0, middle, glass.window).commit(processEvents=False)
        finger = QTest.touchEvent(glass.window, panel, autoCommit=False)
        finger.release(0, middle, glass.window).commit(processEvents=False)
        say("touched" if glass.window.property("wanted") else "missed")

    def frame() -> None:
        nonlocal touched
        if not touched:
            touched = True
            say("usable")
            if os.environ.get("TOUCH") != "0":
                touch()
            poll.start()

    def look() -> None:
        shell = glass.window.property("shell")
        screen = shell.property("screen") if shell is not None else ""
        wanted = "home" if os.environ.get("TOUCH") != "0" else "attract"
        if glass.window.property("open") and screen == wanted:
            poll.stop()
            say(screen)
            os.kill(os.getpid(), signal.SIGTERM)

    poll.timeout.connect(look)
    glass.window.frameSwapped.connect(frame)
    _show(glass)


Glass.show = watched  # type: ignore[method-assign] # this program is that terminal, watched
if __name__ == "__main__":
    main(sys.argv[1:])
