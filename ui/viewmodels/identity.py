# SPDX-License-Identifier: Apache-2.0
"""The view-model of the screen ``identity``: prove who you are."""

from __future__ import annotations

from PySide6.QtCore import Property, QObject, Signal
from PySide6.QtQml import QmlElement

from kiosk.flows.views import LiveFeed
from ui.viewmodels.roles import WAY
from ui.viewmodels.rows import Rows
from ui.viewmodels.screen_model import ScreenModel

QML_IMPORT_NAME = "Hall24.Models"
QML_IMPORT_MAJOR_VERSION = 1


@QmlElement
class IdentityModel(ScreenModel):
    """Prove who you are. Every property is the field of that name of the view's body."""

    changed = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._ways = self.rows_of("ways", WAY)

    @Property(str, notify=changed)
    def phase(self) -> str:
        """Return ``phase``."""
        return self.text("phase")

    @Property(str, notify=changed)
    def way(self) -> str:
        """Return ``way``."""
        return self.text("way")

    @Property(str, notify=changed)
    def heading(self) -> str:
        """Return ``heading``."""
        return self.text("heading")

    @Property(str, notify=changed)
    def help(self) -> str:
        """Return ``help``."""
        return self.text("help")

    @Property(str, notify=changed)
    def litSlot(self) -> str:
        """Return ``lit_slot``."""
        return self.text("lit_slot")

    @Property(str, notify=changed)
    def trouble(self) -> str:
        """Return ``trouble``."""
        return self.text("trouble")

    @Property(str, notify=changed)
    def livePlace(self) -> str:
        """Return ``live.place``."""
        return self._live().place

    @Property(str, notify=changed)
    def liveToken(self) -> str:
        """Return ``live.token``."""
        return self._live().token

    def _live(self) -> LiveFeed:
        return getattr(self._body, "live", LiveFeed())

    @Property(str, notify=changed)
    def hint(self) -> str:
        """Return ``hint``."""
        return self.text("hint")

    @Property(str, notify=changed)
    def hintTone(self) -> str:
        """Return ``hint_tone``."""
        return self.text("hint_tone")

    @Property(str, notify=changed)
    def caveat(self) -> str:
        """Return ``caveat``."""
        return self.text("caveat")

    @Property(Rows, constant=True)
    def ways(self) -> Rows:
        """Return ``ways`` as rows."""
        return self._ways
