# SPDX-License-Identifier: Apache-2.0
"""From the bytes of a code to its text, and no further.

A code is opaque: it is sent to the platform once and the platform says what it means. Nobody here
parses it, logs it or shows it (device-protocols sheet §6: at most 2048 bytes, printable).

Nothing in a code says how its text is encoded. Chinese codes are UTF-8 or GBK; strict UTF-8 is tried
first because GBK text is hardly ever valid UTF-8, while GB18030 takes almost anything.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass, field
from typing import Final

from drivers.core import CodeError

MAX_CODE_BYTES: Final = 2048

_UNPRINTABLE: Final = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})
"""Control and format characters, lone surrogates, line and paragraph separators.

``str.isprintable`` is no use: it refuses the ideographic space, private characters (in old name fonts)
and every character younger than Python's Unicode tables, which rare names are made of.
"""


@dataclass(frozen=True, slots=True)
class CodeText:
    """The text of one code. ``repr`` and ``str`` show nothing but its length."""

    value: str = field(repr=False)
    encoding: str
    """``utf-8`` or ``gb18030``."""

    def __str__(self) -> str:
        """Return what may stand in a log."""
        return f"<code of {len(self.value)} characters>"


def decode_code(data: bytes) -> CodeText:
    """Decode ``data`` as UTF-8, else as GB18030 (which holds GBK).

    A UTF-8 byte order mark is dropped. Raises ``CodeError``: ``code.none`` for nothing,
    ``code.too_long`` above :data:`MAX_CODE_BYTES`, ``code.not_text`` for what is not printable text.
    """
    if not data:
        raise CodeError("code.none")
    if len(data) > MAX_CODE_BYTES:
        raise CodeError.because("code.too_long", most=MAX_CODE_BYTES)
    for encoding in ("utf-8", "gb18030"):
        try:
            text = data.decode("utf-8-sig" if encoding == "utf-8" else encoding)
        except UnicodeDecodeError:
            continue
        if not is_printable(text):
            break
        return CodeText(text, encoding)
    raise CodeError("code.not_text")


def is_printable(text: str) -> bool:
    """Tell whether ``text`` is neither empty nor holds a control, format or separator character."""
    return bool(text) and not any(unicodedata.category(char) in _UNPRINTABLE for char in text)
