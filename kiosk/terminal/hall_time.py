# SPDX-License-Identifier: Apache-2.0
"""What time it is in the hall, also on a machine whose clock battery is dead.

Slips carry the time, items have hours, and seals are valid for a time: a clock that says 1970 would make all
three wrong. The platform tells the time with every heartbeat.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

TOLERANCE_S: Final = 5.0
"""Below it the difference is the way's length and not a wrong clock; time does not jump to and fro for it."""


class HallTime:
    """Wall seconds: the machine's own clock, or the platform's once the two were seen to differ.

    From then on monotonic time carries it, so that setting the machine's clock changes nothing.
    Any thread may ask and tell.
    """

    def __init__(self, wall: Callable[[], float], clock: Callable[[], float]) -> None:
        self._wall = wall
        self._clock = clock
        self._began_at: float | None = None

    def __call__(self) -> float:
        """Return seconds since the epoch."""
        began_at = self._began_at
        return self._wall() if began_at is None else began_at + self._clock()

    def heard(self, platform_now: float) -> None:
        """Take note of what the platform says the time is, just now."""
        if abs(platform_now - self()) > TOLERANCE_S:
            self._began_at = platform_now - self._clock()
