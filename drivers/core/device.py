# SPDX-License-Identifier: Apache-2.0
"""The contract of a device: blocking, plain Python, used by one process only."""

from __future__ import annotations

import threading
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from drivers.core.errors import CancelledError, DeadlineError
from drivers.core.status import Status


class Verdict(StrEnum):
    """What a check concludes; ``UNKNOWN`` is an honest answer, never counted as a pass."""

    PASS = "pass"  # noqa: S105 - a verdict, not a password
    FAIL = "fail"
    UNKNOWN = "unknown"
    SKIPPED = "skipped"


@dataclass(frozen=True, slots=True)
class Check:
    """One finding of ``diagnose`` or ``self_test``."""

    name: str
    verdict: Verdict
    reason: str = ""
    recovery: str = "none"
    elapsed_ms: int = 0


@dataclass(frozen=True, slots=True)
class DeviceInfo:
    """Identity as the device tells it; empty strings where it does not."""

    manufacturer: str = ""
    model: str = ""
    serial: str = ""
    firmware: str = ""
    simulated: bool = False


@dataclass(frozen=True, slots=True)
class Progress:
    """A step of long work, for the screen; ``code`` is translatable, ``done``/``total`` count things."""

    code: str
    done: int = 0
    total: int = 0


@dataclass(frozen=True, slots=True)
class CommandContext:
    """What a verb gets besides its arguments: a deadline, a way to be cancelled, a place for progress.

    ``clock`` is monotonic seconds. A driver calls :meth:`check` between steps and sizes every blocking
    read by :meth:`remaining_s`, so that it ends within 100 ms of a cancel and of its deadline.
    """

    deadline: float
    clock: Callable[[], float] = time.monotonic
    cancelled: threading.Event = field(default_factory=threading.Event)
    on_progress: Callable[[Progress], None] = lambda _progress: None

    @classmethod
    def within(cls, seconds: float, clock: Callable[[], float] = time.monotonic) -> CommandContext:
        """Make a context that ends ``seconds`` from now."""
        return cls(deadline=clock() + seconds, clock=clock)

    def remaining_s(self, at_most: float | None = None) -> float:
        """Return the seconds left, never negative, capped by ``at_most``."""
        left = max(0.0, self.deadline - self.clock())
        return left if at_most is None else min(left, at_most)

    def check(self) -> None:
        """Raise :class:`CancelledError` or :class:`DeadlineError` when the work has to end."""
        if self.cancelled.is_set():
            raise CancelledError
        if self.clock() >= self.deadline:
            raise DeadlineError

    def pause(self, seconds: float) -> None:
        """Wait, but no longer than the deadline, and wake at once on a cancel."""
        self.cancelled.wait(self.remaining_s(seconds))
        self.check()


class Device(ABC):
    """One device at one slot.

    The constructor does no I/O and never fails on a missing device. ``open`` and ``close`` may be
    called any number of times in any order; ``close`` always releases the port, even when saying
    goodbye fails, and is silent when there is nothing to close. All verbs are called from one thread;
    ``close`` may come from another to break a blocked call, which then raises a ``DeviceError``.
    A verb on a device that is not open opens it first.
    """

    slot: Final[str]
    capabilities: Sequence[str] = ()
    """Names of the verbs and options this device has, e.g. ``("read_card", "photo")``."""

    def __init__(self, slot: str) -> None:
        self.slot = slot

    @property
    @abstractmethod
    def info(self) -> DeviceInfo:
        """Identity, as far as known so far; does no I/O."""

    @abstractmethod
    def open(self, context: CommandContext) -> None:
        """Connect and prove that the right device answers. Raises ``DeviceError``; then it is closed."""

    @abstractmethod
    def close(self) -> None:
        """Release the port. Never raises."""

    @abstractmethod
    def status(self, context: CommandContext) -> Status:
        """Ask the device how it is (about 1 s at most). Never raises for a device in trouble: it says so."""

    def reset(self, context: CommandContext) -> None:
        """Bring the device to its state after power-on, as far as it has a way; default: reopen."""
        self.close()
        self.open(context)

    @abstractmethod
    def self_test(self, context: CommandContext) -> Sequence[Check]:
        """Run what the device can test of itself without using supplies or needing a person."""

    @abstractmethod
    def diagnose(self, context: CommandContext) -> Sequence[Check]:
        """Find what is wrong: each step from cable to function with its own verdict."""
