# SPDX-License-Identifier: Apache-2.0
"""Lays straightened pages out on sheets of A4: a page each, both sides of a card on one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np

from drivers.camera.picture import Picture
from drivers.document_scanner.page_shape import SIZES_MM, PageFormat
from drivers.document_scanner.page_straighten import MM_PER_INCH, StraightPage

_A4_MM: Final = SIZES_MM[PageFormat.A4]
_CARDS_A_SHEET: Final = 2
_CARD_OFF_MIDDLE: Final = 0.17
"""How far the middles of two cards lie from that of the sheet, in parts of its height."""


@dataclass(frozen=True, slots=True)
class PlacedPicture:
    """A picture and where it lies on its sheet, in millimetres from the lower left corner."""

    picture: Picture
    left_mm: float
    bottom_mm: float
    width_mm: float
    height_mm: float


@dataclass(frozen=True, slots=True)
class Sheet:
    """One page of the PDF."""

    size_mm: tuple[float, float]
    pictures: tuple[PlacedPicture, ...]


def arranged(pages: Sequence[StraightPage]) -> tuple[Sheet, ...]:
    """Lay pages out: each A4 on its own sheet, cards two by two in true size, in the order given."""
    sheets: list[Sheet] = []
    cards: list[StraightPage] = []
    for page in pages:
        if page.format is PageFormat.ID1:
            cards.append(page)
            if len(cards) == _CARDS_A_SHEET:
                sheets.append(_cards_together(cards))
                cards = []
            continue
        if cards:
            sheets.append(_cards_together(cards))
            cards = []
        sheets.append(_sheet_of_page(page))
    if cards:
        sheets.append(_cards_together(cards))
    return tuple(sheets)


def drawn(sheet: Sheet, resolution_dpi: int) -> Picture:
    """Draw a sheet as one picture on white."""
    per_mm = resolution_dpi / MM_PER_INCH
    width, height = (round(value * per_mm) for value in sheet.size_mm)
    paper = np.full((height, width, 3), 255, np.uint8)
    for placed in sheet.pictures:
        size = (round(placed.width_mm * per_mm), round(placed.height_mm * per_mm))
        picture = cv2.resize(placed.picture, size, interpolation=cv2.INTER_AREA)
        left = max(0, round(placed.left_mm * per_mm))
        top = max(0, height - round(placed.bottom_mm * per_mm) - size[1])
        part = paper[top : top + size[1], left : left + size[0]]
        part[:] = picture[: part.shape[0], : part.shape[1]]
    return paper


def _cards_together(cards: Sequence[StraightPage]) -> Sheet:
    return sheet_of_cards([card.picture for card in cards], SIZES_MM[PageFormat.ID1])


def _sheet_of_page(page: StraightPage) -> Sheet:
    wide = page.size_mm[0] > page.size_mm[1]
    size = (_A4_MM[1], _A4_MM[0]) if wide else _A4_MM
    width, height = page.size_mm
    if page.format is PageFormat.A4:
        width, height = size
    scale = min(size[0] / width, size[1] / height, 1.0)
    width, height = width * scale, height * scale
    placed = PlacedPicture(
        page.picture, (size[0] - width) / 2, (size[1] - height) / 2, width, height
    )
    return Sheet(size, (placed,))


def sheet_of_cards(cards: Sequence[Picture], size_mm: tuple[float, float]) -> Sheet:
    """Put one card, or one above the other, in the middle of an A4, as copies of cards are asked for.

    Each is ``size_mm`` large; a single one lies in the upper half, where there is room for its back.
    """
    width, height = size_mm
    left = (_A4_MM[0] - width) / 2
    middles = (_A4_MM[1] * (0.5 + _CARD_OFF_MIDDLE), _A4_MM[1] * (0.5 - _CARD_OFF_MIDDLE))
    placed = (
        PlacedPicture(card, left, middle - height / 2, width, height)
        for card, middle in zip(cards, middles, strict=False)
    )
    return Sheet(_A4_MM, tuple(placed))


def sheet_of_picture(picture: Picture, resolution_dpi: int) -> Sheet:
    """Put a scanner's whole picture on A4 in its true size, or as large as the sheet allows."""
    per_mm = max(resolution_dpi, 1) / MM_PER_INCH
    width, height = picture.shape[1] / per_mm, picture.shape[0] / per_mm
    size = (_A4_MM[1], _A4_MM[0]) if width > height and width > _A4_MM[0] else _A4_MM
    scale = min(size[0] / width, size[1] / height, 1.0)
    width, height = width * scale, height * scale
    placed = PlacedPicture(picture, (size[0] - width) / 2, (size[1] - height) / 2, width, height)
    return Sheet(size, (placed,))
