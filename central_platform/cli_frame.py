# SPDX-License-Identifier: Apache-2.0
"""What every command of ``central-platform`` shares: options, the opened platform, how it ends badly."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import typer

if TYPE_CHECKING:
    from central_platform.context import PlatformContext
    from central_platform.policy import PlatformPolicy
    from kiosk.protocol.messages import PlaceProfile

DataDirOption: Path = typer.Option(
    Path("hall24-platform"),
    "--data-dir",
    envvar="CENTRAL_PLATFORM_DATA_DIR",
    help="Keys, files and the SQLite database.",
)
DbOption: str = typer.Option(
    "",
    "--db",
    envvar="CENTRAL_PLATFORM_DB",
    help="Database address (SQLAlchemy); default: SQLite in the data directory.",
)
PlaceOption: str = typer.Option("赣州市章贡区便民服务中心", "--place", help="Name of the place.")
PlaceEnOption: str = typer.Option(
    "Zhanggong District Convenience Service Centre, Ganzhou", "--place-en"
)
RegionOption: str = typer.Option("360702", "--region", help="Six-digit code.")
HostTypeOption: str = typer.Option("hall", "--host-type", help="hall, bank, post, village …")
DutyPhoneOption: str = typer.Option("0797-12345", "--duty-phone", help="Shown on the idle screen.")
JsonOption: bool = typer.Option(False, "--json", help="One JSON document on standard output.")


@contextmanager
def opened_platform(
    data_dir: Path, db: str, public_url: str = "", policy: PlatformPolicy | None = None
) -> Iterator[PlatformContext]:
    """Open the platform for one command; what keeps it from opening ends the command with status 2."""
    from central_platform.context import open_platform  # noqa: PLC0415 - start-up time
    from central_platform.policy import STRICT  # noqa: PLC0415

    try:
        platform = open_platform(
            data_dir, db_url=db or None, public_url=public_url, policy=policy or STRICT
        )
    except set_up_errors() as error:
        fail(str(error), 2)
    try:
        yield platform
    finally:
        platform.close()


def set_up_errors() -> tuple[type[Exception], ...]:
    """Return what keeps a platform from opening; each is one plain line."""
    from central_platform.context import DataDirError  # noqa: PLC0415 - start-up time
    from central_platform.departments.errors import DepartmentSetUpError  # noqa: PLC0415
    from central_platform.items import ItemInvalidError  # noqa: PLC0415
    from central_platform.keys import KeysDamagedError  # noqa: PLC0415
    from central_platform.storage.database import DatabaseError  # noqa: PLC0415
    from central_platform.storage.object_store import ObjectStoreSetUpError  # noqa: PLC0415

    return (
        DataDirError,
        DatabaseError,
        DepartmentSetUpError,
        ItemInvalidError,
        KeysDamagedError,
        ObjectStoreSetUpError,
    )


def fail(line: str, status: int) -> NoReturn:
    """End the command with one plain line."""
    print(f"central-platform: {line}", file=sys.stderr)
    raise typer.Exit(status)


def log_to_stderr(*, verbose: bool) -> None:
    """Let warnings, or all that is said, come out on standard error."""
    import logging  # noqa: PLC0415 - start-up time

    logging.basicConfig(
        stream=sys.stderr,
        level=logging.WARNING,
        format="%(asctime)s %(levelname)s %(name)s %(message)s",
    )
    if verbose:
        logging.getLogger("central_platform").setLevel(logging.INFO)


def place_profile(
    place: str, place_en: str, region: str, host_type: str, duty_phone: str
) -> PlaceProfile:
    """Return the profile of a place as the options name it, or end the command with status 2."""
    from pydantic import ValidationError  # noqa: PLC0415 - start-up time

    from central_platform.places import profile_of  # noqa: PLC0415

    try:
        return profile_of(
            place=place,
            place_en=place_en,
            region=region,
            host_type=host_type,
            duty_phone=duty_phone,
        )
    except (ValidationError, ValueError) as error:
        fail(f"not a place: {str(error).splitlines()[0]}", 2)
