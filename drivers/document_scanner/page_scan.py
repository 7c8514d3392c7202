# SPDX-License-Identifier: Apache-2.0
"""The whole way from a photograph of a table to straightened pages with their warnings."""

from __future__ import annotations

import io
import warnings
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from PIL import Image

from drivers.camera.broken_picture import BROKEN_PICTURE
from drivers.camera.picture import Picture
from drivers.core import PlacedPage
from drivers.document_scanner.page_finder import (
    FirstLook,
    FoundPage,
    find_pages,
    first_look,
)
from drivers.document_scanner.page_quality import PageQuality, quality_of
from drivers.document_scanner.page_straighten import StraightPage, flatten, straighten
from drivers.document_scanner.shrinking import shrunk

MAX_PIXELS: Final = 80_000_000
"""Five times what an overhead camera takes."""
_FORMATS: Final = ("JPEG", "PNG", "TIFF", "WEBP", "BMP")


_THUMBNAIL_PX = 420
_REDUCTIONS: Final = ((cv2.IMREAD_REDUCED_COLOR_8, 8), (cv2.IMREAD_REDUCED_COLOR_4, 4))
_LEAST_REDUCED_PX: Final = 450
"""Of the longer side: pages are looked for at about 500."""
_HEIC_BRANDS = frozenset({b"heic", b"heix", b"hevc", b"hevx", b"heim", b"heis", b"mif1", b"msf1"})
"""Brands of ISO/IEC 23008-12 that telephones write; OpenCV has no decoder for them."""


class PictureError(Exception):
    """The bytes are no picture that can be decoded; the message holds nothing of them."""


@dataclass(frozen=True, slots=True)
class PageScan:
    """One page of a photograph: where it is, how good it is, and the flat page itself."""

    found: FoundPage
    quality: PageQuality
    straight: StraightPage

    def placed(self) -> PlacedPage:
        """Return what is told of it beside the picture."""
        return PlacedPage(
            corners=tuple(
                (round(float(x), 1), round(float(y), 1)) for x, y in self.straight.corners
            ),
            rotation_deg=round(self.straight.rotation_deg, 1) % 360.0,
            format=self.found.format.value,
            warnings=tuple(warning.value for warning in self.quality.warnings),
        )


def scan_file(data: bytes, *, resolution_dpi: int = 200) -> tuple[PageScan, ...]:
    """Decode a picture and scan it as :func:`scan_picture` does. Raises :class:`PictureError`.

    While a large JPEG is decoded, its pages are looked for in an eighth or a quarter of it, which costs a
    fifth of decoding it whole (the coefficients of ITU-T T.81 hold the smaller picture).
    """
    reduction = _reduction_of(data)
    if reduction is None:
        return scan_picture(decode(data), resolution_dpi=resolution_dpi)
    flag, parts = reduction
    with ThreadPoolExecutor(1, thread_name_prefix="decode") as beside:
        whole = beside.submit(_decoded, data, cv2.IMREAD_COLOR)
        looked = first_look(_decoded(data, flag), 1 / parts)
        picture = whole.result()
    return scan_picture(picture, resolution_dpi=resolution_dpi, looked=looked)


def scan_picture(
    picture: Picture, *, resolution_dpi: int = 200, looked: FirstLook | None = None
) -> tuple[PageScan, ...]:
    """Find, measure and straighten all pages of a picture (BGR); empty when there is no page.

    ``looked`` is as in :func:`find_pages`.
    """
    scans = []
    for found in find_pages(picture, looked):
        flat = flatten(picture, found, resolution_dpi=resolution_dpi)
        scans.append(PageScan(found, quality_of(found, flat), straighten(flat)))
    return tuple(scans)


def decode(data: bytes) -> Picture:
    """Decode a JPEG, PNG, TIFF, WebP or BMP, turned as its Exif says. Raises :class:`PictureError`."""
    _check_size(data)
    return _decoded(data, cv2.IMREAD_COLOR)


def _reduction_of(data: bytes) -> tuple[int, int] | None:
    """Return how to decode a picture smaller, and how many times; ``None`` where that is not worth it.

    Raises :class:`PictureError`.
    """
    kind, longer = _check_size(data)
    if kind != "JPEG":
        return None
    return next((each for each in _REDUCTIONS if longer >= each[1] * _LEAST_REDUCED_PX), None)


def _decoded(data: bytes, flag: int) -> Picture:
    try:
        picture = cv2.imdecode(np.frombuffer(data, np.uint8), flag)
    except cv2.error as error:
        raise PictureError("not a picture, or a damaged one") from error
    if picture is None:
        raise PictureError("not a picture, or a damaged one")
    return np.asarray(picture, dtype=np.uint8)


def _check_size(data: bytes) -> tuple[str, int]:
    """Look at the header first: a few bytes can claim a picture of gigabytes.

    Returns the format and the longer side. Raises :class:`PictureError`.
    """
    if not data:
        raise PictureError("an empty file")
    if data[4:8] == b"ftyp" and data[8:12] in _HEIC_BRANDS:
        raise PictureError("a HEIC picture; save it as JPEG or PNG first")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            with Image.open(io.BytesIO(data), formats=_FORMATS) as header:
                kind, (width, height) = header.format or "", header.size
                if header.format == "PNG":
                    # OpenCV believes the length that a damaged chunk claims: 300 bytes cost it a
                    # gigabyte and seconds. This checks every chunk's length and sum.
                    header.verify()
    except BROKEN_PICTURE as error:
        raise PictureError("not a picture, or a damaged one") from error
    if width * height > MAX_PIXELS:
        raise PictureError("too large")
    return kind, max(width, height)


def encode_png(picture: Picture) -> bytes:
    """Encode without loss. Raises :class:`PictureError`."""
    done, packed = cv2.imencode(".png", picture, [cv2.IMWRITE_PNG_COMPRESSION, 3])
    if not done:
        raise PictureError("cannot be encoded")
    return packed.tobytes()


def encode_thumbnail(picture: Picture) -> bytes:
    """Encode a small JPEG to recognise the page by. Raises :class:`PictureError`."""
    small, _across, _down = shrunk(picture, _THUMBNAIL_PX / max(picture.shape[:2]))
    done, packed = cv2.imencode(".jpg", small, [cv2.IMWRITE_JPEG_QUALITY, 80])
    if not done:
        raise PictureError("cannot be encoded")
    return packed.tobytes()
