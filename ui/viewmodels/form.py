# SPDX-License-Identifier: Apache-2.0
"""The view-model of the screen ``form``: one group of questions."""

from __future__ import annotations

from PySide6.QtCore import Property, QObject, Signal
from PySide6.QtQml import QmlElement

from kiosk.flows.views import FormPage
from ui.viewmodels.roles import CHOICE, FIELD
from ui.viewmodels.rows import Rows
from ui.viewmodels.screen_model import ScreenModel

QML_IMPORT_NAME = "Hall24.Models"
QML_IMPORT_MAJOR_VERSION = 1


@QmlElement
class FormModel(ScreenModel):
    """One group of questions. Every property is the field of that name of the view's body."""

    changed = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._editing = ""
        self._fields = self.rows_of("fields", FIELD, {"choices": CHOICE})

    def settle(self) -> None:
        """Find the field that is being written."""
        fields = self._body.fields if isinstance(self._body, FormPage) else ()
        written = (field.key for field in fields if field.editing and field.widget != "choice")
        self._editing = next(written, "")

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

    @Property(str, notify=changed)
    def notice(self) -> str:
        """Return ``notice``."""
        return self.text("notice")

    @Property(str, notify=changed)
    def editingKey(self) -> str:
        """Return the key of the field whose editor is open; empty for none. Choices need no editor."""
        return self._editing

    @Property(Rows, constant=True)
    def fields(self) -> Rows:
        """Return ``fields`` as rows."""
        return self._fields
