# SPDX-License-Identifier: Apache-2.0
"""From a byte stream to ESC/POS commands, one at a time, as a printer's own interpreter does.

Written from the device-protocols sheet §7 and the command tables that all ESC/POS printers share; knows
nothing of our renderer, so that a mistake there shows here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final

ESC, FS, GS, DLE = 0x1B, 0x1C, 0x1D, 0x10
_LEADS: Final = frozenset(range(0x81, 0xFF))


@dataclass(frozen=True, slots=True)
class Heard:
    """One command or character. ``name`` is ``text``, ``lf``, ``ESC a``, ``GS v``, and so on."""

    name: str
    raw: bytes = field(repr=False)
    text: str = field(default="", repr=False)
    numbers: tuple[int, ...] = ()
    data: bytes = field(default=b"", repr=False)


_FIXED: Final[Mapping[int, Mapping[str, int]]] = MappingProxyType(
    {
        ESC: {
            **dict.fromkeys("@2LSvim", 0),
            **dict.fromkeys("!EG-adJ3 tRMV{=rUuB", 1),
            **dict.fromkeys("$\\c", 2),
            "p": 3,
        },
        FS: {
            **dict.fromkeys("&.", 0),
            **dict.fromkeys("!-WCK", 1),
            **dict.fromkeys("Sp", 2),
            "P": 4,
        },
        GS: {
            **dict.fromkeys(":", 0),
            **dict.fromkeys("!BHfhwraIb/", 1),
            **dict.fromkeys("LWP$\\", 2),
            "^": 3,
        },
    }
)
"""How many parameter bytes follow; commands of other shapes are taken by functions below."""
_PREFIX: Final = {ESC: "ESC", FS: "FS", GS: "GS"}
_CONTROLS: Final = {0x0A: "lf", 0x0D: "cr", 0x09: "ht", 0x0C: "ff", 0x18: "can"}


class Interpreter:
    """Holds the one state that decides how bytes are cut: Chinese mode."""

    def __init__(self) -> None:
        self.chinese = False

    def take(self, buffer: bytearray) -> Heard | None:
        """Remove the next command from the buffer; ``None`` while it is not complete."""
        if not buffer:
            return None
        heard = self._look(bytes(buffer[:20]), buffer)
        if heard is None:
            return None
        del buffer[: len(heard.raw)]
        if heard.name == "ESC @":
            self.chinese = False
        elif heard.name in {"FS &", "FS ."}:
            self.chinese = heard.name == "FS &"
        return heard

    def _look(self, head: bytes, buffer: bytearray) -> Heard | None:
        first = head[0]
        if first in _PREFIX:
            return _command(head, buffer)
        if first == DLE:
            return _real_time(head)
        if first < 0x20:  # noqa: PLR2004 - controls
            return Heard(_CONTROLS.get(first, "unknown"), head[:1])
        return self._character(head)

    def _character(self, head: bytes) -> Heard | None:
        first = head[0]
        if first < 0x80:  # noqa: PLR2004 - ASCII
            return Heard("text", head[:1], text=chr(first))
        if not self.chinese or first not in _LEADS:
            # A code page character: what it shows depends on ESC t, which no slip of ours uses.
            return Heard("text", head[:1], text="\ufffd", numbers=(first,))
        if len(head) < 2:  # noqa: PLR2004 - a double byte
            return None
        return Heard("text", head[:2], text=head[:2].decode("gbk", "replace"))


def _real_time(head: bytes) -> Heard | None:
    if len(head) < 3:  # noqa: PLR2004 - DLE EOT n
        return (
            None if len(head) == 1 or head[1] in {0x04, 0x05, 0x14} else Heard("unknown", head[:1])
        )
    if head[1] in {0x04, 0x05}:
        return Heard("DLE EOT" if head[1] == 0x04 else "DLE ENQ", head[:3], numbers=(head[2],))  # noqa: PLR2004
    if head[1] != 0x14:  # noqa: PLR2004 - DC4
        return Heard("unknown", head[:1])
    length = 10 if head[2] == 0x08 else 5  # noqa: PLR2004 - clear buffers
    if len(head) < length:
        return None
    return Heard("DLE DC4", head[:length], numbers=tuple(head[2:length]))


def _command(head: bytes, buffer: bytearray) -> Heard | None:
    if len(head) < 2:  # noqa: PLR2004 - prefix and letter
        return None
    letter = chr(head[1])
    name = f"{_PREFIX[head[0]]} {letter}"
    count = _FIXED[head[0]].get(letter)
    if count is not None:
        return _numbers(name, head, 2 + count)
    shape = _SHAPES.get(name)
    if shape is None:
        return Heard("unknown", head[:2])
    return shape(name, head, buffer)


def _numbers(name: str, head: bytes, length: int) -> Heard | None:
    if len(head) < length:
        return None
    return Heard(name, head[:length], numbers=tuple(head[2:length]))


def _counted(
    name: str, buffer: bytearray, header: int, size: int, numbers: tuple[int, ...]
) -> Heard | None:
    if len(buffer) < header + size:
        return None
    raw = bytes(buffer[: header + size])
    return Heard(name, raw, numbers=numbers, data=raw[header:])


def _bit_image(name: str, head: bytes, buffer: bytearray) -> Heard | None:
    if len(head) < 5:  # noqa: PLR2004 - ESC * m nL nH
        return None
    mode, width = head[2], head[3] + 256 * head[4]
    height = 3 if mode in {32, 33} else 1
    return _counted(name, buffer, 5, width * height, (mode, width, height * 8))


def _raster(name: str, head: bytes, buffer: bytearray) -> Heard | None:
    if len(head) < 8:  # noqa: PLR2004 - GS v 0 m xL xH yL yH
        return None
    if head[2] != 0x30:  # noqa: PLR2004 - "0"
        return Heard("unknown", head[:3])
    across, down = head[4] + 256 * head[5], head[6] + 256 * head[7]
    return _counted(name, buffer, 8, across * down, (head[3] & 3, across, down))


def _extended(name: str, head: bytes, buffer: bytearray) -> Heard | None:
    """GS ( x pL pH: every function of this form says its own length."""
    if len(head) < 5:  # noqa: PLR2004
        return None
    return _counted(f"{name}{chr(head[2])}", buffer, 5, head[3] + 256 * head[4], ())


def _cut(name: str, head: bytes, _buffer: bytearray) -> Heard | None:
    if len(head) < 3:  # noqa: PLR2004
        return None
    return _numbers(name, head, 4 if head[2] in {65, 66, 97, 98, 103, 104} else 3)


def _eject(name: str, head: bytes, _buffer: bytearray) -> Heard | None:
    """GS e n of presenters: 3 takes one parameter more, 20h two (§7.3)."""
    if len(head) < 3:  # noqa: PLR2004
        return None
    return _numbers(name, head, 3 + {3: 1, 0x20: 2}.get(head[2], 0))


def _barcode(name: str, head: bytes, buffer: bytearray) -> Heard | None:
    if len(head) < 4:  # noqa: PLR2004
        return None
    if head[2] >= 65:  # noqa: PLR2004 - function B says its length
        return _counted(name, buffer, 4, head[3], (head[2],))
    end = buffer.find(b"\0", 3)
    return None if end < 0 else _counted(name, buffer, 3, end - 2, (head[2],))


def _tabs(name: str, _head: bytes, buffer: bytearray) -> Heard | None:
    end = buffer.find(b"\0", 2)
    return None if end < 0 else _counted(name, buffer, 2, end - 1, ())


_SHAPES: Final = {
    "ESC *": _bit_image,
    "ESC D": _tabs,
    "GS v": _raster,
    "GS (": _extended,
    "GS V": _cut,
    "GS e": _eject,
    "GS k": _barcode,
}
