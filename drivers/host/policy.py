# SPDX-License-Identifier: Apache-2.0
"""How patient the host is, and how it spaces restarts."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class HostPolicy:
    """All times in seconds."""

    ping_every_s: float = 0.3
    silence_s: float = 1.0
    """A process that answered no ping for so long is frozen."""
    overrun_s: float = 1.0
    """A verb that is so long past its deadline hangs."""
    start_s: float = 10.0
    """From starting a process to its driver being built."""
    poll_every_s: float = 2.0
    poll_absent_every_s: float = 0.5
    """While the device is not usable: it comes back sooner."""
    poll_deadline_s: float = 3.0
    backoff_first_s: float = 0.25
    backoff_cap_s: float = 30.0
    healthy_s: float = 10.0
    """A process that lived so long starts a new series of restarts."""
    stop_s: float = 1.5
    """From the request to stop to the kill."""


class Backoff:
    """Full jitter: anything between nothing and the cap of the attempt, which doubles each time."""

    def __init__(self, policy: HostPolicy, random: Callable[[], float]) -> None:
        self._policy = policy
        self._random = random
        self._attempt = 0

    def next_delay_s(self) -> float:
        """Return how long to wait before the next start."""
        ceiling = min(
            self._policy.backoff_cap_s, self._policy.backoff_first_s * 2.0 ** min(self._attempt, 30)
        )
        self._attempt += 1
        return self._random() * ceiling

    def start_anew(self) -> None:
        """Forget the failures."""
        self._attempt = 0
