# SPDX-License-Identifier: Apache-2.0
"""``central-platform staff``: who may log in to the operations console."""

from __future__ import annotations

import getpass
import json as json_module
import secrets
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from central_platform.cli_frame import DataDirOption, DbOption, JsonOption, fail, opened_platform

if TYPE_CHECKING:
    from central_platform.console.accounts import AccountError

app = typer.Typer(
    help="Who may log in to the operations console.", no_args_is_help=True, rich_markup_mode=None
)

_BY = "command line"
LoginArgument: str = typer.Argument(..., metavar="LOGIN", help="Small letters, as it is typed.")
PasswordFileOption: Path | None = typer.Option(
    None, "--password-file", help="Its first line is the password; default: standard input."
)


@app.command()
def add(
    login: str = LoginArgument,
    *,
    role: str = typer.Option(..., "--role", help="host, operator or auditor."),
    name: str = typer.Option("", "--name", help="As colleagues call them; default: the log-in."),
    terminal: list[str] = typer.Option(
        [], "--terminal", help="A terminal of a host; may be given again."
    ),
    password_file: Path | None = PasswordFileOption,
    made_up: bool = typer.Option(
        False, "--made-up-password", help="Make one up and print it; for demonstrations."
    ),
    db: str = DbOption,
    data_dir: Path = DataDirOption,
    json: bool = JsonOption,
) -> None:
    """Make an account. Its password comes from standard input or a file; there is none by default."""
    from central_platform.console.accounts import (  # noqa: PLC0415 - start-up time
        CONSOLE_ROLES,
        AccountError,
        NewAccount,
        add_account,
    )

    wanted = next((each for each in CONSOLE_ROLES if each == role), None)
    if wanted is None:
        fail(f"--role: one of {', '.join(CONSOLE_ROLES)}", 2)
    if bool(terminal) != (wanted == "host"):
        fail("--terminal: for hosts, and a host has at least one", 2)
    password = secrets.token_urlsafe(12) if made_up else _password(password_file)
    account = NewAccount(login, name or login, wanted, tuple(terminal))
    with opened_platform(data_dir, db) as platform:
        try:
            add_account(platform, account, password, by=_BY)
        except AccountError as error:
            fail(_in_words(error), 2)
    told = {"login": login, "role": wanted, **({"password": password} if made_up else {})}
    if json:
        print(json_module.dumps(told, ensure_ascii=False))
    else:
        print("  ".join(told.values()))


@app.command("password")
def another_password(
    login: str = LoginArgument,
    *,
    password_file: Path | None = PasswordFileOption,
    db: str = DbOption,
    data_dir: Path = DataDirOption,
) -> None:
    """Give an account another password; its log-ins end, a lock falls."""
    from central_platform.console.accounts import (  # noqa: PLC0415 - start-up time
        AccountError,
        set_password,
    )

    password = _password(password_file)
    with opened_platform(data_dir, db) as platform:
        try:
            set_password(platform, login, password, by=_BY)
        except AccountError as error:
            fail(_in_words(error), 1 if error.code == "account.unknown" else 2)
    print(f"{login}  changed")


@app.command()
def end(login: str = LoginArgument, *, db: str = DbOption, data_dir: Path = DataDirOption) -> None:
    """Let somebody in no longer; log-ins end at once, the record of what they did stays."""
    from central_platform.console.accounts import AccountError, end_account  # noqa: PLC0415

    with opened_platform(data_dir, db) as platform:
        try:
            end_account(platform, login, by=_BY)
        except AccountError as error:
            fail(_in_words(error), 1)
    print(f"{login}  ended")


@app.command("list")
def listed(*, db: str = DbOption, data_dir: Path = DataDirOption, json: bool = JsonOption) -> None:
    """List the accounts."""
    with opened_platform(data_dir, db) as platform:
        from sqlalchemy import select  # noqa: PLC0415 - start-up time

        from central_platform.storage.console import StaffAccount  # noqa: PLC0415

        with platform.database.read() as session:
            rows = session.scalars(select(StaffAccount).order_by(StaffAccount.login)).all()
    told = [
        {
            "login": row.login,
            "name": row.name,
            "role": row.role,
            "terminals": row.scope,
            "ended_at": row.ended_at.isoformat() if row.ended_at else None,
        }
        for row in rows
    ]
    if json:
        print(json_module.dumps(told, ensure_ascii=False))
        return
    for each in told:
        ended = f"ended {each['ended_at']}" if each["ended_at"] else ""
        print(f"{each['login']:<20} {each['role']:<10} {each['name']} {ended}".rstrip())


def _password(source: Path | None) -> str:
    """Read a password from a file, a pipe, or a person who types it unseen; never from the command line."""
    try:
        if source is not None:
            line = source.read_text("utf-8").partition("\n")[0]
        elif sys.stdin.isatty():
            line = getpass.getpass("password: ")
        else:
            line = sys.stdin.readline()
    except (OSError, UnicodeDecodeError, EOFError) as error:
        fail(f"the password cannot be read ({type(error).__name__})", 2)
    return line.rstrip("\r\n")


def _in_words(error: AccountError) -> str:
    from central_platform.console.words import all_words  # noqa: PLC0415 - start-up time

    return all_words()[error.code]["en"]
