# SPDX-License-Identifier: Apache-2.0
"""The text of a slip, from the bytes that went to the printer."""

from __future__ import annotations

from typing import Final

from drivers.sim.escpos_commands import Heard, Interpreter

PICTURE: Final = "\ufffc"
"""Stands for whatever was drawn instead of typed (Unicode's object replacement character)."""
_QR_STORE: Final = (0x31, 0x50)


def decode_receipt(data: bytes) -> str:
    """Return what a printer in Chinese mode would type, line by line.

    A drawn character is one U+FFFC in its place; a picture is a line with one U+FFFC; a native QR code
    is a line ``[QR] content``. A double byte outside Chinese mode is U+FFFD for each byte, as it would
    be rubbish on paper. White paper leaves no trace; a cut ends the slip with a form feed.
    """
    buffer, interpreter = bytearray(data), Interpreter()
    lines: list[str] = []
    line = ""
    while (heard := interpreter.take(buffer)) is not None:
        if heard.name == "text":
            line += heard.text
            continue
        if heard.name == "ESC *":
            line += PICTURE
            continue
        block = _block(heard)
        if block is None:
            continue
        if line:
            lines.append(line)
        line = ""
        if block:
            lines.append(block)
    if line:
        lines.append(line)
    return "\n".join(lines)


def _block(heard: Heard) -> str | None:
    """Return the line that a block is, ``""`` for what only ends a line, ``None`` for the rest."""
    if heard.name == "GS v":
        return PICTURE if any(heard.data) and heard.numbers[2] > _RULE_DOTS else ""
    if heard.name == "GS (k" and tuple(heard.data[:2]) == _QR_STORE:
        return "[QR] " + heard.data[3:].decode("utf-8", "replace")
    if heard.name in {"GS V", "ESC i", "ESC m", "GS e"}:
        return "\f"
    if heard.name in {"lf", "ESC d", "ESC J", "ff"}:
        return ""
    return None


_RULE_DOTS: Final = 4
"""A picture lower than half a millimetre is a rule."""
