# SPDX-License-Identifier: Apache-2.0
"""Qt's own messages and unexpected exceptions go into the log ``hall24.ui`` and are counted."""

from __future__ import annotations

import logging
import sys
import threading
import traceback
from collections import deque
from collections.abc import Callable
from types import TracebackType
from typing import Any, Final

from PySide6.QtCore import QMessageLogContext, QtMsgType, qInstallMessageHandler

_log = logging.getLogger("hall24.ui")
_LEVELS: Final = {
    QtMsgType.QtDebugMsg: logging.DEBUG,
    QtMsgType.QtInfoMsg: logging.INFO,
    QtMsgType.QtWarningMsg: logging.WARNING,
    QtMsgType.QtCriticalMsg: logging.ERROR,
    QtMsgType.QtFatalMsg: logging.CRITICAL,
}
_KEPT: Final = 200
_Handler = Callable[[QtMsgType, QMessageLogContext, str], Any]


class QtMessages:
    """Collects what Qt complains about, from :meth:`install` to :meth:`restore`.

    ``warnings`` holds the newest complaints (warnings and worse), also those of the QML engine, which
    end up in the same handler.
    """

    def __init__(self) -> None:
        self.warnings: deque[str] = deque(maxlen=_KEPT)
        self._previous: _Handler | None = None
        self._previous_hook = sys.excepthook

    def install(self) -> None:
        """Become Qt's message handler and the interpreter's last resort."""
        self._previous = qInstallMessageHandler(self._take)
        self._previous_hook = sys.excepthook
        sys.excepthook = self._unexpected

    def restore(self) -> None:
        """Put back what was there before."""
        qInstallMessageHandler(self._previous)
        sys.excepthook = self._previous_hook

    def _take(self, kind: QtMsgType, context: QMessageLogContext, message: str) -> None:
        level = _LEVELS.get(kind, logging.WARNING)
        if level >= logging.WARNING:
            self.warnings.append(message)
        # Called on any thread, also while Python is shutting down: logging is the only thing it does.
        _log.log(level, "qt %s: %s", context.category or "default", message)

    def _unexpected(
        self, kind: type[BaseException], error: BaseException, trace: TracebackType | None
    ) -> None:
        if issubclass(kind, KeyboardInterrupt):
            self._previous_hook(kind, error, trace)
            return
        # Where, not what: the message of an exception may quote what a resident typed.
        frames = traceback.extract_tb(trace)
        where = " < ".join(f"{frame.filename}:{frame.lineno}" for frame in reversed(frames))
        self.warnings.append(f"{kind.__name__} at {where}")
        _log.error(
            "unexpected %s in %s at %s", kind.__name__, threading.current_thread().name, where
        )
