# SPDX-License-Identifier: Apache-2.0
"""What the documentation says of each fault is what comes when it is played."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support import fault_acts, fault_record

STANDS = [
    pytest.param(key, marks=[pytest.mark.daemon] if key in {"pcsc", "nut_ups", "sane"} else [])
    for key in fault_acts.ACTS
]


@pytest.mark.timeout(600)
@pytest.mark.parametrize("key", STANDS)
def test_the_record_agrees_with_what_happens_now(key: str, tmp_path: Path) -> None:
    if fault_record.is_recording():
        seen, exceptions = fault_acts.play(key, tmp_path, quickly=False)
        rows = {name: fault_record.row_of(each) for name, each in seen.items()}
        fault_record.write(key, rows, exceptions)
        return
    recorded = fault_record.read()[key]["faults"]
    assert set(recorded) == {act.name for act in fault_acts.ACTS[key]}
    seen, _ = fault_acts.play(key, tmp_path, quickly=True)
    rows = {name: fault_record.row_of(each) for name, each in seen.items()}
    assert rows == {name: recorded[name] for name in seen}, "HALL24_RECORD_FAULTS=1 writes it anew"


@pytest.mark.parametrize("key", STANDS)
def test_every_action_of_a_simulator_is_a_fault_that_is_played_or_none(
    key: str, tmp_path: Path
) -> None:
    known = fault_acts.played(key) | fault_acts.NO_FAULTS[key]
    if key == "escpos with a presenter":
        known |= fault_acts.played("escpos") | fault_acts.NO_FAULTS["escpos"]
    assert fault_acts.actions_of(key, tmp_path) <= known
