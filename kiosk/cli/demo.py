# SPDX-License-Identifier: Apache-2.0
"""``kiosk demo``: platform, simulated devices, terminal and bench in one command.

With a display: a window with the terminal and a window with the bench. Without one, or with
``--headless``, a scripted resident makes a whole visit through the real screens and the papers are kept.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING

import typer

from kiosk.cli.failures import FAILED, WRONG_USAGE, CommandFailed

if TYPE_CHECKING:
    from kiosk.cli.demo_stack import DemoStack
    from kiosk.config import Settings
    from kiosk.platform_client.enrolment import EnrolledTerminal

app = typer.Typer(
    help="Platform, simulated devices, terminal and bench in one.", add_completion=False
)

DEFAULT_ITEM = "social-insurance-proof"


@app.command()
def demo(
    *,
    headless: bool = typer.Option(False, "--headless", help="A scripted visit, no window."),
    out: Path = typer.Option(Path("demo-out"), help="Pictures, papers and logs go here."),
    seed: int = typer.Option(1, help="Seed of the simulators."),
    item: str = typer.Option(DEFAULT_ITEM, help="What the scripted resident comes for."),
    service: str = typer.Option(
        "", help="What they look for afterwards: cases, appointments or report."
    ),
    person: str = typer.Option("elder", help="Whose card: a key of the bench's people."),
    landscape: bool = typer.Option(False, "--landscape", help="1920×1080 instead of 1080×1920."),
    keys: bool = typer.Option(
        False, "--keys", help="The scripted resident has no finger, only a keypad."
    ),
    social_card: bool = typer.Option(
        False,
        "--social-card",
        help="Also a reader of social security cards: needs pcscd and vsmartcard-vpcd, whose virtual "
        "reader listens on all addresses of this machine.",
    ),
    data_dir: Path | None = typer.Option(
        None,
        "--data-dir",
        envvar="KIOSK_DATA_DIR",
        help="Where the terminal keeps its data; default: in the folder of --out.",
    ),
) -> None:
    """Show Hall24 with nothing but this machine."""
    from drivers.sim.people import PEOPLE  # noqa: PLC0415
    from kiosk.cli.demo_stack import DemoFolders, DemoStack  # noqa: PLC0415
    from kiosk.logbook import Logbook  # noqa: PLC0415
    from ui.bridge.glass import ScreenError  # noqa: PLC0415

    if person not in PEOPLE:
        raise CommandFailed(f"--person {person}: known are {', '.join(PEOPLE)}", WRONG_USAGE)
    has_display = bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _end)
    folders = DemoFolders.prepare(out.absolute(), data_dir.absolute() if data_dir else None)
    more = [f"smart_card=vpcd,seed={seed}"] if social_card else []
    stack = DemoStack(folders, seed, more=more)
    with Logbook(folders.out / "terminal.log"):
        try:
            settings, enrolled = stack.start()
            if landscape:
                wide = settings.screen.model_copy(update={"width_px": 1920, "height_px": 1080})
                settings = settings.model_copy(update={"screen": wide})
            if headless or not has_display:
                done = _play_visit(
                    stack, settings, enrolled, item, person, service=service, by_keys=keys
                )
            else:
                done = _open_windows(stack, settings, enrolled)
        except ScreenError as error:
            raise CommandFailed(str(error)) from error
        finally:
            stack.stop()
    if not done:
        raise typer.Exit(FAILED)


def _end(number: int, _frame: FrameType | None) -> None:
    """Leave by way of everything that stops what was started."""
    sys.exit(128 + number)


def _play_visit(
    stack: DemoStack,
    settings: Settings,
    enrolled: EnrolledTerminal,
    item: str,
    person: str,
    *,
    service: str,
    by_keys: bool,
) -> bool:
    """Let the scripted resident make one visit; say where everything is."""
    from kiosk.cli.demo_visit import play  # noqa: PLC0415 - brings Qt

    told = play(stack, settings, enrolled, item, person, service=service, by_keys=by_keys)
    out = stack.folders.out
    (out / "visit.json").write_text(json.dumps(told.facts, ensure_ascii=False, indent=2), "utf-8")
    if told.error:
        sys.stderr.write(f"kiosk demo: the visit did not reach its end: {told.error}\n")
        return False
    print(f"办件编号 case number  {told.facts['case_number']}")
    print(f"画面 screens          {out / 'screens'}")
    for paper in ("receipt.png", "receipt.bin", "proof.pdf"):
        if (out / paper).exists():
            print(f"纸张 paper            {out / paper}")
    print(f"记录 record           {out / 'visit.json'}, {out / 'terminal.log'}")
    return True


def _open_windows(stack: DemoStack, settings: Settings, enrolled: EnrolledTerminal) -> bool:
    """Open the terminal's window here and the bench's in a process of its own; both close together."""
    from kiosk.app import Terminal  # noqa: PLC0415
    from ui.bridge.application import KioskApplication  # noqa: PLC0415

    account = stack.console_account()
    terminal = Terminal(settings, enrolled)
    screen = KioskApplication(terminal, settings.screen.size, windowed=True)
    print(f"运维台 console        {stack.console_line(account)}", flush=True)
    panel = subprocess.Popen(
        [sys.executable, "-m", "ui.bench_panel", "--socket", str(stack.bench.path)]
    )
    terminal.start()
    try:
        return screen.run() == 0
    finally:
        terminal.stop()
        panel.terminate()
        panel.wait()
