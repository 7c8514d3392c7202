# SPDX-License-Identifier: Apache-2.0
"""A screen in memory for every test here; whatever Qt complains about fails the test."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
import shiboken6
from PySide6.QtCore import QCoreApplication, QEvent, QUrl
from PySide6.QtGui import QGuiApplication
from PySide6.QtQml import QQmlComponent, QQmlEngine
from PySide6.QtQuick import QQuickWindow

from ui.bridge.image_providers import QrProvider


@pytest.fixture(scope="session")
def qapp_cls() -> type[QGuiApplication]:
    return QGuiApplication


@pytest.fixture(autouse=True)
def _qt_stays_silent(qapp: QGuiApplication, qtlog: Any) -> Iterator[None]:
    del qapp
    yield
    complaints = [
        record.message
        for record in qtlog.records
        if record.log_type_name in {"QtWarningMsg", "QtCriticalMsg", "QtFatalMsg"}
    ]
    assert complaints == []


@pytest.fixture
def window_of(qapp: QGuiApplication) -> Iterator[Callable[[bytes], QQuickWindow]]:
    """``window_of(qml)``: the shown window that this QML describes."""
    del qapp
    engine = QQmlEngine()
    engine.addImageProvider("qr", QrProvider())
    windows: list[QQuickWindow] = []

    def make(qml: bytes) -> QQuickWindow:
        component = QQmlComponent(engine, engine)
        component.setData(qml, QUrl("test.qml"))
        window = component.create()
        assert isinstance(window, QQuickWindow), component.errorString()
        windows.append(window)
        window.show()
        return window

    yield make
    for window in windows:
        window.close()
        window.deleteLater()
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    shiboken6.delete(engine)
