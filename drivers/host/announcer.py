# SPDX-License-Identifier: Apache-2.0
"""Publishes a slot's status: on change only, numbered, and logged once per outage and recovery."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import replace

from drivers.core import USABLE, Condition, Status

_log = logging.getLogger("hall24.devices")
_QUIET = USABLE | {Condition.STARTING, Condition.NOT_FITTED}


class Announcer:
    """Holds what was last said of one slot."""

    def __init__(
        self, slot: str, listener: Callable[[str, Status], None], wall_clock: Callable[[], float]
    ) -> None:
        self._slot = slot
        self._listener = listener
        self._wall_clock = wall_clock
        self._outage_since: float | None = None
        self.current = Status(Condition.STARTING, since=wall_clock())

    def say(self, status: Status) -> None:
        """Publish ``status`` if it says something new."""
        before = self.current
        if before.sequence and before.says_the_same_as(status):
            return
        came_into_it = (before.condition, before.code) != (status.condition, status.code)
        now = self._wall_clock()
        since = now if came_into_it or not before.sequence else before.since
        self.current = replace(status, since=since, sequence=before.sequence + 1)
        self._log_outage(now)
        try:
            self._listener(self._slot, self.current)
        except Exception as error:  # noqa: BLE001 - a listener's mistake must not end the host
            _log.error("slot=%s status callback: %s", self._slot, type(error).__name__)

    def _log_outage(self, now: float) -> None:
        status = self.current
        if status.condition in _QUIET:
            if self._outage_since is not None and status.condition in USABLE:
                _log.info("slot=%s back after %.1f s", self._slot, now - self._outage_since)
                self._outage_since = None
        elif self._outage_since is None:
            self._outage_since = now
            _log.warning(
                "slot=%s out of service: %s code=%s recovery=%s %s",
                self._slot,
                status.condition.value,
                status.code,
                status.recovery.value,
                status.details.get("reason", ""),
            )
