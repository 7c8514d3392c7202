# SPDX-License-Identifier: Apache-2.0
"""The citizen number: 18 characters, the last one a check (ISO 7064 MOD 11-2).

Source: device-protocols sheet §4.1. A region code need not be current (codes retire, numbers live
on), so only the check, the date and the alphabet are judged here.
"""

from __future__ import annotations

from datetime import date
from typing import Final

_DIGITS: Final = 17
_WEIGHTS: Final = tuple(2 ** (18 - place) % 11 for place in range(1, _DIGITS + 1))
_CHECKS: Final = "10X98765432"
_OLD_LENGTH: Final = 15


def check_character(first_seventeen: str) -> str:
    """Return the check character of 17 digits. Raises ``ValueError`` for anything else."""
    if len(first_seventeen) != _DIGITS or not _plain_digits(first_seventeen):
        raise ValueError("17 digits are needed")
    total = sum(
        int(digit) * weight for digit, weight in zip(first_seventeen, _WEIGHTS, strict=True)
    )
    return _CHECKS[total % 11]


def is_valid(number: str) -> bool:
    """Tell whether 18 characters have the right check and a birth date that exists."""
    if len(number) != _DIGITS + 1 or not _plain_digits(number[:_DIGITS]):
        return False
    return number[_DIGITS] == check_character(number[:_DIGITS]) and birth_of(number) is not None


def birth_of(number: str) -> date | None:
    """Return the birth date written in an 18-character number, ``None`` when there is no such day."""
    written = number[6:14]
    if len(written) != len("YYYYMMDD") or not _plain_digits(written):
        return None
    try:
        return date(int(written[:4]), int(written[4:6]), int(written[6:]))
    except ValueError:
        return None


def is_male(number: str) -> bool:
    """Tell the sex written in an 18-character number: the 17th digit is odd for men."""
    return int(number[16]) % 2 == 1


def from_fifteen(old: str) -> str:
    """Return the 18-character form of a number of 15 digits (issued until 1999)."""
    if len(old) != _OLD_LENGTH or not _plain_digits(old):
        raise ValueError("15 digits are needed")
    first_seventeen = f"{old[:6]}19{old[6:]}"
    return first_seventeen + check_character(first_seventeen)


def _plain_digits(text: str) -> bool:
    # str.isdigit also takes full-width and superscript digits.
    return text.isascii() and text.isdigit()
