# SPDX-License-Identifier: Apache-2.0
"""Writes sheets as a PDF of sensible size: each picture one JPEG in its place.

The file holds the pictures and their places and nothing else: no date, no title, no producer, so that the
same pages give the same bytes. Structure after ISO 32000-1, §7.5 and §8.9.5.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import cv2
import numpy as np

from drivers.camera.picture import Picture
from drivers.document_scanner.page_sheet import Sheet

_POINTS_PER_MM: Final = 72 / 25.4
_GREY_TINT: Final = 14
"""Pages whose colours differ by less than this (but for a few pixels) are kept as grey."""
_GREY_EXCEPTIONS: Final = 0.0008


class PdfError(Exception):
    """The pictures cannot be written as PDF: none, or one that cannot be encoded."""


def as_pdf(sheets: Sequence[Sheet], *, jpeg_quality: int = 78) -> bytes:
    """Return the PDF. Raises :class:`PdfError` for no sheets or a picture that cannot be encoded."""
    if not sheets:
        raise PdfError("no pages")
    objects: list[bytes] = [b"", b""]  # catalogue and page tree, filled in at the end
    kids = []
    for sheet in sheets:
        content, resources = [], []
        for placed in sheet.pictures:
            objects.append(_image(placed.picture, jpeg_quality))
            name = f"/I{len(objects)}"
            resources.append(f"{name} {len(objects)} 0 R")
            box = " ".join(
                _number(value * _POINTS_PER_MM)
                for value in (
                    placed.width_mm,
                    0,
                    0,
                    placed.height_mm,
                    placed.left_mm,
                    placed.bottom_mm,
                )
            )
            content.append(f"q {box} cm {name} Do Q")
        objects.append(_stream({}, "\n".join(content).encode("ascii")))
        contents = len(objects)
        width, height = (_number(value * _POINTS_PER_MM) for value in sheet.size_mm)
        objects.append(
            f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 {width} {height}] "
            f"/Resources << /XObject << {' '.join(resources)} >> >> /Contents {contents} 0 R >>".encode(
                "ascii"
            )
        )
        kids.append(f"{len(objects)} 0 R")
    objects[0] = b"<< /Type /Catalog /Pages 2 0 R >>"
    objects[1] = f"<< /Type /Pages /Count {len(kids)} /Kids [{' '.join(kids)}] >>".encode("ascii")
    return _file(objects)


def _image(picture: Picture, quality: int) -> bytes:
    height, width = picture.shape[:2]
    is_grey = _is_grey(picture)
    source = cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY) if is_grey else picture
    # Baseline JPEG: every reader and printer decodes it.
    done, packed = cv2.imencode(".jpg", source, [cv2.IMWRITE_JPEG_QUALITY, quality])
    if not done:
        raise PdfError("a picture cannot be encoded")
    return _stream(
        {
            "Type": "/XObject",
            "Subtype": "/Image",
            "Width": str(width),
            "Height": str(height),
            "ColorSpace": "/DeviceGray" if is_grey else "/DeviceRGB",
            "BitsPerComponent": "8",
            "Filter": "/DCTDecode",
        },
        packed.tobytes(),
    )


def _is_grey(picture: Picture) -> bool:
    blue, green, red = cv2.split(np.ascontiguousarray(picture[::3, ::3]))
    tint = cv2.subtract(cv2.max(cv2.max(blue, green), red), cv2.min(cv2.min(blue, green), red))
    coloured = np.count_nonzero(tint > 2 * _GREY_TINT) / max(tint.size, 1)
    return bool(coloured < _GREY_EXCEPTIONS) and float(cv2.mean(tint)[0]) < _GREY_TINT / 2


def _stream(entries: dict[str, str], body: bytes) -> bytes:
    fields = " ".join(f"/{key} {value}" for key, value in entries.items())
    head = f"<< {fields} /Length {len(body)} >>".replace("<<  ", "<< ")
    return head.encode("ascii") + b"\nstream\n" + body + b"\nendstream"


def _file(objects: Sequence[bytes]) -> bytes:
    parts = [b"%PDF-1.4\n%\xe2\xe3\xcf\xd3\n"]
    offsets = []
    position = len(parts[0])
    for number, body in enumerate(objects, start=1):
        offsets.append(position)
        part = b"%d 0 obj\n%s\nendobj\n" % (number, body)
        parts.append(part)
        position += len(part)
    table = b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    parts.append(
        b"xref\n0 %d\n0000000000 65535 f \n%s"
        b"trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n"
        % (len(objects) + 1, table, len(objects) + 1, position)
    )
    return b"".join(parts)


def _number(value: float) -> str:
    return f"{value:.3f}".rstrip("0").rstrip(".")
