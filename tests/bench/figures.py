# SPDX-License-Identifier: Apache-2.0
"""What every measurement has in common: a line of the table, the environment, waiting for a steady state."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parents[2]
HERE: Final = Path(__file__).parent
ENVIRONMENT: Final = {
    **os.environ,
    "QT_QPA_PLATFORM": "offscreen",
    "QT_QUICK_BACKEND": "software",
    "LANG": "zh_CN.UTF-8",
    "PYTHONPATH": str(ROOT),
}
_LOOK_S: Final = 0.25
_LOOKS: Final = 8
"""So many looks without a change are a steady state."""
_STEADY: Final = 0.01
_BOUND_S: Final = 60.0


class NotSteadyError(Exception):
    """What was waited for did not come in a minute; the figure would be a guess."""


@dataclass(frozen=True, slots=True)
class Figure:
    """One line of the table. ``ratio`` is ours to theirs, as the budget counts it."""

    what: str
    ours: str
    beside: str
    theirs: str = ""
    ratio: float | None = None
    budget: str = ""


def wait_until(holds: Callable[[], bool], what: str) -> None:
    """Wait for a state of another process. Raises :class:`NotSteadyError` after a minute."""
    ends, pause = time.monotonic() + _BOUND_S, threading.Event()
    while not holds():
        if time.monotonic() > ends:
            raise NotSteadyError(what)
        pause.wait(_LOOK_S)  # real time: another process works


def steady(read: Callable[[], Sequence[float]], what: str) -> tuple[float, ...]:
    """Return readings once they have stayed within 1 % for two seconds. Raises :class:`NotSteadyError`."""
    seen: list[tuple[float, ...]] = []

    def has_settled() -> bool:
        seen.append(tuple(read()))
        last = seen[-_LOOKS:]
        return len(last) == _LOOKS and all(_alike(each, last[-1]) for each in last)

    wait_until(has_settled, what)
    return seen[-1]


def _alike(one: Sequence[float], other: Sequence[float]) -> bool:
    return len(one) == len(other) and all(
        abs(a - b) <= _STEADY * max(abs(a), abs(b)) for a, b in zip(one, other, strict=True)
    )


def pss_mb(pid: int, kind: str = "Pss") -> float:
    """Return the proportional set size of a process, or another of ``smaps_rollup``'s sums."""
    text = Path(f"/proc/{pid}/smaps_rollup").read_text("ascii")
    pss = next(line for line in text.splitlines() if line.startswith(f"{kind}:"))
    return int(pss.split()[1]) / 1024


def cpu_s(pid: int) -> float:
    """Return the processor time that a process has used, without its children."""
    fields = Path(f"/proc/{pid}/stat").read_text("ascii").rsplit(") ", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
