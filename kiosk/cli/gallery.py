# SPDX-License-Identifier: Apache-2.0
"""``kiosk gallery``: draw every screen in every mode, size and language."""

from __future__ import annotations

import sys
from collections import Counter
from pathlib import Path

import typer

from kiosk.cli.failures import FAILED, WRONG_USAGE, CommandFailed

app = typer.Typer(add_completion=False)


@app.command()
def gallery(
    out: Path = typer.Argument(help="Folder for the pictures; made when it is missing."),
    screen: str = typer.Option("", "--screen", help="Only this screen, or only this view."),
    quick: bool = typer.Option(False, "--quick", help="Four variants instead of all."),  # noqa: FBT001 - a flag of the command line
) -> None:
    """Draw every screen × mode × orientation × language into OUT, with contact sheets and index.html.

    Status 1 when Qt complained about any of them. findings.json lists what the checks saw.
    """
    from ui.bridge.glass import ScreenError  # noqa: PLC0415 - Qt is loaded only here
    from ui.gallery.tour import take_tour, variants, view_names  # noqa: PLC0415

    names = view_names(screen)
    if not names:
        known = ", ".join(view_names())
        raise CommandFailed(f"no screen {screen!r}; there are: {known}", WRONG_USAGE)
    try:
        report = take_tour(out, names, variants(quick=quick), _show_progress)
    except ScreenError as error:
        raise CommandFailed(str(error)) from error
    except OSError as error:
        raise CommandFailed(f"{error.filename or out}: {error.strerror or error}") from error
    drawn = sum(map(len, report.pictures.values()))
    kinds = Counter(finding.kind for _, _, finding in report.findings)
    print(f"{drawn} pictures of {len(report.pictures)} views: {out / 'index.html'}")
    print("findings: " + (", ".join(f"{n} {kind}" for kind, n in kinds.items()) or "none"))
    if report.complaints:
        for words, times in Counter(each.words for each in report.complaints).most_common():
            sys.stderr.write(f"{times} × {words}\n")
        raise CommandFailed(f"Qt complained {len(report.complaints)} times", FAILED)


def _show_progress(line: str) -> None:
    if sys.stderr.isatty():
        sys.stderr.write(f"\r\x1b[K{line}")
