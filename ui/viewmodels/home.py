# SPDX-License-Identifier: Apache-2.0
"""The view-model of the screen ``home``: choose what to do."""

from __future__ import annotations

from PySide6.QtCore import Property, QObject, Signal
from PySide6.QtQml import QmlElement

from ui.viewmodels.roles import OPTION, SITUATION, TILE
from ui.viewmodels.rows import Rows
from ui.viewmodels.screen_model import ScreenModel

QML_IMPORT_NAME = "Hall24.Models"
QML_IMPORT_MAJOR_VERSION = 1


@QmlElement
class HomeModel(ScreenModel):
    """Choose what to do. Every property is the field of that name of the view's body."""

    changed = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._situations = self.rows_of("situations", SITUATION)
        self._tiles = self.rows_of("tiles", TILE)
        self._services = self.rows_of("services", OPTION)

    @Property(str, notify=changed)
    def heading(self) -> str:
        """Return ``heading``."""
        return self.text("heading")

    @Property(str, notify=changed)
    def help(self) -> str:
        """Return ``help``."""
        return self.text("help")

    @Property(str, notify=changed)
    def query(self) -> str:
        """Return ``query``."""
        return self.text("query")

    @Property(str, notify=changed)
    def listTitle(self) -> str:
        """Return ``list_title``."""
        return self.text("list_title")

    @Property(int, notify=changed)
    def page(self) -> int:
        """Return ``page``."""
        return self.number("page")

    @Property(int, notify=changed)
    def pages(self) -> int:
        """Return ``pages``."""
        return self.number("pages")

    @Property(Rows, constant=True)
    def situations(self) -> Rows:
        """Return ``situations`` as rows."""
        return self._situations

    @Property(Rows, constant=True)
    def tiles(self) -> Rows:
        """Return ``tiles`` as rows."""
        return self._tiles

    @Property(Rows, constant=True)
    def services(self) -> Rows:
        """Return ``services`` as rows."""
        return self._services
