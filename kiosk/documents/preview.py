# SPDX-License-Identifier: Apache-2.0
"""The first page of a document as a picture for the screen. Verify the seal first."""

from __future__ import annotations

import io

import pypdfium2

POINTS_AN_INCH = 72
MAX_EDGE_PX = 4096
"""A page may claim any size; a picture larger than this is of no use on a screen."""


class PreviewError(Exception):
    """The page cannot be drawn; the document may still be printed. No word of it is in here."""


def first_page_png(pdf: bytes, *, width_px: int = 900) -> bytes:
    """Return the first page as PNG, ``width_px`` wide. Raises :class:`PreviewError`."""
    try:
        document = pypdfium2.PdfDocument(pdf)
    except pypdfium2.PdfiumError as error:
        raise PreviewError("not a PDF") from error
    try:
        page = document[0]
        width, height = page.get_size()
        if width <= 0 or height <= 0:
            raise PreviewError("the page has no size")
        scale = min(width_px / width, MAX_EDGE_PX / width, MAX_EDGE_PX / height)
        picture = page.render(scale=scale).to_pil()
    except (pypdfium2.PdfiumError, IndexError) as error:
        raise PreviewError("the page cannot be drawn") from error
    finally:
        document.close()
    out = io.BytesIO()
    picture.save(out, "PNG")
    return out.getvalue()
