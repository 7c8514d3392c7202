# SPDX-License-Identifier: Apache-2.0
"""How a command ends badly: one plain line and an exit status, never a traceback. Imports next to nothing."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from kiosk.config import Settings

FAILED = 1
WRONG_USAGE = 2


class CommandFailed(Exception):  # noqa: N818 - it ends a command, it is not an error of ours
    """The command cannot go on; ``status`` is 1 (failed) or 2 (wrong usage or configuration)."""

    def __init__(self, line: str, status: int = FAILED) -> None:
        self.status = status
        super().__init__(line)


def settings_or_fail(config: Path | None, data_dir: Path | None) -> Settings:
    """Load the settings or end the command with status 2."""
    # A sixth of a second that the first picture need not wait for.
    from kiosk.config import ConfigError, load_settings  # noqa: PLC0415

    try:
        return load_settings(config, data_dir)
    except ConfigError as error:
        raise CommandFailed(str(error), WRONG_USAGE) from error
