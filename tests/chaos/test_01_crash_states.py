# SPDX-License-Identifier: Apache-2.0
"""Gate 1: the power goes at every durable call, and the disk keeps what it likes."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.chaos.crash_states import RESTART_S, restart_all, tell
from tests.chaos.record import Record

SEED = 20261124


@pytest.mark.timeout(3600)
@pytest.mark.expected_logs("outbox swept")
@pytest.mark.parametrize("most", [500, pytest.param(1_000_000, marks=pytest.mark.chaos)])
def test_a_power_cut_at_any_durable_call_loses_nothing(
    tmp_path: Path, record: Record, most: int
) -> None:
    camera = tell(tmp_path / "story")
    outcome = restart_all(camera.moments, tmp_path / "story", tmp_path, most, SEED)
    assert not outcome.failures, outcome.failures[:5]
    assert len(camera.moments) >= 2_000
    assert outcome.states >= min(most, 2_000)
    assert outcome.slowest_restart_s <= RESTART_S
    if outcome.states >= 2_000:
        record.keep(
            "01-crash-states",
            {
                "durable calls in the story": camera.operations.total(),
                "different states restarted from": outcome.states,
                "… by what was going on": ", ".join(
                    f"{flow} {count}" for flow, count in sorted(outcome.by_flow.items())
                ),
                "states with anything lost, half there, altered or not deliverable": len(
                    outcome.failures
                ),
                "slowest restart": f"{outcome.slowest_restart_s * 1e3:.0f} ms",
            },
            command="./test --chaos -k crash_states",
            seed=SEED,
            faults=(f"{m.flow}: after {m.state.after}, {m.state.how}" for m in camera.moments),
        )
