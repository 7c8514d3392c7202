# SPDX-License-Identifier: Apache-2.0
"""A transport in virtual time: hours of silence pass in no time, and every run is the same."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Sequence

from drivers.core import CommandContext
from drivers.sim.pty_device import Piece
from drivers.transports import Transport

_WIRE_STEP_S = 0.001
"""A read or write takes some time, so that a loop that only polls reaches its deadline, too."""


class VirtualClock:
    """Monotonic seconds that pass only when somebody waits."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        """Return the seconds."""
        return self.now

    def pass_by(self, seconds: float) -> None:
        """Let time pass; even a look takes some, so that a loop that only polls ends, too."""
        self.now += max(seconds, _WIRE_STEP_S)

    def context(self, seconds: float) -> CommandContext:
        """Make a context in this time: its deadline and its pauses cost nothing."""
        return CommandContext(self.now + seconds, self, cancelled=_VirtualEvent(self))


class _VirtualEvent(threading.Event):
    """An event whose ``wait`` passes virtual time."""

    def __init__(self, clock: VirtualClock) -> None:
        super().__init__()
        self._clock = clock

    def wait(self, timeout: float | None = None) -> bool:
        self._clock.now += timeout or 0.0
        return self.is_set()


class VirtualWire(Transport):
    """Hands what is written to ``device`` and plays its answer back, each piece at its time."""

    def __init__(self, device: Callable[[bytes], Sequence[Piece]], clock: VirtualClock) -> None:
        super().__init__("virtual:")
        self._device = device
        self._clock = clock
        self._coming: deque[tuple[float, bytes]] = deque()
        self.written: list[bytes] = []

    def context(self, seconds: float) -> CommandContext:
        """Make a context in virtual time: its deadline and its pauses cost nothing."""
        return self._clock.context(seconds)

    def _open(self, context: CommandContext) -> None:
        del context

    def _close(self) -> None:
        self._coming.clear()

    def _write_some(self, data: memoryview, wait_s: float) -> int:
        del wait_s
        self._clock.now += _WIRE_STEP_S
        self.written.append(bytes(data))
        at = self._clock.now
        for piece in self._device(bytes(data)):
            at += piece.pause_s
            self._coming.append((at, piece.data))
        return len(data)

    def _read_some(self, max_bytes: int, wait_s: float) -> bytes:
        if not self._coming or self._coming[0][0] > self._clock.now + wait_s:
            self._clock.now += max(wait_s, _WIRE_STEP_S)
            return b""
        at, data = self._coming.popleft()
        self._clock.now = max(self._clock.now, at) + _WIRE_STEP_S
        if len(data) > max_bytes:
            self._coming.appendleft((at, data[max_bytes:]))
        return data[:max_bytes]
