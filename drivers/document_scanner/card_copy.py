# SPDX-License-Identifier: Apache-2.0
"""Copies of cards: both sides of one on a sheet of A4, and a look whether it was turned over at all.

Two pictures are taken for the same side when their patterns of light and dark match. Nothing is read: which
side has the portrait is not known here, nor whether both belong to one card. On made-up cards two pictures
of one side match by 0.93 and more, those of two sides by at most 0.15
(``tests/drivers/document_scanner/test_card_copy.py``); no real card was part of it. So a person who knows
better may always overrule it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from drivers.camera.picture import Picture
from drivers.core import CardSide, MediaError, ProtocolError, Recovery, ScanCard, ScannedCard
from drivers.document_scanner.page_pdf import as_pdf
from drivers.document_scanner.page_scan import (
    PageScan,
    PictureError,
    decode,
    encode_png,
    encode_thumbnail,
    scan_picture,
)
from drivers.document_scanner.page_shape import SIZES_MM, PageFormat
from drivers.document_scanner.page_sheet import sheet_of_cards
from drivers.document_scanner.page_straighten import MM_PER_INCH

_SAME_SIDE: Final = 0.6
"""From this likeness on two pictures are taken for one side; see the module's text for what was measured."""
_COMPARED_PX: Final = (160, 100)
_EVENING_PX: Final = 8.0
_SOFTENING_PX: Final = 1.0
_SHIFT_PX: Final = 6
"""How far two cuttings of one card may lie apart when compared: four in a hundred of its width."""

_GLASS_BORDER_MM: Final = 8.0
_SIZE_TOLERANCE: Final = 0.06
"""A flatbed knows its resolution, so a card has to measure what ID-1 says, within this part."""


def likeness(one: Picture, other: Picture) -> float:
    """Return how alike two cards look, -1 to 1, whichever of their long edges is on top."""
    pattern, place = _pattern(one), _pattern(other)
    inner = pattern[_SHIFT_PX:-_SHIFT_PX, _SHIFT_PX:-_SHIFT_PX]
    turned = np.ascontiguousarray(place[::-1, ::-1])
    return max(
        float(cv2.matchTemplate(way, inner, cv2.TM_CCOEFF_NORMED).max()) for way in (place, turned)
    )


def side_trouble(card: Picture, other: Picture | None) -> MediaError | None:
    """Return ``media.same_side`` if the card was not turned over since ``other`` was taken."""
    if other is None or likeness(card, other) < _SAME_SIDE:
        return None
    return MediaError("media.same_side", recovery=Recovery.NONE)


def other_side(command: ScanCard) -> Picture | None:
    """Return the side that the command brings along; ``None`` where there is none yet.

    Raises ``ProtocolError`` (``scan.other_side``) for what is no picture.
    """
    if not command.other:
        return None
    try:
        return decode(command.other)
    except PictureError:
        raise ProtocolError("scan.other_side") from None


def both_on_a4(front: Picture, back: Picture) -> bytes:
    """Return the PDF of one A4 sheet: the front above the back, each 85.6 × 53.98 mm (ISO/IEC 7810 ID-1)."""
    return as_pdf([sheet_of_cards([front, back], SIZES_MM[PageFormat.ID1])])


def card_trouble(scans: Sequence[PageScan]) -> MediaError | None:
    """Return why these are not one card: ``media.no_card``, ``media.many_cards``, or nothing."""
    count = sum(scan.found.format is PageFormat.ID1 for scan in scans)
    if not count:
        return MediaError("media.no_card", recovery=Recovery.NONE)
    return MediaError("media.many_cards", recovery=Recovery.NONE) if count > 1 else None


def only_card(scans: Sequence[PageScan]) -> PageScan:
    """Return the one card among what was found; raises ``media.no_card`` or ``media.many_cards``."""
    if (trouble := card_trouble(scans)) is not None:
        raise trouble
    return next(scan for scan in scans if scan.found.format is PageFormat.ID1)


def card_on_glass(picture: Picture, scanned_dpi: int, resolution_dpi: int) -> PageScan:
    """Find the one card on the glass of a flatbed, wherever it lies, also in the very corner.

    ``scanned_dpi`` is that of the picture, ``resolution_dpi`` as in :class:`ScanCard`.

    Raises as :func:`only_card` does.
    """
    per_mm = scanned_dpi / MM_PER_INCH
    border = round(_GLASS_BORDER_MM * per_mm)
    lid = np.median(
        np.concatenate([picture[-4:].reshape(-1, 3), picture[:, -4:].reshape(-1, 3)]), axis=0
    )
    # A border of the lid's colour gives a card in the corner its two missing edges.
    wider = cv2.copyMakeBorder(
        picture, border, border, border, border, cv2.BORDER_CONSTANT, value=lid.tolist()
    )
    scans = scan_picture(np.asarray(wider, dtype=np.uint8), resolution_dpi=resolution_dpi)
    return only_card(tuple(scan for scan in scans if _measures_as_a_card(scan, per_mm)))


def scanned_card(scan: PageScan, command: ScanCard) -> ScannedCard:
    """Return the result: this side, and both on a sheet if the other one is known.

    Raises ``media.same_side``, and what :func:`other_side` raises.
    """
    card, other = scan.straight.picture, other_side(command)
    trouble = None if command.surely_other else side_trouble(card, other)
    if trouble is not None:
        raise trouble
    pdf = b""
    if other is not None:
        is_front = command.side is CardSide.FRONT
        pdf = both_on_a4(card, other) if is_front else both_on_a4(other, card)
    return ScannedCard(encode_png(card), encode_thumbnail(card), scan.placed(), pdf)


def _measures_as_a_card(scan: PageScan, per_mm: float) -> bool:
    corners = scan.straight.corners
    edges = np.linalg.norm(np.roll(corners, -1, axis=0) - corners, axis=1) / per_mm
    seen = np.array([edges[0::2].mean(), edges[1::2].mean()])
    true = np.array(SIZES_MM[PageFormat.ID1])
    return bool((np.abs(np.sort(seen)[::-1] / true - 1) < _SIZE_TOLERANCE).all())


def _pattern(card: Picture) -> NDArray[np.float32]:
    """Return light and dark of a card without the evenness of its light, small and a little soft."""
    small = cv2.cvtColor(
        cv2.resize(card, _COMPARED_PX, interpolation=cv2.INTER_AREA), cv2.COLOR_BGR2GRAY
    ).astype(np.float32)
    pattern = small - cv2.GaussianBlur(small, (0, 0), _EVENING_PX)
    return np.asarray(cv2.GaussianBlur(pattern, (0, 0), _SOFTENING_PX), dtype=np.float32)
