# SPDX-License-Identifier: Apache-2.0
"""The part of the contract that needs the device process: busy, killed, frozen, ended at work."""
# ruff: noqa: S101, D102 - assertions are what this is for, and the names of tests are sentences

from __future__ import annotations

import logging
import os
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import pytest

from drivers.core import Condition, DeviceError, Status
from drivers.host import DRIVERS, DeviceHost, HostPolicy, Job, SlotConfig
from drivers.testing.patience import patience
from drivers.testing.subject import (
    LONG_S,
    Subject,
    assert_failed,
    skip_unless_it_applies,
    succeeded,
)

_POLICY = HostPolicy(poll_every_s=0.2, poll_absent_every_s=0.1, silence_s=0.7)
_BACK_S = 2.0
"""Within so many seconds a device whose process died is of use again (DESIGN: "back in 2 s")."""


class HostedContract:
    """See the module. Each test starts real processes, so there are few."""

    def test_a_second_command_waits_for_the_first_and_the_end_of_the_host_ends_both(
        self, subject: Subject, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        # Whether the silence of the frozen device is noticed and logged before the end is chance.
        monkeypatch.setattr(logging.getLogger("hall24.devices"), "disabled", True)
        with _hosted(subject, HostPolicy(poll_every_s=LONG_S)) as (host, slot, heard):
            subject.make_ready()
            ended: list[str] = []

            def first_done(_job: Job) -> None:
                ended.append("first")
                subject.make_ready()

            first = host.submit(slot, subject.work, deadline_s=LONG_S, on_done=first_done)
            second = host.submit(
                slot, subject.work, deadline_s=LONG_S, on_done=lambda _: ended.append("second")
            )
            results = [_result(first), _result(second)]
            assert [succeeded(result) for result in results] == [True, True], results
            assert ended == ["first", "second"]
            idle = heard.wait_for(Condition.ONLINE, after=Condition.BUSY)
            subject.act("freeze")
            third, fourth = (host.submit(slot, subject.work, deadline_s=LONG_S) for _ in range(2))
            heard.wait_for(Condition.BUSY, number=idle.sequence)
            process = host.process_id(slot)
            host.stop()
            assert_failed(_result(third))
            assert_failed(_result(fourth))
            assert process is not None
            assert not os.path.exists(f"/proc/{process}")  # noqa: PTH110 - one stat
            subject.act("thaw")

    @pytest.mark.expected_logs("out of service")
    def test_a_process_that_was_killed_or_froze_is_back_soon(self, subject: Subject) -> None:
        with _hosted(subject) as (host, slot, heard):
            for harm in (signal.SIGKILL, signal.SIGSTOP):
                before = host.process_id(slot)
                assert before is not None
                number = heard.last
                started = time.monotonic()
                os.kill(before, harm)
                lost = heard.wait_for(Condition.OFFLINE, number=number)
                assert lost.code == "dev.process_lost"
                heard.wait_for(Condition.ONLINE, number=lost.sequence)
                # A frozen process is called frozen after a second of silence.
                allowed = _BACK_S + (_POLICY.silence_s if harm is signal.SIGSTOP else 0)
                assert time.monotonic() - started < patience(allowed)
                assert host.process_id(slot) != before


@dataclass(slots=True)
class _Heard:
    """Every status that was published, and a way to wait for one."""

    all: list[Status] = field(default_factory=list)
    _changed: threading.Condition = field(default_factory=threading.Condition)

    def __call__(self, _slot: str, status: Status) -> None:
        with self._changed:
            self.all.append(status)
            self._changed.notify_all()

    @property
    def last(self) -> int:
        """The sequence number of what was said last."""
        with self._changed:
            return self.all[-1].sequence if self.all else 0

    def wait_for(
        self, condition: Condition, *, number: int = 0, after: Condition | None = None
    ) -> Status:
        """Wait for that condition, published after ``number`` and after some status of ``after``."""

        def found() -> Status | None:
            seen = after is None
            for status in self.all:
                if status.sequence > number and seen and status.condition is condition:
                    return status
                seen = seen or status.condition is after
            return None

        with self._changed:
            status = self._changed.wait_for(found, LONG_S)
        assert status is not None, f"never {condition}: {self.all}"
        return status


@contextmanager
def _hosted(
    subject: Subject, policy: HostPolicy = _POLICY
) -> Iterator[tuple[DeviceHost, str, _Heard]]:
    """Run the subject's driver in a process of its own, and wait until it is of use."""
    skip_unless_it_applies(subject.hosted)
    role = DRIVERS[subject.driver].role
    heard = _Heard()
    host = DeviceHost(
        [SlotConfig(role.value, role, subject.driver, dict(subject.options()))],
        on_status=heard,
        policy=policy,
    )
    host.start()
    try:
        heard.wait_for(Condition.ONLINE)
        yield host, role.value, heard
    finally:
        host.stop()


def _result(job: Job) -> object:
    try:
        return job.result(2 * LONG_S)
    except DeviceError as error:
        return error
