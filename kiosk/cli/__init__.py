# SPDX-License-Identifier: Apache-2.0
"""The ``kiosk`` command. Groups are imported only when they are called: starting must be quick."""

from __future__ import annotations

import importlib
import importlib.util
import logging
import os
import sys
from typing import Final

_GROUPS: Final = {
    "run": ("kiosk.cli.run", "The terminal."),
    "demo": ("kiosk.cli.demo", "Platform, simulated devices, terminal and bench in one."),
    "soak": ("kiosk.cli.soak", "Work for hours, with faults; judge memory and leaks."),
    "devices": ("kiosk.cli.devices", "What is at each slot, and how it is."),
    "diag": ("kiosk.cli.diag", "Check every device and give a verdict."),
    "id-card": ("kiosk.cli.id_card", "Identity-card reader."),
    "code": ("kiosk.cli.code", "Codes in pictures and at the scanner."),
    "smart-card": ("kiosk.cli.smart_card", "Smart-card reader."),
    "receipt": ("kiosk.cli.receipt", "Receipt printer."),
    "document": ("kiosk.cli.document", "A4 printer."),
    "scan": ("kiosk.cli.scan", "Document scanner."),
    "bench": ("kiosk.cli.bench", "Steer a simulator."),
    "enrol": ("kiosk.cli.enrol", "Make this terminal known to a platform."),
    "retire": ("kiosk.cli.retire", "Take this terminal out of use."),
    "outbox": ("kiosk.cli.outbox", "The sealed queue."),
    "audit": ("kiosk.cli.audit", "The event chain."),
    "items": ("kiosk.cli.items", "Check and show service items."),
    "gallery": ("kiosk.cli.gallery", "Draw every screen."),
}
_INTERRUPTED: Final = 130
_USAGE: Final = "Usage: kiosk COMMAND [ARGS]…   (kiosk COMMAND --help)"


def main(arguments: list[str] | None = None) -> None:
    """Run the command line; an expected failure is one line on standard error, never a traceback."""
    given = sys.argv[1:] if arguments is None else arguments
    if not given or given[0] in {"-h", "--help"}:
        print(_help())
        sys.exit(0 if given else 2)
    name, *rest = given
    if name == "--version":
        from importlib.metadata import version  # noqa: PLC0415 - brings a reader of mail headers

        print(f"kiosk {version('hall24')}")
        return
    entry = _GROUPS.get(name)
    if entry is None or not _exists(entry[0]):
        sys.stderr.write(f"kiosk: no command {name!r}\n{_USAGE}\n")
        sys.exit(2)
    # Plain lines for scripts and logs instead of boxes, and a third less time to start.
    os.environ.setdefault("TYPER_USE_RICH", "0")
    # Without a log book nobody listens: lines about devices belong into answers, not between them.
    logging.getLogger("hall24").addHandler(logging.NullHandler())
    try:
        _run(name, entry[0], rest)
    except KeyboardInterrupt:
        sys.exit(_INTERRUPTED)


def _run(name: str, module: str, rest: list[str]) -> None:
    from kiosk.cli.ending import CommandFailed  # noqa: PLC0415 - keeps --help quick

    try:
        importlib.import_module(module).app(args=rest, prog_name=f"kiosk {name}")
    except CommandFailed as failure:
        sys.stderr.write(f"kiosk: {failure}\n")
        sys.exit(failure.status)
    except Exception as error:
        if os.environ.get("KIOSK_TRACEBACK"):
            raise
        # A mistake of ours. Only its kind: the message could quote a person.
        sys.stderr.write(
            f"kiosk: unexpected {type(error).__name__}; KIOSK_TRACEBACK=1 tells more\n"
        )
        sys.exit(1)


def _exists(module: str) -> bool:
    return importlib.util.find_spec(module) is not None


def _help() -> str:
    rows = [f"  {name:<10} {words}" for name, (module, words) in _GROUPS.items() if _exists(module)]
    return "\n".join(
        [_USAGE, "", "Hall24: the self-service terminal of a government hall.", "", *rows]
    )
