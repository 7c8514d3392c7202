# SPDX-License-Identifier: Apache-2.0
"""The time in the hall: the machine's own while it is right, else the platform's."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from kiosk.terminal.hall_time import TOLERANCE_S, HallTime

NOON = 1_800_000_000.0


@dataclass
class Clocks:
    wall: float
    monotonic: float = 50.0

    def pass_(self, seconds: float) -> None:
        self.wall += seconds
        self.monotonic += seconds

    def hall_time(self) -> HallTime:
        return HallTime(lambda: self.wall, lambda: self.monotonic)


def test_before_the_platform_spoke_it_is_the_machines_own_clock() -> None:
    clocks = Clocks(wall=3600.0)
    assert clocks.hall_time()() == 3600.0


@pytest.mark.parametrize("own", [3600.0, NOON - 1e6, NOON + 1e9])
def test_a_clock_that_is_wrong_is_corrected_and_goes_on(own: float) -> None:
    clocks = Clocks(wall=own)
    time = clocks.hall_time()
    time.heard(NOON)
    clocks.pass_(90.0)
    assert time() == NOON + 90.0


def test_setting_the_machines_clock_later_changes_nothing() -> None:
    clocks = Clocks(wall=3600.0)
    time = clocks.hall_time()
    time.heard(NOON)
    clocks.wall = NOON
    clocks.pass_(60.0)
    assert time() == NOON + 60.0


def test_a_slow_answer_does_not_make_time_jump() -> None:
    clocks = Clocks(wall=NOON)
    time = clocks.hall_time()
    time.heard(NOON - TOLERANCE_S + 0.1)
    assert time() == NOON
