# SPDX-License-Identifier: Apache-2.0
"""Which driver something is probably for. A guess with its source, from ``known_devices.yaml``; never certainty."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Final

from drivers.discovery.found import Found, Kind

DATA: Final = Path(__file__).with_name("known_devices.yaml")


@dataclass(frozen=True, slots=True)
class Guess:
    """What it may be. ``driver`` is empty where no driver of ours serves it."""

    driver: str
    sure: str
    """``probably`` or ``perhaps``."""
    what: str
    source: str
    options: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Entry:
    usb: str
    interface: str
    guess: Guess


def guesses(found: Found) -> Sequence[Guess]:
    """Return what it may be, best first: its own number before its class. Empty is no shame."""
    match found.kind:
        case Kind.PRINTER:
            return (Guess("ipp", "probably", "a queue of CUPS", "CUPS itself"),)
        case Kind.READER:
            return (Guess("pcsc", "probably", "a smart-card reader", "PC/SC itself"),)
        case Kind.SCANNER:
            return (Guess("sane", "probably", "a document scanner", "SANE itself"),)
    own = [entry.guess for entry in _entries() if entry.usb and entry.usb == found.identity]
    by_class = [
        entry.guess
        for entry in _entries()
        if entry.interface
        and any(each.startswith(entry.interface) for each in found.interfaces)
        and _fits(found, entry.guess.driver)
    ]
    return tuple(own or by_class)


def _fits(found: Found, driver: str) -> bool:
    """Tell whether the class says something of this kind: the serial port of a camera is no camera."""
    return found.kind is not Kind.SERIAL or driver not in {"uvc", "pcsc"}


@cache
def _entries() -> tuple[_Entry, ...]:
    import yaml  # noqa: PLC0415 - only who looks pays

    return tuple(
        _Entry(
            str(row.get("usb", "")).lower(),
            str(row.get("class", "")).lower(),
            Guess(
                str(row["driver"]),
                str(row["sure"]),
                str(row["what"]),
                str(row["source"]),
                dict(row.get("options", {})),
            ),
        )
        for row in yaml.safe_load(DATA.read_text("utf-8"))
    )
