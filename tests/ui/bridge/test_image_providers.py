# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import xml.etree.ElementTree as ET
from collections.abc import Callable
from pathlib import Path

import pytest
import zxingcpp
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from PySide6.QtCore import QSize
from PySide6.QtGui import QColor, QImage
from PySide6.QtQuick import QQuickWindow
from pytestqt.qtbot import QtBot

from ui.bridge.glass import ICON_FOLDER
from ui.bridge.image_providers import QUIET_MODULES, IconProvider, QrProvider, draw_qr

QR_WINDOW = b"""
import QtQuick
Window {
    width: 500; height: 500
    Image {
        property string code
        anchors.centerIn: parent
        source: code === "" ? "" : "image://qr/" + encodeURIComponent(code)
        sourceSize: Qt.size(480, 480)
        smooth: false
        cache: false
    }
}
"""
ICONS = sorted(ICON_FOLDER.glob("*.svg"))


def pixels(image: QImage) -> Image.Image:
    grey = image.convertToFormat(QImage.Format.Format_Grayscale8)
    return Image.frombytes(
        "L", (grey.width(), grey.height()), bytes(grey.constBits()), "raw", "L", grey.bytesPerLine()
    )


def decoded(image: QImage) -> list[str]:
    return [code.bytes.decode() for code in zxingcpp.read_barcodes(pixels(image))]


@settings(max_examples=30)
@given(text=st.text(min_size=1, max_size=200).filter(lambda text: text.strip()))
def test_what_is_drawn_reads_back(text: str) -> None:
    assert decoded(draw_qr(text, 480)) == [text]


def test_a_receipt_address_reads_back_through_the_provider() -> None:
    size = QSize()
    image = QrProvider().requestImage(
        "https%3A%2F%2Fdemo%2Fc%2F36070224%3Fk%3D%E7%AB%A0", size, QSize(300, 300)
    )
    assert decoded(image) == ["https://demo/c/36070224?k=章"]
    assert size == image.size()
    assert image.width() <= 300


TEXTS = ["https://demo/c/36070224?k=a b&x=100%25+1#章", "50% 100%25 %41", "/../a//b", "赣州"]


@pytest.mark.parametrize("text", TEXTS)
def test_qml_hands_any_text_through_unchanged(
    text: str, window_of: Callable[[bytes], QQuickWindow], qtbot: QtBot
) -> None:
    window = window_of(QR_WINDOW)
    window.contentItem().childItems()[0].setProperty("code", text)
    qtbot.waitUntil(window.isExposed)
    assert decoded(window.grabWindow()) == [text]


def test_modules_are_whole_pixels_and_the_quiet_zone_is_white() -> None:
    image = pixels(draw_qr("360702202611210001", 400))
    assert {shade for _, shade in image.getcolors() or ()} == {0, 255}  # nothing is smoothed
    modules = 21 + 2 * QUIET_MODULES
    assert image.width % modules == 0
    small = image.resize((modules, modules), Image.Resampling.NEAREST)
    assert small.resize(image.size, Image.Resampling.NEAREST).tobytes() == image.tobytes()
    dark = small.point(lambda shade: 255 - shade).getbbox()
    assert dark == (QUIET_MODULES, QUIET_MODULES, modules - QUIET_MODULES, modules - QUIET_MODULES)


@pytest.mark.expected_logs("does not fit in a QR code")
def test_a_text_that_fits_in_no_code_gives_no_picture() -> None:
    assert draw_qr("一" * 4000, 400).isNull()


def test_there_are_icons() -> None:
    assert len(ICONS) > 20


@pytest.mark.parametrize("icon", ICONS, ids=lambda icon: icon.stem)
def test_every_icon_is_drawn_in_the_colour_asked_for(icon: Path) -> None:
    ET.parse(icon)  # noqa: S314 - our own file
    size = QSize()
    image = IconProvider(ICON_FOLDER).requestImage(f"{icon.stem}/0B3D91", size, QSize(64, 64))
    assert (image.width(), image.height()) == (64, 64) == (size.width(), size.height())
    solid = [
        image.pixelColor(x, y)
        for x in range(64)
        for y in range(64)
        if image.pixelColor(x, y).alpha() == 255
    ]
    assert solid
    assert QColor("#0B3D91") in solid


@pytest.mark.expected_logs("no icon 'nothing'", "no colour 'zz'")
def test_an_unknown_icon_or_colour_is_an_empty_picture_and_a_warning() -> None:
    provider = IconProvider(ICON_FOLDER)
    assert provider.requestImage("nothing/000000", QSize(), QSize(10, 10)).isNull()
    assert provider.requestImage(f"{ICONS[0].stem}/zz", QSize(), QSize(10, 10)).isNull()


def test_a_name_cannot_leave_the_folder(expected_logs: object) -> None:
    (expected_logs)("no icon")  # type: ignore[operator]
    assert (
        IconProvider(ICON_FOLDER / "x")
        .requestImage("../back/000000", QSize(), QSize(9, 9))
        .isNull()
    )
