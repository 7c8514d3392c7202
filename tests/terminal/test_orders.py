# SPDX-License-Identifier: Apache-2.0
"""Orders of the platform: only while nobody is there, once, audited, told until they are heard."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any
from uuid import UUID, uuid4

import pytest

from drivers.core import CancelledError, Check, NotPresentError, ResetDevice, SelfTest, Verdict
from kiosk.platform_client.port import LinkError, RefusedError
from kiosk.protocol.fleet import Command, CommandKind, CommandResult
from kiosk.terminal.orders import Job, Orders

NOW = datetime(2026, 11, 24, 1, tzinfo=UTC)


class FakeJob:
    def __init__(self, command: object, on_done: Callable[[Job], None]) -> None:
        self.command = command
        self.cancelled = False
        self._on_done = on_done
        self._answer: object = None

    def cancel(self) -> None:
        self.cancelled = True

    def result(self, timeout_s: float | None = None) -> object:
        del timeout_s
        if isinstance(self._answer, Exception):
            raise self._answer
        return self._answer

    def end(self, answer: object) -> None:
        self._answer = answer
        self._on_done(self)


class Machine:
    """A device host, an audit and a platform that write down what they are told."""

    def __init__(self) -> None:
        self.jobs: list[FakeJob] = []
        self.audit: list[tuple[str, dict[str, Any]]] = []
        self.told: list[tuple[UUID, CommandResult]] = []
        self.fault: Exception | None = None
        self.missing: Exception | None = None
        self.orders = Orders(
            self,
            audit=lambda event, **fields: self.audit.append((event, fields)),
            acknowledge=self.acknowledge,
            wall=NOW.timestamp,
        )

    def submit(
        self, slot: str, command: Any, *, deadline_s: float, on_done: Callable[[Job], None]
    ) -> FakeJob:
        del slot, deadline_s
        if self.missing is not None:
            raise self.missing
        self.jobs.append(FakeJob(command, on_done))
        return self.jobs[-1]

    def acknowledge(self, command: UUID, result: CommandResult) -> None:
        if self.fault is not None:
            raise self.fault
        self.told.append((command, result))

    def show(self, screen: str) -> None:
        view: Any = SimpleNamespace(body=SimpleNamespace(screen=screen))
        self.orders.seen(view)

    def results(self) -> list[tuple[str, str]]:
        self.orders.tell()
        return [(result.outcome, result.code) for _, result in self.told]


@pytest.fixture
def machine() -> Machine:
    machine = Machine()
    machine.show("attract")
    return machine


def order(
    kind: CommandKind = "self_test", *, hours: int = 1, slot: str | None = "printer"
) -> Command:
    return Command(id=uuid4(), kind=kind, slot=slot, not_after=NOW.replace(hour=1 + hours))


def test_an_order_is_done_once_audited_and_told(machine: Machine) -> None:
    wanted = order()
    machine.orders.take([wanted])
    machine.orders.take([wanted])  # handed over again
    (job,) = machine.jobs
    assert isinstance(job.command, SelfTest)
    assert not machine.orders.idle
    job.end((Check("paper", Verdict.PASS),))
    assert machine.orders.idle
    assert machine.results() == [("done", "")]
    assert machine.results() == [("done", "")]  # told once
    assert [event for event, _ in machine.audit] == ["order.begun", "order.ended"]
    machine.orders.take([wanted])
    assert len(machine.jobs) == 1


def test_nothing_begins_while_somebody_is_there(machine: Machine) -> None:
    machine.show("form")
    wanted = order("restart_device")
    machine.orders.take([wanted])
    assert machine.jobs == []
    machine.show("attract")
    machine.orders.take([wanted])
    assert isinstance(machine.jobs[0].command, ResetDevice)


def test_who_comes_does_not_wait_for_a_technician(machine: Machine) -> None:
    machine.orders.take([order()])
    machine.show("home")
    assert machine.jobs[0].cancelled
    machine.jobs[0].end(CancelledError())
    assert machine.results() == [("failed", "dev.cancelled")]


def test_a_failed_check_and_a_missing_device_are_failures(machine: Machine) -> None:
    machine.orders.take([order()])
    machine.jobs[0].end((Check("head", Verdict.FAIL, "printer.head_hot"),))
    machine.orders.take([order()])
    machine.jobs[1].end((Check("head", Verdict.FAIL, "头部 too hot"),))
    machine.missing = NotPresentError()
    machine.orders.take([order()])
    assert machine.results() == [
        ("failed", "printer.head_hot"),
        ("failed", "check.failed"),
        ("failed", NotPresentError().code),
    ]


def test_what_is_late_or_unknown_is_refused_and_says_so(machine: Machine) -> None:
    machine.orders.take([order(hours=-1), order("out_of_service", slot=None)])
    assert machine.jobs == []
    assert machine.results() == [
        ("refused", "command.expired"),
        ("refused", "command.unsupported"),
    ]


def test_a_result_is_told_until_it_is_heard(machine: Machine, expected_logs: Any) -> None:
    machine.orders.take([order(hours=-1)])
    machine.fault = LinkError("link.cut")
    assert machine.results() == []
    machine.fault = None
    assert machine.results() == [("refused", "command.expired")]
    expected_logs("result was refused")
    machine.orders.take([order(hours=-1)])
    machine.fault = RefusedError("command.ended")
    machine.orders.tell()
    machine.fault = None
    assert len(machine.results()) == 1  # the platform knows better; it is not told again
