# SPDX-License-Identifier: Apache-2.0
"""The way out: what QML reports becomes intents."""

from __future__ import annotations

import base64
import binascii

from PySide6.QtCore import QObject, Signal, Slot
from PySide6.QtQml import QmlElement

from kiosk.flows.intents import (
    Act,
    Answer,
    AskHelp,
    Back,
    Edit,
    Exit,
    Intent,
    Point,
    SayAgain,
    Search,
    SetMode,
    Sign,
    Touched,
)

QML_IMPORT_NAME = "Hall24.Models"
QML_IMPORT_MAJOR_VERSION = 1

_PNG_URL = "data:image/png;base64,"


@QmlElement
class ShellIntents(QObject):
    """Turns touches and keys into intents. All calls belong to the UI thread."""

    intent = Signal(object)
    """One :class:`kiosk.flows.intents.Intent`, emitted in the UI thread."""

    def _send(self, intent: Intent) -> None:
        self.intent.emit(intent)

    @Slot(str)
    def act(self, action: str) -> None:
        """Press a button."""
        self._send(Act(action))

    @Slot()
    def back(self) -> None:
        """Go one step back."""
        self._send(Back())

    @Slot()
    def exit(self) -> None:
        """Press the footer's 退出."""
        self._send(Exit())

    @Slot()
    def help(self) -> None:
        """Press the footer's 求助."""
        self._send(AskHelp())

    @Slot(str, bool)
    def setMode(self, mode: str, on: bool) -> None:  # noqa: FBT001 - a Qt slot takes its arguments by position
        """Switch a mode; ``mode`` is ``elder``, ``contrast``, ``low``, ``voice`` or ``english``."""
        match mode:
            case "elder" | "contrast" | "low" | "voice" | "english":
                self._send(SetMode(mode, on))
            case _:
                raise ValueError(f"no such mode: {mode}")

    @Slot(str)
    def search(self, text: str) -> None:
        """Take over the text of the search field."""
        self._send(Search(text))

    @Slot(str)
    def edit(self, key: str) -> None:
        """Open the editor of a field; empty closes it."""
        self._send(Edit(key))

    @Slot(str, str)
    def answer(self, key: str, value: str) -> None:
        """Take over the new value of a field."""
        self._send(Answer(key, value))

    @Slot(str, int)
    def sign(self, data_url: str, strokes: int) -> None:
        """Take over a signature, a PNG as a data URL; anything else is not taken.

        Raises ``ValueError`` for another kind of URL or broken base64.
        """
        if not data_url.startswith(_PNG_URL):
            raise ValueError("the signature is no PNG")
        try:
            png = base64.b64decode(data_url.removeprefix(_PNG_URL), validate=True)
        except binascii.Error:
            raise ValueError("the signature is broken") from None
        self._send(Sign(png, strokes))

    def point(self, name: str, label: str, detail: str, state: str, arriving: bool) -> None:  # noqa: FBT001 - as Point
        """Say where the keys stand; ``detail`` may be a person's."""
        self._send(Point(name, label, detail, state, arriving))

    @Slot()
    def sayAgain(self) -> None:
        """Ask the voice to say it again."""
        self._send(SayAgain())

    @Slot()
    def touched(self) -> None:
        """Any touch or key."""
        self._send(Touched())
