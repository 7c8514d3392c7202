# SPDX-License-Identifier: Apache-2.0
"""DLE EOT 1-4: from one status byte to what the printer says, and from that to a verdict.

Bits as in the device-protocols sheet §7.2. Which bits prove that a byte is an answer at all depends
on the model (``PrinterProfile.accepts``); a byte without that form is refused, never interpreted.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from drivers.core import ProtocolError
from drivers.receipt_printer.profiles import PrinterProfile


class Sign(StrEnum):
    """One thing a printer says of itself."""

    OFFLINE = "offline"
    WAITING = "waiting"
    FEEDING = "feeding"
    COVER_OPEN = "cover_open"
    PAPER_END = "paper_end"
    PAPER_LOW = "paper_low"
    ERROR = "error"
    CUTTER = "cutter"
    UNRECOVERABLE = "unrecoverable"
    RECOVERABLE = "recoverable"
    JAM = "jam"
    AT_EXIT = "at_exit"
    """A slip lies at the mouth of the presenter."""
    EXIT_CLEAR = "exit_clear"
    """The printer said that none does; without either sign it said nothing of it."""


PRINTER, CAUSE, ERRORS, PAPER = 1, 2, 3, 4
"""The four queries by number."""

_BITS: Final[Mapping[int, tuple[tuple[int, Sign], ...]]] = MappingProxyType(
    {
        PRINTER: ((0x08, Sign.OFFLINE), (0x20, Sign.WAITING), (0x40, Sign.FEEDING)),
        CAUSE: (
            (0x04, Sign.COVER_OPEN),
            (0x08, Sign.FEEDING),
            (0x20, Sign.PAPER_END),
            (0x40, Sign.ERROR),
        ),
        # 04 is Epson's "recoverable error"; it needs a person as the cutter does, but names no part.
        ERRORS: (
            (0x04, Sign.ERROR),
            (0x08, Sign.CUTTER),
            (0x20, Sign.UNRECOVERABLE),
            (0x40, Sign.RECOVERABLE),
        ),
        PAPER: ((0x0C, Sign.PAPER_LOW), (0x60, Sign.PAPER_END)),
    }
)


def query(number: int) -> bytes:
    """Return the three bytes that ask for status ``number``."""
    return bytes((0x10, 0x04, number))


def decode(number: int, answer: int, profile: PrinterProfile) -> frozenset[Sign]:
    """Return what ``answer`` says to query ``number``; raise ``ProtocolError`` for a foreign byte.

    Either bit of a pair counts: two paper sensors may disagree, and the worse one is believed.
    """
    if number not in _BITS:
        raise ValueError(f"no DLE EOT {number}")
    if not 0 <= answer <= 0xFF or not profile.accepts(answer):  # noqa: PLR2004 - one byte
        raise ProtocolError.because("dev.protocol", query=number, answer=answer)
    return frozenset(sign for bits, sign in _BITS[number] if answer & bits)


def trouble(signs: frozenset[Sign]) -> str:
    """Return the code of what keeps the printer from printing, most helpful first; empty if nothing.

    An open cover usually raises "paper end" too, so the cover is named first.
    """
    for sign, code in _TROUBLES:
        if sign in signs:
            return code
    return ""


_TROUBLES: Final = (
    (Sign.COVER_OPEN, "media.cover_open"),
    (Sign.JAM, "media.jam"),
    (Sign.PAPER_END, "media.out"),
    (Sign.CUTTER, "media.cutter"),
    (Sign.UNRECOVERABLE, "dev.hardware"),
    (Sign.RECOVERABLE, "dev.hardware"),
    (Sign.ERROR, "dev.hardware"),
    (Sign.WAITING, "dev.not_ready"),
    (Sign.OFFLINE, "dev.not_ready"),
)


_SERIOUS: Final = frozenset(
    {
        Sign.COVER_OPEN,
        Sign.JAM,
        Sign.PAPER_END,
        Sign.CUTTER,
        Sign.UNRECOVERABLE,
        Sign.WAITING,
    }
)


def may_pass(signs: frozenset[Sign]) -> bool:
    """Tell whether the trouble may end without a person, so that waiting a little is right."""
    if signs & _SERIOUS:
        return False
    # A bare error bit without a recoverable cause is a defect.
    return Sign.ERROR not in signs or Sign.RECOVERABLE in signs


# --- GS r 1: the status that keeps its turn (§7.2, VKP80III and Epson) -------------------------------

ORDERED_QUERY: Final = b"\x1dr\x01"
"""Transmit the paper status when everything before it has been worked off."""


def is_ordered_answer(answer: int) -> bool:
    """Tell a ``GS r`` answer from a DLE EOT answer: bits 4 and 7 are clear in it."""
    return answer & 0x90 == 0


def decode_ordered(answer: int) -> frozenset[Sign]:
    """Return what the ``GS r 1`` answer says of the paper: bits 0-1 near end, 2-3 end."""
    signs = set()
    if answer & 0x03:
        signs.add(Sign.PAPER_LOW)
    if answer & 0x0C:
        signs.add(Sign.PAPER_END)
    return frozenset(signs)
