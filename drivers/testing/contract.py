# SPDX-License-Identifier: Apache-2.0
"""The contract of ``drivers.core.Device`` as tests. Every driver passes them against its simulator.

A driver's test module makes a subclass of :class:`DeviceContract` with a fixture ``subject``::

    class TestMyDriverKeepsTheContract(DeviceContract):
        @pytest.fixture
        def subject(self, tmp_path): ...
            simulator.start()
            yield Subject(...)
            simulator.stop()

A case that a driver cannot be put through is left out with the subject's own words
(:class:`drivers.testing.subject.DoesNotApply`), and these stand in docs/drivers.md.
"""
# ruff: noqa: S101, D102 - assertions are what this is for, and the names of tests are sentences

from __future__ import annotations

import threading
import time
from typing import Final

import pytest

from drivers.core import (
    USABLE,
    CancelledError,
    Check,
    Condition,
    DeviceError,
    Recovery,
    Status,
    Verdict,
)
from drivers.host.announcer import Announcer
from drivers.testing.contract_hosted import HostedContract
from drivers.testing.subject import (
    LONG_S,
    Subject,
    assert_failed,
    assert_telling,
    assert_travels,
    becomes,
    becomes_online,
    open_files,
    skip_unless_it_applies,
    succeeded,
    within,
)

SLACK_S: Final = 10.0
"""How late an end may be on a machine that runs other tests at the same time. The contract says 100 ms; no
test can hold a busy machine to it, so what is tested is that the work ends because of its deadline, cancel
or unplugging, and not when its own far longer wait is over."""


