# SPDX-License-Identifier: Apache-2.0
"""Whatever a driver does, its command ends once, its slot comes back, and the others notice nothing."""

from __future__ import annotations

import itertools
import logging
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Protocol

import pytest

from drivers.core import (
    CancelledError,
    Check,
    Condition,
    DeviceError,
    Diagnose,
    MisconfiguredError,
    NotPresentError,
    NotReadyError,
    ProcessLostError,
    Progress,
    ReadCard,
    Recovery,
    ResetDevice,
    Role,
    SelfTest,
    Status,
    UnsupportedError,
)
from drivers.host import DeviceHost, DriverEntry, HostPolicy, Job, SlotConfig
from drivers.testing.troublesome import Deed, Do
from tests.support.patience import patience


class Heard(Protocol):
    all: list[tuple[str, Status]]

    def of(self, slot: str) -> list[Status]: ...

    def wait(
        self, slot: str, condition: Condition, *, after: int = 0, timeout_s: float = 10.0
    ) -> Status: ...


class MakeHost(Protocol):
    def __call__(
        self, *slots: SlotConfig, policy: HostPolicy = ..., simulated: frozenset[str] = ...
    ) -> tuple[DeviceHost, Heard]: ...


LOST = pytest.mark.expected_logs("out of service: offline code=dev.process_lost")


def slot(name: str = "a", driver: str = "troublesome", **options: str | bool) -> SlotConfig:
    return SlotConfig(name, Role.SIGNALS, driver, options)


def do(host: DeviceHost, deed: Deed, *, deadline_s: float = 5.0, text: str = "x") -> Job:
    return host.submit("a", Do(deed=deed, text=text), deadline_s=deadline_s)


def test_a_command_comes_back_with_its_result_and_progress(make_host: MakeHost) -> None:
    host, _ = make_host(slot())
    steps: list[Progress] = []
    ended: list[Job] = []
    done = threading.Event()

    def on_done(job: Job) -> None:
        ended.append(job)
        done.set()

    job = host.submit(
        "a", Do(text="hello"), deadline_s=5, on_progress=steps.append, on_done=on_done
    )
    assert job.result(60) == "hello"
    assert done.wait(60)
    assert ended == [job]
    assert steps == [Progress("doing")]
    assert host.info("a").model == "troublesome"


def test_the_other_verbs_pass_through(make_host: MakeHost) -> None:
    host, _ = make_host(slot())
    assert host.submit("a", ResetDevice(), deadline_s=5).result(60) is None
    for command in (SelfTest(), Diagnose()):
        [check] = host.submit("a", command, deadline_s=5).result(60)  # type: ignore[misc,attr-defined]  # a tuple of checks
        assert isinstance(check, Check)
    with pytest.raises(UnsupportedError):
        host.submit("a", ReadCard(), deadline_s=5).result(60)


def test_an_error_arrives_as_it_was_raised(make_host: MakeHost) -> None:
    host, _ = make_host(slot())
    with pytest.raises(NotPresentError) as failed:
        do(host, Deed.FAIL).result(60)
    assert failed.value.params == {"place": "here"}


@pytest.mark.expected_logs("mistake in the driver")
def test_a_mistake_of_the_driver_becomes_one_error_without_its_text(
    make_host: MakeHost, caplog: pytest.LogCaptureFixture
) -> None:
    host, _ = make_host(slot())
    with pytest.raises(DeviceError) as failed:
        do(host, Deed.MISTAKE, text="a secret").result(60)
    assert (failed.value.code, failed.value.recovery) == ("dev.software", Recovery.SOFTWARE)
    assert failed.value.params == {"kind": "LookupError"}
    assert do(host, Deed.ECHO).result(60) == "x"
    assert "mistake in the driver: LookupError _mistake:" in caplog.text
    assert "a secret" not in caplog.text


