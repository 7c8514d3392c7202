# SPDX-License-Identifier: Apache-2.0
"""The view-model of the screen ``promise``: the promise and the signature."""

from __future__ import annotations

from PySide6.QtCore import Property, Signal
from PySide6.QtQml import QmlElement

from ui.viewmodels.screen_model import ScreenModel

QML_IMPORT_NAME = "Hall24.Models"
QML_IMPORT_MAJOR_VERSION = 1


@QmlElement
class PromiseModel(ScreenModel):
    """The promise and the signature. Every property is the field of that name of the view's body."""

    changed = Signal()

    @Property(str, notify=changed)
    def heading(self) -> str:
        """Return ``heading``."""
        return self.text("heading")

    @Property(str, notify=changed)
    def help(self) -> str:
        """Return ``help``."""
        return self.text("help")

    @Property(str, notify=changed)
    def promiseText(self) -> str:
        """Return ``text``."""
        return self.text("text")

    @Property(str, notify=changed)
    def version(self) -> str:
        """Return ``version``."""
        return self.text("version")

    @Property(bool, notify=changed)
    def signatureNeeded(self) -> bool:
        """Return ``signature_needed``."""
        return self.truth("signature_needed")

    @Property(bool, notify=changed)
    def signed(self) -> bool:
        """Return ``signed``."""
        return self.truth("signed")

    @Property(str, notify=changed)
    def notice(self) -> str:
        """Return ``notice``."""
        return self.text("notice")
