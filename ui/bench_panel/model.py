# SPDX-License-Identifier: Apache-2.0
"""The panel's view-model: the devices with their buttons, and what happened last."""

from __future__ import annotations

from PySide6.QtCore import Property, QObject, Signal, Slot
from PySide6.QtQml import QmlElement

from kiosk.bench_client import BenchSlot
from kiosk.words import say
from ui.bench_panel.buttons import ARG_SEPARATOR, card_of, label_of
from ui.bench_panel.line import BenchLine
from ui.viewmodels.rows import Rows

QML_IMPORT_NAME = "Hall24.Bench"
QML_IMPORT_MAJOR_VERSION = 1

_CARD = {"slot": "slot", "title": "title", "facts": "state"}
_BUTTON = {"verb": "action", "args": "args", "label": "label"}


@QmlElement
class BenchPanelModel(QObject):
    """Shows what a :class:`BenchLine` sees and hands presses to it; UI thread only."""

    changed = Signal()

    def __init__(self, line: BenchLine, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._line = line
        self._cards = Rows(_CARD, {"buttons": _BUTTON}, parent=self)
        self._message = say("bench.connecting")
        self._good = False
        line.seen.connect(self._on_seen)
        line.done.connect(self._on_done)
        line.failed.connect(self._on_failed)
        line.lost.connect(self._on_failed)

    @Property(Rows, constant=True)
    def cards(self) -> Rows:
        """Return the devices as rows, each with its buttons."""
        return self._cards

    @Property(str, constant=True)
    def title(self) -> str:
        """Return the panel's name."""
        return say("bench.title")

    @Property(str, constant=True)
    def subtitle(self) -> str:
        """Return what the panel is."""
        return say("bench.subtitle")

    @Property(str, notify=changed)
    def message(self) -> str:
        """Return what happened last."""
        return self._message

    @Property(bool, notify=changed)
    def good(self) -> bool:
        """Return whether the last thing went well."""
        return self._good

    @Slot(str, str, str)
    def press(self, slot: str, action: str, args: str) -> None:
        """Do what the button says."""
        self._line.act(slot, action, *(args.split(ARG_SEPARATOR) if args else ()))

    @Slot(object, object)
    def _on_seen(self, slots: tuple[BenchSlot, ...], people: tuple[str, ...]) -> None:
        self._cards.replace([card_of(slot, people) for slot in slots])
        if self._message == say("bench.connecting"):
            self._say(say("bench.connected"), good=True)

    @Slot(str, object)
    def _on_done(self, action: str, args: tuple[str, ...]) -> None:
        self._say(say("bench.done", action=label_of(action, args)), good=True)

    @Slot(str)
    def _on_failed(self, reason: str) -> None:
        self._say(reason, good=False)

    def _say(self, message: str, *, good: bool) -> None:
        self._message, self._good = message, good
        self.changed.emit()
