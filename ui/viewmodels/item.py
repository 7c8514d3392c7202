# SPDX-License-Identifier: Apache-2.0
"""The view-model of the screen ``item``: everything about an item before log-in."""

from __future__ import annotations

from PySide6.QtCore import Property, QObject, Signal
from PySide6.QtQml import QmlElement

from ui.viewmodels.roles import GUIDE_BLOCK
from ui.viewmodels.rows import Rows
from ui.viewmodels.screen_model import ScreenModel

QML_IMPORT_NAME = "Hall24.Models"
QML_IMPORT_MAJOR_VERSION = 1


@QmlElement
class ItemModel(ScreenModel):
    """Everything about an item before log-in. Every property is the field of that name of the view's body."""

    changed = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._blocks = self.rows_of("blocks", GUIDE_BLOCK)

    @Property(str, notify=changed)
    def name(self) -> str:
        """Return ``name``."""
        return self.text("name")

    @Property(str, notify=changed)
    def department(self) -> str:
        """Return ``department``."""
        return self.text("department")

    @Property(list, notify=changed)
    def badges(self) -> list[str]:
        """Return ``badges``."""
        return self.texts("badges")

    @Property(list, notify=changed)
    def flow(self) -> list[str]:
        """Return ``flow``."""
        return self.texts("flow")

    @Property(str, notify=changed)
    def truthWords(self) -> str:
        """Return ``truth``."""
        return self.text("truth")

    @Property(str, notify=changed)
    def truthTone(self) -> str:
        """Return ``truth_tone``."""
        return self.text("truth_tone")

    @Property(Rows, constant=True)
    def blocks(self) -> Rows:
        """Return ``blocks`` as rows."""
        return self._blocks
