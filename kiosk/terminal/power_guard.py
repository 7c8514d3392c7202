# SPDX-License-Identifier: Apache-2.0
"""Decides when the battery behind the terminal is too empty to go on.

On battery the flow finishes what was begun and refuses new work by itself (``kiosk.catalogue.readiness``).
Here is only the last step: the UPS says that its battery is nearly empty, or one of its figures reaches the
configured limit while it feeds the terminal. That is decided once; power that comes back during the
shutdown changes nothing, because the UPS may have been told to switch off already.
"""

from __future__ import annotations

import logging
import subprocess
from collections.abc import Callable, Sequence

from drivers.core import USABLE, Status
from kiosk.config import PowerSettings

_log = logging.getLogger("hall24.terminal")

ENDED_BY_POWER = 3
"""Exit status of ``kiosk run`` after it ended by itself because the battery was nearly empty."""


class PowerGuard:
    """Listens to one UPS; calls ``on_end(code)`` once, on the thread that brings the status."""

    def __init__(self, settings: PowerSettings, on_end: Callable[[str], None]) -> None:
        self._settings = settings
        self._on_end = on_end
        self._ended = False

    def heard(self, status: Status) -> None:
        """Take what the UPS says of itself. Silence of the UPS never ends the terminal."""
        if self._ended or status.condition not in USABLE or not self._is_nearly_empty(status):
            return
        self._ended = True
        _log.warning("battery nearly empty, ending", extra={"code": status.code})
        self._on_end("power.low_battery")

    def _is_nearly_empty(self, status: Status) -> bool:
        if status.code == "power.low_battery":
            return True
        if status.details.get("power") != "battery":
            return False
        limits = (
            ("charge_percent", self._settings.end_at_percent),
            ("runtime_s", self._settings.end_at_runtime_s),
        )
        return any(
            name in status.details and int(status.details[name]) <= limit for name, limit in limits
        )


def shut_down_machine(command: Sequence[str]) -> None:
    """Run the configured command, after the terminal has stopped; log when it cannot be run."""
    if not command:
        return
    try:
        ended = subprocess.run(list(command), check=False)  # the operator's own words, no shell
    except OSError as error:
        _log.error("shutdown command not run", extra={"errno": error.errno})
        return
    if ended.returncode:
        _log.error("shutdown command failed", extra={"status": ended.returncode})
