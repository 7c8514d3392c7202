# SPDX-License-Identifier: Apache-2.0
"""``kiosk enrol``: make this terminal known to a platform."""

from __future__ import annotations

import json as json_module
from pathlib import Path

import typer

from kiosk.cli.failures import (
    CommandFailed,
    ConfigOption,
    DataDirOption,
    JsonOption,
    address_or_fail,
    said,
    settings_or_fail,
)

app = typer.Typer(help="Make this terminal known to a platform.", add_completion=False)


@app.callback(invoke_without_command=True)
def enrol(
    platform: str = typer.Option(..., "--platform", help="Address of the platform, https://…"),
    token: str = typer.Option(..., "--token", help="Single-use token of the platform."),
    config: Path | None = ConfigOption,
    data_dir: Path | None = DataDirOption,
    json: bool = JsonOption,  # noqa: FBT001 - Typer passes flags by position
) -> None:
    """Make this terminal known to a platform with a single-use token (central-platform enrolment-token)."""
    settings = settings_or_fail(config, data_dir)
    address_or_fail(platform)

    from kiosk.platform_client import enrolment  # noqa: PLC0415 - start-up time
    from kiosk.platform_client.port import LinkError, PlatformError  # noqa: PLC0415

    try:
        enrolled = enrolment.enrol(platform, token, settings.data_dir)
    except LinkError as error:
        raise CommandFailed(
            f"{platform} does not answer as a platform ({said(error.code)})"
        ) from error
    except PlatformError as error:
        raise CommandFailed(f"{platform} refuses ({said(error.code)})") from error
    except OSError as error:
        line = f"{settings.data_dir}: cannot be written ({error.strerror})"
        raise CommandFailed(line) from error
    if json:
        known = {
            "terminal": enrolled.terminal,
            "platform": enrolled.platform_url,
            "place": enrolled.profile.place.zh,
        }
        print(json_module.dumps(known, ensure_ascii=False))
    else:
        print(f"{enrolled.terminal}  {enrolled.profile.place.zh}")
