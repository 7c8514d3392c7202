# SPDX-License-Identifier: Apache-2.0
"""``central-platform backup OUT`` and ``restore IN``: with progress for who waits, and a plain result."""

from __future__ import annotations

import json as json_module
import sys
from pathlib import Path

import typer

from central_platform.cli_frame import (
    DataDirOption,
    DbOption,
    JsonOption,
    fail,
    opened_platform,
    set_up_errors,
)


def backup(
    out: Path = typer.Argument(..., metavar="OUT", help="A folder that is not there yet."),
    *,
    db: str = DbOption,
    data_dir: Path = DataDirOption,
    json: bool = JsonOption,
) -> None:
    """Write database, keys and papers to OUT while the platform works. OUT opens everything: lock it away.

    Exit status 1 also when a paper that the database names could not be read; the rest is saved.
    """
    if not (data_dir / "keys").is_dir():
        fail(f"{data_dir}: no platform lives there", 2)  # an empty backup would be a false comfort
    with opened_platform(data_dir, db) as platform:
        from central_platform.backups.backup import back_up  # noqa: PLC0415 - start-up time
        from central_platform.backups.format import BackupError  # noqa: PLC0415

        try:
            listed = back_up(platform, out, _progress)
        except BackupError as error:
            fail(str(error), 1)
    rows, size = listed.rows, sum(each.size for each in listed.files)
    if json:
        told = {
            "taken_at": listed.taken_at.isoformat(),
            "submissions": rows["submission"],
            "cases": rows["case"],
            "files": len(listed.files),
            "bytes": size,
            "missing": list(listed.missing),
        }
        print(json_module.dumps(told))
    else:
        print(
            f"{rows['submission']} submissions, {rows['case']} cases, {len(listed.files)} files, {size} bytes"
        )
    for name in listed.missing:
        print(f"central-platform: {name}: this paper is missing or damaged", file=sys.stderr)
    if listed.missing:
        raise typer.Exit(1)


def restore(
    source: Path = typer.Argument(..., metavar="IN", help="What ``backup`` wrote."),
    *,
    db: str = DbOption,
    data_dir: Path = DataDirOption,
    json: bool = JsonOption,
) -> None:
    """Restore IN into an empty data directory and an empty database, and check everything.

    Afterwards: revoke again what was revoked since, and read docs/platform.md on what came since. Exit
    status 1 also when papers are missing that the database names.
    """
    from central_platform.backups.format import BackupError, shown_time  # noqa: PLC0415 - start-up time
    from central_platform.backups.restore import restore as restore_into  # noqa: PLC0415

    try:
        done = restore_into(source, data_dir, db_url=db or None, progress=_progress)
    except BackupError as error:
        fail(str(error), 1)
    except set_up_errors() as error:
        fail(str(error), 2)
    if json:
        told = {
            "taken_at": done.listed.taken_at.isoformat(),
            "submissions": done.submissions,
            "receipts": done.receipts,
            "papers": done.papers,
            "damaged": list(done.damaged),
        }
        print(json_module.dumps(told))
    else:
        print(
            f"{done.submissions} submissions, {done.receipts} receipts verified, {done.papers} papers; "
            f"as of {shown_time(done.listed.taken_at)}"
        )
    for name in done.damaged:
        print(f"central-platform: {name}: this paper is missing", file=sys.stderr)
    if done.damaged:
        raise typer.Exit(1)


def _progress(what: str, done: int, total: int) -> None:
    """Say how far it is, for a person who waits; not into a file or a pipe."""
    if sys.stderr.isatty():
        end = "\n" if done == total else ""
        print(f"\r{what}  {done}/{total}", end=end, file=sys.stderr, flush=True)
