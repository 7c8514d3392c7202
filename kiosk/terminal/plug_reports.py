# SPDX-License-Identifier: Apache-2.0
"""Something was plugged in or pulled out: one event for the chain, one line in the log, one row for staff.

What came is never opened. Only its USB numbers and the slot it belongs to are told: names and serial numbers
may be those of a resident's telephone.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Protocol

from drivers.core import USABLE, Status
from drivers.discovery.found import Found
from drivers.discovery.places import place_of
from drivers.discovery.sysfs import ROOT, connected
from drivers.discovery.watch import EVERY_S, Plugged, PlugWatch
from kiosk.config import SlotSettings
from kiosk.flows.events import PlugChanged

_log = logging.getLogger("hall24.devices")


class Memory(Protocol):
    """Keeps which device stood where."""

    @property
    def stood(self) -> Mapping[str, str]:
        """``Found.same_as`` by slot."""

    def stands(self, slot: str, same_as: str) -> None:
        """Take note."""


class PlugReports:
    """Watches what is connected while the terminal runs. ``heard`` comes from the device thread."""

    def __init__(
        self,
        slots: Iterable[SlotSettings],
        *,
        memory: Memory,
        audit: Callable[..., None],
        post: Callable[[PlugChanged], None],
        wall: Callable[[], float],
        root: Path = ROOT,
        every_s: float = EVERY_S,
    ) -> None:
        self._slots = {slot.name: slot for slot in slots}
        self._memory = memory
        self._audit = audit
        self._post = post
        self._wall = wall
        self._root = root
        self._lock = threading.Lock()
        self._works: set[str] = set()
        self._to_note: set[str] = set()
        self._watch = PlugWatch(self._changed, root=root, every_s=every_s, on_look=self._note)

    def start(self) -> None:
        """Begin to watch."""
        self._watch.start()

    def stop(self) -> None:
        """End it."""
        self._watch.stop()

    def heard(self, slot: str, status: Status) -> None:
        """Take what a slot says: once it works, what stands at its place is worth remembering."""
        works = status.condition in USABLE
        with self._lock:
            if works and slot not in self._works:
                self._to_note.add(slot)
            (self._works.add if works else self._works.discard)(slot)

    # --- the watch's thread ---------------------------------------------------------------------------

    def _changed(self, change: Plugged) -> None:
        slot = self._slot_of(change.found)
        code = change.found.identity or change.found.kind.value
        event = "device.plugged_in" if change.appeared else "device.pulled_out"
        self._audit(event, slot=slot, code=code)
        _log.info(event.replace(".", " "), extra={"slot": slot, "code": code})
        role = self._slots[slot].role if slot else ""
        self._post(PlugChanged(appeared=change.appeared, code=code, role=role, at=self._wall()))

    def _slot_of(self, found: Found) -> str:
        """Return the slot this device belongs to, as far as it is known; else an empty text."""
        for slot, same_as in self._memory.stood.items():
            if slot in self._slots and same_as == found.same_as:
                return slot
        for name, settings in self._slots.items():
            place = place_of(name, settings.options, [found])
            if place.verdict == "present" and place.found is not None:
                return name
        return ""

    def _note(self) -> None:
        """Remember the devices of the slots that have come into service."""
        with self._lock:
            slots, self._to_note = self._to_note, set()
        if not slots:
            return
        there = connected(self._root)
        for slot in slots & self._slots.keys():
            place = place_of(slot, self._slots[slot].options, there)
            if place.found is not None and place.found.same_as:
                self._memory.stands(slot, place.found.same_as)
