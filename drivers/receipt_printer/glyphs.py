# SPDX-License-Identifier: Apache-2.0
"""Drawing what the printer's font lacks: rare name characters, foreign letters, whole lines.

A character is drawn only by a font that really has it. Where none has, :meth:`GlyphDrawer.can_draw`
says no, and the slip shows the code point in words instead; nothing is ever drawn as a box or ``?``.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import Final

from PIL import Image, ImageDraw, ImageFont

CELL: Final = 24
"""Height of a character in dots; a column is half of that."""
COLUMN: Final = 12

_BASELINE: Final = 21
"""Noto CJK's em box has 0.88 of its height above the baseline."""
_NARROW_BASELINE: Final = 19
"""Half-width letters stand a little higher, so that g and y keep their tails within the cell."""
_INK: Final = 110
"""Grey above this is a dot on paper: thin strokes of dense characters stay."""
_NOBODY_HAS: Final = "\U0010fffe"
"""A non-character: what a font draws for it is what it draws for all it lacks."""

_NOTO: Final = "/usr/share/fonts/opentype/noto/NotoSansCJK-"
FONT_FILES: Final = (
    f"{_NOTO}Regular.ttc",
    "/usr/share/fonts/noto-cjk/NotoSansCJK-Regular.ttc",
    "/usr/share/fonts/google-noto-cjk/NotoSansCJK-Regular.ttc",
    "/usr/share/fonts/truetype/droid/DroidSansFallbackFull.ttf",
    "/usr/share/fonts/truetype/dejavu/DejaVuSansMono.ttf",
)
"""Where distributions put the fonts, the best first; missing files are passed over."""

_WANTED_FACE: Final = "Noto Sans Mono CJK SC"
"""Chinese forms, Latin letters exactly half as wide: the printer's own grid."""


class GlyphDrawer:
    """Draws characters on the printer's grid of 12 x 24 dots. Opens the fonts at first use."""

    def __init__(self, files: Sequence[str] = FONT_FILES) -> None:
        self._files = tuple(files)
        self._fonts: dict[int, tuple[ImageFont.FreeTypeFont, ...]] = {}
        self._known: dict[str, int | None] = {}

    @property
    def has_fonts(self) -> bool:
        """Tell whether any font is there at all."""
        return bool(self._at_size(CELL))

    def can_draw(self, cluster: str) -> bool:
        """Tell whether some font has every character of the cluster."""
        return self._font_index(cluster) is not None

    def draw_cell(self, cluster: str, columns: int) -> Image.Image:
        """Return the character as dots (mode ``L``, 255 is ink), ``columns`` wide, one cell high."""
        return self.draw_scaled(cluster, columns, 1, 1)

    def draw_scaled(self, cluster: str, columns: int, width: int, height: int) -> Image.Image:
        """Return the character enlarged: drawn at that size, so without steps."""
        index = self._font_index(cluster)
        box = (columns * COLUMN * width, CELL * height)
        if index is None:
            raise ValueError("no font has it")
        font = self._at_size(CELL * height)[index]
        natural = max(columns * COLUMN * height, round(font.getlength(cluster)) + 1)
        _left, top, _right, bottom = font.getbbox(cluster, anchor="ls")
        usual = (_BASELINE if columns > 1 else _NARROW_BASELINE) * height
        # An accent above a capital moves the letter down; what is still too high is flattened.
        baseline = max(min(usual, box[1] - bottom), -top)
        picture = Image.new("L", (natural, max(box[1], round(baseline + bottom))))
        ImageDraw.Draw(picture).text((0, baseline), cluster, fill=255, font=font, anchor="ls")
        if picture.size != box:
            picture = picture.resize(box, Image.Resampling.BICUBIC)
        return picture.point(_threshold)

    def _font_index(self, cluster: str) -> int | None:
        if cluster not in self._known:
            self._known[cluster] = next(
                (
                    index
                    for index, font in enumerate(self._at_size(CELL))
                    if all(_has(font, character) for character in cluster)
                ),
                None,
            )
        return self._known[cluster]

    def _at_size(self, size: int) -> tuple[ImageFont.FreeTypeFont, ...]:
        if size not in self._fonts:
            self._fonts[size] = tuple(
                _face(file, size) for file in self._files if Path(file).is_file()
            )
        return self._fonts[size]


def _threshold(grey: int) -> int:
    return 255 if grey > _INK else 0


@lru_cache(maxsize=64)
def _face(file: str, size: int) -> ImageFont.FreeTypeFont:
    """Open a font; of a collection, take the face with Chinese forms and half-width Latin."""
    basic = ImageFont.Layout.BASIC
    first = ImageFont.truetype(file, size, layout_engine=basic)
    if not file.endswith(".ttc"):
        return first
    for index in range(1, 32):
        try:
            face = ImageFont.truetype(file, size, index=index, layout_engine=basic)
        except OSError:
            break  # past the last face
        if face.getname()[0] == _WANTED_FACE:
            return face
    return first


def _has(font: ImageFont.FreeTypeFont, character: str) -> bool:
    """Tell whether the font has the character: its picture is not that of a missing one."""
    try:
        picture = font.getmask(character)
    except (UnicodeError, OSError, ValueError):
        return False
    if not any(bytes(picture)):
        return unicodedata.category(character) == "Zs"
    missing = font.getmask(_NOBODY_HAS)
    return picture.size != missing.size or bytes(picture) != bytes(missing)
