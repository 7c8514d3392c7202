# SPDX-License-Identifier: Apache-2.0
"""Stands in for the core until it is there: keeps what the resident did, hands on what it shows."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Final, Protocol

from kiosk.flows.intents import Intent
from kiosk.flows.views import View
from ui.bridge.core import Core

KEPT: Final = 32
"""More touches than these nobody makes on a picture that answered the first."""


class StartingCore(Core, Protocol):
    """A core with a life of its own."""

    def start(self) -> None:
        """Begin to publish; returns at once."""
        ...

    def stop(self) -> None:
        """End; what was being kept is kept first."""
        ...


class CoreToCome:
    """A :class:`Core`: keeps the first intents, in their order, until :meth:`arrive`. Any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._core: Core | None = None
        self._kept: list[Intent] = []
        self._callback: Callable[[View], None] | None = None
        self._view: View | None = None

    def post(self, intent: Intent) -> None:
        """Keep it or hand it on; beyond :data:`KEPT` it is dropped."""
        with self._lock:
            if self._core is None:
                if len(self._kept) < KEPT:
                    self._kept.append(intent)
                return
            core = self._core
        core.post(intent)

    def subscribe(self, callback: Callable[[View], None]) -> None:
        """Hear of each new view, the newest of those before first."""
        with self._lock:
            self._callback = callback
            if self._view is not None:
                callback(self._view)

    def arrive(self, core: Core) -> None:
        """Put the real core behind; call it once, before that core publishes anything."""
        core.subscribe(self._publish)
        with self._lock:
            for intent in self._kept:
                core.post(intent)
            self._kept.clear()
            self._core = core

    def _publish(self, view: View) -> None:
        with self._lock:
            self._view = view
            if self._callback is not None:
                self._callback(view)
