# SPDX-License-Identifier: Apache-2.0
# ruff: noqa: PLC0415 - a group that is not asked for need not be installed
"""Every measurement of the terminal in one go: ``./test --bench [--json FILE] [--write] [--only NAME…]``.

Each figure stands beside what somebody would use instead, measured in turns on the same machine, because
only ratios travel. ``--write`` makes docs/performance.md from the run.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from xml.etree import ElementTree as ET

from kiosk.cli.demo_stack import DemoFolders, DemoStack

ROOT = Path(__file__).parents[2]
HERE = Path(__file__).parent
STARTS = 12
CARDS = 15
DEVICES = 4
"""Slots of the demo."""
ENVIRONMENT = {
    **os.environ,
    "QT_QPA_PLATFORM": "offscreen",
    "QT_QUICK_BACKEND": "software",
    "LANG": "zh_CN.UTF-8",
    "PYTHONPATH": str(ROOT),
}


@dataclass(frozen=True, slots=True)
class Figure:
    """One line of the table. ``ratio`` is ours to theirs, as the budget counts it."""

    what: str
    ours: str
    beside: str
    theirs: str = ""
    ratio: float | None = None
    budget: str = ""


# --- start and memory -------------------------------------------------------------------------------


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


def _pss_mb(pid: int) -> float:
    text = Path(f"/proc/{pid}/smaps_rollup").read_text("ascii")
    return (
        int(next(line for line in text.splitlines() if line.startswith("Pss:")).split()[1]) / 1024
    )


def _children(pid: int) -> list[int]:
    return [
        int(child)
        for task in Path(f"/proc/{pid}/task").iterdir()
        for child in (task / "children").read_text("ascii").split()
    ]


def memory() -> list[Figure]:
    """Proportional set size of a terminal at rest, with each of its device processes."""
    with _demo() as folders:
        quiet = subprocess.Popen(
            [sys.executable, "-c", "from kiosk.cli import main; main()", *_watched(folders)[2:]],
            env=ENVIRONMENT,
            cwd=ROOT,
            stdout=subprocess.DEVNULL,
        )
        try:
            ends = time.monotonic() + 60
            while len(_children(quiet.pid)) < DEVICES and time.monotonic() < ends:
                time.sleep(0.2)  # real time: another process starts
            time.sleep(5)  # real time: every driver has been opened by then
            devices = [_pss_mb(pid) for pid in _children(quiet.pid)]
            own = _pss_mb(quiet.pid)
        finally:
            quiet.terminate()
            quiet.wait(30)
    bare = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    try:
        time.sleep(0.5)  # real time: another process starts
        plain = _pss_mb(bare.pid)
    finally:
        bare.kill()
        bare.wait()
    each = statistics.mean(devices)
    return [
        Figure(
            f"memory of the terminal with {len(devices)} device processes (PSS)",
            f"{own + sum(devices):.0f} MB ({own:.0f} + {' + '.join(f'{mb:.0f}' for mb in devices)})",
            "the budget of 450 MB",
            "450 MB",
            round((own + sum(devices)) / 450, 2),
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


# --- the glass ----------------------------------------------------------------------------------------


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


# --- devices ------------------------------------------------------------------------------------------


def smart_card() -> list[Figure]:
    """Read a card through pcscd, against pyscard sending the very same commands."""
    from drivers.core import CommandContext, ReadSocialCard
    from drivers.sim.social_card import SocialCardSimulator
    from drivers.smart_card.pcsc import PcscReader
    from drivers.smart_card.social_card import read_social_card

    simulator = SocialCardSimulator("smart_card")
    simulator.start()
    device = PcscReader("smart_card", reader="Virtual PCD", socket=simulator.socket)
    try:
        simulator.place(simulator.people()[0])
        device.read_social_card(ReadSocialCard(), CommandContext.within(20))
        from smartcard.System import readers

        reader = next(each for each in readers() if "Virtual PCD" in str(each))
        commands: list[list[int]] = []

        def noting(command: bytes) -> bytes:
            commands.append(list(command))
            data, first, second = line.transmit(list(command))
            return bytes(data) + bytes((first, second))

        line = reader.createConnection()
        line.connect()
        read_social_card(noting)
        line.disconnect()
        ours, theirs = [], []
        for _ in range(CARDS):
            begun = time.perf_counter()
            device.read_social_card(ReadSocialCard(), CommandContext.within(20))
            ours.append(time.perf_counter() - begun)
            begun = time.perf_counter()
            line = reader.createConnection()
            line.connect()
            for command in commands:
                line.transmit(command)
            line.disconnect()
            theirs.append(time.perf_counter() - begun)
    finally:
        line.disconnect()
        line.release()
        device.close()
        simulator.stop()
    mine, bare = statistics.median(ours) * 1000, statistics.median(theirs) * 1000
    return [
        Figure(
            f"social card → fields, through pcscd ({len(commands)} commands)",
            f"{mine:.1f} ms",
            "pyscard sending the same commands",
            f"{bare:.1f} ms",
            round(mine / bare, 2),
        )
    ]


def pages() -> list[Figure]:
    """Make the A4 PDF of a 12-megapixel JPEG, scene by scene and all together."""
    from tests.bench.page_pipeline import measured

    return [
        Figure(
            f"12-megapixel page → A4 PDF ({each.scene})",
            f"{each.whole_ms:.0f} ms",
            "decoding and encoding that picture",
            f"{each.plain_ms:.0f} ms",
            round(each.ratio, 2),
            ("≤ 2, kept" if each.ratio <= 2 else "≤ 2, NOT kept")
            if each.scene == "together"
            else "",
        )
        for each in measured()
    ]


def tests() -> list[Figure]:
    """Run the measuring tests beside this file and take over what they recorded."""
    with tempfile.TemporaryDirectory() as folder:
        xml = Path(folder) / "bench.xml"
        subprocess.run(
            [sys.executable, "-m", "pytest", "-q", f"--junitxml={xml}", str(HERE)],
            env={**ENVIRONMENT, "HALL24_BENCH": "1"},
            cwd=ROOT,
            check=False,
            stdout=subprocess.DEVNULL,
        )
        found = ET.parse(xml).getroot()  # noqa: S314 - our own file
    figures = []
    for owner in (*found.iter("testsuite"), *found.iter("testcase")):
        for entry in owner.findall("properties/property"):
            name, value = entry.get("name", ""), entry.get("value", "")
            where = owner.get("name", "") if owner.tag == "testcase" else ""
            figures.append(_recorded(name, value, where))
    return figures


_QUEUES = "a put with a flush; ratio: the fastest of them to ours not sealed"
_KNOWN = {
    "durable put of 1 KB": ("1 KB made durable, median", _QUEUES, "≥ 1"),
    "durable put of 3 × 1 MB": ("3 × 1 MB made durable, median", _QUEUES, "≥ 1"),
    "drain": ("queue sent to the platform process", "as many requests to the same process", ""),
    "waiting": ("start with so many waiting", "", ""),
    "card_to_fields_ratio": (
        "identity card on the reader → fields",
        "its bytes at 115200 baud",
        "≤ 1.10",
    ),
    "receipt": ("slip printed and confirmed, per millimetre", "python-escpos, unconfirmed", ""),
    "finalize with 0 MB": (
        "submissions of 1 KB made durable, per second",
        "a bare SQLite insert",
        "",
    ),
    "finalize with 3 MB": (
        "submissions of 3 × 1 MB made durable, per second",
        "a bare SQLite insert",
        "≥ 1",
    ),
}


def _recorded(name: str, value: str, where: str) -> Figure:
    what, beside, budget = _KNOWN.get(name, (name, "", ""))
    try:
        told = json.loads(value)
    except ValueError:
        return Figure(what, value, beside)
    case = where.partition("[")[2].rstrip("]")
    what = f"{what} ({case})" if case else what
    if not isinstance(told, dict):
        return Figure(what, f"{told} × the other", beside, "1", float(told), budget)
    ratio = told.pop("ratio", told.pop("ratio_per_mm", None))
    ours, theirs = told.pop("ours", None), told.pop("bare", None)
    text = json.dumps(ours or told, ensure_ascii=False).strip("{}").replace('"', "")
    other = json.dumps(theirs).strip("{}").replace('"', "") if theirs else ""
    return Figure(what, text, beside, other, ratio, budget)


# --- the report ---------------------------------------------------------------------------------------

GROUPS: dict[str, Callable[[], list[Figure]]] = {
    "start": start_up,
    "touch": touch,
    "memory": memory,
    "smart-card": smart_card,
    "pages": pages,
    "tests": tests,
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
