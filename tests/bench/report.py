# SPDX-License-Identifier: Apache-2.0
"""Every measurement of the terminal in one go: ``./test --bench [--json FILE] [--write] [--only NAME…]``.

Each figure stands beside what somebody would use instead, measured in turns on the same machine, because
only ratios travel. ``--write`` makes docs/performance.md from the run.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import sys
from collections.abc import Callable
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path

from tests.bench import device_figures, terminal_figures
from tests.bench.figures import ROOT, Figure
from tests.bench.recorded_figures import recorded

GROUPS: dict[str, Callable[[], list[Figure]]] = {
    "start": terminal_figures.start_up,
    "touch": terminal_figures.touch,
    "memory": terminal_figures.memory,
    "processes": device_figures.processes,
    "id-card": device_figures.id_card,
    "smart-card": device_figures.smart_card,
    "preview": device_figures.preview,
    "pages": device_figures.pages,
    "tests": recorded,
}


def table(figures: list[Figure]) -> str:
    """Return the figures as Markdown."""
    lines = ["| what | ours | beside | theirs | ratio | budget |", "|---|---|---|---|---|---|"]
    for figure in figures:
        ratio = "" if figure.ratio is None else f"{figure.ratio:.2f}"
        cells = (figure.what, figure.ours, figure.beside, figure.theirs, ratio, figure.budget)
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)


def machine() -> str:
    """Describe the machine without its name."""
    cpu = next(
        (
            line.partition(":")[2].strip()
            for line in Path("/proc/cpuinfo").read_text("utf-8").splitlines()
            if line.startswith("model name")
        ),
        platform.machine(),
    )
    cores, load = os.cpu_count(), os.getloadavg()[0]
    return f"{cores} × {cpu}, Python {platform.python_version()}, no GPU; load before the run {load:.1f}"


def page(figures: list[Figure], about: str) -> str:
    """Return docs/performance.md."""
    day = datetime.now(UTC).date().isoformat()
    return (
        "# How fast it is\n\n"
        "Made by `./test --bench --write`; do not edit. Each figure stands beside what somebody would use\n"
        "instead, measured in turns on the same machine: the ratio travels to another machine, the\n"
        "milliseconds do not. Devices are simulators on real wires, the screen is drawn by software.\n\n"
        f"Measured on {day}: {about}.\n\n{table(figures)}\n\n"
        "To repeat it: `./test --bench` (some minutes; `--only start` for one group, `--json FILE` for\n"
        "programs). Start figures are medians of 12 starts with a warm page cache. A machine that does\n"
        "other work at the same time makes both sides slower, not always by as much.\n"
    )


def main() -> int:
    """Measure, print, write."""
    parser = argparse.ArgumentParser(prog="./test --bench", description=__doc__)
    parser.add_argument("--json", type=Path, help="also write the figures there")
    parser.add_argument("--write", action="store_true", help="make docs/performance.md from them")
    parser.add_argument("--only", nargs="+", choices=GROUPS, default=list(GROUPS))
    given = parser.parse_args()
    about, figures = machine(), []
    for name in given.only:
        try:
            figures += GROUPS[name]()
        except Exception as error:  # noqa: BLE001 - the others are still worth having
            figures.append(Figure(name, f"not measured: {type(error).__name__}", ""))
            sys.stderr.write(f"{name}: {error}\n")
    sys.stdout.write(f"{about}\n\n{table(figures)}\n")
    if given.json:
        told = {"machine": about, "figures": [asdict(figure) for figure in figures]}
        given.json.write_text(json.dumps(told, ensure_ascii=False, indent=1), "utf-8")
    if given.write:
        (ROOT / "docs" / "performance.md").write_text(page(figures, about), "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
