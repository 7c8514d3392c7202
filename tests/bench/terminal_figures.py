# SPDX-License-Identifier: Apache-2.0
"""A terminal as a whole: how it starts, how much memory it takes, how it answers a touch."""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from kiosk.cli.demo_stack import DemoFolders, DemoStack
from kiosk.config import load_settings
from tests.bench.figures import ENVIRONMENT, HERE, ROOT, Figure, pss_mb, steady, wait_until

STARTS: Final = 12
BUDGET_MB: Final = 450


@contextmanager
def _demo() -> Iterator[DemoFolders]:
    """Run platform, simulated devices and an enrolled terminal's folder."""
    with tempfile.TemporaryDirectory(prefix="hall24-bench-") as folder:
        folders = DemoFolders.prepare(Path(folder) / "demo", None)
        stack = DemoStack(folders, 1)
        try:
            stack.start()
            yield folders
        finally:
            stack.stop()


def _watched(folders: DemoFolders) -> list[str]:
    config = str(folders.out / "terminal.toml")
    start = [sys.executable, str(HERE / "watched_start.py"), "run"]
    return [*start, "--config", config, "--data-dir", str(folders.terminal)]


def _marks(command: list[str]) -> dict[str, float]:
    """Run a program; return how long after its start it said what, in milliseconds."""
    begun = time.monotonic()
    ended = subprocess.run(
        command, env=ENVIRONMENT, cwd=ROOT, capture_output=True, text=True, timeout=60, check=True
    )
    pairs = (line.split() for line in ended.stdout.splitlines())
    return {pair[0]: (float(pair[1]) - begun) * 1000 for pair in pairs if len(pair) == 2}


def start_up() -> list[Figure]:
    """Cold start of the process, warm page cache; the first round of each is thrown away."""
    one = [sys.executable, str(HERE / "one_screen.py")]
    ours: list[dict[str, float]] = []
    theirs: list[float] = []
    with _demo() as folders:
        for round_number in range(STARTS + 1):
            plain, kiosk = _marks(one), _marks(_watched(folders))
            if round_number:
                theirs.append(plain["usable"])
                ours.append(kiosk)
    base = statistics.median(theirs)
    said = {
        "usable": ("process start → first screen takes a touch", "≤ 1.5"),
        "touched": ("… → that touch is answered on the glass's model and kept", ""),
        "home": ("… → home screen, with settings, core, store, devices and platform up", ""),
    }
    return [
        Figure(
            words,
            f"{(middle := statistics.median(each[key] for each in ours)):.0f} ms",
            "a PySide6 program of one window, one text, one button",
            f"{base:.0f} ms",
            round(middle / base, 2),
            budget,
        )
        for key, (words, budget) in said.items()
    ]


def _children(pid: int) -> list[int]:
    return [
        int(child)
        for task in Path(f"/proc/{pid}/task").iterdir()
        for child in (task / "children").read_text("ascii").split()
    ]


def memory() -> list[Figure]:
    """Proportional set size of a terminal at rest, with each of its device processes."""
    with _demo() as folders:
        settings = load_settings(folders.out / "terminal.toml", folders.terminal)
        fitted = [slot.name for slot in settings.slots if slot.driver != "none"]
        quiet = subprocess.Popen(
            [sys.executable, "-c", "from kiosk.cli import main; main()", *_watched(folders)[2:]],
            env=ENVIRONMENT,
            cwd=ROOT,
            stdout=subprocess.DEVNULL,
        )
        try:
            wait_until(lambda: len(_children(quiet.pid)) >= len(fitted), "a process a device")
            own, *devices = steady(
                lambda: [pss_mb(pid) for pid in (quiet.pid, *_children(quiet.pid))],
                "memory of the terminal",
            )
        finally:
            quiet.terminate()
            quiet.wait(30)
    bare = subprocess.Popen(
        [sys.executable, "-c", "print('up', flush=True); input()"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        if bare.stdout is not None:
            bare.stdout.readline()  # it answers: it is up
        (plain,) = steady(lambda: [pss_mb(bare.pid)], "memory of an idle Python")
    finally:
        bare.communicate("\n", timeout=30)
    each = statistics.mean(devices)
    whole = own + sum(devices)
    return [
        Figure(
            f"memory of the terminal with {len(devices)} device processes (PSS)",
            f"{whole:.0f} MB ({own:.0f} + {' + '.join(f'{mb:.0f}' for mb in devices)})",
            f"the budget of {BUDGET_MB} MB",
            f"{BUDGET_MB} MB",
            round(whole / BUDGET_MB, 2),
            "≤ 1",
        ),
        Figure(
            "memory of one device process (PSS, mean)",
            f"{each:.1f} MB",
            "an idle Python",
            f"{plain:.1f} MB",
            round(each / plain, 2),
        ),
    ]


def touch() -> list[Figure]:
    """Press to changed frame on the fullest home screen."""
    told = []
    for kind in ("ours", "theirs"):
        ended = subprocess.run(
            [sys.executable, str(HERE / "touch_to_frame.py"), kind],
            env=ENVIRONMENT,
            cwd=ROOT,
            capture_output=True,
            text=True,
            timeout=60,
            check=True,
        )
        told.append(json.loads(ended.stdout.splitlines()[-1]))
    ours, theirs = told
    return [
        Figure(
            "touch → changed frame on the fullest screen, median (worst)",
            f"{ours['median_ms']:.1f} ms ({ours['worst_ms']:.1f})",
            "one button of Qt Quick Controls",
            f"{theirs['median_ms']:.1f} ms ({theirs['worst_ms']:.1f})",
            round(ours["median_ms"] / theirs["median_ms"], 2),
            "worst ≤ 33 ms",
        )
    ]
