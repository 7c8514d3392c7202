# SPDX-License-Identifier: Apache-2.0
"""What only some printers tell: the six-byte status of Custom and Pyramid, the exit byte of Masung. Pure.

Source: device-protocols sheet §7.2. ``DLE EOT 20`` answers ``10 0F`` and four bytes: paper, user,
recoverable, unrecoverable. Bits that one model alone has (virtual paper end, black mark) are read only
where they cannot be mistaken for trouble.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from drivers.receipt_printer.dle_eot import Sign

FULL_QUERY: Final = b"\x10\x04\x14"
FULL_MARK: Final = b"\x10\x0f"
FULL_SIZE: Final = 6

EXIT_QUERY: Final = b"\x10\x04\x05"
"""Masung only. What a set bit means there is contradicted by public code, so nothing is concluded."""

_BITS: Final[tuple[tuple[tuple[int, Sign], ...], ...]] = (
    # paper: 40 is Custom's virtual paper end, a counted limit: a warning. 80 is its black mark.
    (
        (0x01, Sign.PAPER_END),
        (0x04, Sign.PAPER_LOW),
        (0x20, Sign.AT_EXIT),
        (0x40, Sign.PAPER_LOW),
    ),
    # user: a raised head prints as little as an open cover, and the same hand closes it.
    ((0x01, Sign.COVER_OPEN), (0x02, Sign.COVER_OPEN), (0x08, Sign.FEEDING)),
    (
        (0x01, Sign.RECOVERABLE),
        (0x02, Sign.RECOVERABLE),
        (0x08, Sign.RECOVERABLE),
        (0x40, Sign.JAM),
    ),
    ((0x01, Sign.CUTTER), (0x04, Sign.UNRECOVERABLE), (0x08, Sign.UNRECOVERABLE)),
)
_EXIT_BITS: Final[Mapping[int, str]] = MappingProxyType(
    {0x80: "bin", 0x08: "jam", 0x04: "at_exit", 0x02: "pulled", 0x01: "blocked"}
)


def find_full_status(heard: bytes) -> frozenset[Sign] | None:
    """Return what the first whole answer in ``heard`` says; ``None`` while there is none.

    A whole answer always tells of the exit: ``AT_EXIT`` or ``EXIT_CLEAR``.
    """
    start = heard.find(FULL_MARK)
    if start < 0 or len(heard) < start + FULL_SIZE:
        return None
    groups = heard[start + len(FULL_MARK) : start + FULL_SIZE]
    signs = {
        sign
        for answer, table in zip(groups, _BITS, strict=True)
        for bits, sign in table
        if answer & bits
    }
    if Sign.AT_EXIT not in signs:
        signs.add(Sign.EXIT_CLEAR)
    return frozenset(signs)


def exit_details(answer: int) -> Mapping[str, str]:
    """Return Masung's exit byte for staff: which bits are set, and that nobody knows what that means."""
    named = [name for bit, name in _EXIT_BITS.items() if answer & bit]
    return {
        "exit_byte": f"{answer:02X}",
        "exit_bits_set": " ".join(named) or "none",
        "exit_polarity": "unknown",
    }
