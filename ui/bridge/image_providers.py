# SPDX-License-Identifier: Apache-2.0
"""Pictures that QML asks for by name: tinted icons and QR codes.

* ``image://icon/<name>/<rrggbb>``: the SVG ``<name>.svg`` with ``currentColor`` as that colour;
* ``image://qr/<text>``: a QR code of the text, which QML escapes with ``encodeURIComponent``. Set
  ``cache: false`` there: Qt's picture cache would keep a resident's code after the session.
"""

from __future__ import annotations

import io
import logging
import threading
from functools import lru_cache
from pathlib import Path
from typing import Final
from urllib.parse import unquote

from PySide6.QtCore import QByteArray, QRectF, QSize
from PySide6.QtGui import QColor, QImage, QPainter
from PySide6.QtQuick import QQuickImageProvider
from PySide6.QtSvg import QSvgRenderer

_log = logging.getLogger("hall24.ui")

QUIET_MODULES: Final = 4
"""White border that ISO/IEC 18004 asks for; without it readers find the code late or not at all."""
_ICON_PX: Final = 96
_QR_PX: Final = 400
_KEPT_ICONS: Final = 256


class QrProvider(QQuickImageProvider):
    """Draws QR codes in black on white, every module the same whole number of pixels.

    Keeps nothing: the text belongs to a resident. A text that fits in no code gives an empty picture and
    a line in the log.
    """

    def __init__(self) -> None:
        super().__init__(QQuickImageProvider.ImageType.Image)

    def requestImage(self, id: str, size: QSize, requestedSize: QSize) -> QImage:  # noqa: A002, N803 - Qt's names
        """Return the picture; never larger than asked, so that it is drawn pixel by pixel."""
        wanted = min(
            (side for side in (requestedSize.width(), requestedSize.height()) if side > 0),
            default=_QR_PX,
        )
        image = draw_qr(unquote(id), wanted)
        size.setWidth(image.width())
        size.setHeight(image.height())
        return image


def draw_qr(text: str, side_px: int) -> QImage:
    """Return a QR code with its quiet zone, at most ``side_px`` wide if its modules fit in that.

    Error correction M: 15 % may be hidden by glare. An empty picture when the text fits in no code.
    """
    import segno  # noqa: PLC0415 - no code is on the first screen, and it brings half of urllib

    try:
        # Without these, a single Chinese character would be written as Shift-JIS.
        mode = None if text.isascii() else "byte"
        code = segno.make(
            text, error="m", mode=mode, encoding="utf-8", micro=False, boost_error=False
        )
    except segno.DataOverflowError:
        _log.warning("a text of %d characters does not fit in a QR code", len(text))
        return QImage()
    modules = code.symbol_size(border=QUIET_MODULES)[0]
    buffer = io.BytesIO()
    code.save(buffer, kind="png", scale=max(1, side_px // modules), border=QUIET_MODULES)
    return QImage.fromData(QByteArray(buffer.getvalue()))


def _inside(drawing: QSize, width: int, height: int) -> QRectF:
    """Return where a drawing lies in a picture so that it keeps its shape, in the middle."""
    # By hand: the names of Qt's own way cost a tenth of the whole start.
    scale = min(width / max(1, drawing.width()), height / max(1, drawing.height()))
    wide, high = drawing.width() * scale, drawing.height() * scale
    return QRectF((width - wide) / 2, (height - high) / 2, wide, high)


class IconProvider(QQuickImageProvider):
    """Draws the icons of one folder. A name without a file gives an empty picture and a warning."""

    def __init__(self, folder: Path) -> None:
        super().__init__(QQuickImageProvider.ImageType.Image)
        # Qt calls from its picture thread too; QSvgRenderer is not shared, the cache is.
        self._lock = threading.Lock()
        self._folder = folder
        self._drawn = lru_cache(maxsize=_KEPT_ICONS)(self._draw)

    def requestImage(self, id: str, size: QSize, requestedSize: QSize) -> QImage:  # noqa: A002, N803 - Qt's names
        """Return the icon in its colour, as large as asked."""
        name, _, colour = id.partition("/")
        width = requestedSize.width() if requestedSize.width() > 0 else requestedSize.height()
        height = requestedSize.height() if requestedSize.height() > 0 else width
        if width <= 0:
            width = height = _ICON_PX
        with self._lock:
            image = self._drawn(name, colour.lstrip("#") or "000000", width, height)
        size.setWidth(image.width())
        size.setHeight(image.height())
        return image

    def _draw(self, name: str, colour: str, width: int, height: int) -> QImage:
        try:
            svg = (self._folder / f"{Path(name).name}.svg").read_text("utf-8")
        except OSError:
            _log.warning("no icon %r", name)
            return QImage()
        ink = QColor(f"#{colour}")
        if not ink.isValid():
            _log.warning("icon %r: no colour %r", name, colour)
            return QImage()
        # SVG knows no #aarrggbb: opacity is for the scene, not for the picture.
        renderer = QSvgRenderer(QByteArray(svg.replace("currentColor", ink.name()).encode()))
        image = QImage(width, height, QImage.Format.Format_ARGB32_Premultiplied)
        image.fill(0)
        painter = QPainter(image)
        renderer.render(painter, _inside(renderer.defaultSize(), width, height))
        painter.end()
        return image
