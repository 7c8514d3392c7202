# SPDX-License-Identifier: Apache-2.0
"""Simulated printer, driver, process and host together: what a resident and a host on site would see."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator

import pytest

from drivers.core import (
    Condition,
    PrintOutcome,
    PrintReceipt,
    PrintResult,
    Progress,
    Receipt,
    Role,
    Status,
    Supply,
)
from drivers.host import DeviceHost, HostPolicy, SlotConfig
from drivers.sim.escpos_printer import EscPosPrinterSimulator
from tests.support.patience import patience

Eventually = Callable[..., None]
SLIP = PrintReceipt(Receipt(title="办件回执", number="1121-4821-0007-3"))


@pytest.fixture
def paper() -> Iterator[EscPosPrinterSimulator]:
    simulator = EscPosPrinterSimulator.on_tcp()
    simulator.start()
    simulator.speed(0)
    yield simulator
    simulator.stop()


@pytest.fixture
def host(paper: EscPosPrinterSimulator) -> Iterator[DeviceHost]:
    options = {"url": paper.endpoint, "model": "epson"}
    running = DeviceHost(
        [SlotConfig("receipt_printer", Role.RECEIPT_PRINTER, "escpos", options)],
        on_status=lambda _slot, _status: None,
        policy=HostPolicy(poll_every_s=0.1, poll_absent_every_s=0.1),
        simulated=frozenset({"receipt_printer"}),
    )
    running.start()
    yield running
    running.stop()


def status(host: DeviceHost) -> Status:
    return host.status("receipt_printer")


def test_a_slip_is_printed_with_true_progress(
    host: DeviceHost, paper: EscPosPrinterSimulator
) -> None:
    steps: list[Progress] = []
    job = host.submit("receipt_printer", SLIP, deadline_s=20, on_progress=steps.append)
    assert job.result(20) == PrintOutcome(PrintResult.DONE)
    assert [step.code for step in steps] == ["print.checking", "print.sending", "print.printing"]
    assert "1121-4821-0007-3" in paper.text()


@pytest.mark.expected_logs("out of service: user_error code=media.out")
def test_missing_paper_is_known_before_a_job_and_a_new_roll_is_noticed(
    host: DeviceHost, paper: EscPosPrinterSimulator, eventually: Eventually
) -> None:
    eventually(lambda: status(host).paper is Supply.FULL)
    paper.actions()["paper_out"]()
    eventually(lambda: status(host).paper is Supply.OUT)
    assert host.submit("receipt_printer", SLIP, deadline_s=20).result(20) == PrintOutcome(
        PrintResult.NOT_DONE, "media.out"
    )
    paper.actions()["load_paper"]()
    eventually(lambda: status(host).condition is Condition.ONLINE)
    assert host.submit("receipt_printer", SLIP, deadline_s=20).result(20) == PrintOutcome(
        PrintResult.DONE
    )


@pytest.mark.expected_logs("out of service: offline code=dev.process_lost")
def test_a_killed_process_is_replaced_and_prints(
    host: DeviceHost, paper: EscPosPrinterSimulator, eventually: Eventually
) -> None:
    eventually(lambda: status(host).condition is Condition.ONLINE)
    started = time.monotonic()
    host.kill("receipt_printer")
    outcome = host.submit("receipt_printer", SLIP, deadline_s=20).result(20)
    assert outcome == PrintOutcome(PrintResult.DONE)
    assert time.monotonic() - started < patience(5)
    assert len(paper.jobs()) == 1


@pytest.mark.expected_logs("out of service: offline code=dev.mute")
def test_a_silent_printer_is_told_although_somebody_asks_it_again_and_again(
    paper: EscPosPrinterSimulator, eventually: Eventually
) -> None:
    # Each failed job is followed at once by the next: no pause in which a look would come to its end.
    told: list[Status] = []
    options = {"url": paper.endpoint, "model": "epson"}
    host = DeviceHost(
        [SlotConfig("receipt_printer", Role.RECEIPT_PRINTER, "escpos", options)],
        on_status=lambda _slot, status: told.append(status),
        policy=HostPolicy(poll_every_s=600, poll_absent_every_s=600),
    )
    host.start()
    try:
        eventually(lambda: status(host).condition is Condition.ONLINE)
        paper.actions()["mute"]()
        told.clear()
        outcomes = [
            host.submit("receipt_printer", SLIP, deadline_s=20).result(60) for _ in range(3)
        ]
    finally:
        host.stop()
    assert {outcome.result for outcome in outcomes} == {PrintResult.NOT_DONE}  # type: ignore[attr-defined]
    assert "dev.mute" in {each.code for each in told}
