# SPDX-License-Identifier: Apache-2.0
"""The view-model of the screen ``attract``: nobody is here."""

from __future__ import annotations

from PySide6.QtCore import Property, Signal
from PySide6.QtQml import QmlElement

from ui.viewmodels.screen_model import ScreenModel

QML_IMPORT_NAME = "Hall24.Models"
QML_IMPORT_MAJOR_VERSION = 1


@QmlElement
class AttractModel(ScreenModel):
    """Nobody is here. Every property is the field of that name of the view's body."""

    changed = Signal()

    @Property(str, notify=changed)
    def headline(self) -> str:
        """Return ``headline``."""
        return self.text("headline")

    @Property(str, notify=changed)
    def invitation(self) -> str:
        """Return ``invitation``."""
        return self.text("invitation")

    @Property(list, notify=changed)
    def canNow(self) -> list[str]:
        """Return ``can_now``."""
        return self.texts("can_now")

    @Property(list, notify=changed)
    def cannotNow(self) -> list[str]:
        """Return ``cannot_now``."""
        return self.texts("cannot_now")

    @Property(str, notify=changed)
    def checking(self) -> str:
        """Return ``checking``."""
        return self.text("checking")

    @Property(str, notify=changed)
    def nearest(self) -> str:
        """Return ``nearest``."""
        return self.text("nearest")

    @Property(str, notify=changed)
    def phone(self) -> str:
        """Return ``phone``."""
        return self.text("phone")
