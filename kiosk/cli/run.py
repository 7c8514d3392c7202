# SPDX-License-Identifier: Apache-2.0
"""``kiosk run``: the terminal on its own screen.

The first picture comes before everything else: settings, core and devices are loaded behind it. That is why
this command reads its three options with argparse, which is there anyway, while Typer would take a fifth of
the time to the first picture.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

from kiosk.cli.ending import FAILED, WRONG_USAGE, CommandFailed, settings_or_fail
from kiosk.screen_size import glance

if TYPE_CHECKING:
    from kiosk.app import Terminal


def app(*, args: Sequence[str], prog_name: str) -> None:
    """Run the terminal until it is told to stop (Ctrl+C, SIGTERM); ends with ``SystemExit``."""
    given = _options(prog_name).parse_args(args)
    sys.exit(_run(given.config, given.data_dir, windowed=given.windowed))


def _options(prog_name: str) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog_name,
        description="Run the terminal until it is told to stop (Ctrl+C, SIGTERM). "
        "Exit status 3: it ended by itself because the battery behind it was nearly empty.",
        allow_abbrev=False,
    )
    parser.add_argument("--windowed", action="store_true", help="A window for a desk.")
    parser.add_argument(
        "--config",
        type=Path,
        help="Settings (TOML); default: KIOSK_CONFIG, else the built-in profile.",
    )
    parser.add_argument(
        "--data-dir",
        type=Path,
        help="Where the terminal keeps its data; default: KIOSK_DATA_DIR.",
    )
    return parser


def _run(config: Path | None, data_dir: Path | None, *, windowed: bool) -> int:
    from ui.bridge.glass import Glass, ScreenError  # noqa: PLC0415 - keeps --help quick
    from ui.bridge.start_up import StartUp  # noqa: PLC0415

    named = os.environ.get("KIOSK_CONFIG")
    source = config or (Path(named) if named else None)
    with ExitStack() as stack:
        try:
            glass = Glass(glance(source), windowed=windowed, gently=True)
            made: list[Terminal] = []

            def make() -> Terminal:
                made.append(_terminal(config, data_dir, stack))
                made[0].when_ended(start_up.end)
                return made[0]

            start_up = StartUp(glass, make)
            status = start_up.run()
            # The log is still open: a shutdown command that fails is said there.
            return made[0].shut_down_machine() if made and made[0].ended_by else status
        except ScreenError as error:
            raise CommandFailed(str(error), FAILED) from error
        except OSError as error:
            place = error.filename or data_dir or "the data directory"
            raise CommandFailed(f"{place}: {error.strerror}", WRONG_USAGE) from error


def _terminal(config: Path | None, data_dir: Path | None, stack: ExitStack) -> Terminal:
    """Build the terminal from its settings, with its log open until ``stack`` ends."""
    settings = settings_or_fail(config, data_dir)

    from drivers.core import MisconfiguredError  # noqa: PLC0415 - after the first picture
    from kiosk.app import Terminal  # noqa: PLC0415
    from kiosk.logbook import Logbook  # noqa: PLC0415
    from kiosk.platform_client.enrolment import EnrolmentError  # noqa: PLC0415

    try:
        stack.enter_context(Logbook(settings.data_dir / "logs" / "terminal.log"))
        return Terminal(settings)
    except EnrolmentError as error:
        raise CommandFailed(str(error), WRONG_USAGE) from error
    except MisconfiguredError as error:
        raise CommandFailed(f"configuration: {error}", WRONG_USAGE) from error