@LOST
@pytest.mark.parametrize(
    ("deed", "reason"),
    [
        (Deed.EXIT, "exited"),
        (Deed.CRASH, "exited"),
        (Deed.FREEZE, "frozen"),
        (Deed.HANG, "overran"),
    ],
)
def test_a_lost_process_ends_its_command_and_comes_back(
    make_host: MakeHost, caplog: pytest.LogCaptureFixture, deed: Deed, reason: str
) -> None:
    caplog.set_level(logging.INFO, "hall24.devices")
    host, heard = make_host(slot())
    first = heard.wait("a", Condition.ONLINE)
    before = host.process_id("a")
    started = time.monotonic()
    with pytest.raises(ProcessLostError) as lost:
        do(host, deed, deadline_s=0.5).result(60)
    assert lost.value.params == {"reason": reason}
    assert time.monotonic() - started < patience(2)
    offline = heard.wait("a", Condition.OFFLINE)
    assert (offline.code, offline.recovery) == ("dev.process_lost", Recovery.WAIT)
    heard.wait("a", Condition.ONLINE, after=max(first.sequence, offline.sequence))
    assert time.monotonic() - started < patience(3)
    assert host.process_id("a") != before
    assert do(host, Deed.ECHO).result(60) == "x"
    lines = [record.getMessage() for record in caplog.records]
    assert len([line for line in lines if "out of service" in line]) == 1
    assert len([line for line in lines if "back after" in line]) == 1


@LOST
def test_kill_and_sigstop_from_outside_are_survived_while_idle(make_host: MakeHost) -> None:
    host, heard = make_host(slot())
    heard.wait("a", Condition.ONLINE)
    host.kill("a")
    offline = heard.wait("a", Condition.OFFLINE)
    again = heard.wait("a", Condition.ONLINE, after=offline.sequence, timeout_s=20)
    process = host.process_id("a")
    assert process is not None
    os.kill(process, signal.SIGSTOP)
    offline = heard.wait("a", Condition.OFFLINE, after=again.sequence, timeout_s=20)
    heard.wait("a", Condition.ONLINE, after=offline.sequence, timeout_s=20)


@LOST
def test_trouble_at_one_slot_delays_no_other(make_host: MakeHost) -> None:
    host, heard = make_host(slot("a"), slot("b"))
    heard.wait("b", Condition.ONLINE)
    frozen = do(host, Deed.FREEZE)
    slowest = 0.0
    while not frozen.done:
        started = time.monotonic()
        host.submit("b", Do(text="y"), deadline_s=5).result(60)
        slowest = max(slowest, time.monotonic() - started)
    assert slowest < patience(0.1)


def test_commands_run_one_after_the_other_and_a_diagnosis_passes_them(make_host: MakeHost) -> None:
    host, heard = make_host(slot())
    heard.wait("a", Condition.ONLINE)
    order: list[str] = []

    def note(name: str) -> Job:
        command = Diagnose() if name == "diagnose" else Do(text=name)
        return host.submit("a", command, deadline_s=10, on_done=lambda _job: order.append(name))

    first = do(host, Deed.WAIT, deadline_s=30)
    heard.wait("a", Condition.BUSY)
    jobs = [note(name) for name in ("one", "two", "diagnose")]
    first.cancel()
    for job in jobs:
        job.result(60)
    assert order == ["diagnose", "one", "two"]


def test_cancel_ends_a_running_command_soon_and_a_waiting_one_at_once(make_host: MakeHost) -> None:
    host, heard = make_host(slot())
    heard.wait("a", Condition.ONLINE)
    running = do(host, Deed.WAIT, deadline_s=30)
    heard.wait("a", Condition.BUSY)
    waiting = do(host, Deed.ECHO)
    waiting.cancel()
    with pytest.raises(CancelledError):
        waiting.result(60)
    assert not running.done
    started = time.monotonic()
    running.cancel()
    with pytest.raises(CancelledError):
        running.result(60)
    assert time.monotonic() - started < patience(0.3)
    running.cancel()


