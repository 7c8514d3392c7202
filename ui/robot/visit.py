# SPDX-License-Identifier: Apache-2.0
"""Plays a script on a window, inside its event loop, and keeps the log and the pictures.

A script is a generator: every ``yield`` waits for the next beat, ``yield from visit.tap("act:next")``
does something. Nothing here sleeps or runs an event loop of its own.

Errors::

    RobotError
    └── RobotLostError   what the resident waits for did not come; the text says what is seen instead
"""

from __future__ import annotations

import time
from collections.abc import Callable, Generator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from PySide6.QtCore import QObject, QPointF, QTimer, Signal, Slot
from PySide6.QtGui import QImage
from PySide6.QtQuick import QQuickItem, QQuickWindow

from ui.bridge.scene import area_of
from ui.robot.finger import Finger, Script
from ui.robot.glass import HEADING, Sight, middle_of
from ui.robot.keyboard import write
from ui.robot.keys import Keys, UnreachableError

_BEAT_MS: Final = 30
SETTLING_S: Final = 0.35
"""A new screen is looked at (and its picture taken) after it has come to rest."""
DEFAULT_TIMEOUT_S: Final = 20.0


class RobotError(Exception):
    """The visit cannot go on."""


class RobotLostError(RobotError):
    """What the resident waits for did not come."""


@dataclass(frozen=True, slots=True)
class VisitStep:
    """One screen and for how long it was shown, waiting and acting included."""

    screen: str
    ms: int


