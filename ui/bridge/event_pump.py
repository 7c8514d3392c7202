# SPDX-License-Identifier: Apache-2.0
"""Carries views from the core's thread to the screen, and intents back, without either waiting.

A view is a whole snapshot, so only the newest counts: while one waits to be shown, a newer one takes
its place. However fast the core publishes, the screen therefore changes at most once a frame, and
touches are answered in between.
"""

from __future__ import annotations

import dataclasses
import logging
import threading
from typing import Final, Protocol

from PySide6.QtCore import QElapsedTimer, QObject, Qt, QTimer, Signal, SignalInstance, Slot

from kiosk.flows.intents import Intent
from kiosk.flows.views import View
from ui.bridge.core import Core

FRAME_MS: Final = 16
"""Shortest time between two changes of the screen."""

_log = logging.getLogger("hall24.ui")


class Shell(Protocol):
    """The root view-model: shows views, emits intents."""

    intent: SignalInstance

    def show(self, view: View) -> None:
        """Put a view on the glass; UI thread only."""
        ...


class EventPump(QObject):
    """Belongs to the UI thread; only :meth:`offer` may be called from others.

    After :meth:`stop` views are dropped and intents go nowhere; both may still be called.
    """

    _arrived = Signal()

    def __init__(self, core: Core, shell: Shell, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._core = core
        self._shell = shell
        self._lock = threading.Lock()
        self._waiting: View | None = None
        self._stopped = False
        self._since_shown = QElapsedTimer()
        self._pace = QTimer(self, singleShot=True, timerType=Qt.TimerType.PreciseTimer)
        self._pace.timeout.connect(self._show_newest)
        # Queued even when the core publishes on the UI thread (tests): show() never nests.
        self._arrived.connect(self._schedule, Qt.ConnectionType.QueuedConnection)
        shell.intent.connect(self._forward)

    def start(self) -> None:
        """Subscribe; the core may publish from now on."""
        self._core.subscribe(self.offer)

    def stop(self) -> None:
        """Show and forward nothing any more."""
        with self._lock:
            self._stopped = True
            self._waiting = None
        self._pace.stop()

    def offer(self, view: View) -> None:
        """Take a view from any thread; returns at once and never raises."""
        with self._lock:
            if self._stopped:
                return
            first = self._waiting is None
            self._waiting = view if self._waiting is None else _keep_speech(self._waiting, view)
            if first:
                # Inside the lock: stop() cannot come between the check and the signal.
                self._arrived.emit()

    @Slot()
    def _schedule(self) -> None:
        if self._pace.isActive():
            return
        elapsed = self._since_shown.elapsed() if self._since_shown.isValid() else FRAME_MS
        if elapsed >= FRAME_MS:
            self._show_newest()
        else:
            self._pace.start(FRAME_MS - elapsed)

    @Slot()
    def _show_newest(self) -> None:
        with self._lock:
            view, self._waiting = self._waiting, None
        if view is None:
            return
        try:
            self._shell.show(view)
        except Exception as error:  # noqa: BLE001 - one bad view must not stop those after it
            # Only the type and the screen: a message could quote what a resident typed.
            _log.error(
                "view cannot be shown: %s on screen %s", type(error).__name__, view.body.screen
            )
        # From the end: after a slow view the event loop gets a whole frame for touches.
        self._since_shown.start()

    @Slot(object)
    def _forward(self, intent: object) -> None:
        if self._stopped or not isinstance(intent, Intent):
            return
        self.post(intent)

    def post(self, intent: Intent) -> None:
        """Hand an intent to the core; a core that raises is logged, the screen lives on."""
        if self._stopped:
            return
        try:
            self._core.post(intent)
        except Exception as error:  # noqa: BLE001 - the screen must outlive a mistake of the core
            _log.error("intent refused: %s by %s", type(intent).__name__, type(error).__name__)


def _keep_speech(skipped: View, newest: View) -> View:
    """Return ``newest``; what a skipped view of the same screen had to say is still said."""
    same_place = skipped.body.screen == newest.body.screen
    if skipped.speech and not newest.speech and same_place:
        return dataclasses.replace(newest, speech=skipped.speech)
    return newest