def test_a_command_that_never_began_says_that_nothing_happened(make_host: MakeHost) -> None:
    host, heard = make_host(slot())
    heard.wait("a", Condition.ONLINE)
    running = do(host, Deed.WAIT, deadline_s=30)
    heard.wait("a", Condition.BUSY)
    with pytest.raises(NotReadyError) as late:
        do(host, Deed.ECHO, deadline_s=0.1).result(60)
    assert late.value.code == "dev.not_begun"
    running.cancel()


@LOST
def test_what_waits_is_carried_out_by_the_next_process(make_host: MakeHost) -> None:
    host, heard = make_host(slot())
    heard.wait("a", Condition.ONLINE)
    lost, next_one = do(host, Deed.EXIT), do(host, Deed.ECHO)
    with pytest.raises(ProcessLostError):
        lost.result(60)
    assert next_one.result(60) == "x"


def test_an_answer_of_megabytes_arrives_whole(make_host: MakeHost) -> None:
    host, _ = make_host(slot())
    assert do(host, Deed.SHOUT).result(60) == "x" * (4 << 20)
    assert do(host, Deed.ECHO, text="y" * (4 << 20)).result(60) == "y" * (4 << 20)


@pytest.mark.expected_logs("out of service: no_device code=dev.not_present")
def test_status_is_published_on_change_only_without_gaps(
    make_host: MakeHost, tmp_path: Path
) -> None:
    absent = tmp_path / "absent"
    absent.touch()
    host, heard = make_host(slot(absent_while=str(absent)))
    gone = heard.wait("a", Condition.NO_DEVICE)
    assert (gone.code, gone.recovery) == ("dev.not_present", Recovery.CLEAR)
    absent.unlink()
    online = heard.wait("a", Condition.ONLINE, timeout_s=20)
    assert do(host, Deed.ECHO).result(60) == "x"
    heard.wait("a", Condition.ONLINE, after=online.sequence)
    absent.touch()
    heard.wait("a", Condition.NO_DEVICE, after=online.sequence, timeout_s=20)
    published = heard.of("a")
    assert [status.sequence for status in published] == list(range(1, len(published) + 1))
    pairs = list(itertools.pairwise(published))
    assert not any(earlier.says_the_same_as(later) for earlier, later in pairs)
    assert [status.condition for status in published] == [
        Condition.STARTING,
        Condition.NO_DEVICE,
        Condition.ONLINE,
        Condition.BUSY,
        Condition.ONLINE,
        Condition.NO_DEVICE,
    ]
    assert host.status("a") == published[-1]
    assert host.statuses() == {"a": published[-1]}


@LOST
def test_a_crashing_driver_is_restarted_ever_more_slowly(make_host: MakeHost) -> None:
    host, heard = make_host(slot(crash_on_open=True))
    heard.wait("a", Condition.OFFLINE)
    with pytest.raises((ProcessLostError, NotReadyError)):
        do(host, Deed.ECHO, deadline_s=1.0).result(60)
    assert len(heard.of("a")) == 2


@pytest.mark.expected_logs("out of service: no_device code=dev.* recovery=configure")
@pytest.mark.parametrize(
    ("config", "code"),
    [
        (slot(driver="missing"), "dev.driver_missing"),
        (slot(no_such_option="x"), "dev.bad_options"),
        (SlotConfig("a", Role.ID_CARD, "id_card", {"url": "usb:none"}), "dev.bad_url"),
    ],
)
def test_what_can_never_work_is_said_once_and_not_tried_again(
    make_host: MakeHost, config: SlotConfig, code: str
) -> None:
    host, heard = make_host(config)
    status = heard.wait("a", Condition.NO_DEVICE)
    assert (status.code, status.recovery) == (code, Recovery.CONFIGURE)
    with pytest.raises(MisconfiguredError) as wrong:
        do(host, Deed.ECHO).result(60)
    assert wrong.value.code == code
    assert host.process_id("a") is None


def test_wrong_configuration_is_refused_at_once() -> None:
    for config, code in (
        (slot(driver="nobody"), "dev.no_such_driver"),
        (SlotConfig("a", Role.CAMERA, "escpos"), "dev.wrong_role"),
    ):
        with pytest.raises(MisconfiguredError) as wrong:
            DeviceHost([config], on_status=lambda _slot, _status: None)
        assert wrong.value.code == code


