# SPDX-License-Identifier: Apache-2.0
"""The view-model of the screen ``trouble``: what happened, what it means, what to do."""

from __future__ import annotations

from PySide6.QtCore import Property, Signal
from PySide6.QtQml import QmlElement

from ui.viewmodels.screen_model import ScreenModel

QML_IMPORT_NAME = "Hall24.Models"
QML_IMPORT_MAJOR_VERSION = 1


@QmlElement
class TroubleModel(ScreenModel):
    """What happened, what it means, what to do. Every property is the field of that name of the view's body."""

    changed = Signal()

    @Property(str, notify=changed)
    def heading(self) -> str:
        """Return ``heading``."""
        return self.text("heading")

    @Property(str, notify=changed)
    def meaning(self) -> str:
        """Return ``meaning``."""
        return self.text("meaning")

    @Property(str, notify=changed)
    def keptNumber(self) -> str:
        """Return ``number``."""
        return self.text("number")

    @Property(str, notify=changed)
    def smallPrint(self) -> str:
        """Return ``small_print``."""
        return self.text("small_print")
