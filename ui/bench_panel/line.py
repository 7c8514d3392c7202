# SPDX-License-Identifier: Apache-2.0
"""Talks to the bench on a thread of its own, so that a frozen bench leaves the panel answering."""

from __future__ import annotations

import queue
import threading
from typing import Final

from PySide6.QtCore import QObject, Signal

from kiosk.bench_client import BenchClient, BenchError, BenchSlot

_POLL_S: Final = 1.0


class BenchLine(QObject):
    """Polls the list of devices and does one action after another. Start and stop on the UI thread.

    Its signals come from the line's own thread: connect them queued (Qt's default across threads).
    """

    seen = Signal(object, object)
    """``tuple[BenchSlot, ...]`` and ``tuple[str, ...]``: the devices, and whose cards can be placed."""
    done = Signal(str, object)
    """The action and the tuple of its arguments."""
    failed = Signal(str)
    lost = Signal(str)

    def __init__(self, client: BenchClient, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._client = client
        self._jobs: queue.SimpleQueue[tuple[str, ...] | None] = queue.SimpleQueue()
        self._people: tuple[str, ...] = ()
        self._thread = threading.Thread(target=self._run, name="bench-line")

    def start(self) -> None:
        """Begin to poll."""
        self._thread.start()

    def stop(self) -> None:
        """End the thread; waits at most for one answer of the bench. Silent when repeated."""
        self._jobs.put(None)
        if self._thread.is_alive():
            self._thread.join()

    def act(self, slot: str, action: str, *args: str) -> None:
        """Queue one action; ``done`` or ``failed`` follows."""
        self._jobs.put((slot, action, *args))

    def _run(self) -> None:
        while True:
            self._look()
            try:
                job = self._jobs.get(timeout=_POLL_S)
            except queue.Empty:
                continue
            if job is None:
                return
            self._do(*job)

    def _do(self, slot: str, action: str, *args: str) -> None:
        try:
            self._client.act(slot, action, *args)
        except BenchError as error:
            self.failed.emit(str(error))
        else:
            self.done.emit(action, args)

    def _look(self) -> None:
        try:
            slots = self._client.slots()
            if not self._people:
                self._people = self._who(slots)
        except BenchError as error:
            self.lost.emit(str(error))
        else:
            self.seen.emit(slots, self._people)

    def _who(self, slots: tuple[BenchSlot, ...]) -> tuple[str, ...]:
        for slot in slots:
            if {"place", "people"} <= set(slot.actions):
                names = self._client.act(slot.slot, "people")
                return tuple(map(str, names)) if isinstance(names, list) else ()
        return ()
