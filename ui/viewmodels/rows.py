# SPDX-License-Identifier: Apache-2.0
"""A list for QML that changes in place.

A plain ``QVariantList`` makes a ``Repeater`` throw its delegates away at every change; the finger or
the focus may rest on one of them. ``Rows`` compares the new list with the old one row by row, so a
delegate stays as long as its row stays.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from PySide6.QtCore import (
    Property,
    QAbstractListModel,
    QByteArray,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    Qt,
    Signal,
)
from PySide6.QtQml import QmlElement

QML_IMPORT_NAME = "Hall24.Models"
QML_IMPORT_MAJOR_VERSION = 1

_Index = QModelIndex | QPersistentModelIndex
_ROOT = QModelIndex()
_FIRST_ROLE = int(Qt.ItemDataRole.UserRole) + 1


@QmlElement
class Rows(QAbstractListModel):
    """Rows of one dataclass; ``roles`` maps the QML name to the attribute.

    ``nested`` names the roles whose attribute is itself a tuple of dataclasses, with their roles; such
    a role is a ``Rows`` of its own, which lives as long as its row.
    """

    changed = Signal()

    def __init__(
        self,
        roles: Mapping[str, str],
        nested: Mapping[str, Mapping[str, str]] | None = None,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._roles = dict(roles)
        self._nested = dict(nested or {})
        self._names = [*self._roles, *self._nested]
        self._rows: list[dict[str, Any]] = []

    @Property(int, notify=changed)
    def count(self) -> int:
        """How many rows there are."""
        return len(self._rows)

    def rowCount(self, parent: _Index = _ROOT) -> int:
        """Return the number of rows (Qt's own interface)."""
        return 0 if parent.isValid() else len(self._rows)

    def roleNames(self) -> dict[int, QByteArray]:
        """Return the QML names of the roles (Qt's own interface)."""
        return {
            _FIRST_ROLE + place: QByteArray(name.encode()) for place, name in enumerate(self._names)
        }

    def data(self, index: _Index, role: int = _FIRST_ROLE) -> Any:  # noqa: ANN401 - Qt's own signature
        """Return one value (Qt's own interface)."""
        place = role - _FIRST_ROLE
        if not (0 <= index.row() < len(self._rows) and 0 <= place < len(self._names)):
            return None
        return self._rows[index.row()][self._names[place]]

    def replace(self, items: Sequence[object]) -> None:
        """Take over a new list; rows that stay at their place are only updated where they differ."""
        before = len(self._rows)
        for row, item in enumerate(items[:before]):
            self._update(row, item)
        if len(items) > before:
            self.beginInsertRows(QModelIndex(), before, len(items) - 1)
            self._rows.extend(self._new_row(item) for item in items[before:])
            self.endInsertRows()
        elif len(items) < before:
            self.beginRemoveRows(QModelIndex(), len(items), before - 1)
            gone, self._rows = self._rows[len(items) :], self._rows[: len(items)]
            self.endRemoveRows()
            for row_values in gone:
                for name in self._nested:
                    row_values[name].deleteLater()
        if len(items) != before:
            self.changed.emit()

    def _new_row(self, item: object) -> dict[str, Any]:
        values = {name: getattr(item, attribute) for name, attribute in self._roles.items()}
        for name, roles in self._nested.items():
            values[name] = Rows(roles, parent=self)
            values[name].replace(getattr(item, name))
        return values

    def _update(self, row: int, item: object) -> None:
        values = self._rows[row]
        touched: list[int] = []
        for place, name in enumerate(self._names):
            if name in self._nested:
                values[name].replace(getattr(item, name))
                continue
            value = getattr(item, self._roles[name])
            if value != values[name]:
                values[name] = value
                touched.append(_FIRST_ROLE + place)
        if touched:
            self.dataChanged.emit(self.index(row), self.index(row), touched)
