# SPDX-License-Identifier: Apache-2.0
"""办件编号: unique, readable aloud, keyed in on a phone, and not to be guessed from one's neighbour's.

``261121-483926-5``: day, six random digits, check digit (ISO/IEC 7064, MOD 11,10: every wrong digit and
nearly every swap is noticed). Random and not counted, so several workers need no common counter and a
number says nothing about how many cases there are; the unique index decides, and a clash draws again.
"""

from __future__ import annotations

import secrets
from datetime import date

_RANDOM = 1_000_000


def new_case_number(day: date) -> str:
    """Return a fresh number for a case received on ``day``."""
    return _numbered(day)


def new_ticket_number(day: date) -> str:
    """Return a fresh number for a ticket, told apart from cases by its letter."""
    return f"T{_numbered(day)}"


def is_well_formed(number: str) -> bool:
    """Tell whether the check digit fits, so that a slip of the finger is told from an unknown case."""
    digits = number.removeprefix("T").replace("-", "")
    return len(digits) == 13 and digits.isdecimal() and _check(digits[:-1]) == digits[-1]  # noqa: PLR2004 - 6 + 6 + 1


def _numbered(day: date) -> str:
    first, second = f"{day:%y%m%d}", f"{secrets.randbelow(_RANDOM):06d}"
    return f"{first}-{second}-{_check(first + second)}"


def _check(digits: str) -> str:
    product = 10
    for digit in digits:
        total = (int(digit) + product) % 10 or 10
        product = total * 2 % 11
    return str((11 - product) % 10)
