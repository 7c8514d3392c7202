# SPDX-License-Identifier: Apache-2.0
"""Residents one after the other, for hours; now and then something breaks while one of them is there."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Final, Literal

from ui.robot.finger import Script
from ui.robot.resident import Wishes, complete_item
from ui.robot.visit import RobotLostError, Visit

Ending = Literal["completed", "spoilt", "lost", "stuck"]

BACK_S: Final = 300.0
"""Within this the terminal is ready for the next resident: a session nobody ends ends itself."""
_LAST_SCREEN: Final = 8
_MENDING_S: Final = 2.0


@dataclass(frozen=True, slots=True)
class Fault:
    """Something that breaks and is mended."""

    name: str
    strike: Callable[[], object]
    mend: Callable[[], object]


@dataclass(frozen=True, slots=True)
class Round:
    """One resident's visit."""

    number: int
    item: str
    fault: str
    """Empty for a visit without one."""
    ending: Ending
    seconds: float
    why: str
    """What the resident saw when it ended early."""


@dataclass(frozen=True, slots=True)
class Soak:
    """What is done: ``wishes`` makes a resident for an item; ``on_round`` hears of each visit at its end.

    ``fault_share`` of the visits meet a fault of ``faults``. ``go_on`` is asked before each visit.
    """

    items: Sequence[str]
    wishes: Callable[[str], Wishes]
    faults: Sequence[Fault]
    fault_share: float
    go_on: Callable[[], bool]
    on_round: Callable[[Round], None]
    seed: int


class Breaker:
    """Strikes with a fault when the visit comes to its chosen screen."""

    def __init__(self) -> None:
        self._fault: Fault | None = None
        self._screens_left = 0
        self.struck = False

    def plan(self, fault: Fault | None, on_screen: int) -> None:
        """Strike on the screen of that number of the coming visit."""
        self._fault, self._screens_left, self.struck = fault, on_screen, False

    def screen_came(self, _name: str) -> None:
        """Count a screen; the visit's ``on_screen``."""
        if self._fault is None or self.struck:
            return
        self._screens_left -= 1
        if self._screens_left <= 0:
            self.struck = True
            self._fault.strike()

    def mend(self) -> None:
        """Mend what was struck."""
        if self._fault is not None and self.struck:
            self._fault.mend()
        self._fault = None


def soak(visit: Visit, breaker: Breaker, plan: Soak) -> Script:
    """Make visits until ``go_on`` says no. A visit that ends early is no end; a stuck terminal is."""
    chance = random.Random(plan.seed)  # noqa: S311 - chooses visits
    number = 0
    while plan.go_on():
        number += 1
        item = chance.choice(plan.items)
        strikes = plan.faults and chance.random() < plan.fault_share
        fault = chance.choice(plan.faults) if strikes else None
        breaker.plan(fault, chance.randint(2, _LAST_SCREEN))
        started = visit.now()
        why = ""
        try:
            yield from complete_item(visit, plan.wishes(item))
        except RobotLostError as lost:
            why = str(lost)
        spoilt = breaker.struck
        breaker.mend()
        came_back = yield from _back(visit, plan.wishes(item))
        ending: Ending = "completed"
        if not came_back:
            ending = "stuck"
        elif why:
            ending = "spoilt" if spoilt else "lost"
        seconds = visit.now() - started
        name = fault.name if fault and spoilt else ""
        plan.on_round(Round(number, item, name, ending, seconds, why))
        if not came_back:
            raise RobotLostError(f"stuck after {item} {name}: {why}")
        if spoilt:
            yield from visit.pause(_MENDING_S)


def _back(visit: Visit, wishes: Wishes) -> Script:
    """Walk away, as a resident does who gives up: press leave where it is, else let the time run out."""
    wishes.take_card()
    until = visit.now() + BACK_S
    while visit.sight.screen != "attract":
        if visit.now() > until:
            return False
        for name in ("act:leave_now", "act:done", "act:skip", "exit"):
            if visit.sight.usable(name):
                with suppress(RobotLostError):  # it may go away by itself meanwhile
                    yield from visit.tap(name, timeout_s=2.0)
                break
        yield from visit.pause(0.3)
    return True
