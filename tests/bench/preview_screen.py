# SPDX-License-Identifier: Apache-2.0
"""The scanning screen with a live picture: pictures a second that reach the glass, and processor time.

``preview_screen.py PLACE TOKEN SECONDS`` prints one JSON line once it has watched for so long.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from dataclasses import replace

from PySide6.QtCore import QTimer

from kiosk.flows.intents import Intent
from kiosk.flows.views import LiveFeed, Scanning, View
from kiosk.screen_size import ScreenSize
from ui.bridge.application import KioskApplication
from ui.gallery_views import views
from ui.viewmodels.live_picture import LivePictureItem

_LOOK_MS = 50


class _OneView:
    """A core that shows the camera's picture and takes whatever is touched."""

    def __init__(self, live: LiveFeed) -> None:
        self._live = live

    def post(self, intent: Intent) -> None:
        """Take it."""

    def subscribe(self, callback: Callable[[View], None]) -> None:
        """Show the one view."""
        shown = views("zh")["scanning-live"]
        assert isinstance(shown.body, Scanning)
        callback(replace(shown, body=replace(shown.body, live=self._live)))


def main() -> int:
    """Watch and tell."""
    place, token, seconds = sys.argv[1], sys.argv[2], float(sys.argv[3])
    kiosk = KioskApplication(_OneView(LiveFeed(place, token)), ScreenSize(), headless=True)
    swaps: list[float] = []
    first: list[tuple[float, float, int]] = []
    kiosk.window.frameSwapped.connect(lambda: swaps.append(time.monotonic()))
    poll = QTimer(kiosk.window, interval=_LOOK_MS)

    def look() -> None:
        shown = kiosk.window.findChildren(LivePictureItem)
        if not shown:
            return
        frames = sum(each.frames_shown for each in shown)
        now = time.monotonic()
        if frames and not first:  # from the first picture on, not from the start of the program
            first.append((now, time.process_time(), frames))
        elif first and now >= first[0][0] + seconds:
            begun, used, before = first[0]
            told = {
                "frames_per_s": (frames - before) / (now - begun),
                "drawn_per_s": sum(swap > begun for swap in swaps) / (now - begun),
                "cpu_share": (time.process_time() - used) / (now - begun),
            }
            sys.stdout.write(json.dumps(told) + "\n")
            sys.stdout.flush()
            poll.stop()
            kiosk.quit()

    poll.timeout.connect(look)
    poll.start()
    kiosk.run()
    return 0


if __name__ == "__main__":
    sys.exit(main())
