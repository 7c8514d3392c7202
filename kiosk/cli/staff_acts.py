# SPDX-License-Identifier: Apache-2.0
"""What staff do by hand at the command line goes into the event chain: who, what, why."""

from __future__ import annotations

import getpass
from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum
from typing import TYPE_CHECKING

import typer

from kiosk.cli.failures import WRONG_USAGE, CommandFailed
from kiosk.redaction import looks_personal

if TYPE_CHECKING:
    from kiosk.audit import AuditLog
    from kiosk.config import Settings


class Why(StrEnum):
    """Why somebody stepped in. A list and no free text: people would write residents' names into it."""

    LINK_RESTORED = "link-restored"
    NO_LINK = "no-link"
    PLATFORM_ASKED = "platform-asked"
    RESIDENT_ASKED = "resident-asked"
    RESIDENT_CAME = "resident-came"
    TECHNICIAN_CHECKED = "technician-checked"
    MACHINE_REPLACED = "machine-replaced"
    ROUTINE = "routine"


WhoOption: str = typer.Option(
    "", "--who", help="Your staff account; default: the account of this log-in."
)
WhyOption: Why = typer.Option(Why.ROUTINE, "--why", help="The reason, for the event chain.")


def account(who: str) -> str:
    """Return the account that acts, or end the command: an act of nobody is not done."""
    if not who:
        try:
            return getpass.getuser()
        except (KeyError, OSError):
            raise CommandFailed("--who: name your staff account", WRONG_USAGE) from None
    if not (who.isascii() and who.isprintable()) or looks_personal(who):
        raise CommandFailed("--who: a staff account in plain letters, not a name", WRONG_USAGE)
    return who


@contextmanager
def audited(settings: Settings) -> Iterator[AuditLog]:
    """Give the event chain; what was done but could not be written there is said, and is exit status 1."""
    from kiosk.audit import AuditLog  # noqa: PLC0415 - start-up time

    log = AuditLog(settings.data_dir / "audit")
    try:
        yield log
    finally:
        log.close()
    if not log.healthy:
        raise CommandFailed("done, but the event chain could not be written: tell the technician")
