# SPDX-License-Identifier: Apache-2.0
"""How serial scanners are spoken to, as data. A new model is a new row, or options of the slot.

No row has been confirmed on hardware by us; each names the manual its bytes come from. A scanner is set
to its serial trigger mode, and to the terminator of the row, with the set-up codes of its manual.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Final

from drivers.core import MisconfiguredError

TERMINATORS: Final[Mapping[str, tuple[bytes, ...]]] = MappingProxyType(
    {
        "line": (b"\r", b"\n"),
        "cr": (b"\r",),
        "lf": (b"\n",),
        "crlf": (b"\r\n",),
        "tab": (b"\t",),
        "etx": (b"\x03",),
        "gap": (),
    }
)
"""``line`` takes what comes first of CR and LF; ``gap`` has no terminator but silence."""


@dataclass(frozen=True, slots=True)
class ScannerProfile:
    """One way to speak. Empty bytes: there is no such command."""

    start: bytes = b""
    """Look for a code now. Empty: the scanner looks all the time."""
    stop: bytes = b""
    start_reply: bytes = b""
    """What acknowledges ``start``; it may be missing, and is never part of a code."""
    question: bytes = b""
    """What a living scanner answers without doing anything. Empty: it cannot be asked."""
    answer_start: bytes = b""
    answer_end: bytes = b""
    terminators: tuple[bytes, ...] = (b"\r", b"\n")
    """Any of them ends a code. None: silence of ``gap_s`` ends it."""
    gap_s: float = 0.15
    """The longest silence inside a code."""


PROFILES: Final[Mapping[str, ScannerProfile]] = MappingProxyType(
    {
        # Looks all the time, or triggered by its own sensor; speaks only codes.
        "plain": ScannerProfile(),
        # Manuals of Honeywell and Datalogic imagers, "serial trigger mode" and "menu commands": SYN T CR
        # starts, SYN U CR stops, SYN M CR opens a menu command; a query ends with its ACK and a full stop.
        "syn": ScannerProfile(
            start=b"\x16T\r",
            stop=b"\x16U\r",
            question=b"\x16M\rREVINF.",
            answer_start=b"REVINF",
            answer_end=b"\x06.",
        ),
        # Manual of the GM72 module, "serial port instruction", host mode (packets of the SSI kind): every
        # command is acknowledged; "stop" while it stands still does nothing and serves as a question.
        "ssi": ScannerProfile(
            start=bytes.fromhex("04E40400FF14"),
            stop=bytes.fromhex("04E50400FF13"),
            start_reply=bytes.fromhex("04D00000FF2C"),
            question=bytes.fromhex("04E50400FF13"),
            answer_start=bytes.fromhex("04D00000FF2C"),
            answer_end=bytes.fromhex("2C"),
        ),
    }
)


def profile_named(
    name: str, *, terminator: str = "", gap_ms: int = 0, **bytes_as_hex: str
) -> ScannerProfile:
    """Return a row with what the slot's options change. Empty options change nothing.

    ``terminator`` is a name of :data:`TERMINATORS` or bytes in hex. Raises ``MisconfiguredError``
    (``dev.bad_options``).
    """
    profile = PROFILES.get(name)
    if profile is None:
        raise MisconfiguredError.because("dev.bad_options", option="profile")
    changes: dict[str, bytes | float | tuple[bytes, ...]] = {
        option: _bytes_of(option, text) for option, text in bytes_as_hex.items() if text
    }
    if terminator:
        named = TERMINATORS.get(terminator)
        changes["terminators"] = (_bytes_of("terminator", terminator),) if named is None else named
    if gap_ms:
        if not 1 <= gap_ms <= 2000:  # noqa: PLR2004 - beyond that it is no gap inside a code
            raise MisconfiguredError.because("dev.bad_options", option="gap_ms")
        changes["gap_s"] = gap_ms / 1000
    try:
        return replace(profile, **changes)  # type: ignore[arg-type] # each key got the type of its field
    except TypeError:
        raise MisconfiguredError.because("dev.bad_options", option="profile") from None


def _bytes_of(option: str, text: str) -> bytes:
    try:
        if parsed := bytes.fromhex(text):
            return parsed
        raise MisconfiguredError.because("dev.bad_options", option=option)
    except (ValueError, TypeError):
        raise MisconfiguredError.because("dev.bad_options", option=option) from None