class DeviceContract(HostedContract):
    """See the module. Times are real; every test takes a second or two at most."""

    def test_constructing_does_no_io(self, subject: Subject) -> None:
        before = open_files()
        subject.make()
        assert open_files() == before

    def test_open_and_close_in_any_order_leave_nothing_open(self, subject: Subject) -> None:
        before = open_files(), set(threading.enumerate())
        device = subject.device
        device.close()
        device.open(within(LONG_S))
        device.open(within(LONG_S))
        device.close()
        device.close()
        device.open(within(LONG_S))
        assert device.status(within(LONG_S)).condition is Condition.ONLINE
        device.close()
        assert becomes(lambda: (open_files(), set(threading.enumerate())), before)

    def test_a_verb_opens_by_itself_and_status_says_online(self, subject: Subject) -> None:
        status = subject.device.status(within(LONG_S))
        assert (status.condition, status.code) == (Condition.ONLINE, "")
        subject.device.close()
        subject.make_ready()
        assert succeeded(subject.try_work(within(LONG_S)))
        assert set(subject.device.capabilities) >= {subject.work.verb}
        subject.device.close()

    def test_unplugged_and_back_needs_no_new_driver(self, subject: Subject) -> None:
        device = subject.device
        device.open(within(LONG_S))
        subject.act("unplug")
        gone = device.status(within(LONG_S))
        assert gone.condition is Condition.NO_DEVICE
        assert_telling(gone)
        assert_failed(subject.try_work(within(LONG_S)))
        subject.act("replug")
        assert device.status(within(LONG_S)).condition is Condition.ONLINE
        subject.make_ready()
        assert succeeded(subject.try_work(within(LONG_S)))
        device.close()

    def test_unplugged_before_the_first_open(self, subject: Subject) -> None:
        subject.act("unplug")
        with pytest.raises(DeviceError) as absent:
            subject.device.open(within(LONG_S))
        assert_travels(absent.value)
        assert absent.value.recovery is Recovery.CLEAR
        assert_failed(subject.try_work(within(LONG_S)))
        subject.act("replug")
        subject.device.open(within(LONG_S))
        subject.device.close()

    def test_a_frozen_device_is_not_usable_and_status_ends_in_time(self, subject: Subject) -> None:
        subject.device.open(within(LONG_S))
        subject.act("freeze")
        started = time.monotonic()
        status = subject.device.status(within(1))
        assert time.monotonic() - started < 1 + SLACK_S
        assert status.condition not in USABLE
        assert_telling(status)
        subject.act("thaw")
        assert becomes_online(subject.device)
        subject.device.close()

    def test_work_on_a_frozen_device_ends_at_its_deadline(self, subject: Subject) -> None:
        subject.device.open(within(LONG_S))
        subject.make_ready()
        subject.act("freeze")
        started = time.monotonic()
        result = subject.try_work(within(0.7))
        assert time.monotonic() - started < 0.7 + SLACK_S
        assert_failed(result)
        subject.act("thaw")
        assert becomes_online(subject.device)
        subject.device.close()

    def test_a_cancel_ends_the_work_soon(self, subject: Subject) -> None:
        subject.device.open(within(LONG_S))
        subject.act("freeze")
        context = within(20)
        cancelled_at: list[float] = []

        def cancel() -> None:
            cancelled_at.append(time.monotonic())
            context.cancelled.set()

        timer = threading.Timer(0.2, cancel)
        timer.start()
        result = subject.try_work(context)
        timer.join()
        assert_failed(result)
        if subject.obeys_cancel_while_frozen:
            assert isinstance(result, CancelledError)
            assert time.monotonic() - cancelled_at[0] < SLACK_S
        subject.act("thaw")
        subject.device.close()

    def test_what_is_cancelled_before_it_began_does_nothing(self, subject: Subject) -> None:
        context = within(5)
        context.cancelled.set()
        assert isinstance(subject.try_work(context), CancelledError)
        subject.device.close()

    def test_garbage_is_an_error_and_passes(self, subject: Subject) -> None:
        subject.talk_nonsense()
        status = subject.device.status(within(1))
        assert status.condition not in USABLE
        assert_telling(status)
        assert_failed(subject.try_work(within(1)))
        subject.talk_sense()
        assert becomes_online(subject.device)
        subject.device.close()

    def test_close_from_another_thread_breaks_the_work(self, subject: Subject) -> None:
        subject.device.open(within(LONG_S))
        subject.act("freeze")
        timer = threading.Timer(0.2, subject.device.close)
        timer.start()
        started = time.monotonic()
        result = subject.try_work(within(20))
        timer.join()
        assert_failed(result)
        assert time.monotonic() - started < 0.2 + SLACK_S
        subject.act("thaw")
        subject.device.close()

    def test_unplugging_breaks_the_work(self, subject: Subject) -> None:
        subject.device.open(within(LONG_S))
        subject.act("freeze")
        timer = threading.Timer(0.2, subject.act, ("unplug",))
        timer.start()
        started = time.monotonic()
        result = subject.try_work(within(20))
        timer.join()
        assert_failed(result)
        assert time.monotonic() - started < 0.2 + SLACK_S
        subject.act("thaw")
        subject.device.close()

    def test_the_wire_belongs_to_one_driver(self, subject: Subject) -> None:
        skip_unless_it_applies(subject.exclusive)
        subject.device.open(within(LONG_S))
        second = subject.make()
        with pytest.raises(DeviceError) as taken:
            second.open(within(LONG_S))
        assert taken.value.code == "dev.port_taken"
        subject.device.close()
        second.open(within(LONG_S))
        second.close()

    def test_diagnose_tells_step_by_step_where_it_ends(self, subject: Subject) -> None:
        healthy = list(subject.device.diagnose(within(LONG_S)))
        assert healthy
        assert all(isinstance(check, Check) for check in healthy)
        assert Verdict.FAIL not in {check.verdict for check in healthy}
        subject.act("unplug")
        checks = list(subject.device.diagnose(within(LONG_S)))
        failed = [check for check in checks if check.verdict is Verdict.FAIL]
        assert failed
        assert failed[0].reason
        assert failed[0].recovery != "none"
        assert Verdict.FAIL in {check.verdict for check in subject.device.self_test(within(LONG_S))}
        subject.device.close()

    def test_a_slow_wire_is_still_a_wire(self, subject: Subject) -> None:
        skip_unless_it_applies(subject.slow)
        assert callable(subject.slow)
        with subject.slow() as device:
            assert device.status(within(LONG_S)).condition is Condition.ONLINE
            subject.make_ready()
            assert succeeded(subject.try_work(within(LONG_S), device))
            device.close()

    @pytest.mark.expected_logs("out of service: no_device")
    def test_status_is_published_only_when_it_changed(self, subject: Subject) -> None:
        published: list[Status] = []
        announcer = Announcer("slot", lambda _, status: published.append(status), time.time)
        device = subject.device
        news = []
        for action in ("", "unplug", "replug"):
            if action:
                subject.act(action)
            before = len(published)
            for _ in range(4):
                announcer.say(device.status(within(LONG_S)))
            news.append([status.condition for status in published[before:]])
        device.close()
        # Gone while it was open, and not there any more, are two codes of one condition.
        gone = news[1]
        assert news == [[Condition.ONLINE], gone, [Condition.ONLINE]]
        assert gone in ([Condition.NO_DEVICE], [Condition.NO_DEVICE] * 2)
        assert [status.sequence for status in published] == list(range(1, len(published) + 1))
