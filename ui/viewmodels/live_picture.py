# SPDX-License-Identifier: Apache-2.0
"""What a camera sees just now, drawn from the memory it shares with its device process.

The picture goes from shared memory to the screen and nowhere else; the last one is let go when it is
stale, when the preview ends, and when nobody shows it.
"""

from __future__ import annotations

import time
from typing import Final

from PySide6.QtCore import Property, QRectF, Qt, QTimer, Signal
from PySide6.QtGui import QImage, QPainter
from PySide6.QtQml import QmlElement
from PySide6.QtQuick import QQuickItem, QQuickPaintedItem

from drivers.camera.frame_ring import STALE_S, FrameReader, RingError

QML_IMPORT_NAME = "Hall24.Models"
QML_IMPORT_MAJOR_VERSION = 1

_LOOK_MS: Final = 33
"""Cameras give 30 pictures a second at most."""
_OPEN_AGAIN: Final = 15
"""After so many looks without a ring it is tried again: about twice a second."""


@QmlElement
class LivePictureItem(QQuickPaintedItem):
    """Shows the ring at ``place`` that begins with ``token``; any camera's.

    ``token`` is a decimal text: QML's numbers cannot hold it. ``mirrored`` turns left and right around, as
    people know themselves. ``live`` is true only while the picture shown is younger than the ring's limit.
    It looks for pictures only while it is visible, and fills as much of itself as the picture's shape
    allows: ``pictureWidth`` and ``pictureHeight`` tell how much.
    """

    sourceChanged = Signal()
    liveChanged = Signal()
    shapeChanged = Signal()

    def __init__(self, parent: QQuickItem | None = None) -> None:
        super().__init__(parent)
        self._place = ""
        self._token = ""
        self._mirrored = False
        self._reader: FrameReader | None = None
        self._number = 0
        self._looks = 0
        self._taken_at = 0.0
        self._image = QImage()
        self._pixels = b""
        self._frames = 0
        self._timer = QTimer(self, interval=_LOOK_MS, timerType=Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self.look)
        self.visibleChanged.connect(self._settle)
        self.widthChanged.connect(self.shapeChanged)
        self.heightChanged.connect(self.shapeChanged)

    @property
    def frames_shown(self) -> int:
        """How many different pictures were taken from the ring."""
        return self._frames

    def look(self) -> None:
        """Take the newest picture, if there is one; let go of what is stale."""
        reader = self._opened()
        if reader is not None:
            if reader.is_over:
                self._let_go()
                return
            frame = reader.newest(self._number)
            if frame is not None and time.monotonic() - frame.taken_at < STALE_S:
                self._number, self._taken_at = frame.number, frame.taken_at
                was = self._image.size()
                # The image does not own its bytes: they are kept beside it.
                self._pixels = frame.pixels
                self._image = QImage(
                    self._pixels,
                    frame.width_px,
                    frame.height_px,
                    frame.width_px * 3,
                    QImage.Format.Format_BGR888,
                )
                self._frames += 1
                if was != self._image.size():
                    self.shapeChanged.emit()
                if self._frames == 1 or was.isEmpty():
                    self.liveChanged.emit()
                self.update()
                return
        if not self._image.isNull() and time.monotonic() - self._taken_at >= STALE_S:
            self._blank()

    def paint(self, painter: QPainter) -> None:
        """Draw the picture in the middle, whole (Qt's own interface)."""
        if self._image.isNull():
            return
        room = self._room()
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        if self._mirrored:
            painter.translate(self.width(), 0)
            painter.scale(-1, 1)
        painter.drawImage(room, self._image)

    # --- for QML ----------------------------------------------------------------------------------

    def _get_place(self) -> str:
        return self._place

    def _set_place(self, place: str) -> None:
        if place != self._place:
            self._place = place
            self._source_changed()

    def _get_token(self) -> str:
        return self._token

    def _set_token(self, token: str) -> None:
        if token != self._token:
            self._token = token
            self._source_changed()

    def _get_mirrored(self) -> bool:
        return self._mirrored

    def _set_mirrored(self, mirrored: bool) -> None:  # noqa: FBT001 - Qt's setter
        if mirrored != self._mirrored:
            self._mirrored = mirrored
            self.sourceChanged.emit()
            self.update()

    place = Property(str, _get_place, _set_place, notify=sourceChanged)
    token = Property(str, _get_token, _set_token, notify=sourceChanged)
    mirrored = Property(bool, _get_mirrored, _set_mirrored, notify=sourceChanged)

    @Property(bool, notify=liveChanged)
    def live(self) -> bool:
        """Whether what is shown is of now."""
        return not self._image.isNull()

    @Property(float, notify=shapeChanged)
    def pictureWidth(self) -> float:
        """How wide the picture is drawn; 0 without one."""
        return float(self._room().width())

    @Property(float, notify=shapeChanged)
    def pictureHeight(self) -> float:
        """How high the picture is drawn; 0 without one."""
        return float(self._room().height())

    # --- the ring ---------------------------------------------------------------------------------

    def _source_changed(self) -> None:
        self._let_go()
        self._looks = 0
        self._settle()
        self.sourceChanged.emit()

    def _settle(self) -> None:
        """Look for pictures while there is a source and somebody sees them; else keep none."""
        if self._place and self._token and self.isVisible():
            if not self._timer.isActive():
                self._timer.start()
        else:
            self._timer.stop()
            self._let_go()

    def _opened(self) -> FrameReader | None:
        if self._reader is None and self._looks % _OPEN_AGAIN == 0:
            try:
                self._reader = FrameReader(self._place, int(self._token))
            except (RingError, ValueError):
                self._reader = None
        self._looks = 0 if self._reader else self._looks + 1
        return self._reader

    def _let_go(self) -> None:
        if self._reader is not None:
            self._reader.close()
            self._reader = None
            self._number = 0
            # The writer may come back, but not at once.
            self._looks = 1
        self._blank()

    def _blank(self) -> None:
        if self._image.isNull():
            return
        self._image, self._pixels = QImage(), b""
        self.liveChanged.emit()
        self.shapeChanged.emit()
        self.update()

    def _room(self) -> QRectF:
        if self._image.isNull() or not self.width() or not self.height():
            return QRectF()
        scale = min(self.width() / self._image.width(), self.height() / self._image.height())
        width, height = self._image.width() * scale, self._image.height() * scale
        return QRectF((self.width() - width) / 2, (self.height() - height) / 2, width, height)
