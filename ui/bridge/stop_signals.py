# SPDX-License-Identifier: Apache-2.0
"""SIGINT and SIGTERM end the event loop: Python's own handlers would wait until Qt comes back."""

from __future__ import annotations

import signal
import socket
from collections.abc import Callable
from types import FrameType
from typing import Any, Final

from PySide6.QtCore import QObject, QSocketNotifier, Slot

_STOPPING: Final = (signal.SIGINT, signal.SIGTERM)


class StopSignals(QObject):
    """Calls ``on_stop`` on the UI thread for either signal, between :meth:`install` and :meth:`restore`.

    Main thread only, as Python's signals are.
    """

    def __init__(self, on_stop: Callable[[], None], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._on_stop = on_stop
        self._reader, self._writer = socket.socketpair()
        self._reader.setblocking(False)
        self._writer.setblocking(False)
        self._previous: dict[signal.Signals, Any] = {}
        self._previous_fd = -1
        self._notifier = QSocketNotifier(self._reader.fileno(), QSocketNotifier.Type.Read, self)
        self._notifier.activated.connect(self._wake)

    def install(self) -> None:
        """Listen for the signals."""
        self._previous_fd = signal.set_wakeup_fd(self._writer.fileno(), warn_on_full_buffer=False)
        # The byte on the wake-up descriptor does the work; the handler only keeps the default away.
        self._previous = {number: signal.signal(number, _nothing) for number in _STOPPING}

    def restore(self) -> None:
        """Put back what was there before and close both ends."""
        self._notifier.setEnabled(False)
        if self._previous:
            for number, handler in self._previous.items():
                signal.signal(number, handler)
            signal.set_wakeup_fd(self._previous_fd)
        self._reader.close()
        self._writer.close()

    @Slot()
    def _wake(self) -> None:
        if any(number in _STOPPING for number in self._reader.recv(64)):
            self._on_stop()


def _nothing(_number: int, _frame: FrameType | None) -> None:
    return
