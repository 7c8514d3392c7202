# SPDX-License-Identifier: Apache-2.0
"""The view-model of the screen ``consent``: one consent, an act of its own."""

from __future__ import annotations

from PySide6.QtCore import Property, Signal
from PySide6.QtQml import QmlElement

from ui.viewmodels.screen_model import ScreenModel

QML_IMPORT_NAME = "Hall24.Models"
QML_IMPORT_MAJOR_VERSION = 1


@QmlElement
class ConsentModel(ScreenModel):
    """One consent, an act of its own. Every property is the field of that name of the view's body."""

    changed = Signal()

    @Property(str, notify=changed)
    def heading(self) -> str:
        """Return ``heading``."""
        return self.text("heading")

    @Property(str, notify=changed)
    def purpose(self) -> str:
        """Return ``purpose``."""
        return self.text("purpose")

    @Property(str, notify=changed)
    def dataWords(self) -> str:
        """Return ``data``."""
        return self.text("data")

    @Property(str, notify=changed)
    def recipient(self) -> str:
        """Return ``recipient``."""
        return self.text("recipient")

    @Property(str, notify=changed)
    def version(self) -> str:
        """Return ``version``."""
        return self.text("version")

    @Property(int, notify=changed)
    def current(self) -> int:
        """Return ``number``."""
        return self.number("number")

    @Property(int, notify=changed)
    def total(self) -> int:
        """Return ``total``."""
        return self.number("total")
