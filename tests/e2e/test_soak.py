# SPDX-License-Identifier: Apache-2.0
"""Residents one after the other at the real screens, something breaking now and then."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest
from terminal_rig import BIN

pytestmark = [pytest.mark.daemon, pytest.mark.slow]


def test_a_minute_of_residents_and_faults_leaves_the_terminal_as_it_was(tmp_path: Path) -> None:
    out = tmp_path / "soak"
    ended = subprocess.run(
        [str(BIN / "kiosk"), "soak", "--hours", "0.008", "--out", str(out), "--fault-share", "0.5"],
        capture_output=True,
        text=True,
        check=False,
        timeout=110,
    )
    assert ended.returncode == 0, ended.stdout + ended.stderr
    told = json.loads((out / "soak.json").read_text("utf-8"))
    assert told["visits"]["completed"] >= 1
    assert told["visits"]["lost"] == told["visits"]["stuck"] == 0
    assert len(told["samples"]) == len(told["rounds"])


def test_a_soak_that_makes_no_sense_is_refused() -> None:
    ended = subprocess.run(
        [str(BIN / "kiosk"), "soak", "--hours", "0"], capture_output=True, text=True, check=False
    )
    assert ended.returncode == 2
    assert "--hours" in ended.stderr
