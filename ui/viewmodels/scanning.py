# SPDX-License-Identifier: Apache-2.0
"""The view-model of the screen ``scanning``: the pages of one paper while they are taken."""

from __future__ import annotations

from PySide6.QtCore import Property, QObject, Signal
from PySide6.QtQml import QmlElement

from kiosk.flows.views import LiveFeed, Scanning
from ui.viewmodels.roles import ACTION, SHEET
from ui.viewmodels.rows import Rows
from ui.viewmodels.screen_model import ScreenModel

QML_IMPORT_NAME = "Hall24.Models"
QML_IMPORT_MAJOR_VERSION = 1


@QmlElement
class ScanningModel(ScreenModel):
    """The pages of one paper. Every property is the field of that name of the view's body."""

    changed = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._sheets = self.rows_of("sheets", SHEET, {"actions": ACTION})

    @property
    def _live(self) -> LiveFeed:
        return self._body.live if isinstance(self._body, Scanning) else LiveFeed()

    @Property(str, notify=changed)
    def heading(self) -> str:
        """Return ``heading``."""
        return self.text("heading")

    @Property(str, notify=changed)
    def help(self) -> str:
        """Return ``help``."""
        return self.text("help")

    @Property(str, notify=changed)
    def livePlace(self) -> str:
        """Return the place of the live picture; empty without one."""
        return self._live.place

    @Property(str, notify=changed)
    def liveToken(self) -> str:
        """Return what the memory there begins with."""
        return self._live.token

    @Property(str, notify=changed)
    def waiting(self) -> str:
        """Return ``waiting``."""
        return self.text("waiting")

    @Property(str, notify=changed)
    def notice(self) -> str:
        """Return ``notice``."""
        return self.text("notice")

    @Property(str, notify=changed)
    def litSlot(self) -> str:
        """Return ``lit_slot``."""
        return self.text("lit_slot")

    @Property(Rows, constant=True)
    def sheets(self) -> Rows:
        """Return ``sheets`` as rows."""
        return self._sheets
