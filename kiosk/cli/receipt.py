# SPDX-License-Identifier: Apache-2.0
"""``kiosk receipt print``: one slip to a printer, or its bytes to a file."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Final

import typer

from kiosk.cli.failures import FAILED, WRONG_USAGE, CommandFailed

if TYPE_CHECKING:  # importing the driver costs time that --help does not have
    from drivers.core import PrintOutcome, Receipt

app = typer.Typer(help="Receipt printer.", no_args_is_help=True, add_completion=False)

_PATIENCE_S: Final = 60.0
"""For a slow printer that works. Every fault ends much earlier, within 10 s, by the driver's own limits."""
_KEYS: Final = ("title", "rows", "notes", "qr", "number")


@app.callback()
def _group() -> None:
    """Receipt printer."""


@app.command("print")
def print_(
    file: Path = typer.Argument(..., help="The slip as JSON: title, rows, notes, qr, number."),
    to: str = typer.Option(
        ..., "--to", help="tcp://HOST:PORT, serial:PATH[?baud=N], usb://VID:PID, or a file."
    ),
    model: str = typer.Option("generic", "--model", help="The printer's profile."),
) -> None:
    """Print FILE and say what is known of the paper: DONE (exit 0), NOT_DONE or UNKNOWN (exit 1).

    DONE with code "file" means that every byte is safely in a regular file; a file has no paper. To a
    device node, which tells nothing back, the answer is UNKNOWN.
    """
    receipt = _receipt_in(file)
    if to.startswith(("tcp://", "socket://", "serial:", "usb://")):
        outcome = _to_printer(receipt, to, model)
    elif "://" in to:
        raise CommandFailed(
            f"--to {to}: tcp://HOST:PORT, serial:PATH, usb://VID:PID or a file", WRONG_USAGE
        )
    else:
        outcome = _to_file(receipt, Path(to), model)
    print(json.dumps({"result": outcome.result.value, "code": outcome.code}))
    if outcome.result.value != "DONE":
        raise typer.Exit(FAILED)


def _to_printer(receipt: Receipt, url: str, model: str) -> PrintOutcome:
    from drivers.core import (  # noqa: PLC0415
        CommandContext,
        DeviceError,
        MisconfiguredError,
        PrintOutcome,
        PrintReceipt,
        PrintResult,
    )
    from drivers.receipt_printer.escpos import EscPosPrinter  # noqa: PLC0415

    try:
        printer = EscPosPrinter("receipt_printer", url=url, model=model)
    except MisconfiguredError as error:
        raise CommandFailed(_why_not(error.code, url, model), WRONG_USAGE) from error
    try:
        return printer.print_receipt(PrintReceipt(receipt), CommandContext.within(_PATIENCE_S))
    except DeviceError as error:
        # Raised only before the first byte of the slip was sent.
        return PrintOutcome(PrintResult.NOT_DONE, error.code)
    finally:
        printer.close()


def _to_file(receipt: Receipt, path: Path, model: str) -> PrintOutcome:
    from drivers.core import DeviceError, PrintOutcome, PrintResult  # noqa: PLC0415
    from drivers.receipt_printer.glyphs import GlyphDrawer  # noqa: PLC0415
    from drivers.receipt_printer.profiles import profile_named  # noqa: PLC0415
    from drivers.receipt_printer.rendering import render  # noqa: PLC0415
    from drivers.receipt_printer.to_file import write_job  # noqa: PLC0415

    try:
        profile = profile_named(model)
    except DeviceError as error:
        raise CommandFailed(_why_not(error.code, str(path), model), WRONG_USAGE) from error
    try:
        job = render(receipt, profile, GlyphDrawer())
    except DeviceError as error:
        return PrintOutcome(PrintResult.NOT_DONE, error.code)
    return write_job(job, path)


def _why_not(code: str, to: str, model: str) -> str:
    from drivers.receipt_printer.profiles import PROFILES  # noqa: PLC0415

    if code == "dev.unknown_model":
        return f"--model {model}: known are {', '.join(PROFILES)}"
    return f"--to {to}: not an address; tcp://HOST:PORT, serial:PATH, usb://VID:PID or a file"


def _receipt_in(file: Path) -> Receipt:
    """Read the slip; a mistake in it is one line that names the place."""
    from drivers.core import Receipt  # noqa: PLC0415

    try:
        given = json.loads(file.read_bytes())
    except OSError as error:
        raise CommandFailed(f"{file}: {error.strerror}", WRONG_USAGE) from error
    except (ValueError, RecursionError) as error:
        reason = str(error) if isinstance(error, json.JSONDecodeError) else "not JSON in UTF-8"
        raise CommandFailed(f"{file}: {reason}", WRONG_USAGE) from error
    try:
        _check_keys(given)
        return Receipt(
            title=_text(given.get("title"), "title"),
            rows=tuple(
                (_text(pair[0], f"rows[{n}][0]"), _text(pair[1], f"rows[{n}][1]"))
                for n, pair in enumerate(_list(given.get("rows"), "rows", pairs=True))
            ),
            notes=tuple(
                _text(note, f"notes[{n}]")
                for n, note in enumerate(_list(given.get("notes"), "notes"))
            ),
            qr=_text(given.get("qr") or "", "qr") or None,
            number=_text(given.get("number") or "", "number") or None,
        )
    except ValueError as error:
        raise CommandFailed(f"{file}: {error}", WRONG_USAGE) from error


def _check_keys(given: object) -> None:
    if not isinstance(given, dict):
        raise ValueError("an object with title, rows, notes, qr and number is needed")  # noqa: TRY004 - one kind for the caller
    unknown = [key for key in given if key not in _KEYS]
    if unknown:
        raise ValueError(f"unknown key {unknown[0]!r}; known are {', '.join(_KEYS)}")
    if given.get("title") is None:
        raise ValueError("title is missing")


def _text(value: object, place: str) -> str:
    # A number written without quotes is taken as its digits; true and false are a mistake.
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    if not isinstance(value, str):
        raise ValueError(f"{place} has to be text")  # noqa: TRY004 - one kind for the caller
    return value


def _list(value: object, place: str, *, pairs: bool = False) -> list[list[object]]:
    if value is None:
        return []
    if not isinstance(value, list):
        raise ValueError(f"{place} has to be a list")  # noqa: TRY004 - one kind for the caller
    for number, entry in enumerate(value):
        if pairs and not (isinstance(entry, list) and len(entry) == 2):  # noqa: PLR2004 - a pair
            raise ValueError(f"{place}[{number}] has to be [label, value]")
    return value
