# SPDX-License-Identifier: Apache-2.0
"""docs/durability.md says what was measured, and nothing else."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.chaos import publish
from tests.chaos.record import Record


def test_the_page_is_made_of_the_recorded_figures() -> None:
    assert publish.PAGE.read_text("utf-8") == publish.page(), (
        "run: .venv/bin/python -m tests.chaos.publish"
    )


def test_figures_are_kept_only_where_somebody_asked(tmp_path: Path) -> None:
    Record(None).keep("02-kill", {"kills": 1}, command="x")
    Record(tmp_path).keep("02-kill", {"kills": 1}, command="x", seed=7, faults=["1 kill"])
    kept = json.loads((tmp_path / "02-kill.json").read_text("utf-8"))
    assert (kept["figures"], kept["seed"]) == ({"kills": 1}, 7)
    assert (tmp_path / "02-kill.faults.log").read_text("utf-8") == "1 kill\n"


def test_an_unknown_gate_is_refused(tmp_path: Path) -> None:
    with pytest.raises(KeyError):
        Record(tmp_path).keep("99-nothing", {}, command="x")
