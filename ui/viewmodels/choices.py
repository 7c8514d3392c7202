# SPDX-License-Identifier: Apache-2.0
"""The view-model of the screen ``choices``: one of several."""

from __future__ import annotations

from PySide6.QtCore import Property, QObject, Signal
from PySide6.QtQml import QmlElement

from ui.viewmodels.roles import OPTION, ROW
from ui.viewmodels.rows import Rows
from ui.viewmodels.screen_model import ScreenModel

QML_IMPORT_NAME = "Hall24.Models"
QML_IMPORT_MAJOR_VERSION = 1


@QmlElement
class ChoicesModel(ScreenModel):
    """Choose one of several. Every property is the field of that name of the view's body."""

    changed = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._options = self.rows_of("options", OPTION)
        self._facts = self.rows_of("facts", ROW)

    @Property(str, notify=changed)
    def heading(self) -> str:
        """Return ``heading``."""
        return self.text("heading")

    @Property(str, notify=changed)
    def help(self) -> str:
        """Return ``help``."""
        return self.text("help")

    @Property(int, notify=changed)
    def page(self) -> int:
        """Return ``page``."""
        return self.number("page")

    @Property(int, notify=changed)
    def pages(self) -> int:
        """Return ``pages``."""
        return self.number("pages")

    @Property(bool, notify=changed)
    def compact(self) -> bool:
        """Return ``compact``."""
        return self.truth("compact")

    @Property(str, notify=changed)
    def notice(self) -> str:
        """Return ``notice``."""
        return self.text("notice")

    @Property(str, notify=changed)
    def noticeTone(self) -> str:
        """Return ``notice_tone``."""
        return self.text("notice_tone")

    @Property(str, notify=changed)
    def litSlot(self) -> str:
        """Return ``lit_slot``."""
        return self.text("lit_slot")

    @Property(Rows, constant=True)
    def options(self) -> Rows:
        """Return ``options`` as rows."""
        return self._options

    @Property(Rows, constant=True)
    def facts(self) -> Rows:
        """Return ``facts`` as rows."""
        return self._facts