class Visit(QObject):
    """One robot on one window; UI thread only. A visit plays one script.

    ``on_screen`` is called with the name of each new screen, e.g. to put a card on a simulated reader.
    ``sight`` is what is on the glass in this beat; a script looks again after each ``yield``.
    ``by_keys`` has no finger: everything is done by the keys of :mod:`ui.keypad`.
    With ``pictures`` every new screen and page is saved there as ``NN-<screen>.png`` once it has settled.
    What is shown before the screen ``begins_at`` is no part of the visit: no step, no picture.
    """

    finished = Signal()
    """The script came to its end, or ``error`` says why not; all pictures are on disk."""

    def __init__(
        self,
        window: QQuickWindow,
        *,
        pictures: Path | None = None,
        begins_at: str = "",
        on_screen: Callable[[str], None] | None = None,
        by_keys: bool = False,
        settling_s: float = SETTLING_S,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        super().__init__(window)
        self.sight = Sight(window)
        self._window = window
        self.error: RobotError | None = None
        self.steps: list[VisitStep] = []
        self._finger = Finger(window)
        self._keys = Keys(window) if by_keys else None
        self._pictures = pictures
        self._begins_at = begins_at
        self._on_screen = on_screen
        self._clock = clock
        self._settling_s = settling_s
        self._script: Script | None = None
        self._screen = ""
        self._since = 0.0
        self._heading: tuple[str, ...] = ()
        self._turned = 0.0
        self._picture_due = False
        self._taken = 0
        self._saver = ThreadPoolExecutor(1, thread_name_prefix="robot-pictures")
        self._saving: list[Future[None]] = []
        self._timer = QTimer(self, interval=_BEAT_MS)
        self._timer.timeout.connect(self._beat)

    def start(self, script: Script) -> None:
        """Begin; ``finished`` follows."""
        if self._pictures is not None:
            self._pictures.mkdir(parents=True, exist_ok=True)
        self._script = script
        self._since = self._clock()
        self._timer.start()

    @Slot()
    def stop(self) -> None:
        """Give the visit up where it is: ``error`` says so, ``finished`` does not follow. Silent when over."""
        self._timer.stop()
        if self._script is not None:
            self._script = None
            self.error = RobotError("it was stopped")
        self._saver.shutdown(wait=True)

    # -- what a script can do --------------------------------------------------------------------------

    def tap(self, name: str, timeout_s: float = DEFAULT_TIMEOUT_S) -> Script:
        """Wait until the item of that name is in sight, usable and at rest, and press it."""
        place = QPointF()
        for item in self._until_found(name, timeout_s):
            if item is not None:
                here = QPointF(middle_of(item))
                if here == place and self._looked_at():
                    yield from self._press_at(name, place)
                    return
                place = here
            yield

    def _press_at(self, name: str, place: QPointF) -> Script:
        if self._keys is None:
            yield from self._finger.tap(place.toPoint())
            return
        try:
            yield from self._keys.press(name)
        except UnreachableError as error:
            raise RobotLostError(str(error)) from error

    def press(self, name: str, timeout_s: float = DEFAULT_TIMEOUT_S) -> Script:
        """Press the item of that name as soon as it is there, as on a window that has no screens."""
        for item in self._until_found(name, timeout_s):
            if item is not None:
                yield from self._finger.tap(middle_of(item))
                return
            yield

    def look(self) -> Script:
        """Wait until the screen has come to rest and was seen."""
        while not self._looked_at():
            yield

    def tap_middle(self) -> Script:
        """Press the middle of the glass."""
        yield from self.look()
        yield from self._finger.tap(self.sight.size.center().toPoint())

    def type_on_pad(self, text: str, done: str = "key:done") -> Script:
        """Write the text on the pad that is open, Chinese by its candidates, then press done."""
        yield from write(self, text)
        yield from self.tap(done)

    def sign(self, name: str = "signature") -> Script:
        """Draw three strokes on the item of that name; without a finger, confirm with the key instead."""
        if self._keys is not None:
            yield from self.tap("act:sign_by_key")
            return
        for item in self._until_found(name, DEFAULT_TIMEOUT_S):
            if item is not None and self._looked_at():
                area = area_of(item)
                break
            yield
        for share in (0.3, 0.5, 0.7):
            yield from self._finger.draw(
                [
                    QPointF(
                        area.left() + area.width() * (0.25 + 0.05 * step),
                        area.top() + area.height() * (share + (0.04 if step % 2 else -0.04)),
                    )
                    for step in range(10)
                ]
            )

    def wait_for_screen(
        self, *names: str, timeout_s: float = DEFAULT_TIMEOUT_S
    ) -> Generator[None, None, str]:
        """Wait until one of these screens is shown and return its name."""
        yield from self.wait_until(
            lambda: self.sight.screen in names, " or ".join(names), timeout_s=timeout_s
        )
        return self.sight.screen

    def wait_until(
        self, holds: Callable[[], bool], what: str, *, timeout_s: float = DEFAULT_TIMEOUT_S
    ) -> Script:
        """Wait until ``holds()``; raises :class:`RobotLostError` naming ``what``."""
        limit = self._clock() + timeout_s
        while not holds():
            self._check(limit, what)
            yield

    def now(self) -> float:
        """Return the visit's clock in seconds."""
        return self._clock()

    def pause(self, seconds: float) -> Script:
        """Let time pass, as a resident who reads."""
        limit = self._clock() + seconds
        while self._clock() < limit:
            yield

    def screenshot(self, path: Path) -> None:
        """Save what is on the glass now; the file is there when ``finished`` comes."""
        image = self._window.grabWindow()
        self._saving.append(self._saver.submit(_save, image, path))

    def picture(self) -> None:
        """Save what is on the glass now as the next numbered picture, if pictures are kept."""
        if self._pictures is None:
            return
        self._taken += 1
        self.screenshot(self._pictures / f"{self._taken:02}-{self.sight.screen or 'blank'}.png")

    # -- the beat --------------------------------------------------------------------------------------

    @Slot()
    def _beat(self) -> None:
        if self._script is None:
            return
        self.sight = Sight(self._window)
        try:
            self._look()
            next(self._script)
        except StopIteration:
            self._finish(None)
        except RobotError as error:
            self._finish(error)
        except Exception as error:  # noqa: BLE001 - a broken script must end the visit, not hang it
            self._finish(RobotError(f"the script broke: {type(error).__name__}: {error}"))

    def _look(self) -> None:
        screen, heading = self.sight.screen, self.sight.texts_in(HEADING)
        now = self._clock()
        if not screen or (self._begins_at and not self._screen and screen != self._begins_at):
            return
        if screen != self._screen:
            if self._screen:
                self.steps.append(VisitStep(self._screen, round((now - self._since) * 1000)))
            self._screen, self._since = screen, now
            self._turn_to(heading)
            if self._on_screen is not None:
                self._on_screen(screen)
        elif heading != self._heading:
            self._turn_to(heading)
        elif self._picture_due and self._settled():
            self._picture_due = False
            self.picture()

    def _turn_to(self, heading: tuple[str, ...]) -> None:
        """Note a new page, of the same screen or of another: it is looked at before anything is done."""
        self._heading, self._turned, self._picture_due = heading, self._clock(), True

    def _settled(self) -> bool:
        return self._clock() - self._turned >= self._settling_s

    def _looked_at(self) -> bool:
        """Tell whether the resident has seen the screen at rest: nobody presses before."""
        return self._settled() and not self._picture_due and bool(self._screen)

    def _until_found(self, name: str, timeout_s: float) -> Generator[QQuickItem | None, None, None]:
        limit = self._clock() + timeout_s
        while True:
            item = self.sight.find(name)
            yield item if item is not None and item.isEnabled() else None
            self._check(limit, name)

    def _check(self, limit: float, what: str) -> None:
        if self._clock() >= limit:
            seen = ", ".join(self.sight.names) or "nothing"
            raise RobotLostError(f"no {what} on screen {self.sight.screen!r}; in sight: {seen}")

    def _finish(self, error: RobotError | None) -> None:
        self._timer.stop()
        self._script = None
        if self._screen:
            self.steps.append(VisitStep(self._screen, round((self._clock() - self._since) * 1000)))
        if error is not None:
            self.picture()
        self._saver.shutdown(wait=True)
        for saving in self._saving:
            if (failure := saving.exception()) is not None and error is None:
                error = RobotError(f"a picture was not saved: {failure}")
        self.error = error
        self.finished.emit()


def _save(image: QImage, path: Path) -> None:
    if not image.save(str(path)):
        raise OSError(f"cannot write {path}")
