# SPDX-License-Identifier: Apache-2.0
"""The view-model of the screen ``record``: something under a number."""

from __future__ import annotations

from PySide6.QtCore import Property, QObject, Signal
from PySide6.QtQml import QmlElement

from ui.viewmodels.roles import PAPER, PAST_STEP, ROW
from ui.viewmodels.rows import Rows
from ui.viewmodels.screen_model import ScreenModel

QML_IMPORT_NAME = "Hall24.Models"
QML_IMPORT_MAJOR_VERSION = 1


@QmlElement
class RecordModel(ScreenModel):
    """Something under a number. Every property is the field of that name of the view's body."""

    changed = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._facts = self.rows_of("facts", ROW)
        self._history = self.rows_of("history", PAST_STEP)
        self._papers = self.rows_of("papers", PAPER)

    @Property(str, notify=changed)
    def heading(self) -> str:
        """Return ``heading``."""
        return self.text("heading")

    @Property(str, notify=changed)
    def tone(self) -> str:
        """Return ``tone``."""
        return self.text("tone")

    @Property(str, notify=changed)
    def numberLabel(self) -> str:
        """Return ``number_label``."""
        return self.text("number_label")

    @Property(str, notify=changed)
    def recordNumber(self) -> str:
        """Return ``number``."""
        return self.text("number")

    @Property(list, notify=changed)
    def nextSteps(self) -> list[str]:
        """Return ``next_steps``."""
        return self.texts("next_steps")

    @Property(str, notify=changed)
    def qr(self) -> str:
        """Return ``qr``."""
        return self.text("qr")

    @Property(str, notify=changed)
    def qrHelp(self) -> str:
        """Return ``qr_help``."""
        return self.text("qr_help")

    @Property(str, notify=changed)
    def litSlot(self) -> str:
        """Return ``lit_slot``."""
        return self.text("lit_slot")

    @Property(Rows, constant=True)
    def facts(self) -> Rows:
        """Return ``facts`` as rows."""
        return self._facts

    @Property(Rows, constant=True)
    def history(self) -> Rows:
        """Return ``history`` as rows."""
        return self._history

    @Property(Rows, constant=True)
    def papers(self) -> Rows:
        """Return ``papers`` as rows."""
        return self._papers
