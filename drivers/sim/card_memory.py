# SPDX-License-Identifier: Apache-2.0
"""What is stored on a simulated card: fields to the 256 bytes of text, and a stand-in for the photo.

Written from the sheet (§2), independently of the driver's decoder, so that each checks the other.
"""

from __future__ import annotations

import random
from datetime import date
from typing import Final

from drivers.core import CardType, IdCard

_SEX_CODES: Final = {"unknown": "0", "male": "1", "female": "2", "unstated": "9"}
_ETHNICITY_CODES: Final = {
    "汉": "01",
    "蒙古": "02",
    "回": "03",
    "土家": "15",
    "畲": "22",
    "满": "11",
}
"""Those that the synthetic people need."""
_FRAME_INSIDE: Final = bytes.fromhex("AAAAAA96690004000090 94")
_PHOTO_SIZE: Final = 1024


def text_block(card: IdCard, *, padding: str = " ") -> bytes:
    """Return the 256 bytes of a card. Raises ``ValueError`` when a field is too long for its place."""
    match card.card_type:
        case CardType.RESIDENT:
            layout = [*_common(card, _ETHNICITY_CODES.get(card.ethnicity or "", "")), ("", 36)]
        case CardType.HMT_RESIDENCE:
            layout = [
                *_common(card, ""),
                (card.permit_number, 18),
                (_two_digits(card.issue_count), 4),
                ("", 6),
                ("J", 2),
                ("", 6),
            ]
        case CardType.FOREIGN_2017:
            layout = [
                (card.english_name, 120),
                (_SEX_CODES[card.sex or "unknown"], 2),
                (card.number, 30),
                (card.nationality, 6),
                (card.name, 30),
                (_day(card.valid_from), 16),
                (_end(card), 16),
                (_day(card.birth), 16),
                (card.card_version, 4),
                (card.issuer, 8),
                ("I", 2),
                ("", 6),
            ]
        case CardType.FOREIGN_2023:
            english = card.english_name or ""
            layout = [
                (card.name, 30),
                (_SEX_CODES[card.sex or "unknown"], 2),
                (_two_digits(card.issue_count), 4),
                (_day(card.birth), 16),
                (english[:35], 70),
                (card.number, 36),
                ("", 30),
                (_day(card.valid_from), 16),
                (_end(card), 16),
                (english[35:], 22),
                (card.nationality, 6),
                ("Y", 2),
                (card.previous_number_suffix, 6),
            ]
    return b"".join(_padded(text or "", size, padding) for text, size in layout)


def appended_address_block(address: str) -> bytes:
    """Return the 70 bytes of a later address."""
    return _padded(address, 70, " ")


def photo_stand_in(seed: int) -> bytes:
    """Return 1024 bytes that are no photo; a preamble and a whole small frame are among them.

    A real one is in a closed format that nobody here can or needs to write.
    """
    noise = bytearray(random.Random(seed).randbytes(_PHOTO_SIZE))  # noqa: S311 - a stand-in, no secret
    noise[300 : 300 + len(_FRAME_INSIDE)] = _FRAME_INSIDE
    noise[700:705] = _FRAME_INSIDE[:5]
    return bytes(noise)


def _common(card: IdCard, ethnicity: str) -> list[tuple[str | None, int]]:
    """Return the 220 bytes that resident cards and J cards share (§2.1, §2.2)."""
    return [
        (card.name, 30),
        (_SEX_CODES[card.sex or "unknown"], 2),
        (ethnicity, 4),
        (_day(card.birth), 16),
        (card.address, 70),
        (card.number, 36),
        (card.issuer, 30),
        (_day(card.valid_from), 16),
        (_end(card), 16),
    ]


def _padded(text: str, size: int, padding: str) -> bytes:
    raw = text.encode("utf-16-le")
    if len(raw) > size:
        raise ValueError("a field is too long for the card")
    return raw + padding.encode("utf-16-le") * ((size - len(raw)) // 2)


def _day(day: date | None) -> str:
    return day.strftime("%Y%m%d") if day else ""


def _end(card: IdCard) -> str:
    return "长期" if card.long_term else _day(card.valid_to)


def _two_digits(count: int | None) -> str:
    return "" if count is None else f"{count:02d}"
