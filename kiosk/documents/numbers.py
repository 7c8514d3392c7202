# SPDX-License-Identifier: Apache-2.0
"""Local receipt numbers: digits only, so that they can be read aloud and typed on a telephone.

::

    1121-4821-0007-3
    │    │    │    └ check digit over all others, ISO 7064 MOD 11,10
    │    │    └ the terminal's own count of submissions, four digits or more
    │    └ four digits made from the terminal's name
    └ month and day of acceptance, in China

The count never starts again, so a terminal never gives a number twice. Two terminals whose names give
the same four digits may; staff then tell them apart by terminal, and the platform never looks a matter
up by this number alone.
"""

from __future__ import annotations

import hashlib
import unicodedata
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone

CHINA = timezone(timedelta(hours=8), "Asia/Shanghai")
"""China has one time and no summer time since 1991."""

_TAG_DIGITS = 4
_COUNT_DIGITS = 4
_HEAD = 4 + _TAG_DIGITS
_SHORTEST = _HEAD + _COUNT_DIGITS + 1


class ReceiptNumberError(ValueError):
    """What was typed is not a receipt number; most slips of the finger end here."""


@dataclass(frozen=True, slots=True)
class ReceiptNumber:
    """The parts of a receipt number."""

    month: int
    day: int
    terminal_tag: str
    sequence: int

    def __str__(self) -> str:
        """Return the number as it is printed."""
        head, count = f"{self.month:02d}{self.day:02d}", f"{self.sequence:0{_COUNT_DIGITS}d}"
        check = check_digit(head + self.terminal_tag + count)
        return f"{head}-{self.terminal_tag}-{count}-{check}"


def number(sequence: int, wall: float, terminal: str) -> str:
    """Return the local receipt number of a terminal's submission.

    ``sequence`` counts from 1 and never repeats; ``wall`` is seconds since the epoch. A clock that is
    wrong makes the date wrong, never the number ambiguous.
    """
    if sequence < 1:
        raise ValueError(f"the count starts at 1, not at {sequence}")
    day = datetime.fromtimestamp(wall, UTC).astimezone(CHINA)
    return str(ReceiptNumber(day.month, day.day, terminal_tag(terminal), sequence))


def parse(text: str) -> ReceiptNumber:
    """Read a receipt number as people type it: with or without hyphens, spaces, full-width digits.

    Raises :class:`ReceiptNumberError`.
    """
    digits = "".join(
        character
        for character in unicodedata.normalize("NFKC", text)
        if not (character.isspace() or unicodedata.category(character) == "Pd")
    )
    if len(digits) < _SHORTEST or not (digits.isascii() and digits.isdigit()):
        raise ReceiptNumberError("a receipt number has at least 13 digits and nothing else")
    body, check = digits[:-1], digits[-1]
    if check_digit(body) != check:
        raise ReceiptNumberError("the check digit does not fit: a digit is wrong")
    month, day, count = int(body[:2]), int(body[2:4]), body[_HEAD:]
    if not (1 <= month <= 12 and 1 <= day <= 31):  # noqa: PLR2004 - the calendar
        raise ReceiptNumberError("it does not start with a month and a day")
    if int(count) < 1 or (len(count) > _COUNT_DIGITS and count.startswith("0")):
        raise ReceiptNumberError("no terminal counts like that")
    return ReceiptNumber(month, day, body[4:_HEAD], int(count))


def is_valid(text: str) -> bool:
    """Tell whether :func:`parse` would read it."""
    try:
        parse(text)
    except ReceiptNumberError:
        return False
    return True


def terminal_tag(terminal: str) -> str:
    """Return the four digits that stand for a terminal's name."""
    digest = hashlib.sha256(terminal.encode("utf-8")).digest()
    return f"{int.from_bytes(digest[:8], 'big') % 10**_TAG_DIGITS:0{_TAG_DIGITS}d}"


def check_digit(digits: str) -> str:
    """Return the ISO 7064 MOD 11,10 check digit: it finds every single wrong digit."""
    product = 10
    for digit in digits:
        product = ((int(digit) + product) % 10 or 10) * 2 % 11
    return str((11 - product) % 10)
