# SPDX-License-Identifier: Apache-2.0
"""``central-platform``: serve, enrolment-token, code, submissions.

Exit status: 0 done, 1 failed, 2 wrong usage or a set-up that cannot work; one plain line on standard
error, never a traceback.
"""

from __future__ import annotations

import ctypes
import json as json_module
import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import typer

if TYPE_CHECKING:
    from central_platform.context import PlatformContext
    from central_platform.policy import PlatformPolicy

app = typer.Typer(
    help="The Hall24 reference platform. SYNTHETIC residents only.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)

_PR_SET_PDEATHSIG = 1

_DataDir: Path = typer.Option(
    Path("hall24-platform"),
    "--data-dir",
    envvar="CENTRAL_PLATFORM_DATA_DIR",
    help="Keys, files and the SQLite database.",
)
_Db: str = typer.Option(
    "",
    "--db",
    envvar="CENTRAL_PLATFORM_DB",
    help="Database address (SQLAlchemy); default: SQLite in the data directory.",
)
_Json: bool = typer.Option(False, "--json", help="One JSON document on standard output.")


@app.command()
def serve(
    *,
    db: str = _Db,
    port: int = typer.Option(8024, "--port", min=0, max=65535, help="0 chooses a free one."),
    host: str = typer.Option("127.0.0.1", "--host", help="Address to listen on."),
    public_url: str = typer.Option("", "--public-url", help="How phones reach this platform."),
    data_dir: Path = _DataDir,
    verbose: bool = typer.Option(False, "--verbose", help="One log line a request."),
    with_parent: bool = typer.Option(
        False, "--with-parent", help="Stop when the program that started it is gone."
    ),
    on_clone: str = typer.Option(
        "refuse",
        "--on-clone",
        help="Two machines with one key: refuse (both, until an operator has looked) or alarm.",
    ),
    workers: int = typer.Option(
        1, "--workers", min=1, max=64, help="Processes that answer; more than one wants PostgreSQL."
    ),
) -> None:
    """Serve until stopped; says {"url": …} in one line on standard output once requests are answered."""
    _log_to_stderr(verbose=verbose)
    if with_parent:
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
    policy = _policy(on_clone)
    if workers > 1:
        _serve_with_workers(workers, host, port, data_dir, db, public_url, policy)
        return
    with _platform(data_dir, db, public_url, policy) as platform:
        from central_platform import serving  # noqa: PLC0415 - start-up time of --help

        try:
            server = serving.PlatformServer(platform, host, port)
        except serving.AddressTakenError as error:
            _fail(str(error), 2)

        def ready() -> None:
            print(json_module.dumps({"url": server.url}), flush=True)
            serving.warm_up_documents()

        server.run(ready)


@app.command("enrolment-token")
def enrolment_token(
    *,
    place: str = typer.Option("赣州市章贡区便民服务中心", "--place", help="Name of the place."),
    place_en: str = typer.Option(
        "Zhanggong District Convenience Service Centre, Ganzhou", "--place-en"
    ),
    region: str = typer.Option("360702", "--region", help="Six-digit code."),
    host_type: str = typer.Option("hall", "--host-type", help="hall, bank, post, village …"),
    duty_phone: str = typer.Option("0797-12345", "--duty-phone", help="Shown on the idle screen."),
    db: str = _Db,
    data_dir: Path = _DataDir,
    json: bool = _Json,
) -> None:
    """Print a single-use token for ``kiosk enrol``."""
    with _platform(data_dir, db) as platform:
        from pydantic import ValidationError  # noqa: PLC0415 - start-up time

        from central_platform.api.terminals import new_enrolment_token  # noqa: PLC0415
        from central_platform.places import profile_of  # noqa: PLC0415

        try:
            profile = profile_of(
                place=place,
                place_en=place_en,
                region=region,
                host_type=host_type,
                duty_phone=duty_phone,
            )
        except (ValidationError, ValueError) as error:
            _fail(f"not a place: {str(error).splitlines()[0]}", 2)
        token, ends = new_enrolment_token(platform, profile)
    if json:
        print(json_module.dumps({"token": token, "expires_at": ends.isoformat()}))
    else:
        print(token)


@app.command("staff-token")
def staff_token(
    *,
    name: str = typer.Option(..., "--name", help="Who it is for; stands in the records."),
    role: str = typer.Option(..., "--role", help="operator, officer, host or auditor."),
    scope: list[str] = typer.Option(
        [], "--scope", help="A host's terminal, an officer's department; may be given again."
    ),
    db: str = _Db,
    data_dir: Path = _DataDir,
    json: bool = _Json,
) -> None:
    """Print a token for the routes of officers and operators; it is shown once and ends after 90 days."""
    with _platform(data_dir, db) as platform:
        from central_platform.api.roles import ROLES, new_staff_token  # noqa: PLC0415

        wanted = next((each for each in ROLES if each == role), None)
        if wanted is None:
            _fail(f"--role: one of {', '.join(ROLES)}", 2)
        if not 0 < len(name) <= 64:  # noqa: PLR2004 - the column
            _fail("--name: 1 to 64 characters", 2)
        token, ends = new_staff_token(platform, name, wanted, tuple(scope))
    if json:
        print(json_module.dumps({"token": token, "expires_at": ends.isoformat()}))
    else:
        print(token)


@app.command()
def code(
    *,
    resident: str = typer.Option(..., "--resident", help="Number or name of a synthetic resident."),
    lifetime: int = typer.Option(
        120, "--lifetime", min=0, max=3600, help="Seconds it works; 0: it is too old already."
    ),
    db: str = _Db,
    data_dir: Path = _DataDir,
    json: bool = _Json,
) -> None:
    """Print a single-use code as a telephone would show it (赣通码, 电子社保卡); for demonstrations."""
    with _platform(data_dir, db) as platform:
        from datetime import timedelta  # noqa: PLC0415 - start-up time

        from central_platform.identity_codes import (  # noqa: PLC0415
            NoSuchResidentError,
            new_identity_code,
        )

        try:
            text, ends = new_identity_code(platform, resident, timedelta(seconds=lifetime))
        except NoSuchResidentError:
            _fail("--resident: no synthetic resident of that number or name", 2)
    if json:
        print(json_module.dumps({"code": text, "expires_at": ends.isoformat()}))
    else:
        print(text)


@app.command()
def submissions(
    *,
    db: str = _Db,
    data_dir: Path = _DataDir,
    json: bool = _Json,
) -> None:
    """List what terminals delivered, in the order of arrival."""
    with _platform(data_dir, db) as platform:
        from central_platform.listing import listed_submissions  # noqa: PLC0415 - start-up time

        rows = listed_submissions(platform.database)
    if json:
        print(json_module.dumps(rows, ensure_ascii=False))
        return
    for row in rows:
        print(f"{row['case_number'] or '-':<18} {row['state']:<10} {row['item']:<28} {row['id']}")


def _serve_with_workers(  # noqa: PLR0917 - the options of serve
    workers: int,
    host: str,
    port: int,
    data_dir: Path,
    db: str,
    public_url: str,
    policy: PlatformPolicy,
) -> None:
    with _platform(data_dir, db, public_url):
        pass  # tables, keys and first rows are there, and faults are said, before anybody is started
    from central_platform import serving  # noqa: PLC0415 - start-up time
    from central_platform.context import open_platform  # noqa: PLC0415
    from central_platform.workers import Workers  # noqa: PLC0415

    try:
        listener = serving.listen(host, port)
    except serving.AddressTakenError as error:
        _fail(str(error), 2)

    def each() -> PlatformContext:
        return open_platform(data_dir, db_url=db or None, public_url=public_url, policy=policy)

    def ready() -> None:
        print(json_module.dumps({"url": serving.url_of(listener)}), flush=True)

    Workers(each, listener, workers).run(ready)


@contextmanager
def _platform(
    data_dir: Path, db: str, public_url: str = "", policy: PlatformPolicy | None = None
) -> Iterator[PlatformContext]:
    from central_platform.context import DataDirError, open_platform  # noqa: PLC0415 - start-up time
    from central_platform.items import ItemInvalidError  # noqa: PLC0415
    from central_platform.keys import KeysDamagedError  # noqa: PLC0415
    from central_platform.policy import STRICT  # noqa: PLC0415
    from central_platform.storage.database import DatabaseError  # noqa: PLC0415

    try:
        platform = open_platform(
            data_dir, db_url=db or None, public_url=public_url, policy=policy or STRICT
        )
    except (DataDirError, DatabaseError, KeysDamagedError, ItemInvalidError) as error:
        _fail(str(error), 2)
    try:
        yield platform
    finally:
        platform.close()


def _policy(on_clone: str) -> PlatformPolicy:
    from central_platform.policy import PlatformPolicy  # noqa: PLC0415 - start-up time

    if on_clone not in {"refuse", "alarm"}:
        _fail("--on-clone: refuse or alarm", 2)
    return PlatformPolicy(on_clone="alarm" if on_clone == "alarm" else "refuse")


def _fail(line: str, status: int) -> NoReturn:
    print(f"central-platform: {line}", file=sys.stderr)
    raise typer.Exit(status)


def _log_to_stderr(*, verbose: bool) -> None:
    import logging  # noqa: PLC0415 - start-up time

    logging.basicConfig(
        stream=sys.stderr,
        level=logging.WARNING,
        format="%(asctime)s %(levelname)s %(name)s %(message)s",
    )
    if verbose:
        logging.getLogger("central_platform").setLevel(logging.INFO)


def main() -> None:
    """Run the command line."""
    os.umask(0o077)  # everything this platform writes is its owner's alone
    try:
        app()
    except KeyboardInterrupt:
        sys.exit(0)
