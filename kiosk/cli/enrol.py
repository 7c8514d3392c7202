# SPDX-License-Identifier: Apache-2.0
"""``kiosk enrol``: make this terminal known to a platform."""

from __future__ import annotations

import json as json_module
import time
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from kiosk.cli.failures import (
    WRONG_USAGE,
    CommandFailed,
    ConfigOption,
    DataDirOption,
    JsonOption,
    address_or_fail,
    said,
    settings_or_fail,
)
from kiosk.cli.outbox_opening import open_cache, said_of, undelivered

if TYPE_CHECKING:
    from kiosk.config import Settings
    from kiosk.platform_client.enrolment import EnrolledTerminal

app = typer.Typer(help="Make this terminal known to a platform.", add_completion=False)


@app.callback(invoke_without_command=True)
def enrol(  # noqa: PLR0917 - Typer hands options over by name
    platform: str = typer.Option("", "--platform", help="Address of the platform, https://…"),
    token: str = typer.Option("", "--token", help="Single-use token of the platform."),
    from_file: Path | None = typer.Option(
        None, "--from", help="Enrolment file on a stick: for a terminal that is never online."
    ),
    new_key: bool = typer.Option(  # noqa: FBT001
        False, "--new-key", help="Give this terminal a new key; name and queue stay."
    ),
    config: Path | None = ConfigOption,
    data_dir: Path | None = DataDirOption,
    json: bool = JsonOption,  # noqa: FBT001 - Typer passes flags by position
) -> None:
    """Make this terminal known to a platform.

    --platform URL --token T (central-platform enrolment-token); --from FILE (central-platform enrolment-file);
    --platform URL alone for the first contact of a terminal enrolled from a file; --new-key to change its key.
    A terminal whose queue is not empty is not enrolled under another name.
    """
    settings = settings_or_fail(config, data_dir)
    if platform:
        address_or_fail(platform)
    ways = [bool(from_file), new_key, bool(token), bool(platform) and not (token or new_key)]
    if sum(ways) != 1 or (token and not platform) or (from_file and platform):
        raise CommandFailed(
            "give --platform URL --token T, --from FILE, --platform URL, or --new-key", WRONG_USAGE
        )
    enrolled = _by_file(settings, from_file) if from_file else None
    if enrolled is None:
        enrolled = _over_the_wire(settings, platform, token, new_key=new_key)
    platform_key = next(iter(enrolled.signing_keys))
    if json:
        known = {
            "terminal": enrolled.terminal,
            "platform": enrolled.platform_url,
            "place": enrolled.profile.place.zh,
            "platform_key": platform_key,
        }
        print(json_module.dumps(known, ensure_ascii=False))
    else:
        print(f"{enrolled.terminal}  {enrolled.profile.place.zh}")
        if from_file:
            print(f"platform key {platform_key}: compare it with what the platform printed")


def _over_the_wire(
    settings: Settings, platform: str, token: str, *, new_key: bool
) -> EnrolledTerminal:
    from kiosk.platform_client import enrolment  # noqa: PLC0415 - start-up time
    from kiosk.platform_client.key_change import change_key  # noqa: PLC0415
    from kiosk.platform_client.port import LinkError, PlatformError  # noqa: PLC0415
    from kiosk.platform_client.v1 import PlatformV1  # noqa: PLC0415

    url = platform or settings.platform_url
    try:
        if new_key:
            return change_key(settings.data_dir, lambda known: PlatformV1(known, url or None))
        if token:
            _refuse_another_name(settings)
            return enrolment.enrol(platform, token, settings.data_dir)
        return enrolment.introduce(platform, settings.data_dir)
    except LinkError as error:
        line = f"{url or 'the platform'} does not answer as a platform ({said(error.code)})"
        raise CommandFailed(line) from error
    except PlatformError as error:
        raise CommandFailed(f"{url or 'the platform'} refuses ({said(error.code)})") from error
    except enrolment.EnrolmentError as error:
        raise CommandFailed(str(error)) from error
    except OSError as error:
        line = f"{settings.data_dir}: cannot be written ({error.strerror})"
        raise CommandFailed(line) from error


def _by_file(settings: Settings, path: Path) -> EnrolledTerminal:
    from kiosk.platform_client import enrolment  # noqa: PLC0415 - start-up time

    try:
        data = path.read_bytes()
    except OSError as error:
        raise CommandFailed(f"{path}: cannot be read ({error.strerror})") from error
    _refuse_another_name(settings)
    try:
        return enrolment.enrol_from_file(data, settings.data_dir, time.time())
    except enrolment.EnrolmentFileError as error:
        raise CommandFailed(f"{path}: {error}") from error
    except OSError as error:
        line = f"{settings.data_dir}: cannot be written ({error.strerror})"
        raise CommandFailed(line) from error


def _refuse_another_name(settings: Settings) -> None:
    """Keep a queue under the name it was sealed for: the platform would take it from nobody else."""
    from offline_cache.cache import DATABASE  # noqa: PLC0415 - start-up time

    if not (settings.data_dir / DATABASE).exists():
        return
    with open_cache(settings) as cache:
        left = undelivered(cache.outbox)
    if left:
        raise CommandFailed(
            f"the queue is not empty: {said_of(left)}; sync, or export and import the acknowledgement, first"
        )
