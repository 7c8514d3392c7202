# SPDX-License-Identifier: Apache-2.0
"""A soak is judged by what grows, and says so when it was too short to tell."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.core import Verdict
from kiosk.diagnostics.finding import Finding
from kiosk.diagnostics.soak_figures import (
    Sample,
    Visits,
    after_warm_up,
    sample,
    slope_mb_per_hour,
    told,
    verdicts,
)

GOOD = Visits(completed=20, spoilt=3)


def hours(memory: list[float], *, files: list[int] | None = None) -> list[Sample]:
    """Return samples ten minutes apart."""
    counts = files or [60] * len(memory)
    return [
        Sample(600.0 * place, megabytes, count, 29, 7)
        for place, (megabytes, count) in enumerate(zip(memory, counts, strict=True))
    ]


def by_check(visits: Visits, samples: list[Sample]) -> dict[str, Finding]:
    return {found.check: found for found in verdicts(visits, samples)}


@given(
    slope=st.floats(-50, 50),
    base=st.floats(50, 500),
    times=st.lists(st.integers(0, 100_000), min_size=2, max_size=40, unique=True),
)
def test_the_slope_of_a_line_is_its_slope(slope: float, base: float, times: list[int]) -> None:
    samples = [Sample(at, base + slope * at / 3600, 1, 1, 1) for at in sorted(times)]
    assert slope_mb_per_hour(samples) == pytest.approx(slope, abs=1e-3)


def test_warming_up_is_not_growing() -> None:
    found = by_check(GOOD, hours([200, 260, 300, 300.2, 299.9, 300.1, 300.0, 300.1, 300.0, 300.1]))
    assert found["memory_slope"].verdict is Verdict.PASS


def test_memory_that_grows_fails() -> None:
    found = by_check(GOOD, hours([300 + 2.0 * place for place in range(12)]))
    assert found["memory_slope"].verdict is Verdict.FAIL
    assert found["memory_slope"].figures["mb_per_hour"] == pytest.approx(12.0)


def test_a_short_soak_tells_its_slope_and_judges_nothing() -> None:
    findings = verdicts(GOOD, [Sample(60.0 * each, 300 + each, 60, 29, 7) for each in range(4)])
    assert {found.verdict for found in findings} == {Verdict.PASS, Verdict.UNKNOWN}
    assert told(findings)


def test_files_that_stay_open_fail_and_one_busy_moment_does_not() -> None:
    flat = [300.0] * 12
    leaking = by_check(GOOD, hours(flat, files=[60 + 2 * place for place in range(12)]))
    assert leaking["leaked_files"].verdict is Verdict.FAIL
    busy = by_check(GOOD, hours(flat, files=[60] * 7 + [75] + [60] * 4))
    assert busy["leaked_files"].verdict is Verdict.PASS


@pytest.mark.parametrize(
    ("visits", "reason"),
    [
        (Visits(completed=9, stuck=1), "soak.stuck"),
        (Visits(completed=9, lost=1), "soak.lost"),
        (Visits(spoilt=9), "soak.lost"),
        (Visits(), "soak.lost"),
    ],
)
def test_visits_that_end_badly_fail(visits: Visits, reason: str) -> None:
    found = by_check(visits, hours([300.0] * 12))["visits"]
    assert (found.verdict, found.reason) == (Verdict.FAIL, reason)


def test_a_fault_that_spoils_a_visit_is_no_failure() -> None:
    assert by_check(GOOD, hours([300.0] * 12))["visits"].verdict is Verdict.PASS
    assert after_warm_up([]) == []


def test_this_process_can_be_measured() -> None:
    taken = sample(Path("/proc"), os.getpid(), 1.0)
    assert taken.memory_mb > 5
    assert taken.files > 2
    assert taken.threads >= 1


def test_only_the_terminals_own_family_counts(tmp_path: Path) -> None:
    for pid, children, pss in ((1, "2 3", 1024), (2, "4", 2048), (3, "", 512), (4, "", 4096)):
        task = tmp_path / str(pid) / "task" / str(pid)
        task.mkdir(parents=True)
        (task / "children").write_text(children)
        (tmp_path / str(pid) / "smaps_rollup").write_text(f"Rss: 9 kB\nPss: {pss} kB\n")
        (tmp_path / str(pid) / "fd").mkdir()
        (tmp_path / str(pid) / "fd" / "0").touch()
    assert sample(tmp_path, 1, 5.0) == Sample(5.0, 7.5, 4, 4, 4)
    assert sample(tmp_path, 1, 5.0, without=[2]) == Sample(5.0, 1.5, 2, 2, 2)
