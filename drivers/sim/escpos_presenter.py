# SPDX-License-Identifier: Apache-2.0
"""The simulated presenter: pushes a cut slip out, holds it, lets it be taken, draws it in.

Written from the device-protocols sheet §7.3: ``GS e`` of the VKP80II family (2 retract, 3 present, 5
eject, 20h present with a time-out) and ``FS P`` of the VKP80III (present, then R or E after d seconds).
"""

from __future__ import annotations

import time
from collections.abc import Callable
from enum import StrEnum
from typing import Final

_RETRACT, _PRESENT, _EJECT, _PRESENT_TIMED = 0x02, 0x03, 0x05, 0x20
_FS_P_NUMBERS: Final = 4


class Lying(StrEnum):
    """Where the last slip is."""

    NOWHERE = "nowhere"
    INSIDE = "inside"
    """Cut, not yet pushed out."""
    AT_EXIT = "at_exit"


class SimulatedPresenter:
    """No thread: what time does to a slip is worked out when somebody looks."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lying = Lying.NOWHERE
        self._leaves_at: float | None = None
        self._leaves_inwards = True
        self.jammed = False
        self.jam_next = False
        """The next slip jams on its way out."""
        self.slip_next = False
        """The next slip stays inside, and no sensor notices."""
        self.blocked = False
        """What lies at the exit does not go in: somebody holds it."""
        self.taken = 0
        self.retracted = 0
        self.ejected = 0

    @property
    def lying(self) -> Lying:
        """Where the slip is now."""
        if self._leaves_at is not None and self._clock() >= self._leaves_at:
            self._leave(inwards=self._leaves_inwards)
        return self._lying

    @property
    def at_exit(self) -> bool:
        """What the sensor at the exit says."""
        return self.lying is Lying.AT_EXIT

    def slip_was_cut(self) -> None:
        """Get a new slip from the knife; one that still lies at the exit is pushed out by it."""
        if self.lying is Lying.AT_EXIT:
            self._leave(inwards=False)
        self._lying = Lying.INSIDE

    def obey(self, name: str, numbers: tuple[int, ...]) -> None:
        """Carry out ``GS e`` or ``FS P``; unknown numbers do nothing."""
        if self.jammed:
            return
        if name == "FS P" and len(numbers) == _FS_P_NUMBERS:
            self._present(numbers[3] or None, inwards=chr(numbers[2]) == "R")
        elif numbers[0] == _PRESENT:
            self._present(None, inwards=True)
        elif numbers[0] == _PRESENT_TIMED:
            self._present(numbers[2] or None, inwards=True)
        elif numbers[0] in {_RETRACT, _EJECT} and self.lying is not Lying.NOWHERE:
            self._leave(inwards=numbers[0] == _RETRACT)

    def take(self) -> bool:
        """Let somebody pull the slip out; tell whether there was one."""
        if not self.at_exit:
            return False
        self._lying, self._leaves_at = Lying.NOWHERE, None
        self.taken += 1
        return True

    def clear(self) -> None:
        """Open it and take out what is in the way."""
        self.jammed = self.blocked = False
        self._lying, self._leaves_at = Lying.NOWHERE, None

    def _present(self, after_s: int | None, *, inwards: bool) -> None:
        if self.lying is Lying.NOWHERE:
            return
        if self.jam_next:
            self.jam_next, self.jammed = False, True
            return
        if self.slip_next:
            self.slip_next = False
            return
        self._lying = Lying.AT_EXIT
        self._leaves_at = None if after_s is None else self._clock() + after_s
        self._leaves_inwards = inwards

    def _leave(self, *, inwards: bool) -> None:
        if inwards and self.blocked:
            return
        self._lying, self._leaves_at = Lying.NOWHERE, None
        if inwards:
            self.retracted += 1
        else:
            self.ejected += 1
