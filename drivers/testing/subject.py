# SPDX-License-Identifier: Apache-2.0
"""What the contract suite needs to know of a driver and of the simulator at the other end of its wire."""
# ruff: noqa: S101 - assertions are what this is for

from __future__ import annotations

import os
import pickle
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Final

import pytest

from drivers.core import (
    Command,
    CommandContext,
    Condition,
    Device,
    DeviceError,
    PrintOutcome,
    PrintResult,
    Recovery,
    Status,
)
from drivers.host.process import perform
from drivers.host.registry import DRIVERS, OptionValue, build_driver
from drivers.sim.simulator import Simulator

LONG_S: Final = 60.0
"""For what has to succeed: never waited for on a machine that has nothing else to do."""


@dataclass(frozen=True, slots=True)
class DoesNotApply:
    """A case of the contract that this driver cannot be put through, and why, in words for people."""

    why: str


@dataclass(slots=True)
class Subject:
    """A driver and its simulator, which has the actions ``unplug``, ``replug``, ``freeze`` and ``thaw``."""

    driver: str
    """Its name in the registry."""
    simulator: Simulator
    options: Callable[[], Mapping[str, OptionValue]]
    """What a configuration says of the simulator's endpoint."""
    work: Command
    """A command that succeeds when the simulator is ready for it."""
    make_ready: Callable[[], object]
    """Make it ready, e.g. place a card."""
    talk_nonsense: Callable[[], object]
    """Let the simulator answer with garbage."""
    talk_sense: Callable[[], object]
    slow: Callable[[], AbstractContextManager[Device]] | DoesNotApply
    """Make a driver on a wire on which every byte comes alone."""
    exclusive: bool | DoesNotApply = True
    """A second driver at the same wire is refused."""
    hosted: bool | DoesNotApply = True
    """A process of its own reaches the simulator."""
    obeys_cancel_while_frozen: bool = True
    """False where the first byte may not be taken back, as with printers."""
    make_by_hand: Callable[[], Device] | None = None
    """How to build it where the registry's way does not do."""
    device: Device = field(init=False)

    def __post_init__(self) -> None:
        self.device = self.make()

    def make(self) -> Device:
        """Build a driver for the simulator's endpoint, as the device process does."""
        if self.make_by_hand is not None:
            return self.make_by_hand()
        entry = DRIVERS[self.driver]
        return build_driver(entry.target, entry.role.value, dict(self.options()))

    def exceptions(self) -> dict[str, str]:
        """Return the cases of the contract that do not apply, each with the reason."""
        cases = {"slow wire": self.slow, "opened twice": self.exclusive, "hosted": self.hosted}
        return {name: case.why for name, case in cases.items() if isinstance(case, DoesNotApply)}

    def act(self, action: str) -> None:
        """Do something to the simulator."""
        self.simulator.actions()[action]()

    def try_work(self, context: CommandContext, device: Device | None = None) -> object:
        """Run the command; return its result, or the error instead of raising it."""
        try:
            return perform(device or self.device, self.work, context)
        except DeviceError as error:
            return error


def skip_unless_it_applies(case: object) -> None:
    """Leave a test out, with the subject's own words."""
    if isinstance(case, DoesNotApply):
        pytest.skip(case.why)


def within(seconds: float) -> CommandContext:
    """Make a context."""
    return CommandContext.within(seconds)


def open_files() -> int:
    """Count this process's descriptors."""
    return len(os.listdir("/proc/self/fd"))  # noqa: PTH208 - a count of names


def becomes(found: Callable[[], object], wanted: object) -> bool:
    """Tell whether it is as wanted within a second: a simulator in this process hangs up later."""
    end, pause = time.monotonic() + 1, threading.Event()
    while found() != wanted and time.monotonic() < end:
        pause.wait(0.01)
    return found() == wanted


def succeeded(result: object) -> bool:
    """Tell whether work ended well; paper has to be out."""
    if isinstance(result, PrintOutcome):
        return result.result is PrintResult.DONE
    return not isinstance(result, DeviceError)


def assert_failed(result: object) -> None:
    """Check that it is an error, or paper of which nobody claims that it came out."""
    if isinstance(result, PrintOutcome):
        assert result.result is not PrintResult.DONE
        assert result.code
    else:
        assert isinstance(result, DeviceError), "it succeeded"
        assert_travels(result)


def assert_travels(error: DeviceError) -> None:
    """Check that it survives the way between processes and says who can help."""
    again = pickle.loads(pickle.dumps(error))  # noqa: S301 - our own bytes
    assert (type(again), again.code, again.recovery, again.params) == (
        type(error),
        error.code,
        error.recovery,
        error.params,
    )
    assert error.code
    assert error.recovery in Recovery


def assert_telling(status: Status) -> None:
    """Check that trouble is named and somebody can help."""
    assert status.code
    assert status.recovery is not Recovery.NONE


def becomes_online(device: Device) -> bool:
    """Tell whether it is online within some seconds; it may have to read old answers away first."""
    end = time.monotonic() + 6
    while time.monotonic() < end:
        if device.status(within(2)).condition is Condition.ONLINE:
            return True
    return False
