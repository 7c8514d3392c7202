# SPDX-License-Identifier: Apache-2.0
"""The view-model of the pad that writes Chinese: letters in, candidates out.

A key is only a look-up in tables that are in memory. They are loaded by a thread of their own when a pad
first opens; letters typed before that wait. What was typed is let go with the pad, and nothing is learnt.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from PySide6.QtCore import Property, QObject, QTimer, Signal, Slot
from PySide6.QtQml import QmlElement

from kiosk.typing import MAX_LETTERS, Candidate, PinyinTables, candidates, load_tables
from ui.viewmodels.rows import Rows

QML_IMPORT_NAME = "Hall24.Models"
QML_IMPORT_MAJOR_VERSION = 1

_LOG = logging.getLogger(__name__)
_ON_A_PAGE: Final = 7
_LOOK_MS: Final = 10
"""How often the UI thread looks whether the tables are there, while they are being loaded."""
_ROLES: Final = {"word": "text", "span": "span"}


@dataclass(frozen=True, slots=True)
class ShownCandidate:
    """One candidate on the pad and its width, in the unit of the room."""

    text: str
    span: float


@QmlElement
class TypingModel(QObject):
    """Holds the letters that are not yet text. All calls belong to the UI thread."""

    changed = Signal()
    chineseChanged = Signal()

    def __init__(
        self,
        parent: QObject | None = None,
        load: Callable[[], PinyinTables] = load_tables,
    ) -> None:
        super().__init__(parent)
        self._load = load
        self._loading: threading.Thread | None = None
        self._tables: PinyinTables | None = None
        self._failed = False
        self._chinese = False
        self._letters = ""
        self._found: tuple[Candidate, ...] = ()
        self._measures = (190.0, 20.0, 5.0, 10.0, 8.0)
        self._starts = [0]
        self._shown = Rows(_ROLES, parent=self)
        self._look = QTimer(self, interval=_LOOK_MS)
        self._look.timeout.connect(self._take_tables)

    # -- what QML reads --------------------------------------------------------------------------------

    @Property(bool, notify=chineseChanged)
    def chinese(self) -> bool:
        """Whether letters become Chinese."""
        return self._chinese

    @Property(str, notify=changed)
    def letters(self) -> str:
        """Return the letters that are not yet text."""
        return self._letters

    @Property(Rows, constant=True)
    def candidates(self) -> Rows:
        """Return the candidates of this page, seven at most."""
        return self._shown

    @Property(bool, notify=changed)
    def hasPrevious(self) -> bool:
        """Whether a page stands before this one."""
        return len(self._starts) > 1

    @Property(bool, notify=changed)
    def hasNext(self) -> bool:
        """Whether more candidates follow."""
        return self._starts[-1] + self._shown.rowCount() < len(self._found)

    # -- what QML reports ------------------------------------------------------------------------------

    @Slot(bool)
    def open(self, chinese: bool) -> None:  # noqa: FBT001 - a Qt slot takes its arguments by position
        """Begin with an empty line; load the tables if nobody did yet."""
        self._set_letters("")
        self.setChinese(chinese)
        if self._tables is None and self._loading is None:
            self._loading = threading.Thread(target=self._read, name="pinyin-tables")
            self._loading.start()
            self._look.start()

    @Slot(bool)
    def setChinese(self, on: bool) -> None:  # noqa: FBT001 - a Qt slot takes its arguments by position
        """Switch between Chinese and plain letters."""
        if on != self._chinese:
            self._chinese = on
            self.chineseChanged.emit()

    @Slot(float, float, float, float, float)
    def arrange(self, room: float, key: float, gap: float, glyph: float, padding: float) -> None:
        """Tell the widths: of all candidates together, the least of one, between two, of a character."""
        measures = (room, key, gap, glyph, padding)
        if measures != self._measures:
            self._measures = measures
            self._begin_page(0)

    @Slot(str)
    def type(self, letter: str) -> None:
        """Add a letter; beyond :data:`kiosk.typing.MAX_LETTERS` a candidate has to be taken first."""
        if len(self._letters) < MAX_LETTERS:
            self._set_letters(self._letters + letter)

    @Slot(result=bool)
    def erase(self) -> bool:
        """Take the last letter back; returns whether there was one."""
        had = bool(self._letters)
        self._set_letters(self._letters[:-1])
        return had

    @Slot(int, result=str)
    def choose(self, place: int) -> str:
        """Return the candidate at that place of the page; its letters are done, the others remain."""
        place += self._starts[-1]
        if not self._starts[-1] <= place < self._starts[-1] + self._shown.rowCount():
            return ""
        taken = self._found[place]
        self._set_letters(self._letters[taken.letters :])
        return taken.text

    @Slot(result=str)
    def finish(self) -> str:
        """Return the first candidates for all letters; nothing remains."""
        text = ""
        while self._letters:
            if not self._found:
                text += self._letters
                break
            text += self._found[0].text
            self._set_letters(self._letters[self._found[0].letters :])
        self._set_letters("")
        return text

    @Slot()
    def clear(self) -> None:
        """Let go of the letters."""
        self._set_letters("")

    @Slot(int)
    def turn(self, pages: int) -> None:
        """Turn one page on (1) or back (-1), if there is one."""
        if pages > 0 and self.property("hasNext"):
            self._starts.append(self._starts[-1] + self._shown.rowCount())
        elif pages < 0 and len(self._starts) > 1:
            self._starts.pop()
        self._show_page()

    # -- loading ---------------------------------------------------------------------------------------

    @property
    def ready(self) -> bool:
        """Whether the tables are there."""
        return self._tables is not None

    def _read(self) -> None:
        try:
            self._load()
        except OSError:
            self._failed = True

    def _take_tables(self) -> None:
        if self._loading is None or self._loading.is_alive():
            return
        self._loading.join()
        self._loading = None
        self._look.stop()
        if self._failed:
            _LOG.error("the pinyin tables cannot be read: only Latin letters can be typed")
            return
        self._tables = self._load()  # cached: the thread has read them
        self._set_letters(self._letters)

    # -- the page --------------------------------------------------------------------------------------

    def _set_letters(self, letters: str) -> None:
        found = candidates(self._tables, letters) if self._tables and letters else ()
        if letters == self._letters and found == self._found:
            return
        self._letters, self._found = letters, found
        self._begin_page(0)

    def _begin_page(self, start: int) -> None:
        self._starts = [start]
        self._show_page()

    def _show_page(self) -> None:
        page: list[ShownCandidate] = []
        room, key, gap, glyph, padding = self._measures
        left = room
        for candidate in self._found[self._starts[-1] :][:_ON_A_PAGE]:
            span = max(key, len(candidate.text) * glyph + padding)
            if page and span > left:
                break
            # The first one has its place even where all of the room is too little: letters shrink.
            page.append(ShownCandidate(candidate.text, max(key, min(span, room))))
            left -= span + gap
        self._shown.replace(page)
        self.changed.emit()
