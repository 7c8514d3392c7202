# SPDX-License-Identifier: Apache-2.0
"""A simulator for the time of a test."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TypeVar

from drivers.sim.simulator import Simulator

SimulatorT = TypeVar("SimulatorT", bound=Simulator)


@contextmanager
def running(simulator: SimulatorT) -> Iterator[SimulatorT]:
    """Start it, and stop it whatever the test does."""
    simulator.start()
    try:
        yield simulator
    finally:
        simulator.stop()
