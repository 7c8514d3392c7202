# SPDX-License-Identifier: Apache-2.0
"""The view-model of the screen ``materials``: the papers of the item."""

from __future__ import annotations

from PySide6.QtCore import Property, QObject, Signal
from PySide6.QtQml import QmlElement

from ui.viewmodels.roles import ACTION, MATERIAL
from ui.viewmodels.rows import Rows
from ui.viewmodels.screen_model import ScreenModel

QML_IMPORT_NAME = "Hall24.Models"
QML_IMPORT_MAJOR_VERSION = 1


@QmlElement
class MaterialsModel(ScreenModel):
    """The papers of the item. Every property is the field of that name of the view's body."""

    changed = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._materials = self.rows_of("materials", MATERIAL, {"actions": ACTION})

    @Property(str, notify=changed)
    def heading(self) -> str:
        """Return ``heading``."""
        return self.text("heading")

    @Property(str, notify=changed)
    def help(self) -> str:
        """Return ``help``."""
        return self.text("help")

    @Property(str, notify=changed)
    def notice(self) -> str:
        """Return ``notice``."""
        return self.text("notice")

    @Property(Rows, constant=True)
    def materials(self) -> Rows:
        """Return ``materials`` as rows."""
        return self._materials
