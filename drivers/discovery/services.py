# SPDX-License-Identifier: Apache-2.0
"""What services of this machine know: queues of CUPS, readers of PC/SC, scanners of SANE.

Asked only when a person looks. A service that is absent or does not answer is said to be so; nothing waits
longer than a few seconds. SANE looks at USB scanners itself to tell their names: that is its way, and it
runs in a child process that may hang alone. Printers elsewhere in the network (DNS-SD) are not looked for.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from drivers.core import CommandContext, DeviceError, NotPresentError
from drivers.discovery.found import Found, Kind
from drivers.discovery.readers import ABSENT
from drivers.page_printer.ipp_exchange import IppExchange
from drivers.page_printer.ipp_message import Operation, Tag, decode, request

CUPS_S: Final = 4.0
PCSC_S: Final = 5.0
SANE_S: Final = 20.0
_CUPS: Final = ("localhost", 631)
_MOST: Final = 64

State = Literal["ok", "absent", "silent", "failed"]


@dataclass(frozen=True, slots=True)
class Asked:
    """One service: what it knows, or why nothing is known."""

    service: str
    state: State
    found: tuple[Found, ...] = ()


def ask_all() -> tuple[Asked, ...]:
    """Ask every service, one after the other. Never raises."""
    return (ask_cups(), ask_pcsc(), ask_sane())


def ask_cups(host: str = _CUPS[0], port: int = _CUPS[1]) -> Asked:
    """Ask the local CUPS for its queues (CUPS-Get-Printers)."""
    context = CommandContext.within(CUPS_S)
    body = request(
        Operation.CUPS_GET_PRINTERS, 1, [(Tag.KEYWORD, "requested-attributes", "printer-name")]
    )
    try:
        answer = decode(IppExchange(host, port, "/", context.clock).ask(body, context))
    except NotPresentError:
        return Asked("cups", "absent")
    except DeviceError:
        return Asked("cups", "failed")
    names = [str(name) for name in answer.attributes.get("printer-name", ())][:_MOST]
    where = host if port == _CUPS[1] else f"{host}:{port}"
    return Asked(
        "cups",
        "ok",
        tuple(
            Found(Kind.PRINTER, path=f"ipp://{where}/printers/{name}", name=name) for name in names
        ),
    )


def ask_pcsc(command: Sequence[str] = (sys.executable, "-m", "drivers.discovery.readers")) -> Asked:
    """Ask PC/SC for the names of its readers; no reader is connected to."""

    def readers(text: str) -> tuple[Found, ...]:
        return tuple(
            Found(Kind.READER, path=name, name=name) for name in map(str, json.loads(text))
        )

    return _from_child("pcsc", command, PCSC_S, readers)


def ask_sane(program: str = "scanimage") -> Asked:
    """Ask SANE for its scanners."""
    if shutil.which(program) is None:
        return Asked("sane", "absent")

    def scanners(text: str) -> tuple[Found, ...]:
        rows = [line.split("\t") for line in text.splitlines() if "\t" in line]
        return tuple(Found(Kind.SCANNER, path=row[0], name=row[1]) for row in rows)

    return _from_child("sane", (program, "-f", "%d%t%v %m%n"), SANE_S, scanners)


def _from_child(
    service: str,
    command: Sequence[str],
    seconds: float,
    read: Callable[[str], tuple[Found, ...]],
) -> Asked:
    try:
        ended = subprocess.run(
            list(command),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=seconds,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return Asked(service, "silent")
    except OSError:
        return Asked(service, "absent")
    if ended.returncode == ABSENT:
        return Asked(service, "absent")
    if ended.returncode:
        return Asked(service, "failed")
    try:
        return Asked(service, "ok", read(ended.stdout)[:_MOST])
    except ValueError:
        return Asked(service, "failed")
