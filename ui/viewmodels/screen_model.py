# SPDX-License-Identifier: Apache-2.0
"""What all screen models share: they hold one body of a view and tell QML when it changed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from PySide6.QtCore import Property, QObject, Signal
from PySide6.QtQml import QmlElement

from kiosk.flows.views import Action, Body
from ui.viewmodels.roles import ACTION
from ui.viewmodels.rows import Rows

QML_IMPORT_NAME = "Hall24.Models"
QML_IMPORT_MAJOR_VERSION = 1


@QmlElement
class ScreenModel(QObject):
    """Holds the last body shown. Before the first one, every text is empty and every list too.

    All calls belong to the UI thread.
    """

    changed: ClassVar[Signal]
    """Each model declares its own: Qt ties a property only to a signal of the same class."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._body: Body | None = None
        self._lists: dict[str, Rows] = {}
        self._primary = Rows(ACTION, parent=self)
        self._secondary = Rows(ACTION, parent=self)

    def show(self, body: Body) -> None:
        """Take over a body; ``changed`` is emitted only when it differs from the last one."""
        if body == self._body:
            return
        self._body = body
        for attribute, rows in self._lists.items():
            rows.replace(getattr(body, attribute))
        actions: tuple[Action, ...] = getattr(body, "actions", ())
        self._primary.replace([action for action in actions if action.primary])
        self._secondary.replace([action for action in actions if not action.primary])
        self.settle()
        self.changed.emit()

    def forget(self) -> None:
        """Let go of the last body: the session is over, and what it showed was a person's."""
        if self._body is None:
            return
        self._body = None
        for rows in (*self._lists.values(), self._primary, self._secondary):
            rows.replace(())
        self.settle()
        self.changed.emit()

    def settle(self) -> None:
        """Work out what a model derives from its body, after its rows and before ``changed``."""

    @Property(Rows, constant=True)
    def primary(self) -> Rows:
        """Return the one main action, or no row."""
        return self._primary

    @Property(Rows, constant=True)
    def secondary(self) -> Rows:
        """All other actions, in their order."""
        return self._secondary

    def rows_of(
        self,
        attribute: str,
        roles: Mapping[str, str],
        nested: Mapping[str, Mapping[str, str]] | None = None,
    ) -> Rows:
        """Return rows that follow a tuple of dataclasses in the body."""
        rows = Rows(roles, nested, parent=self)
        self._lists[attribute] = rows
        return rows

    def text(self, attribute: str) -> str:
        """Return a text of the body."""
        return str(getattr(self._body, attribute, ""))

    def texts(self, attribute: str) -> list[str]:
        """Return a tuple of texts of the body."""
        return list(getattr(self._body, attribute, ()))

    def number(self, attribute: str) -> int:
        """Return a number of the body."""
        return int(getattr(self._body, attribute, 0))

    def truth(self, attribute: str) -> bool:
        """Return a yes or no of the body."""
        return bool(getattr(self._body, attribute, False))
