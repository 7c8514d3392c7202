# SPDX-License-Identifier: Apache-2.0
"""What of a person may stand on a public screen: numbers grouped for reading, the middle hidden."""

from __future__ import annotations

_HIDDEN = "*"
_ID_NUMBER = 18
_MOBILE = 11


def mask_name(name: str) -> str:
    """Hide the middle of a name: 王苗苗 → 王*苗, 李测 → 李*; of a Latin name only initials stay."""
    name = name.strip()
    if not name:
        return ""
    if name.isascii():
        return " ".join(part[0] + _HIDDEN * 3 for part in name.split())
    if len(name) <= 2:  # noqa: PLR2004 - a surname and one character
        return name[0] + _HIDDEN * (len(name) - 1)
    return name[0] + _HIDDEN * (len(name) - 2) + name[-1]


def mask_middle(value: str, *, head: int, tail: int) -> str:
    """Keep ``head`` and ``tail`` characters; of a value too short for both, keep only its end's half."""
    value = value.strip()
    if len(value) <= head + tail:
        kept = len(value) // 3
        return _HIDDEN * (len(value) - kept) + value[len(value) - kept :] if value else ""
    return value[:head] + _HIDDEN * (len(value) - head - tail) + value[-tail:]


def mask_number(number: str) -> str:
    """Mask an identity number: 360702********0021, region and last four stay."""
    return mask_middle(number, head=6, tail=4)


def mask_phone(phone: str) -> str:
    """Mask a telephone number: 138****0000."""
    return mask_middle(phone, head=3, tail=4)


def mask_account(account: str) -> str:
    """Mask a bank account: first and last four stay."""
    return group(mask_middle(account, head=4, tail=4), (4, 4, 4, 4))


def group(value: str, sizes: tuple[int, ...]) -> str:
    """Put spaces between groups of these sizes; what is left over is the last group."""
    parts: list[str] = []
    rest = value
    for size in sizes:
        if not rest:
            break
        parts.append(rest[:size])
        rest = rest[size:]
    if rest:
        parts.append(rest)
    return " ".join(parts)


def group_phone(phone: str) -> str:
    """Group a mobile number as it is spoken: 138 0000 0000; leave others as they are."""
    if len(phone) == _MOBILE and phone.isdigit():
        return group(phone, (3, 4))
    return phone


def group_number(number: str) -> str:
    """Group an identity number into region, birth and rest: 360702 19380312 002X."""
    return group(number, (6, 8)) if len(number) == _ID_NUMBER else number


def group_account(account: str) -> str:
    """Group a bank account by four."""
    return group(account, (4, 4, 4, 4))
