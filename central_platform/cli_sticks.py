# SPDX-License-Identifier: Apache-2.0
"""Commands for terminals that come on a stick: enrolment files, bundles; and the end of a terminal's access."""

from __future__ import annotations

import json as json_module
import sys
from pathlib import Path

import typer

from central_platform.cli_frame import (
    DataDirOption,
    DbOption,
    DutyPhoneOption,
    HostTypeOption,
    JsonOption,
    PlaceEnOption,
    PlaceOption,
    RegionOption,
    fail,
    log_to_stderr,
    opened_platform,
    place_profile,
)


def enrolment_file(
    out: Path = typer.Argument(..., metavar="FILE", help="Where to write it, on the stick."),
    *,
    place: str = PlaceOption,
    place_en: str = PlaceEnOption,
    region: str = RegionOption,
    host_type: str = HostTypeOption,
    duty_phone: str = DutyPhoneOption,
    platform_url: str = typer.Option(
        "", "--platform-url", help="How the terminal reaches us, should it ever be online."
    ),
    days: int = typer.Option(
        400, "--days", min=1, max=3650, help="Until its first bundle must be here."
    ),
    db: str = DbOption,
    data_dir: Path = DataDirOption,
    json: bool = JsonOption,
) -> None:
    """Write a file from which a terminal that is never online enrols (``kiosk enrol --from FILE``)."""
    with opened_platform(data_dir, db) as platform:
        from central_platform.enrolment_files import write_enrolment_file  # noqa: PLC0415 - start-up time

        profile = place_profile(place, place_en, region, host_type, duty_phone)
        try:
            told = write_enrolment_file(
                platform, profile, out, platform_url=platform_url, days=days
            )
        except OSError as error:
            fail(f"{out}: cannot be written ({error.strerror})", 1)
        key = platform.secrets.audience
    if json:
        print(
            json_module.dumps(
                {
                    "terminal": told.terminal,
                    "platform_key": key,
                    "file": str(out),
                    "expires_at": told.expires_at.isoformat(),
                }
            )
        )
    else:
        print(f"{told.terminal}  platform key {key}: compare it at the terminal")


def import_bundle(
    directory: Path = typer.Argument(..., metavar="DIR", help="A bundle, or what holds bundles."),
    *,
    answers: Path | None = typer.Option(
        None, "--answers", help="Where acknowledgements go; default: beside the bundle."
    ),
    also_revoked: bool = typer.Option(
        False, "--also-revoked", help="Take bundles of terminals whose access was ended, too."
    ),
    db: str = DbOption,
    data_dir: Path = DataDirOption,
    json: bool = JsonOption,
) -> None:
    """Take in submissions that came on a stick and write the acknowledgement for the terminal.

    Twice is no harm. Exit status 1 when something could not be taken in; it is named, the rest is stored.
    """
    log_to_stderr(verbose=False)
    with opened_platform(data_dir, db) as platform:
        from central_platform.bundle_import import (  # noqa: PLC0415 - start-up time
            ImportFailedError,
            import_bundles,
        )

        try:
            done = import_bundles(
                platform,
                directory,
                answers=answers,
                also_revoked=also_revoked,
                on_progress=_progress,
            )
        except ImportFailedError as error:
            fail(str(error), 1)
    if json:
        told = [
            {
                "bundle": one.bundle,
                "terminal": one.terminal,
                "stored": one.stored,
                "acknowledgement": str(one.acknowledgement) if one.acknowledgement else None,
                "findings": [
                    {"file": found.file, "code": found.code, "detail": found.detail}
                    for found in one.findings
                ],
            }
            for one in done
        ]
        print(json_module.dumps(told, ensure_ascii=False))
    else:
        for one in done:
            print(f"{one.bundle}  {one.stored} stored  {one.acknowledgement or 'not acknowledged'}")
    findings = [found for one in done for found in one.findings]
    for found in findings:
        print(f"central-platform: {found}", file=sys.stderr)
    if findings:
        raise typer.Exit(1)


def revoke(
    terminal: str = typer.Argument(..., metavar="TERMINAL"),
    *,
    db: str = DbOption,
    data_dir: Path = DataDirOption,
) -> None:
    """End a terminal's access: retired, replaced or stolen. What it delivered stays under its name."""
    with opened_platform(data_dir, db) as platform:
        from central_platform.enrolment_files import revoke_terminal  # noqa: PLC0415 - start-up time

        if not revoke_terminal(platform, terminal):
            fail(f"no terminal {terminal}", 1)
    print(f"{terminal}  revoked")


def _progress(bundle: str, done: int, total: int) -> None:
    """Say how far it is, for a person who waits; not into a file or a pipe."""
    if sys.stderr.isatty():
        end = "\n" if done == total else ""
        print(f"\r{bundle}  {done}/{total}", end=end, file=sys.stderr, flush=True)
