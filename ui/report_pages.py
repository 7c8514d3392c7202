# SPDX-License-Identifier: Apache-2.0
"""A4 pages from simple HTML, drawn by Qt: text stays text, Chinese fonts are embedded."""

from __future__ import annotations

import os

from PySide6.QtCore import QBuffer, QByteArray, QIODevice, QMarginsF, QSizeF
from PySide6.QtGui import QFont, QGuiApplication, QPageLayout, QPageSize, QPdfWriter, QTextDocument

_MARGIN_MM = 15.0
_FAMILIES = ["Noto Sans CJK SC", "Noto Sans SC", "sans-serif"]
_DPI = 144


def pdf_of(html: str, title: str) -> bytes:
    """Return the PDF of a page or several; call it on the thread of the application, if there is one."""
    own = None if QGuiApplication.instance() else _without_a_screen()
    pages = _drawn(html, title)
    del own
    return pages


def _without_a_screen() -> QGuiApplication:
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    return QGuiApplication(["kiosk"])


def _drawn(html: str, title: str) -> bytes:
    taken = QByteArray()
    wire = QBuffer(taken)
    wire.open(QIODevice.OpenModeFlag.WriteOnly)
    writer = QPdfWriter(wire)
    writer.setTitle(title)
    writer.setCreator("Hall24")
    writer.setResolution(_DPI)
    writer.setPageLayout(
        QPageLayout(
            QPageSize(QPageSize.PageSizeId.A4),
            QPageLayout.Orientation.Portrait,
            QMarginsF(_MARGIN_MM, _MARGIN_MM, _MARGIN_MM, _MARGIN_MM),
            QPageLayout.Unit.Millimeter,
        )
    )
    font = QFont()
    font.setFamilies(_FAMILIES)
    document = QTextDocument()
    document.setDefaultFont(font)
    document.documentLayout().setPaintDevice(writer)
    document.setPageSize(QSizeF(writer.width(), writer.height()))
    document.setHtml(html)
    document.print_(writer)
    wire.close()
    return bytes(taken.data())
