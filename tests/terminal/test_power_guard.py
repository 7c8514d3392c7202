# SPDX-License-Identifier: Apache-2.0
"""When the battery ends the terminal, and when it does not."""

from __future__ import annotations

from pathlib import Path

import pytest

from drivers.core import Condition, Status
from kiosk.config import PowerSettings
from kiosk.terminal.power_guard import PowerGuard, shut_down_machine

SETTINGS = PowerSettings(end_at_percent=20, end_at_runtime_s=180)


def _battery(**details: str) -> Status:
    return Status(Condition.ONLINE, "power.on_battery", details={"power": "battery", **details})


@pytest.mark.expected_logs("battery nearly empty")
@pytest.mark.parametrize(
    "status",
    [
        Status(Condition.ONLINE, "power.low_battery", details={"power": "battery"}),
        _battery(charge_percent="20", runtime_s="900"),
        _battery(charge_percent="90", runtime_s="180"),
        _battery(runtime_s="0"),
    ],
)
def test_a_battery_that_is_nearly_empty_ends_the_terminal_once(status: Status) -> None:
    ended: list[str] = []
    guard = PowerGuard(SETTINGS, ended.append)
    guard.heard(status)
    guard.heard(status)
    assert ended == ["power.low_battery"]


@pytest.mark.parametrize(
    "status",
    [
        _battery(),
        _battery(charge_percent="25", runtime_s="240"),
        Status(Condition.ONLINE, details={"power": "line", "charge_percent": "3"}),
        Status(Condition.ONLINE, "power.replace_battery", details={"power": "line"}),
        Status(Condition.OFFLINE, "power.stale"),
        Status(Condition.NO_DEVICE, "dev.not_present"),
    ],
)
def test_line_power_a_full_battery_and_a_silent_ups_end_nothing(status: Status) -> None:
    ended: list[str] = []
    PowerGuard(SETTINGS, ended.append).heard(status)
    assert ended == []


def test_the_shutdown_command_is_run_as_it_stands(tmp_path: Path) -> None:
    shut_down_machine(())
    shut_down_machine(("touch", str(tmp_path / "$(off)")))
    assert (tmp_path / "$(off)").exists()


@pytest.mark.expected_logs("shutdown command not run", "shutdown command failed")
def test_a_shutdown_command_that_fails_is_told() -> None:
    shut_down_machine(("/nonexistent/poweroff",))
    shut_down_machine(("false",))
