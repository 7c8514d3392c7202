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
from pathlib import Path
from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:
    from central_platform.context import PlatformContext
    from central_platform.policy import PlatformPolicy

from central_platform import cli_backup, cli_departments, cli_keys, cli_staff, cli_sticks
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

app = typer.Typer(
    help="The Hall24 reference platform. SYNTHETIC residents only.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)

_PR_SET_PDEATHSIG = 1


@app.command()
def serve(
    *,
    db: str = DbOption,
    port: int = typer.Option(8024, "--port", min=0, max=65535, help="0 chooses a free one."),
    host: str = typer.Option("127.0.0.1", "--host", help="Address to listen on."),
    public_url: str = typer.Option("", "--public-url", help="How phones reach this platform."),
    data_dir: Path = DataDirOption,
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
    sample_department: str = typer.Option(
        "",
        "--sample-department",
        metavar="NAME",
        help="For demonstrations: an invented system answers for this department (one worker only).",
    ),
    sample_times: bool = typer.Option(
        False,
        "--sample-times",
        help="For demonstrations: offer invented times for appointments (one worker only).",
    ),
) -> None:
    """Serve until stopped; says {"url": …} in one line on standard output once requests are answered."""
    log_to_stderr(verbose=verbose)
    if with_parent:
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
    policy = _policy(on_clone)
    if workers > 1:
        _serve_with_workers(workers, host, port, data_dir, db, public_url, policy)
        return
    from central_platform import serving  # noqa: PLC0415 - start-up time of --help
    from central_platform.departments.worker import (  # noqa: PLC0415
        department_worker,
        with_sample_department,
    )

    with (
        opened_platform(data_dir, db, public_url, policy) as opened,
        with_sample_department(opened, sample_department) as platform,
    ):
        try:
            server = serving.PlatformServer(platform, host, port)
        except serving.AddressTakenError as error:
            fail(str(error), 2)

        if sample_times:
            from central_platform.sample_times import offer_sample_times  # noqa: PLC0415 - as above

            offer_sample_times(platform)

        def ready() -> None:
            print(json_module.dumps({"url": server.url}), flush=True)
            serving.warm_up_documents()

        with department_worker(platform):
            server.run(ready)


@app.command("enrolment-token")
def enrolment_token(
    *,
    place: str = PlaceOption,
    place_en: str = PlaceEnOption,
    region: str = RegionOption,
    host_type: str = HostTypeOption,
    duty_phone: str = DutyPhoneOption,
    db: str = DbOption,
    data_dir: Path = DataDirOption,
    json: bool = JsonOption,
) -> None:
    """Print a single-use token for ``kiosk enrol``."""
    with opened_platform(data_dir, db) as platform:
        from central_platform.api.terminals import new_enrolment_token  # noqa: PLC0415 - start-up time

        profile = place_profile(place, place_en, region, host_type, duty_phone)
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
    db: str = DbOption,
    data_dir: Path = DataDirOption,
    json: bool = JsonOption,
) -> None:
    """Print a token for the routes of officers and operators; it is shown once and ends after 90 days."""
    with opened_platform(data_dir, db) as platform:
        from central_platform.api.roles import ROLES, new_staff_token  # noqa: PLC0415

        wanted = next((each for each in ROLES if each == role), None)
        if wanted is None:
            fail(f"--role: one of {', '.join(ROLES)}", 2)
        if not 0 < len(name) <= 64:  # noqa: PLR2004 - the column
            fail("--name: 1 to 64 characters", 2)
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
    db: str = DbOption,
    data_dir: Path = DataDirOption,
    json: bool = JsonOption,
) -> None:
    """Print a single-use code as a telephone would show it (赣通码, 电子社保卡); for demonstrations."""
    with opened_platform(data_dir, db) as platform:
        from datetime import timedelta  # noqa: PLC0415 - start-up time

        from central_platform.identity_codes import (  # noqa: PLC0415
            NoSuchResidentError,
            new_identity_code,
        )

        try:
            text, ends = new_identity_code(platform, resident, timedelta(seconds=lifetime))
        except NoSuchResidentError:
            fail("--resident: no synthetic resident of that number or name", 2)
    if json:
        print(json_module.dumps({"code": text, "expires_at": ends.isoformat()}))
    else:
        print(text)


@app.command()
def access(*, db: str = DbOption, data_dir: Path = DataDirOption) -> None:
    """Print the table of routes and who may call them (Markdown)."""
    with opened_platform(data_dir, db) as platform:
        from central_platform.api.described import access_markdown  # noqa: PLC0415 - start-up time
        from central_platform.app import create_app  # noqa: PLC0415

        print(access_markdown(create_app(platform)), end="")


@app.command()
def submissions(
    *,
    db: str = DbOption,
    data_dir: Path = DataDirOption,
    json: bool = JsonOption,
) -> None:
    """List what terminals delivered, in the order of arrival."""
    with opened_platform(data_dir, db) as platform:
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
    with opened_platform(data_dir, db, public_url):
        pass  # tables, keys and first rows are there, and faults are said, before anybody is started
    from central_platform import serving  # noqa: PLC0415 - start-up time
    from central_platform.context import open_platform  # noqa: PLC0415
    from central_platform.workers import Workers  # noqa: PLC0415

    try:
        listener = serving.listen(host, port)
    except serving.AddressTakenError as error:
        fail(str(error), 2)

    def each() -> PlatformContext:
        return open_platform(data_dir, db_url=db or None, public_url=public_url, policy=policy)

    def ready() -> None:
        print(json_module.dumps({"url": serving.url_of(listener)}), flush=True)

    Workers(each, listener, workers).run(ready)


def _policy(on_clone: str) -> PlatformPolicy:
    from central_platform.policy import PlatformPolicy  # noqa: PLC0415 - start-up time

    if on_clone not in {"refuse", "alarm"}:
        fail("--on-clone: refuse or alarm", 2)
    return PlatformPolicy(on_clone="alarm" if on_clone == "alarm" else "refuse")


app.add_typer(cli_departments.app, name="departments")
app.add_typer(cli_staff.app, name="staff")
app.command()(cli_backup.backup)
app.command()(cli_backup.restore)
app.command("rotate-key")(cli_keys.rotate_key)
app.command("recovery-key")(cli_keys.recovery_key)
app.command("enrolment-file")(cli_sticks.enrolment_file)
app.command("import-bundle")(cli_sticks.import_bundle)
app.command()(cli_sticks.revoke)


def main() -> None:
    """Run the command line."""
    os.umask(0o077)  # everything this platform writes is its owner's alone
    try:
        app()
    except KeyboardInterrupt:
        sys.exit(0)
