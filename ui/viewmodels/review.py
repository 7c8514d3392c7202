# SPDX-License-Identifier: Apache-2.0
"""The view-model of the screen ``review``: exactly what will be sent."""

from __future__ import annotations

from PySide6.QtCore import Property, QObject, Signal
from PySide6.QtQml import QmlElement

from ui.viewmodels.roles import ROW, SECTION
from ui.viewmodels.rows import Rows
from ui.viewmodels.screen_model import ScreenModel

QML_IMPORT_NAME = "Hall24.Models"
QML_IMPORT_MAJOR_VERSION = 1


@QmlElement
class ReviewModel(ScreenModel):
    """Exactly what will be sent. Every property is the field of that name of the view's body."""

    changed = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._sections = self.rows_of("sections", SECTION, {"rows": ROW})

    @Property(str, notify=changed)
    def heading(self) -> str:
        """Return ``heading``."""
        return self.text("heading")

    @Property(str, notify=changed)
    def help(self) -> str:
        """Return ``help``."""
        return self.text("help")

    @Property(str, notify=changed)
    def recipient(self) -> str:
        """Return ``recipient``."""
        return self.text("recipient")

    @Property(str, notify=changed)
    def notice(self) -> str:
        """Return ``notice``."""
        return self.text("notice")

    @Property(Rows, constant=True)
    def sections(self) -> Rows:
        """Return ``sections`` as rows."""
        return self._sections
