# SPDX-License-Identifier: Apache-2.0
"""The contract of ``drivers.core.Device`` as tests. Every driver passes them against its simulator.

A driver's test module makes a subclass of :class:`DeviceContract` with a fixture ``subject``::

    class TestMyDriverKeepsTheContract(DeviceContract):
        @pytest.fixture
        def subject(self, tmp_path): ...
            simulator.start()
            yield Subject(...)
            simulator.stop()
"""
# ruff: noqa: S101, D102 - assertions are what this is for, and the names of tests are sentences

from __future__ import annotations

import os
import pickle
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

import pytest

from drivers.core import (
    USABLE,
    CancelledError,
    Check,
    Command,
    CommandContext,
    Condition,
    Device,
    DeviceError,
    PrintOutcome,
    PrintResult,
    Recovery,
    Status,
    Verdict,
)
from drivers.host.process import perform
from drivers.sim.simulator import Simulator

SLACK_S: Final = 10.0
"""How late an end may be on a machine that runs other tests at the same time. The contract says 100 ms; no
test can hold a busy machine to it, so what is tested is that the work ends because of its deadline, cancel
or unplugging, and not when its own far longer wait is over."""


@dataclass(slots=True)
class Subject:
    """A driver and the simulator at the other end of its wire.

    The simulator has the actions ``unplug``, ``replug``, ``freeze`` and ``thaw``.
    """

    make: Callable[[], Device]
    """A new driver for the simulator's endpoint."""
    simulator: Simulator
    work: Command
    """A command that succeeds when the simulator is ready for it."""
    make_ready: Callable[[], object]
    """Make it ready, e.g. place a card."""
    talk_nonsense: Callable[[], object]
    """Let the simulator answer with garbage."""
    talk_sense: Callable[[], object]
    is_exclusive: bool = True
    """A second driver at the same wire is refused."""
    obeys_cancel_while_frozen: bool = True
    """False where the first byte may not be taken back, as with printers."""
    device: Device = field(init=False)

    def __post_init__(self) -> None:
        self.device = self.make()

    def act(self, action: str) -> None:
        """Do something to the simulator."""
        self.simulator.actions()[action]()

    def try_work(self, context: CommandContext) -> object:
        """Run the command; return its result, or the error instead of raising it."""
        try:
            return perform(self.device, self.work, context)
        except DeviceError as error:
            return error