def test_an_empty_slot_is_not_a_broken_one(make_host: MakeHost) -> None:
    host, heard = make_host(slot(driver="none"), slot("b"), simulated=frozenset({"b"}))
    heard.wait("a", Condition.NOT_FITTED)
    with pytest.raises(NotPresentError) as absent:
        do(host, Deed.ECHO).result(60)
    assert absent.value.code == "dev.not_fitted"
    assert host.slot_of(Role.SIGNALS) == "b"
    assert host.slot_of(Role.CAMERA) is None
    assert host.info("b").simulated
    assert not host.info("a").simulated
    with pytest.raises(MisconfiguredError):
        host.submit("nowhere", Do(), deadline_s=1)


@pytest.mark.expected_logs(
    "status callback: Runt", "progress callback: Runt", "completion callback"
)
def test_a_listener_that_fails_stops_nothing(caplog: pytest.LogCaptureFixture) -> None:
    def fail(*_anything: object) -> None:
        raise RuntimeError("secret")

    registry = {
        "troublesome": DriverEntry("drivers.testing.troublesome:TroublesomeDevice", Role.SIGNALS)
    }
    host = DeviceHost([slot()], on_status=fail, registry=registry)
    host.start()
    job = host.submit("a", Do(), deadline_s=5, on_progress=fail, on_done=fail)
    job.result(60)
    host.stop()
    assert "completion callback: RuntimeError" in caplog.text
    assert "secret" not in caplog.text


def test_stop_ends_everything_and_may_be_repeated(make_host: MakeHost) -> None:
    before = set(threading.enumerate())
    host, heard = make_host(slot("a"), slot("b"))
    for name in ("a", "b"):
        heard.wait(name, Condition.ONLINE)
    processes = [host.process_id(name) for name in ("a", "b")]
    obedient, waiting = do(host, Deed.WAIT, deadline_s=30), do(host, Deed.ECHO)
    hanging = threading.Event()
    hung = host.submit("b", Do(deed=Deed.HANG), deadline_s=30, on_progress=lambda _: hanging.set())
    assert hanging.wait(60)
    heard.wait("a", Condition.BUSY)
    started = time.monotonic()
    host.stop()
    assert time.monotonic() - started < patience(2)
    with pytest.raises(CancelledError):
        obedient.result(0)
    with pytest.raises(ProcessLostError):
        hung.result(0)
    with pytest.raises(NotReadyError):
        waiting.result(0)
    for process in processes:
        assert process is not None
        with pytest.raises(ProcessLookupError):
            os.kill(process, 0)
    host.stop()
    with pytest.raises(NotReadyError):
        do(host, Deed.ECHO).result(60)
    left = set(threading.enumerate()) - before
    assert not [thread for thread in left if thread.name == "devices"]


HOST_PROGRAM = """
import sys, threading
from drivers.core import Condition, Role
from drivers.host import DeviceHost, DriverEntry, SlotConfig

registry = {"t": DriverEntry("drivers.testing.troublesome:TroublesomeDevice", Role.SIGNALS)}
online = threading.Event()
def heard(slot, status):
    if status.condition is Condition.ONLINE:
        online.set()
host = DeviceHost([SlotConfig("a", Role.SIGNALS, "t")], on_status=heard, registry=registry)
host.start()
online.wait()
print(host.process_id("a"), flush=True)
sys.stdin.read()
"""


def test_device_processes_die_with_the_host(eventually: Callable[..., None]) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", HOST_PROGRAM],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as host:
        assert host.stdout is not None
        device = int(host.stdout.readline())
        host.kill()
        host.wait(5)

    def is_gone() -> bool:
        try:
            # A zombie whose new parent has not collected it yet is gone, too.
            return " Z " in Path(f"/proc/{device}/stat").read_text()
        except FileNotFoundError:
            return True

    eventually(is_gone, within_s=2)
