# SPDX-License-Identifier: Apache-2.0
"""The printing part of the simulated printer: what each command does to the line, the paper, the knife."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import segno

from drivers.sim.escpos_commands import Heard
from drivers.sim.escpos_paper import HEAD_TO_CUTTER, Mark, Roll

_CELL, _COLUMN = 24, 12
_DEFAULT_SPACING: Final = 30


@dataclass(slots=True)
class Style:
    """What ``ESC @`` sets back."""

    align: int = 0
    bold: bool = False
    smooth: bool = False
    stretch: tuple[int, int] = (1, 1)
    spacing: int = _DEFAULT_SPACING
    right_space: int = 0


class Head:
    """Prints on a roll. ``cut_here`` is called when the knife is to fall; it may fail there."""

    def __init__(self, dots: int, roll: Roll, cut_here: Callable[[], None]) -> None:
        self.roll = roll
        self._dots = dots
        self._cut_here = cut_here
        self._style = Style()
        self._line: list[Mark] = []
        self._pen = 0
        self._owed = 0
        self._code: dict[str, int | bytes] = {}

    @property
    def owes(self) -> bool:
        """Tell whether a feed was cut short by the end of the paper."""
        return self._owed > 0

    @property
    def line_started(self) -> bool:
        """Tell whether something waits to be printed with its line."""
        return bool(self._line)

    def catch_up(self) -> None:
        """Go on with the feed that the end of the paper cut short."""
        self._advance(0)

    def drop_line(self) -> None:
        """Forget what was typed and not yet printed."""
        self._line, self._pen, self._owed = [], 0, 0

    def do(self, heard: Heard) -> None:  # noqa: C901 - one case a command
        """Carry out one command that is for the head."""
        number = heard.numbers[0] if heard.numbers else 0
        match heard.name:
            case "text":
                self._type(heard)
            case "lf":
                self._print_line()
            case "ESC *":
                self._draw_inline(heard)
            case "GS v":
                self._draw_raster(heard)
            case "GS (k":
                self._two_dimensional(heard.data)
            case "GS V" | "ESC i" | "ESC m" | "GS e":
                self._cut(heard)
            case "ESC d":
                for _ in range(number):
                    self._print_line()
            case "ESC J":
                self._put_line()
                self._advance(number)
            case "ESC @":
                self._line, self._pen, self._style = [], 0, Style()
            case _:
                self._set_style(heard.name, number)

    def _set_style(self, name: str, number: int) -> None:
        match name:
            case "ESC a":
                self._style.align = number % 48
            case "ESC E":
                self._style.bold = bool(number & 1)
            case "ESC 3":
                self._style.spacing = number
            case "ESC 2":
                self._style.spacing = _DEFAULT_SPACING
            case "ESC  ":
                self._style.right_space = number
            case "GS b":
                self._style.smooth = bool(number & 1)
            case "GS !":
                self._style.stretch = ((number >> 4 & 7) + 1, (number & 7) + 1)
            case "ESC !":
                self._style.stretch = (2 if number & 32 else 1, 2 if number & 16 else 1)
            case "FS !":
                self._style.stretch = (2 if number & 4 else 1, 2 if number & 8 else 1)
            case _:
                pass  # obeyed by no part of this printer

    def _type(self, heard: Heard) -> None:
        across, down = self._style.stretch
        width = (_COLUMN * len(heard.raw)) * across
        if self._pen + width > self._dots:
            self._print_line()
        self._line.append(
            Mark(
                self._pen,
                0,
                width,
                _CELL * down,
                heard.text,
                stretch=self._style.stretch,
                bold=self._style.bold,
                smooth=self._style.smooth,
            )
        )
        self._pen += width + self._style.right_space * across

    def _draw_inline(self, heard: Heard) -> None:
        mode, columns, height = heard.numbers
        scale = 1 if mode in {1, 33} else 2
        width = columns * scale
        if self._pen + width > self._dots:
            self._print_line()
        rows = _columns_to_rows(heard.data, columns, height)
        down = 1 if height == _CELL else 3
        self._line.append(
            Mark(self._pen, 0, width, height * down, bits=rows, stretch=(scale, down))
        )
        self._pen += width

    def _print_line(self) -> None:
        height = self._put_line()
        self._advance(max(self._style.spacing, height))

    def _put_line(self) -> int:
        """Put what was typed on the paper, on a common base line; return its height."""
        marks, self._line = self._line, []
        used, self._pen = self._pen, 0
        height = max((mark.height for mark in marks), default=0)
        free = max(0, self._dots - used)
        shift = {1: free // 2, 2: free}.get(self._style.align, 0)
        for mark in marks:
            self.roll.put(mark.moved(shift, height - mark.height))
        return height

    def _draw_raster(self, heard: Heard) -> None:
        if self._line:
            self._print_line()
        mode, across, down = heard.numbers
        scale = (2 if mode & 1 else 1, 2 if mode & 2 else 1)
        width, height = across * 8 * scale[0], down * scale[1]
        self._put_picture(Mark(0, 0, width, height, bits=heard.data, stretch=scale))

    def _put_picture(self, mark: Mark) -> None:
        free = max(0, self._dots - mark.width)
        self.roll.put(mark.moved({1: free // 2, 2: free}.get(self._style.align, 0), 0))
        self._advance(mark.height)

    def _two_dimensional(self, data: bytes) -> None:
        """GS ( k, QR: size, level, store, print (§7.1)."""
        if len(data) < 2 or data[0] != 0x31:  # noqa: PLR2004 - another symbology
            return
        function, rest = data[1], data[2:]
        if function == 0x43 and rest:  # noqa: PLR2004
            self._code["module"] = rest[0]
        elif function == 0x45 and rest:  # noqa: PLR2004
            self._code["level"] = rest[0]
        elif function == 0x50:  # noqa: PLR2004
            self._code["content"] = rest[1:]
        elif function == 0x51:  # noqa: PLR2004
            self._print_code()

    def _print_code(self) -> None:
        content = self._code.get("content")
        if not isinstance(content, bytes) or not content:
            return
        level = {0x30: "l", 0x31: "m", 0x32: "q", 0x33: "h"}.get(int(self._code.get("level", 48)))
        code = segno.make(content, error=level, micro=False, boost_error=False)
        module = int(self._code.get("module", 3))
        side = len(code.matrix)
        if side * module > self._dots:
            return  # a real printer prints nothing when the code is wider than the paper
        rows = b"".join(
            int("".join(str(cell & 1) for cell in row).ljust(-(-side // 8) * 8, "0"), 2).to_bytes(
                -(-side // 8), "big"
            )
            for row in code.matrix
        )
        if self._line:
            self._print_line()
        self._put_picture(
            Mark(0, 0, side * module, side * module, bits=rows, stretch=(module, module))
        )

    def _cut(self, heard: Heard) -> None:
        if self._line:
            self._print_line()
        if heard.name == "GS V" and len(heard.numbers) > 1:
            self._advance(HEAD_TO_CUTTER + heard.numbers[1])
        if self._owed:
            # The paper ended on the way to the knife: nothing is cut; the slip hangs out.
            self._owed = 0
            return
        self._cut_here()

    def _advance(self, dots: int) -> None:
        """Move the paper; what cannot be moved now is owed until there is paper again."""
        wanted = self._owed + dots
        before = self.roll.head
        self._owed = 0 if self.roll.advance(wanted) else wanted - (self.roll.head - before)


def _columns_to_rows(data: bytes, columns: int, height: int) -> bytes:
    """Turn the columns of ESC * (top bit first) into rows of bytes."""
    tall = height // 8
    wide = -(-columns // 8)
    rows = bytearray(wide * height)
    for x in range(columns):
        column = int.from_bytes(data[x * tall : (x + 1) * tall], "big")
        for y in range(height):
            if column >> (height - 1 - y) & 1:
                rows[y * wide + x // 8] |= 0x80 >> (x % 8)
    return bytes(rows)
