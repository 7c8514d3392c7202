# SPDX-License-Identifier: Apache-2.0
"""``central-platform departments``: what waits for the departments' systems, working it off, telling again."""

from __future__ import annotations

import json as json_module
import signal
import threading
from pathlib import Path
from uuid import UUID

import typer

from central_platform.cli_frame import (
    DataDirOption,
    DbOption,
    JsonOption,
    fail,
    log_to_stderr,
    opened_platform,
)

app = typer.Typer(help="The departments' outbox.", no_args_is_help=True, rich_markup_mode=None)


@app.command("list")
def waiting(*, db: str = DbOption, data_dir: Path = DataDirOption, json: bool = JsonOption) -> None:
    """Count what each department was told and what waits; name what is dead, with the reason."""
    with opened_platform(data_dir, db) as platform:
        from central_platform.departments.outbox import counts, dead_notices  # noqa: PLC0415 - start-up time

        with platform.database.read() as session:
            numbers, dead = counts(session), dead_notices(session)
    if json:
        print(json_module.dumps({"departments": numbers, "dead": dead}, ensure_ascii=False))
        return
    for code, states in numbers.items():
        print(code, *(f"{state} {number}" for state, number in sorted(states.items())))
    for each in dead:
        print(f"{each['id']}  {each['department']}  {each['case_number']}  {each['reason']}")


@app.command()
def work(*, db: str = DbOption, data_dir: Path = DataDirOption) -> None:
    """Tell and ask until stopped; any number may run, beside ``serve`` too, which does the same."""
    log_to_stderr(verbose=False)
    stop = threading.Event()
    with opened_platform(data_dir, db) as platform:
        from central_platform.departments.routing import FILE  # noqa: PLC0415 - start-up time
        from central_platform.departments.worker import DepartmentWorker  # noqa: PLC0415

        if not platform.departments.systems:
            fail(f"{data_dir / FILE} names no department", 2)
        for each in (signal.SIGTERM, signal.SIGINT):
            signal.signal(each, lambda *_: stop.set())
        worker = DepartmentWorker(platform, platform.departments)
        print(json_module.dumps({"working": True}), flush=True)
        worker.run(stop)


@app.command()
def retry(
    notice: UUID = typer.Argument(..., metavar="ID", help="As ``list`` names it."),
    *,
    db: str = DbOption,
    data_dir: Path = DataDirOption,
) -> None:
    """Tell a dead notice again, under its own id, and then what waits behind it."""
    with opened_platform(data_dir, db) as platform:
        from central_platform.departments.outbox import tell_again  # noqa: PLC0415 - start-up time

        if not tell_again(platform, notice):
            fail(f"no dead notice {notice}", 1)
    print(f"{notice}  waiting")
