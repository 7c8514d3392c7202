# SPDX-License-Identifier: Apache-2.0
"""``kiosk document print``: one PDF on A4, followed to the end of its job."""

from __future__ import annotations

import json
from pathlib import Path

import typer

from kiosk.cli.failures import FAILED, WRONG_USAGE, CommandFailed

app = typer.Typer(help="A4 printer.", no_args_is_help=True, add_completion=False)


@app.callback()
def _group() -> None:
    """A4 printer."""


@app.command("print")
def print_(
    file: Path = typer.Argument(..., help="The PDF to print."),
    to: str = typer.Option(..., "--to", help="ipp://HOST:PORT/PATH of the printer or queue."),
    copies: int = typer.Option(1, min=1, max=99, help="How many copies."),
    timeout: float = typer.Option(90.0, min=1, help="Seconds until the job is cancelled."),
) -> None:
    """Print FILE and say how the job ended: DONE (exit 0), NOT_DONE or UNKNOWN (exit 1).

    "pages" is what the printer counted, null where it does not count.
    """
    from drivers.core import (  # noqa: PLC0415 - keeps --help quick
        CommandContext,
        DeviceError,
        MisconfiguredError,
        PrintDocument,
        PrintOutcome,
        PrintResult,
    )
    from drivers.page_printer.ipp import IppPrinter  # noqa: PLC0415

    try:
        pdf = file.read_bytes()
    except OSError as error:
        raise CommandFailed(f"{file}: {error.strerror}", WRONG_USAGE) from error
    if not pdf.startswith(b"%PDF-"):
        raise CommandFailed(f"{file}: not a PDF", WRONG_USAGE)
    try:
        printer = IppPrinter("page_printer", url=to)
    except MisconfiguredError as error:
        raise CommandFailed(
            f"--to {to}: only ipp://HOST:PORT/PATH is known", WRONG_USAGE
        ) from error
    command = PrintDocument(pdf=pdf, title="document", copies=copies)
    try:
        outcome = printer.print_document(command, CommandContext.within(timeout))
    except DeviceError as error:
        # Raised only before the first byte of the document was sent.
        outcome = PrintOutcome(PrintResult.NOT_DONE, error.code)
    told = {"result": outcome.result.value, "code": outcome.code, "pages": outcome.pages}
    print(json.dumps(told))
    if outcome.result is not PrintResult.DONE:
        raise typer.Exit(FAILED)
