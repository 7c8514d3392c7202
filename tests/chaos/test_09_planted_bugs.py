# SPDX-License-Identifier: Apache-2.0
"""Gate 9: each planted bug turns a gate red, by that gate's own words; without any, every gate is green."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.chaos.conftest import LONG
from tests.chaos.planted_bugs import BUGS, GATES, SEED, Gate, Planted
from tests.chaos.record import Record

pytestmark = pytest.mark.timeout(900)
_seen: dict[str, str] = {}


@pytest.fixture
def expected_logs() -> None:
    """Take the place of the house's guard: a planted bug may log whatever it likes."""


@pytest.mark.parametrize("gate", GATES, ids=[gate.__name__ for gate in GATES])
def test_without_a_bug_the_gate_is_green(tmp_path: Path, gate: Gate) -> None:
    assert gate(tmp_path) == []


@pytest.mark.parametrize(
    "planted",
    [
        pytest.param(
            planted,
            id=planted.bug.__name__,
            marks=() if planted.quick else pytest.mark.chaos,
        )
        for planted in BUGS
    ],
)
def test_a_planted_bug_turns_its_gate_red(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, planted: Planted
) -> None:
    planted.bug(monkeypatch)
    found = planted.gate(tmp_path)
    name = planted.bug.__name__
    assert found, f"{name} went through {planted.gate.__name__} unseen"
    assert any(re.search(planted.says, line) for line in found), found
    _seen[name] = planted.gate.__name__


@pytest.mark.chaos
def test_what_was_seen_is_published(record: Record) -> None:
    if not LONG or len(_seen) < len(BUGS):
        pytest.skip("only after the whole long set")
    shown = {
        name.replace("_", " "): f"red: {gate.replace('_', ' ')}" for name, gate in _seen.items()
    }
    record.keep("09-planted-bugs", shown, command="./test --chaos -k 09", seed=SEED)
