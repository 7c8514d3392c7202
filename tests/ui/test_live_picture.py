# SPDX-License-Identifier: Apache-2.0
"""A camera's picture on the glass: the newest one, whole, and none that is not of now."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator

import numpy as np
import pytest
from PySide6.QtGui import QColor
from PySide6.QtQuick import QQuickWindow

from drivers.camera.frame_ring import STALE_S, FrameWriter
from ui.viewmodels.live_picture import LivePictureItem

QML = b"""
import QtQuick
import Hall24.Models
Window {
    width: 400; height: 300; color: "black"
    LivePictureItem { objectName: "live"; anchors.fill: parent }
}
"""


@pytest.fixture
def ring() -> Iterator[FrameWriter]:
    writer = FrameWriter(64, 48)
    yield writer
    writer.close()


def write(ring: FrameWriter, left: tuple[int, int, int], age_s: float = 0.0) -> None:
    picture = np.zeros((48, 64, 3), np.uint8)
    picture[:, :32] = left
    ring.write(picture.tobytes(), time.monotonic() - age_s)


@pytest.fixture
def shown(
    window_of: Callable[[bytes], QQuickWindow], ring: FrameWriter
) -> tuple[QQuickWindow, LivePictureItem]:
    window = window_of(QML)
    item = window.findChild(LivePictureItem, "live")
    assert isinstance(item, LivePictureItem)
    item.setProperty("place", ring.place)
    item.setProperty("token", str(ring.token))
    return window, item


def colour_at(window: QQuickWindow, x: int, y: int) -> QColor:
    return window.grabWindow().pixelColor(x, y)


def test_the_newest_picture_is_drawn_whole_and_mirrored_if_asked(
    shown: tuple[QQuickWindow, LivePictureItem], ring: FrameWriter
) -> None:
    window, item = shown
    write(ring, (0, 255, 0))
    write(ring, (0, 0, 255))
    item.look()
    assert item.property("live")
    assert (item.property("pictureWidth"), item.property("pictureHeight")) == (400, 300)
    assert colour_at(window, 50, 150).red() > 200
    assert colour_at(window, 350, 150).red() < 50
    item.setProperty("mirrored", True)
    assert colour_at(window, 350, 150).red() > 200


def test_pictures_come_by_themselves_while_it_is_seen(
    shown: tuple[QQuickWindow, LivePictureItem], ring: FrameWriter, qtbot: object
) -> None:
    _window, item = shown
    write(ring, (0, 0, 255))
    qtbot.waitUntil(lambda: item.frames_shown == 1, timeout=30_000)  # type: ignore[attr-defined]
    item.setVisible(False)
    assert not item.property("live")


@pytest.mark.parametrize("end", ["stale", "wiped", "closed", "elsewhere"])
def test_no_picture_stands_that_is_not_of_now(
    shown: tuple[QQuickWindow, LivePictureItem],
    ring: FrameWriter,
    monkeypatch: pytest.MonkeyPatch,
    end: str,
) -> None:
    window, item = shown
    write(ring, (0, 0, 255))
    item.look()
    assert item.property("live")
    now = time.monotonic()
    match end:
        case "stale" | "wiped":
            if end == "wiped":
                ring.wipe()
            monkeypatch.setattr(
                "ui.viewmodels.live_picture.time.monotonic", lambda: now + STALE_S + 0.1
            )
        case "closed":
            ring.close()
        case _:
            item.setProperty("place", "/proc/self/fd/999999")
    item.look()
    assert not item.property("live")
    assert colour_at(window, 50, 150).red() == 0


@pytest.mark.parametrize("token", ["12", "", "no number"])
def test_another_ring_is_not_shown(
    shown: tuple[QQuickWindow, LivePictureItem], ring: FrameWriter, token: str
) -> None:
    _window, item = shown
    item.setProperty("token", token)
    write(ring, (0, 0, 255))
    item.look()
    assert not item.property("live")
