# SPDX-License-Identifier: Apache-2.0
"""``kiosk audit``: prove that the event chain is whole, and hand it out."""

from __future__ import annotations

import json as json_module
import re
from pathlib import Path

import typer

from kiosk.audit import Checkpoint, read_events
from kiosk.audit import verify as verify_chain
from kiosk.cli.failures import (
    FAILED,
    WRONG_USAGE,
    CommandFailed,
    ConfigOption,
    DataDirOption,
    JsonOption,
    settings_or_fail,
)

app = typer.Typer(help="The event chain.", no_args_is_help=True, add_completion=False)


@app.command()
def verify(
    checkpoint: str | None = typer.Option(
        None, "--checkpoint", help="A place known from elsewhere, SEQUENCE:HASH."
    ),
    config: Path | None = ConfigOption,
    data_dir: Path | None = DataDirOption,
    json: bool = JsonOption,  # noqa: FBT001 - Typer passes flags by position
) -> None:
    """Check every event. Exit status 1: something was changed, removed, moved or cut off."""
    directory = _directory(config, data_dir)

    try:
        report = verify_chain(directory, _checkpoint(checkpoint))
    except OSError as error:
        raise CommandFailed(f"{directory}: cannot be read ({error.strerror})") from error
    if json:
        found = {
            "intact": report.intact,
            "events": report.events,
            "checkpoint": f"{report.place.sequence}:{report.place.hash}",
            "torn_bytes": report.torn_bytes,
            "findings": [
                {"kind": one.kind, "file": one.file, "line": one.line, "sequence": one.sequence}
                for one in report.findings
            ],
        }
        print(json_module.dumps(found))
    elif report.intact:
        print(
            f"{report.events} events, intact. Checkpoint {report.place.sequence}:{report.place.hash}"
        )
    else:
        for one in report.findings:
            print(one)
    if not report.intact:
        raise CommandFailed(
            f"the event chain is not intact: {_counted(len(report.findings))}", FAILED
        )


@app.command()
def export(
    config: Path | None = ConfigOption,
    data_dir: Path | None = DataDirOption,
    json: bool = JsonOption,  # noqa: FBT001 - Typer passes flags by position
) -> None:
    """Print every event, oldest first; with --json one line of JSON each, as it stands in the chain."""
    directory = _directory(config, data_dir)

    try:
        for event in read_events(directory):
            if json:
                print(event.line().decode("ascii"), end="")
            else:
                fields = " ".join(f"{name}={value}" for name, value in event.fields.items())
                print(f"{event.sequence:>8}  {event.at}  {event.event:<28} {fields}".rstrip())
    except OSError as error:
        raise CommandFailed(f"{directory}: cannot be read ({error.strerror})") from error


def _directory(config: Path | None, data_dir: Path | None) -> Path:
    directory = settings_or_fail(config, data_dir).data_dir / "audit"
    if not directory.is_dir():
        raise CommandFailed(f"{directory}: there is no event chain")
    return directory


def _checkpoint(text: str | None) -> Checkpoint | None:
    if text is None:
        return None
    sequence, _colon, digest = text.partition(":")
    if not sequence.isdecimal() or re.fullmatch("[0-9a-f]{64}", digest) is None:
        raise CommandFailed("--checkpoint: SEQUENCE:HASH as verify prints it", WRONG_USAGE)
    return Checkpoint(int(sequence), digest)


def _counted(findings: int) -> str:
    return "1 finding" if findings == 1 else f"{findings} findings"
