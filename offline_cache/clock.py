# SPDX-License-Identifier: Apache-2.0
"""What this machine knows of time."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Protocol

from offline_cache.model import ClockReading


class Clock(Protocol):
    """Tests bring their own."""

    def read(self) -> ClockReading:
        """Return wall time, monotonic time and boot id; the server offset is the outbox's to add."""


class SystemClock:
    """The kernel's. The boot id tells whose monotonic seconds they are."""

    def __init__(self) -> None:
        try:
            self._boot_id = Path("/proc/sys/kernel/random/boot_id").read_text("ascii").strip()
        except OSError:
            self._boot_id = "unknown"

    def read(self) -> ClockReading:
        """Return what the kernel says now."""
        return ClockReading(wall=time.time(), monotonic_s=time.monotonic(), boot_id=self._boot_id)
