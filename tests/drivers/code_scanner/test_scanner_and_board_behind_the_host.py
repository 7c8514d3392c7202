# SPDX-License-Identifier: Apache-2.0
"""Scanner and signal board as the terminal has them: each in its process, neither disturbing the other."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from drivers.core import (
    CancelledError,
    CodeError,
    Condition,
    NotPresentError,
    Role,
    ScanCode,
    ScannedCode,
    SetLight,
)
from drivers.host import DeviceHost, HostPolicy, SlotConfig
from drivers.sim.code_scanner import CodeScannerSimulator
from drivers.sim.modbus_board import INPUTS, LIGHTS, ModbusBoardSimulator
from tests.support.patience import patience
from tests.support.running import running

SECRET = "GFM-王苗苗-0042"

Eventually = Callable[..., None]


@pytest.fixture
def scanner(tmp_path: Path) -> Iterator[CodeScannerSimulator]:
    with running(CodeScannerSimulator("code_scanner", tmp_path / "port")) as simulator:
        yield simulator


@pytest.fixture
def board() -> Iterator[ModbusBoardSimulator]:
    with running(ModbusBoardSimulator("signals")) as simulator:
        yield simulator


@pytest.fixture
def host(
    scanner: CodeScannerSimulator, board: ModbusBoardSimulator, eventually: Eventually
) -> Iterator[DeviceHost]:
    running = DeviceHost(
        [
            SlotConfig(
                "code_scanner",
                Role.CODE_SCANNER,
                "serial_scanner",
                {"url": scanner.endpoint, "profile": "syn"},
            ),
            SlotConfig(
                "signals",
                Role.SIGNALS,
                "modbus_board",
                {"url": board.endpoint, "lights": LIGHTS, "inputs": INPUTS, "beeper": 8},
            ),
        ],
        on_status=lambda _slot, _status: None,
        policy=HostPolicy(poll_every_s=0.1, poll_absent_every_s=0.1),
    )
    running.start()
    eventually(
        lambda: all(each.condition is Condition.ONLINE for each in running.statuses().values()),
        within_s=10,
    )
    yield running
    running.stop()


def test_a_code_reaches_the_terminal_once_and_no_log(
    host: DeviceHost, scanner: CodeScannerSimulator, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    scanner.present(SECRET, "gb18030")
    job = host.submit("code_scanner", ScanCode(), deadline_s=5)
    code = job.result(60)
    assert isinstance(code, ScannedCode)
    assert code.text == SECRET
    told = caplog.text + repr(job) + repr(code) + repr(host.status("code_scanner"))
    assert "王苗苗" not in told
    assert "GFM" not in told


def test_a_scan_is_cancelled_at_once(host: DeviceHost) -> None:
    waiting = threading.Event()
    job = host.submit(
        "code_scanner", ScanCode(), deadline_s=30, on_progress=lambda _: waiting.set()
    )
    assert waiting.wait(60)
    started = time.monotonic()
    job.cancel()
    with pytest.raises(CancelledError):
        job.result(60)
    assert time.monotonic() - started < patience(0.4)


@pytest.mark.expected_logs("slot=signals out of service: no_device")
def test_a_lost_board_disturbs_nobody_and_gets_its_lamp_back(
    host: DeviceHost,
    scanner: CodeScannerSimulator,
    board: ModbusBoardSimulator,
    eventually: Eventually,
) -> None:
    assert host.submit("signals", SetLight(Role.CODE_SCANNER), deadline_s=5).result(60) is True
    board.actions()["unplug"]()
    eventually(lambda: host.status("signals").condition is Condition.NO_DEVICE)
    lamp = host.submit("signals", SetLight(Role.CODE_SCANNER), deadline_s=2)
    scanner.present(SECRET)
    assert isinstance(host.submit("code_scanner", ScanCode(), deadline_s=5).result(60), ScannedCode)
    assert host.status("code_scanner").condition is Condition.ONLINE
    with pytest.raises(NotPresentError):
        lamp.result(60)
    board.actions()["replug"]()
    eventually(lambda: host.status("signals").condition is Condition.ONLINE)
    eventually(lambda: [at for at, on in enumerate(board.outputs()) if on] == [2])


@pytest.mark.expected_logs("slot=code_scanner out of service: offline code=dev.process_lost")
def test_a_killed_scanner_process_reads_again_within_two_seconds(
    host: DeviceHost, scanner: CodeScannerSimulator
) -> None:
    started = time.monotonic()
    host.kill("code_scanner")
    scanner.present(SECRET)
    assert isinstance(host.submit("code_scanner", ScanCode(), deadline_s=8).result(8), ScannedCode)
    assert time.monotonic() - started < patience(2)


def test_nothing_shown_ends_with_its_own_code(host: DeviceHost) -> None:
    with pytest.raises(CodeError) as none:
        host.submit("code_scanner", ScanCode(), deadline_s=0.6).result(60)
    assert none.value.code == "code.none"
