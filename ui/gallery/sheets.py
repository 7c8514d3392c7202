# SPDX-License-Identifier: Apache-2.0
"""Contact sheets, to lay the variants of one screen side by side, and the page that links all."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from pathlib import Path
from typing import Final

from PIL import Image, ImageDraw

_THUMB_PX: Final = 460
"""Longer side of a picture on the sheet."""
_GAP: Final = 16
_LABEL: Final = 22
_ACROSS: Final = 6


def contact_sheet(pictures: Sequence[Path], target: Path) -> None:
    """Put the pictures on one sheet, in their order, each with its name."""
    thumbs = []
    for path in pictures:
        with Image.open(path) as picture:
            thumb = picture.convert("RGB")
        thumb.thumbnail((_THUMB_PX, _THUMB_PX))
        thumbs.append((path.stem, thumb))
    rows = [thumbs[start : start + _ACROSS] for start in range(0, len(thumbs), _ACROSS)]
    heights = [max(thumb.height for _, thumb in row) + _LABEL + _GAP for row in rows]
    widths = [sum(thumb.width + _GAP for _, thumb in row) for row in rows]
    sheet = Image.new("RGB", (max(widths) + _GAP, sum(heights) + _GAP), "#9AA5B1")
    brush = ImageDraw.Draw(sheet)
    top = _GAP
    for row, height in zip(rows, heights, strict=True):
        left = _GAP
        for name, thumb in row:
            brush.text((left, top), name, fill="#000000")
            sheet.paste(thumb, (left, top + _LABEL))
            left += thumb.width + _GAP
        top += height
    sheet.save(target)


def index_page(screens: Mapping[str, Sequence[Path]], target: Path) -> None:
    """Write a page that shows every picture of every screen; paths are relative to it."""
    parts = []
    for screen, pictures in screens.items():
        shown = "".join(
            f'<a href="{escape(path.relative_to(target.parent).as_posix())}">'
            f'<figure><img loading="lazy" src="{escape(path.relative_to(target.parent).as_posix())}">'
            f"<figcaption>{escape(path.stem)}</figcaption></figure></a>"
            for path in pictures
        )
        parts.append(f'<h2 id="{escape(screen)}">{escape(screen)}</h2><div>{shown}</div>')
    links = " · ".join(f'<a href="#{escape(name)}">{escape(name)}</a>' for name in screens)
    target.write_text(
        '<!doctype html><html lang="zh"><meta charset="utf-8"><title>Hall24 gallery</title><style>'
        "body{font:16px sans-serif;margin:24px;background:#9aa5b1}"
        "div{display:flex;flex-wrap:wrap;gap:16px;align-items:start}"
        "figure{margin:0}img{height:420px;display:block}a{color:#12202f}</style>"
        f"<h1>Hall24</h1><p>{links}</p>{''.join(parts)}</html>",
        "utf-8",
    )
