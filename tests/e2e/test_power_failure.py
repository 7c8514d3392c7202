# SPDX-License-Identifier: Apache-2.0
"""The terminal's program behind a real ``upsd``: on battery it goes on, on an empty battery it ends by itself."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from terminal_rig import BIN, PlatformProcess

from drivers.sim.nut_ups import UPS, NutDummyUps
from kiosk.platform_client.enrolment import enrol
from kiosk.terminal.power_guard import ENDED_BY_POWER

pytestmark = [
    pytest.mark.daemon,
    pytest.mark.slow,
]


def test_an_empty_battery_ends_the_program_and_runs_the_configured_command(
    platform: PlatformProcess, tmp_path: Path, eventually: Callable[..., None]
) -> None:
    ups = NutDummyUps("ups")
    ups.start()
    data = tmp_path / "data"
    off = tmp_path / "off"
    enrol(platform.url, platform.token(), data)
    config = tmp_path / "terminal.toml"
    config.write_text(
        f"""
        [power]
        shutdown_command = ["touch", "{off}"]
        [[slot]]
        name = "ups"
        role = "power"
        driver = "nut_ups"
        simulated = true
        options = {{ url = "{ups.endpoint}", ups = "{UPS}" }}
        """,
        "utf-8",
    )
    log = data / "logs" / "terminal.log"
    program = subprocess.Popen(
        [str(BIN / "kiosk"), "run", "--windowed", "--config", str(config), "--data-dir", str(data)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env={**os.environ, "QT_QPA_PLATFORM": "offscreen"},
    )
    try:
        eventually(lambda: _ups_lines(log)[-1:] == [""], 60)
        ups.actions()["power_cut"]()
        eventually(lambda: _ups_lines(log)[-1:] == ["power.on_battery"], 30)
        assert program.poll() is None
        ups.actions()["low_battery"]()
        assert program.wait(60) == ENDED_BY_POWER
        assert off.exists()
        kept = "".join(path.read_text("utf-8") for path in (data / "audit").iterdir())
        assert kept.index("terminal.ending") < kept.index("terminal.stopped")
    finally:
        program.kill()
        program.wait()
        ups.stop()


def _ups_lines(log: Path) -> list[str]:
    """Return the codes that the terminal logged of the UPS once it was there."""
    if not log.exists():
        return []
    lines = [json.loads(line) for line in log.read_text("utf-8").splitlines()]
    return [
        line.get("code", "")
        for line in lines
        if line.get("slot") == "ups" and line.get("condition") == "online"
    ]
