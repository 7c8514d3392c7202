# SPDX-License-Identifier: Apache-2.0
"""``kiosk soak``: residents for hours, with faults, against simulated devices; memory and leaks are judged.

The demonstration's platform and simulators stand behind real wires; the terminal, its device processes and
its screens are the real ones. Nothing of it is for a terminal in service.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

import typer

from kiosk.cli.failures import FAILED, WRONG_USAGE, CommandFailed

if TYPE_CHECKING:
    from kiosk.bench_client import BenchClient
    from kiosk.cli.demo_stack import DemoStack
    from kiosk.config import Settings
    from kiosk.diagnostics import Finding
    from kiosk.diagnostics.soak_figures import Sample, Visits
    from kiosk.platform_client.enrolment import EnrolledTerminal
    from ui.robot.soak import Fault, Round

app = typer.Typer(help="Work for hours, with faults; judge memory and leaks.", add_completion=False)

ITEMS: Final = (
    "social-insurance-proof",
    "old-age-allowance",
    "medical-insurance-query",
    "social-insurance-query",
)
_FAULTS: Final = (
    # slot, what breaks, how it is mended
    ("receipt_printer", ("paper_out",), ("load_paper",)),
    ("receipt_printer", ("paper_out_after", "20"), ("load_paper",)),
    ("receipt_printer", ("cover_open",), ("cover_close",)),
    ("receipt_printer", ("freeze",), ("thaw",)),
    ("receipt_printer", ("unplug",), ("replug",)),
    ("receipt_printer", ("mute",), ("unmute",)),
    ("page_printer", ("paper_out",), ("load_paper",)),
    ("page_printer", ("freeze",), ("thaw",)),
    ("id_card", ("unplug",), ("replug",)),
    ("id_card", ("freeze",), ("thaw",)),
    ("id_card", ("fail_next", "card_removed_mid_frame", "2"), ("clear_faults",)),
    ("link", ("cut",), ("restore",)),
    ("link", ("silence",), ("restore",)),
    ("link", ("slow", "300"), ("restore",)),
)


@app.command()
def soak(
    *,
    hours: float = typer.Option(1.0, help="How long; 0.05 is three minutes."),
    out: Path = typer.Option(Path("soak-out"), help="Records, papers and logs go here."),
    seed: int = typer.Option(1, help="Of the visits and their faults."),
    fault_share: float = typer.Option(0.4, help="Share of the visits that meet a fault, 0 to 1."),
) -> None:
    """Make visits without end; exit 0 when the terminal stood it, 1 when it did not."""
    if hours <= 0 or not 0 <= fault_share <= 1:
        raise CommandFailed("--hours above 0, --fault-share from 0 to 1", WRONG_USAGE)
    from kiosk.cli.demo_stack import DemoFolders, DemoStack  # noqa: PLC0415
    from kiosk.diagnostics.soak_figures import told, verdicts  # noqa: PLC0415
    from kiosk.logbook import Logbook  # noqa: PLC0415

    stack = DemoStack(DemoFolders.prepare(out.absolute(), None), seed)
    with Logbook(stack.folders.out / "terminal.log"):
        try:
            settings, enrolled = stack.start()
            watch = _Watch(stack, hours)
            _work(stack, settings, enrolled, watch, seed=seed, fault_share=fault_share)
        finally:
            stack.stop()
    findings = verdicts(watch.visits, watch.samples)
    _write(out / "soak.json", watch, findings, seed)
    for found in findings:
        figures = " ".join(f"{name}={value:g}" for name, value in found.figures.items())
        print(f"{found.check:<18} {found.verdict.value:<8} {found.reason:<16} {figures}".rstrip())
    if not told(findings):
        raise typer.Exit(FAILED)


class _Watch:
    """Counts visits and measures the terminal after each."""

    def __init__(self, stack: DemoStack, hours: float) -> None:
        from kiosk.diagnostics.soak_figures import Visits  # noqa: PLC0415

        self.rounds: list[Round] = []
        self.samples: list[Sample] = []
        self.visits: Visits = Visits()
        self._others = stack.process_ids
        self._began = time.monotonic()
        self._until = self._began + hours * 3600

    def go_on(self) -> bool:
        """Tell whether there is time for another visit."""
        return time.monotonic() < self._until

    def heard(self, made: Round) -> None:
        """Note a visit; the terminal waits for somebody else now."""
        from kiosk.diagnostics.soak_figures import sample  # noqa: PLC0415

        self.rounds.append(made)
        count = getattr(self.visits, made.ending) + 1
        self.visits = replace(self.visits, **{made.ending: count})
        at_s = time.monotonic() - self._began
        self.samples.append(sample(Path("/proc"), os.getpid(), at_s, self._others))
        words = f"{made.number:>5} {made.item:<26} {made.fault:<34} {made.ending:<10}"
        print(f"{words} {made.seconds:6.1f} s {self.samples[-1].memory_mb:7.1f} MB", flush=True)
        if made.ending in {"lost", "stuck"}:
            print(f"      {made.why}", flush=True)


def _work(
    stack: DemoStack,
    settings: Settings,
    enrolled: EnrolledTerminal,
    watch: _Watch,
    *,
    seed: int,
    fault_share: float,
) -> None:
    from kiosk.app import Terminal  # noqa: PLC0415
    from kiosk.cli.demo_visit import examples  # noqa: PLC0415 - brings Qt
    from ui.bridge.application import KioskApplication  # noqa: PLC0415
    from ui.robot.resident import Wishes  # noqa: PLC0415
    from ui.robot.soak import Breaker, Soak, soak  # noqa: PLC0415
    from ui.robot.visit import Visit  # noqa: PLC0415

    def give_card() -> None:
        stack.bench.act("id_card", "place", "elder")

    def take_card() -> None:
        stack.bench.act("id_card", "remove")

    def wishes(item: str) -> Wishes:
        return Wishes(item=item, answers=examples(item), give_card=give_card, take_card=take_card)

    terminal = Terminal(settings, enrolled)
    screen = KioskApplication(terminal, settings.screen.size, headless=True)
    breaker = Breaker()
    visit = Visit(screen.window, begins_at="attract", on_screen=breaker.screen_came)
    visit.finished.connect(screen.quit)
    screen.application.aboutToQuit.connect(visit.stop)
    plan = Soak(
        items=ITEMS,
        wishes=wishes,
        faults=_faults(stack.bench),
        fault_share=fault_share,
        go_on=watch.go_on,
        on_round=watch.heard,
        seed=seed,
    )
    terminal.start()
    visit.start(soak(visit, breaker, plan))
    try:
        screen.run()
    finally:
        terminal.stop()
    for warning in screen.warnings:
        print(f"the screen complained: {warning}")


def _faults(bench: BenchClient) -> list[Fault]:
    from ui.robot.soak import Fault  # noqa: PLC0415

    def acting(slot: str, words: tuple[str, ...]) -> Callable[[], object]:
        return lambda: bench.act(slot, *words)

    return [
        Fault(f"{slot} {' '.join(strike)}", acting(slot, strike), acting(slot, mend))
        for slot, strike, mend in _FAULTS
    ]


def _write(path: Path, watch: _Watch, findings: Sequence[Finding], seed: int) -> None:
    record = {
        "seed": seed,
        "visits": asdict(watch.visits),
        "rounds": [asdict(made) for made in watch.rounds],
        "samples": [asdict(taken) for taken in watch.samples],
        "findings": [
            {
                "check": found.check,
                "verdict": found.verdict.value,
                "reason": found.reason,
                "figures": dict(found.figures),
            }
            for found in findings
        ],
    }
    path.write_text(json.dumps(record, ensure_ascii=False, indent=1), "utf-8")
