# SPDX-License-Identifier: Apache-2.0
"""The view-model of the screen ``out_of_service``: nothing can be done here now."""

from __future__ import annotations

from PySide6.QtCore import Property, Signal
from PySide6.QtQml import QmlElement

from ui.viewmodels.screen_model import ScreenModel

QML_IMPORT_NAME = "Hall24.Models"
QML_IMPORT_MAJOR_VERSION = 1


@QmlElement
class OutOfServiceModel(ScreenModel):
    """Nothing can be done here now. Every property is the field of that name of the view's body."""

    changed = Signal()

    @Property(str, notify=changed)
    def heading(self) -> str:
        """Return ``heading``."""
        return self.text("heading")

    @Property(str, notify=changed)
    def reason(self) -> str:
        """Return ``reason``."""
        return self.text("reason")

    @Property(str, notify=changed)
    def nearest(self) -> str:
        """Return ``nearest``."""
        return self.text("nearest")

    @Property(str, notify=changed)
    def phone(self) -> str:
        """Return ``phone``."""
        return self.text("phone")

    @Property(str, notify=changed)
    def smallPrint(self) -> str:
        """Return ``small_print``."""
        return self.text("small_print")
