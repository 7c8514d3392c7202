# SPDX-License-Identifier: Apache-2.0
"""Commands for the platform's keys: a new one by calendar or after a fright, and the recovery key."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import typer

from central_platform.cli_frame import DataDirOption, DbOption, fail, opened_platform


def rotate_key(
    kind: str = typer.Argument(..., metavar="sealing|signing"),
    *,
    db: str = DbOption,
    data_dir: Path = DataDirOption,
) -> None:
    """Make a new key; the old one is kept. Start the platform again, then terminals learn it by themselves."""
    which: Literal["sealing", "signing"]
    if kind == "sealing":
        which = "sealing"
    elif kind == "signing":
        which = "signing"
    else:
        fail(f"{kind}: sealing or signing", 2)
    from central_platform.keys import rotate  # noqa: PLC0415 - start-up time

    with opened_platform(data_dir, db):
        try:
            rotate(data_dir, which)
        except OSError as error:
            fail(f"{data_dir / 'keys'}: {error.strerror}", 1)
    print(f"new {kind} key; start the platform again")


def recovery_key(
    out: Path = typer.Argument(
        ..., metavar="FILE", help="The private key: take it away and lock it up."
    ),
    *,
    db: str = DbOption,
    data_dir: Path = DataDirOption,
) -> None:
    """Make the recovery key: from then on it, too, opens what terminals seal. It is not kept here.

    Should the platform's keys be lost, copy FILE to keys/sealing-9000.pem of the new platform.
    """
    from central_platform.keys import make_recovery_key  # noqa: PLC0415 - start-up time

    with opened_platform(data_dir, db):
        try:
            make_recovery_key(data_dir, out)
        except OSError as error:
            fail(f"{out}: {error.strerror}", 1)
    print(f"recovery key in {out}; start the platform again")
