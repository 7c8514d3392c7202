# SPDX-License-Identifier: Apache-2.0
"""Gate 2: the process is killed at random moments; what it had promised is there."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.chaos.record import Record

ROOT = Path(__file__).parents[2]
SEED = 20261124


@pytest.mark.timeout(7200)
@pytest.mark.parametrize("kills", [200, pytest.param(10_000, marks=pytest.mark.chaos)])
def test_a_killed_terminal_loses_and_doubles_nothing(
    tmp_path: Path, record: Record, kills: int
) -> None:
    # A process of its own: it forks, and this one has threads.
    done = subprocess.run(
        [sys.executable, "-m", "tests.chaos.kill_driver", str(tmp_path), str(kills), str(SEED)],
        cwd=ROOT, check=True, capture_output=True, text=True,
    )  # fmt: skip
    figures = json.loads(done.stdout.splitlines()[-1])
    wrong, faults = figures.pop("wrong"), figures.pop("faults")
    assert not wrong, wrong[:5]
    assert figures["kills"] == kills
    assert figures["acknowledged"] >= 2 * kills
    assert figures["at the platform before the end"] >= kills / 2
    figures["lost, doubled, altered, made up"] = len(wrong)
    if kills >= 10_000:
        record.keep(
            "02-kill", figures, command="./test --chaos -k 02_kill", seed=SEED, faults=faults
        )
