# SPDX-License-Identifier: Apache-2.0
"""Between the devices and the file: takes what happened at once, writes it on a thread of its own.

Whoever tells it something never waits for the disk. While the disk refuses, what happened is kept in memory
(the newest :data:`MOST_UNSAVED` changes) and tried again; what is shown goes on being counted.
"""

from __future__ import annotations

import logging
import queue
import threading
from collections import deque
from collections.abc import Callable, Mapping
from datetime import date, datetime, tzinfo
from typing import Final, Protocol

from drivers.core import Command, DeviceError, Role, Status
from kiosk.supplies.kept import Act, Audited, Change, Kept, Ran, Spoke, Stood, Worked, all_changed
from kiosk.supplies.ledger import Ledger, LedgerError
from kiosk.supplies.levels import SlotSupplies, supplies_of
from kiosk.supplies.tally import tally_of

_log = logging.getLogger("hall24.supplies")

LOOK_AGAIN_S: Final = 30.0
"""After so long the file is looked at again: staff may have filled in a new roll at the command line, a disk
that refused may be well, and a new day may have begun."""
MOST_UNSAVED: Final = 5_000


class Ended(Protocol):
    """A command that ended."""

    @property
    def slot(self) -> str:
        """Where."""

    @property
    def command(self) -> Command:
        """What was asked."""

    def result(self, timeout_s: float | None = None) -> object:
        """Return the result or raise ``DeviceError``."""


class SupplyBook:
    """Counters and levels of a terminal. ``roles`` are its slots; any thread may tell and ask.

    ``holds`` is what a full roll (mm) or tray (sheets) of a slot holds, by the configuration. ``wall`` is
    the hall's time. On the book's thread, ``on_change`` is called with everything, when something differs,
    and ``on_act`` with what staff did at the command line, to write it into the event chain.
    """

    def __init__(
        self,
        ledger: Ledger,
        roles: Mapping[str, Role],
        *,
        wall: Callable[[], float],
        zone: tzinfo,
        holds: Mapping[str, float] | None = None,
        on_change: Callable[[tuple[SlotSupplies, ...]], None] = lambda _all: None,
        on_act: Callable[[Act], None] = lambda _act: None,
        look_again_s: float = LOOK_AGAIN_S,
    ) -> None:
        self._ledger = ledger
        self._roles = dict(roles)
        self._holds = dict(holds or {})
        self._wall = wall
        self._zone = zone
        self._on_change = on_change
        self._on_act = on_act
        self._look_again_s = look_again_s
        self._inbox: queue.SimpleQueue[Change | None] = queue.SimpleQueue()
        self._last: dict[str, Status] = {}
        self._unsaved: deque[Change] = deque(maxlen=MOST_UNSAVED)
        self._ran_on: date | None = None
        self._audited: set[Act] = set()
        self._healthy = True
        self._kept = Kept()
        self._shown: tuple[SlotSupplies, ...] = ()
        self._thread: threading.Thread | None = None

    # --- any thread -------------------------------------------------------------------------------

    def current(self) -> tuple[SlotSupplies, ...]:
        """Return what is known, slot by slot; empty until the file was looked at once."""
        return self._shown

    def ended(self, job: Ended) -> None:
        """Count a command that has ended; never raises for how it ended."""
        result: object
        try:
            result = job.result(0)
        except DeviceError as error:
            result = error
        tally = tally_of(job.command, result)
        if tally.counts or tally.used:
            day, at = self._now()
            self._inbox.put(Worked(day, at, job.slot, tally))

    def heard(self, slot: str, status: Status) -> None:
        """Take what a slot says of itself; for one slot always from the same thread."""
        before = self._last.get(slot)
        self._last[slot] = status
        day, at = self._now()
        self._inbox.put(
            Spoke(day, at, slot, self._roles[slot], status, before, self._holds.get(slot))
        )

    @property
    def stood(self) -> Mapping[str, str]:
        """Which USB device stood at each slot when it last worked."""
        return self._kept.stood

    def stands(self, slot: str, same_as: str) -> None:
        """Take note of the device that stands at a slot and works."""
        if self._kept.stood.get(slot) != same_as:
            self._inbox.put(Stood(*self._now(), slot, same_as))

    def start(self) -> None:
        """Begin to write."""
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, name="supplies", daemon=True)
            self._thread.start()

    def stop(self) -> None:
        """Write what waits, once, and end the thread."""
        thread, self._thread = self._thread, None
        if thread is not None:
            self._inbox.put(None)
            thread.join()

    # --- the book's thread --------------------------------------------------------------------------

    def _run(self) -> None:
        going = True
        while going:
            day, at = self._now()
            if day != self._ran_on:
                self._ran_on = day
                self._unsaved.append(Ran(day, at))
            self._save()
            going = self._take()
        self._save()

    def _take(self) -> bool:
        """Wait for the next change and take all that are there; false when it is time to end."""
        try:
            change = self._inbox.get(timeout=self._look_again_s)
        except queue.Empty:
            return True
        while True:
            if change is None:
                return False
            self._unsaved.append(change)
            try:
                change = self._inbox.get_nowait()
            except queue.Empty:
                return True

    def _save(self) -> None:
        try:
            self._kept = self._ledger.change(tuple(self._unsaved))
        except LedgerError:
            self._say_once()
            shown = all_changed(self._kept, self._unsaved)
        else:
            self._unsaved.clear()
            shown = self._kept
            self._audit(shown.acts)
            if not self._healthy:
                self._healthy = True
                _log.info("supplies written again")
        day, _ = self._now()
        current = supplies_of(shown, self._roles.items(), day)
        if current != self._shown:
            self._shown = current
            self._on_change(current)

    def _audit(self, acts: frozenset[Act]) -> None:
        day, at = self._now()
        for act in sorted(acts - self._audited, key=lambda each: each.at):
            self._on_act(act)
            self._audited.add(act)
            self._inbox.put(Audited(day, at, act))

    def _say_once(self) -> None:
        if self._healthy:
            self._healthy = False
            _log.warning("supplies cannot be written, counted in memory")

    def _now(self) -> tuple[date, float]:
        at = self._wall()
        return datetime.fromtimestamp(at, self._zone).date(), at
