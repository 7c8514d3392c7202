# SPDX-License-Identifier: Apache-2.0
"""A slip as a picture, as it would lie on the table: thermal paper, black dots, true size at 203 dpi."""

from __future__ import annotations

from functools import lru_cache
from typing import Final

from PIL import Image, ImageChops

from drivers.receipt_printer.glyphs import GlyphDrawer
from drivers.sim.escpos_paper import Mark, Slip

_MARGIN: Final = 32
"""80 mm paper is 640 dots wide, 576 of which the head reaches."""
_PAPER: Final = (251, 250, 246)
_INK: Final = (38, 36, 40)
_COLUMN: Final = 12
_CELL: Final = 24


def draw_slip(slip: Slip, dots: int = 576) -> Image.Image:
    """Return the slip (RGB). A character that no font here has is an empty frame, as in the printer."""
    ink = Image.new("L", (dots + 2 * _MARGIN, max(1, slip.dots)))
    for mark in slip.marks:
        picture = _picture_of(mark)
        if picture is not None:
            place = (_MARGIN + mark.x, mark.y)
            below = ink.crop((*place, place[0] + picture.width, place[1] + picture.height))
            ink.paste(ImageChops.lighter(below, picture), place)
    paper = Image.new("RGB", ink.size, _PAPER)
    paper.paste(Image.new("RGB", ink.size, _INK), mask=ink)
    return paper


def _picture_of(mark: Mark) -> Image.Image | None:
    if mark.bits:
        wide, high = mark.width // mark.stretch[0], mark.height // mark.stretch[1]
        stride = -(-wide // 8)
        whole = Image.frombytes("1", (stride * 8, high), mark.bits[: stride * high])
        picture = whole.crop((0, 0, wide, high)).convert("L")
        return picture.resize((mark.width, mark.height), Image.Resampling.NEAREST)
    if mark.text.strip():
        return _character(mark.text, mark.width, mark.stretch, bold=mark.bold, smooth=mark.smooth)
    return None


@lru_cache(maxsize=2048)
def _character(
    text: str, width: int, stretch: tuple[int, int], *, bold: bool, smooth: bool
) -> Image.Image:
    across, down = stretch
    columns = width // (_COLUMN * across)
    drawer = _drawer()
    size = (width, _CELL * down)
    if not drawer.can_draw(text):
        picture = Image.new("L", size)
        frame = Image.new("L", (size[0] - 4, size[1] - 4), 255)
        frame.paste(0, (2, 2, frame.width - 2, frame.height - 2))
        picture.paste(frame, (2, 2))
    elif smooth:
        picture = drawer.draw_scaled(text, columns, across, down)
    else:
        picture = drawer.draw_cell(text, columns).resize(size, Image.Resampling.NEAREST)
    if bold:
        picture = ImageChops.lighter(picture, ImageChops.offset(picture, across, 0))
    return picture


@lru_cache(maxsize=1)
def _drawer() -> GlyphDrawer:
    return GlyphDrawer()
