# SPDX-License-Identifier: Apache-2.0
"""``kiosk run``: the terminal on its own screen."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import typer

from kiosk.cli.failures import (
    FAILED,
    WRONG_USAGE,
    CommandFailed,
    ConfigOption,
    DataDirOption,
    settings_or_fail,
)
from kiosk.config import Settings

if TYPE_CHECKING:
    from kiosk.app import Terminal

app = typer.Typer(help="The terminal.", add_completion=False)


@app.command()
def run(
    *,
    windowed: bool = typer.Option(False, "--windowed", help="A window for a desk."),
    config: Path | None = ConfigOption,
    data_dir: Path | None = DataDirOption,
) -> None:
    """Run the terminal until it is told to stop (Ctrl+C, SIGTERM)."""
    settings = settings_or_fail(config, data_dir)

    from drivers.core import MisconfiguredError  # noqa: PLC0415 - keeps --help quick
    from kiosk.app import Terminal  # noqa: PLC0415
    from kiosk.logbook import Logbook  # noqa: PLC0415
    from kiosk.platform_client.enrolment import EnrolmentError  # noqa: PLC0415
    from ui.bridge.application import ScreenError  # noqa: PLC0415

    log = settings.data_dir / "logs" / "terminal.log"
    try:
        with Logbook(log):
            status = _run(Terminal(settings), settings, windowed=windowed)
    except EnrolmentError as error:
        raise CommandFailed(str(error), WRONG_USAGE) from error
    except ScreenError as error:
        raise CommandFailed(str(error), FAILED) from error
    except MisconfiguredError as error:
        raise CommandFailed(f"configuration: {error}", WRONG_USAGE) from error
    except OSError as error:
        place = error.filename or settings.data_dir
        raise CommandFailed(f"{place}: {error.strerror}", WRONG_USAGE) from error
    raise typer.Exit(status)


def _run(terminal: Terminal, settings: Settings, *, windowed: bool) -> int:
    from ui.bridge.application import KioskApplication  # noqa: PLC0415

    screen = KioskApplication(terminal, settings.screen, windowed=windowed)
    terminal.start()
    try:
        return screen.run()
    finally:
        terminal.stop()
