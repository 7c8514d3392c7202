# SPDX-License-Identifier: Apache-2.0
"""What hours of work leave behind: memory, open files, threads, processes; and whether they grow.

Measured while nobody uses the terminal, so that what a session needs is not counted. Source: proc(5).
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from drivers.core import Recovery, Verdict
from kiosk.diagnostics.finding import Finding, failed, not_known, passed

PART: Final = "soak"
WARM_UP_SHARE: Final = 0.2
"""Of the time: caches fill, modules are loaded, pools grow to their size."""
LEAST_HOURS: Final = 0.5
"""A slope over less is noise; it is told and not judged."""
MOST_MB_PER_HOUR: Final = 1.0
LEAST_SAMPLES: Final = 5
_GROWTH: Final = 2
"""Files, threads and processes may differ by so many between two quiet moments."""


@dataclass(frozen=True, slots=True)
class Sample:
    """One quiet moment."""

    at_s: float
    """Since the soak began."""
    memory_mb: float
    """Proportional set size of the terminal and all its device processes."""
    files: int
    threads: int
    processes: int


@dataclass(frozen=True, slots=True)
class Visits:
    """How the visits of a soak ended."""

    completed: int = 0
    spoilt: int = 0
    """Ended early while a fault was there; the terminal was ready for the next resident by itself."""
    lost: int = 0
    """Ended early although nothing was broken."""
    stuck: int = 0
    """The terminal did not come back to its waiting page."""


def sample(root: Path, pid: int, at_s: float, without: Collection[int] = ()) -> Sample:
    """Measure a process and its descendants but for the trees of ``without``. ``root`` is ``/proc``."""
    pids = _family(root, pid, frozenset(without))
    return Sample(
        at_s,
        round(sum(_pss_mb(root / str(each)) for each in pids), 1),
        sum(_count(root / str(each) / "fd") for each in pids),
        sum(_count(root / str(each) / "task") for each in pids),
        len(pids),
    )


def slope_mb_per_hour(samples: Sequence[Sample]) -> float:
    """Return how fast memory grows: least squares through the samples; 0 for fewer than two moments."""
    if len(samples) < 2:  # noqa: PLR2004 - a line has two points
        return 0.0
    mean_x = sum(each.at_s for each in samples) / len(samples)
    mean_y = sum(each.memory_mb for each in samples) / len(samples)
    spread = sum((each.at_s - mean_x) ** 2 for each in samples)
    if spread == 0:
        return 0.0
    rise = sum((each.at_s - mean_x) * (each.memory_mb - mean_y) for each in samples)
    return rise / spread * 3600


def after_warm_up(samples: Sequence[Sample]) -> Sequence[Sample]:
    """Return the samples that count."""
    if not samples:
        return samples
    begins = samples[-1].at_s * WARM_UP_SHARE
    return [each for each in samples if each.at_s >= begins]


def verdicts(visits: Visits, samples: Sequence[Sample]) -> tuple[Finding, ...]:
    """Judge a soak."""
    told = after_warm_up(samples)
    return (_of_visits(visits), _of_memory(told), *_of_counts(told))


def _of_visits(visits: Visits) -> Finding:
    figures = {"completed": visits.completed, "spoilt": visits.spoilt, "lost": visits.lost}
    if visits.stuck:
        figures["stuck"] = visits.stuck
        return failed(PART, "visits", "soak.stuck", Recovery.SOFTWARE, **figures)
    if visits.lost or not visits.completed:
        return failed(PART, "visits", "soak.lost", Recovery.SOFTWARE, **figures)
    return passed(PART, "visits", **figures)


def _of_memory(samples: Sequence[Sample]) -> Finding:
    slope = round(slope_mb_per_hour(samples), 2)
    figures = {"mb_per_hour": slope}
    if samples:
        figures |= {"first_mb": samples[0].memory_mb, "last_mb": samples[-1].memory_mb}
    hours = (samples[-1].at_s - samples[0].at_s) / 3600 if samples else 0.0
    if hours < LEAST_HOURS or len(samples) < LEAST_SAMPLES:
        return not_known(PART, "memory_slope", "soak.too_short", Recovery.NONE, **figures)
    if slope > MOST_MB_PER_HOUR:
        return failed(PART, "memory_slope", "soak.grows", Recovery.SOFTWARE, **figures)
    return passed(PART, "memory_slope", **figures)


def _of_counts(samples: Sequence[Sample]) -> tuple[Finding, ...]:
    found = []
    for name in ("files", "threads", "processes"):
        counts = [int(getattr(each, name)) for each in samples]
        check = f"leaked_{name}"
        if len(counts) < LEAST_SAMPLES:
            found.append(not_known(PART, check, "soak.too_short"))
            continue
        # One quiet moment may meet a heartbeat; what leaks is there in every later one.
        first, last = min(counts[: len(counts) // 2]), min(counts[len(counts) // 2 :])
        figures = {"first": first, "last": last}
        if last > first + _GROWTH:
            found.append(failed(PART, check, "soak.leaks", Recovery.SOFTWARE, **figures))
        else:
            found.append(passed(PART, check, **figures))
    return tuple(found)


def told(findings: Sequence[Finding]) -> bool:
    """Tell whether a soak passed; what was too short to judge is no failure."""
    return all(found.verdict is not Verdict.FAIL for found in findings)


def _family(root: Path, pid: int, without: frozenset[int]) -> list[int]:
    found = [pid]
    for each in found:
        try:
            tasks = list((root / str(each) / "task").iterdir())
        except OSError:
            continue
        for task in tasks:
            try:
                children = (task / "children").read_text("ascii").split()
            except OSError:
                continue
            found += [int(child) for child in children if int(child) not in without]
    return found


def _pss_mb(process: Path) -> float:
    try:
        lines = (process / "smaps_rollup").read_text("ascii").splitlines()
    except OSError:
        return 0.0
    return sum(int(line.split()[1]) for line in lines if line.startswith("Pss:")) / 1024


def _count(folder: Path) -> int:
    try:
        return sum(1 for _ in folder.iterdir())
    except OSError:
        return 0