class DeviceContract:
    """See the module. Times are real; every test takes a second or two at most."""

    def test_constructing_does_no_io(self, subject: Subject) -> None:
        before = _open_files()
        subject.make()
        assert _open_files() == before

    def test_open_and_close_in_any_order_leave_nothing_open(self, subject: Subject) -> None:
        before = _open_files(), set(threading.enumerate())
        device = subject.device
        device.close()
        device.open(_within(3))
        device.open(_within(3))
        device.close()
        device.close()
        device.open(_within(3))
        assert device.status(_within(3)).condition is Condition.ONLINE
        device.close()
        assert _becomes(lambda: (_open_files(), set(threading.enumerate())), before)

    def test_a_verb_opens_by_itself_and_status_says_online(self, subject: Subject) -> None:
        status = subject.device.status(_within(3))
        assert (status.condition, status.code) == (Condition.ONLINE, "")
        subject.device.close()
        subject.make_ready()
        assert _succeeded(subject.try_work(_within(10)))
        assert set(subject.device.capabilities) >= {subject.work.verb}
        subject.device.close()

    def test_unplugged_and_back_needs_no_new_driver(self, subject: Subject) -> None:
        device = subject.device
        device.open(_within(3))
        subject.act("unplug")
        gone = device.status(_within(3))
        assert gone.condition is Condition.NO_DEVICE
        _assert_telling(gone)
        _assert_failed(subject.try_work(_within(3)))
        subject.act("replug")
        assert device.status(_within(3)).condition is Condition.ONLINE
        subject.make_ready()
        assert _succeeded(subject.try_work(_within(10)))
        device.close()

    def test_unplugged_before_the_first_open(self, subject: Subject) -> None:
        subject.act("unplug")
        with pytest.raises(DeviceError) as absent:
            subject.device.open(_within(3))
        _assert_travels(absent.value)
        assert absent.value.recovery is Recovery.CLEAR
        _assert_failed(subject.try_work(_within(3)))
        subject.act("replug")
        subject.device.open(_within(3))
        subject.device.close()

    def test_a_frozen_device_is_not_usable_and_status_ends_in_time(self, subject: Subject) -> None:
        subject.device.open(_within(3))
        subject.act("freeze")
        started = time.monotonic()
        status = subject.device.status(_within(1))
        assert time.monotonic() - started < 1 + SLACK_S
        assert status.condition not in USABLE
        _assert_telling(status)
        subject.act("thaw")
        assert _becomes_online(subject.device)
        subject.device.close()

    def test_work_on_a_frozen_device_ends_at_its_deadline(self, subject: Subject) -> None:
        subject.device.open(_within(3))
        subject.make_ready()
        subject.act("freeze")
        started = time.monotonic()
        result = subject.try_work(_within(0.7))
        assert time.monotonic() - started < 0.7 + SLACK_S
        _assert_failed(result)
        subject.act("thaw")
        assert _becomes_online(subject.device)
        subject.device.close()

    def test_a_cancel_ends_the_work_soon(self, subject: Subject) -> None:
        subject.device.open(_within(3))
        subject.act("freeze")
        context = _within(20)
        cancelled_at: list[float] = []

        def cancel() -> None:
            cancelled_at.append(time.monotonic())
            context.cancelled.set()

        timer = threading.Timer(0.2, cancel)
        timer.start()
        result = subject.try_work(context)
        timer.join()
        _assert_failed(result)
        if subject.obeys_cancel_while_frozen:
            assert isinstance(result, CancelledError)
            assert time.monotonic() - cancelled_at[0] < SLACK_S
        subject.act("thaw")
        subject.device.close()

    def test_what_is_cancelled_before_it_began_does_nothing(self, subject: Subject) -> None:
        context = _within(5)
        context.cancelled.set()
        assert isinstance(subject.try_work(context), CancelledError)
        subject.device.close()

    def test_garbage_is_an_error_and_passes(self, subject: Subject) -> None:
        subject.talk_nonsense()
        status = subject.device.status(_within(1))
        assert status.condition not in USABLE
        _assert_telling(status)
        _assert_failed(subject.try_work(_within(1)))
        subject.talk_sense()
        assert _becomes_online(subject.device)
        subject.device.close()

    def test_close_from_another_thread_breaks_the_work(self, subject: Subject) -> None:
        subject.device.open(_within(3))
        subject.act("freeze")
        timer = threading.Timer(0.2, subject.device.close)
        timer.start()
        started = time.monotonic()
        result = subject.try_work(_within(20))
        timer.join()
        _assert_failed(result)
        assert time.monotonic() - started < 0.2 + SLACK_S
        subject.act("thaw")
        subject.device.close()

    def test_unplugging_breaks_the_work(self, subject: Subject) -> None:
        subject.device.open(_within(3))
        subject.act("freeze")
        timer = threading.Timer(0.2, subject.act, ("unplug",))
        timer.start()
        started = time.monotonic()
        result = subject.try_work(_within(20))
        timer.join()
        _assert_failed(result)
        assert time.monotonic() - started < 0.2 + SLACK_S
        subject.act("thaw")
        subject.device.close()

    def test_the_wire_belongs_to_one_driver(self, subject: Subject) -> None:
        if not subject.is_exclusive:
            pytest.skip("this wire takes several")
        subject.device.open(_within(3))
        second = subject.make()
        with pytest.raises(DeviceError) as taken:
            second.open(_within(3))
        assert taken.value.code == "dev.port_taken"
        subject.device.close()
        second.open(_within(3))
        second.close()

    def test_diagnose_tells_step_by_step_where_it_ends(self, subject: Subject) -> None:
        healthy = list(subject.device.diagnose(_within(10)))
        assert healthy
        assert all(isinstance(check, Check) for check in healthy)
        assert Verdict.FAIL not in {check.verdict for check in healthy}
        subject.act("unplug")
        checks = list(subject.device.diagnose(_within(10)))
        failed = [check for check in checks if check.verdict is Verdict.FAIL]
        assert failed
        assert failed[0].reason
        assert failed[0].recovery != "none"
        assert Verdict.FAIL in {check.verdict for check in subject.device.self_test(_within(10))}
        subject.device.close()


def _within(seconds: float) -> CommandContext:
    return CommandContext.within(seconds)


def _open_files() -> int:
    return len(os.listdir("/proc/self/fd"))  # noqa: PTH208 - a count of names


def _becomes(found: Callable[[], object], wanted: object) -> bool:
    """Tell whether it is as wanted within a second: a simulator in this process hangs up later."""
    end, pause = time.monotonic() + 1, threading.Event()
    while found() != wanted and time.monotonic() < end:
        pause.wait(0.01)
    return found() == wanted


def _succeeded(result: object) -> bool:
    if isinstance(result, PrintOutcome):
        return result.result is PrintResult.DONE
    return not isinstance(result, DeviceError)


def _assert_failed(result: object) -> None:
    """Check that it is an error, or paper of which nobody claims that it came out."""
    if isinstance(result, PrintOutcome):
        assert result.result is not PrintResult.DONE
        assert result.code
    else:
        assert isinstance(result, DeviceError), "it succeeded"
        _assert_travels(result)


def _assert_travels(error: DeviceError) -> None:
    again = pickle.loads(pickle.dumps(error))  # noqa: S301 - our own bytes
    assert (type(again), again.code, again.recovery, again.params) == (
        type(error),
        error.code,
        error.recovery,
        error.params,
    )
    assert error.code


def _assert_telling(status: Status) -> None:
    assert status.code
    assert status.recovery is not Recovery.NONE


def _becomes_online(device: Device) -> bool:
    """Tell whether it is online within some seconds; it may have to read old answers away first."""
    end = time.monotonic() + 6
    while time.monotonic() < end:
        if device.status(_within(2)).condition is Condition.ONLINE:
            return True
    return False
