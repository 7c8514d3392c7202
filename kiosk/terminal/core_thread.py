# SPDX-License-Identifier: Apache-2.0
"""The core thread: the only one that touches the flow.

Everything that happens comes in through one queue; after each event the flow's view goes out to the
subscribers and its effects to the runners. Runners must not block: they hand work to their own thread
and answer through :meth:`CoreThread.post`.
"""

from __future__ import annotations

import logging
import queue
import threading
from collections.abc import Callable
from typing import Protocol

from kiosk.flows.effects import Effect
from kiosk.flows.events import Event, Tick
from kiosk.flows.views import View

_log = logging.getLogger("hall24.core")

TICK_S = 0.25


class Outcome(Protocol):
    """What a flow answers to an event."""

    @property
    def view(self) -> View:
        """Return what is on the glass now."""

    @property
    def effects(self) -> tuple[Effect, ...]:
        """Return what the world is asked to do."""


class Reducer(Protocol):
    """The flow as the core thread sees it."""

    def handle(self, event: Event) -> Outcome:
        """Take one event."""


class CoreThread:
    """Runs the flow. ``start`` and ``stop`` from the owner; ``post`` from any thread."""

    def __init__(
        self,
        flow: Reducer,
        *,
        run_effect: Callable[[Effect], None],
        clock: Callable[[], float],
        wall: Callable[[], float],
    ) -> None:
        self._flow = flow
        self._run_effect = run_effect
        self._clock = clock
        self._wall = wall
        self._events: queue.SimpleQueue[Event | None] = queue.SimpleQueue()
        self._subscribers: list[Callable[[View], None]] = []
        self._shown: View | None = None
        self._thread = threading.Thread(target=self._run, name="core", daemon=True)

    def subscribe(self, callback: Callable[[View], None]) -> None:
        """Call ``callback`` on the core thread with each new view; before ``start``."""
        self._subscribers.append(callback)

    def post(self, event: Event) -> None:
        """Queue an event; returns at once."""
        self._events.put(event)

    def start(self) -> None:
        """Start the thread."""
        self._thread.start()

    def stop(self, timeout_s: float = 5.0) -> None:
        """Take what is queued, then end the thread; silent when it never started."""
        if self._thread.is_alive():
            self._events.put(None)
            self._thread.join(timeout_s)

    def _run(self) -> None:
        next_tick = self._clock()
        while True:
            now = self._clock()
            if now >= next_tick:
                next_tick = now + TICK_S
                self._take(Tick(now=now, wall=self._wall()))
            try:
                event = self._events.get(timeout=max(0.0, next_tick - now))
            except queue.Empty:
                continue
            if event is None:
                return
            self._take(event)

    def _take(self, event: Event) -> None:
        try:
            outcome = self._flow.handle(event)
        except Exception as error:  # noqa: BLE001 - a mistake of ours must not freeze the screen
            # Only the type: a message could quote what a resident typed.
            _log.error(
                "flow failed", extra={"event": type(event).__name__, "error": type(error).__name__}
            )
            return
        if outcome.view != self._shown:
            self._shown = outcome.view
            for subscriber in self._subscribers:
                subscriber(outcome.view)
        for effect in outcome.effects:
            self._run_effect(effect)
