# SPDX-License-Identifier: Apache-2.0
"""Text for the printer's Chinese mode: what its font holds goes as GBK, the rest is marked to be drawn.

Printers take ``FS &``, double bytes, ``FS .`` (device-protocols sheet §7.1). GB 18030's four-byte
characters are not used: no printer is known to have them. A double byte is printed two columns wide
whatever Unicode says of its width, so widths here are the printer's own.

Nothing in a text can become a command: controls never pass :func:`clean`.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

CHINESE_ON: Final = b"\x1c&"
CHINESE_OFF: Final = b"\x1c."

_INVISIBLE: Final = frozenset(
    [
        0x00AD,
        0x034F,
        0x061C,
        0x115F,
        0x1160,
        0x17B4,
        0x17B5,
        0x3164,
        0xFEFF,
        0xFFA0,
        *range(0x180B, 0x1810),
        *range(0x200B, 0x2010),
        *range(0x202A, 0x202F),
        *range(0x2060, 0x2070),
        *range(0xFE00, 0xFE10),
        *range(0xFFF0, 0xFFFC),
        *range(0x1BCA0, 0x1BCA4),
        *range(0x1D173, 0x1D17B),
        *range(0xE0000, 0xE1000),
    ]
)
"""Unicode's default-ignorable code points: without support for them, the base character is right."""


@dataclass(frozen=True, slots=True)
class Typed:
    """A run that the printer's own font prints."""

    text: str
    data: bytes

    @property
    def columns(self) -> int:
        """One column a byte: a double byte is two columns wide."""
        return len(self.data)


@dataclass(frozen=True, slots=True)
class Drawn:
    """One character, with what combines with it, that has to be drawn."""

    text: str

    @property
    def columns(self) -> int:
        """Two columns for what is wide in Chinese text, one for the rest."""
        return 2 if unicodedata.east_asian_width(self.text[0]) in "WFA" else 1


Piece = Typed | Drawn


def clean(text: str) -> str:
    """Return the text without controls and invisible characters; every space becomes a plain one.

    Line breaks stay, as line feeds; tabs become spaces; half surrogates become U+FFFD.
    """
    kept = []
    for character in text.replace("\r\n", "\n"):
        category = unicodedata.category(character)
        if character in "\n\r\x0b\x0c\x85\u2028\u2029":
            kept.append("\n")
        elif character == "\t" or (category == "Zs" and character != "\u3000"):
            kept.append(" ")
        elif category == "Cs":
            kept.append("\ufffd")
        elif category != "Cc" and ord(character) not in _INVISIBLE:
            kept.append(character)
    return "".join(kept)


def clusters(text: str) -> Iterator[str]:
    """Split cleaned text into characters, each with the marks that combine with it.

    A pair that Unicode also has as one character (e and acute) becomes that character; a Chinese
    compatibility character on its own stays as it is, because in a name the form matters.
    """
    current = ""
    for character in text:
        if current and unicodedata.category(character).startswith("M"):
            current += character
            continue
        if current:
            yield _composed(current)
        current = character
    if current:
        yield _composed(current)


def _composed(cluster: str) -> str:
    return unicodedata.normalize("NFC", cluster) if len(cluster) > 1 else cluster


def typed_bytes(cluster: str, charset: str) -> bytes | None:
    """Return the one or two bytes of a character, or ``None`` where the charset lacks it."""
    if len(cluster) != 1:
        return None
    if " " <= cluster <= "~":
        return cluster.encode("ascii")
    try:
        data = cluster.encode(charset)
    except UnicodeEncodeError:
        return None
    return data if len(data) == 2 else None  # noqa: PLR2004 - a double byte


def pieces(text: str, charset: str = "gbk") -> tuple[Piece, ...]:
    """Split one line of text into runs to type and characters to draw, in order."""
    found: list[Piece] = []
    run_text, run_data = "", b""
    for cluster in clusters(clean(text).replace("\n", " ")):
        data = typed_bytes(cluster, charset)
        if data is not None:
            run_text += cluster
            run_data += data
            continue
        if run_text:
            found.append(Typed(run_text, run_data))
            run_text, run_data = "", b""
        found.append(Drawn(cluster))
    if run_text:
        found.append(Typed(run_text, run_data))
    return tuple(found)


def columns_of(text: str, charset: str = "gbk") -> int:
    """Return how many columns a line of text takes on paper, in single size."""
    return sum(piece.columns for piece in pieces(text, charset))
