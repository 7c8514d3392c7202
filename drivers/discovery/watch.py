# SPDX-License-Identifier: Apache-2.0
"""Tells when something is plugged in or pulled out, by looking at three lists of names every few seconds.

sysfs sends no inotify events and netlink needs no less code, so it is listed: under a millisecond, and no
device is opened. What hangs on a USB device is told by that device, once.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from drivers.discovery.found import Found
from drivers.discovery.sysfs import ROOT, named, names

EVERY_S: Final = 2.0
_MOST_AT_ONCE: Final = 32


@dataclass(frozen=True, slots=True)
class Plugged:
    """One device came or went."""

    appeared: bool
    found: Found


class PlugWatch:
    """Calls ``on_change`` on a thread of its own; what is connected at the start is no change.

    ``on_look`` is called there after each look.
    """

    def __init__(
        self,
        on_change: Callable[[Plugged], None],
        *,
        root: Path = ROOT,
        every_s: float = EVERY_S,
        on_look: Callable[[], None] = lambda: None,
    ) -> None:
        self._on_change = on_change
        self._on_look = on_look
        self._root = root
        self._every_s = every_s
        self._known: dict[str, Found | None] = {}
        self._ended = threading.Event()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Begin to look."""
        if self._thread is None:
            self._ended.clear()
            self._thread = threading.Thread(target=self._run, name="plug-watch", daemon=True)
            self._thread.start()

    def stop(self) -> None:
        """End the thread. Silent when repeated."""
        thread, self._thread = self._thread, None
        if thread is not None:
            self._ended.set()
            thread.join()

    def look(self) -> tuple[Plugged, ...]:
        """Return what changed since the last look."""
        now = names(self._root)
        gone = [self._known.pop(name) for name in sorted(self._known.keys() - now)]
        came: list[Found | None] = []
        for name in sorted(now - self._known.keys()):
            self._known[name] = named(name, self._root)
            came.append(self._known[name])
        changes = [Plugged(appeared=False, found=each) for each in gone if each is not None]
        changes += [Plugged(appeared=True, found=each) for each in came if each is not None]
        return tuple(changes[:_MOST_AT_ONCE])

    def _run(self) -> None:
        self.look()
        while not self._ended.wait(self._every_s):
            for change in self.look():
                self._on_change(change)
            self._on_look()
