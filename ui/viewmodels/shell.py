# SPDX-License-Identifier: Apache-2.0
"""The shell: what frames every screen."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from PySide6.QtCore import Property, QObject, Signal, Slot
from PySide6.QtQml import QmlElement

from kiosk.flows.views import DialogOverlay, IdleOverlay, Modes, View
from ui.viewmodels.live_picture import LivePictureItem
from ui.viewmodels.roles import ACTION, ROW, STEP
from ui.viewmodels.rows import Rows
from ui.viewmodels.shell_screens import ShellScreens
from ui.viewmodels.words import ui_words

QML_IMPORT_NAME = "Hall24.Models"
QML_IMPORT_MAJOR_VERSION = 1

ITEMS = (LivePictureItem,)
"""What QML makes itself: registered by being imported."""


@dataclass(frozen=True, slots=True)
class Page:
    """Which page is on the glass: another one is a place to arrive at."""

    screen: str = ""
    phase: str = ""
    heading: str = ""
    editing: str = ""
    """Key of the question that is being written."""
    overlay: str = ""


@QmlElement
class ShellModel(ShellScreens):
    """Holds the last :class:`View` for QML and turns what QML reports into intents.

    All calls belong to the UI thread. ``dpi`` is the panel's, 0 when it is a window: then the layout
    just fits. ``now`` gives local wall time for the clock; ``tick()`` reads it again.
    """

    changed = Signal()
    clockChanged = Signal()

    def __init__(
        self,
        now: Callable[[], datetime] = lambda: datetime.now().astimezone(),
        dpi: float = 0.0,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._now = now
        self._dpi = dpi
        self._view: View | None = None
        self._clock = ""
        self._steps = Rows(STEP, parent=self)
        self._overlay_rows = Rows(ROW, parent=self)
        self._overlay_primary = Rows(ACTION, parent=self)
        self._overlay_secondary = Rows(ACTION, parent=self)
        self.tick()

    def show(self, view: View) -> None:
        """Show a view. The screen's model is filled before QML hears of the change."""
        if view == self._view:
            return
        self.show_body(view.body)
        self._steps.replace(view.steps)
        overlay = view.overlay
        self._overlay_rows.replace(overlay.rows if isinstance(overlay, DialogOverlay) else ())
        actions = overlay.actions if overlay else ()
        self._overlay_primary.replace([action for action in actions if action.primary])
        self._overlay_secondary.replace([action for action in actions if not action.primary])
        self._view = view
        self.changed.emit()

    @property
    def page(self) -> Page:
        """Which page is on the glass, for Python."""
        if self._view is None:
            return Page()
        body = self._view.body
        editing = (each.key for each in getattr(body, "fields", ()) if each.editing)
        return Page(
            body.screen,
            getattr(body, "phase", ""),
            getattr(body, "heading", ""),
            next(editing, ""),
            str(self.overlay),
        )

    # -- the frame ---------------------------------------------------------------------------------

    @property
    def _modes(self) -> Modes:
        return self._view.modes if self._view else Modes()

    @Property(str, notify=changed)
    def screen(self) -> str:
        """Name of the screen to show; empty before the first view."""
        return self._view.body.screen if self._view else ""

    @Property(str, notify=changed)
    def place(self) -> str:
        """Name of the place, from the registry."""
        return self._view.place if self._view else ""

    @Property(str, notify=changed)
    def linkText(self) -> str:
        """Tell the link to the platform in words."""
        return self._view.link.text if self._view else ""

    @Property(str, notify=changed)
    def linkTone(self) -> str:
        """``quiet``, ``good``, ``warning`` or ``wrong``."""
        return str(self._view.link.tone) if self._view else "quiet"

    @Property(str, notify=changed)
    def language(self) -> str:
        """``zh`` or ``en``."""
        return self._modes.language

    @Property(dict, notify=changed)
    def words(self) -> dict[str, str]:
        """Return the fixed labels in the session's language, by key."""
        return ui_words(self._modes.language)

    @Property(bool, notify=changed)
    def elder(self) -> bool:
        """Large text, one thing a page."""
        return self._modes.elder

    @Property(bool, notify=changed)
    def contrast(self) -> bool:
        """High contrast."""
        return self._modes.contrast

    @Property(bool, notify=changed)
    def low(self) -> bool:
        """Low position, for wheelchairs."""
        return self._modes.low

    @Property(bool, notify=changed)
    def voice(self) -> bool:
        """Speech is on."""
        return self._modes.voice

    @Property(bool, notify=changed)
    def canBack(self) -> bool:
        """Whether one step back is possible."""
        return self._view.can_back if self._view else False

    @Property(bool, notify=changed)
    def canExit(self) -> bool:
        """Whether there is anything to leave."""
        return self._view.can_exit if self._view else False

    @Property(str, notify=changed)
    def simulated(self) -> str:
        """Words of the badge while any device is a simulator."""
        return self._view.simulated if self._view else ""

    @Property(Rows, constant=True)
    def steps(self) -> Rows:
        """Return the step bar; empty outside an item."""
        return self._steps

    @Property(str, notify=clockChanged)
    def clock(self) -> str:
        """Local time as HH:MM."""
        return self._clock

    @Property(float, constant=True)
    def dpi(self) -> float:
        """Dots per inch of the panel; 0 in a window."""
        return self._dpi

    # -- the overlay -------------------------------------------------------------------------------

    @Property(str, notify=changed)
    def overlay(self) -> str:
        """Empty, ``idle``, or the dialog's kind: ``exit``, ``help``, ``skip_print``."""
        overlay = self._view.overlay if self._view else None
        if overlay is None:
            return ""
        return "idle" if isinstance(overlay, IdleOverlay) else overlay.kind

    @Property(str, notify=changed)
    def overlayHeading(self) -> str:
        """Heading of the overlay."""
        return self._view.overlay.heading if self._view and self._view.overlay else ""

    @Property(str, notify=changed)
    def overlayHelp(self) -> str:
        """Return the overlay's sentence."""
        return self._view.overlay.help if self._view and self._view.overlay else ""

    @Property(int, notify=changed)
    def overlaySeconds(self) -> int:
        """Seconds left of the idle countdown; -1 when nothing counts."""
        overlay = self._view.overlay if self._view else None
        return overlay.seconds_left if isinstance(overlay, IdleOverlay) else -1

    @Property(Rows, constant=True)
    def overlayRows(self) -> Rows:
        """Facts of a dialog."""
        return self._overlay_rows

    @Property(Rows, constant=True)
    def overlayPrimary(self) -> Rows:
        """Return the main action of the overlay."""
        return self._overlay_primary

    @Property(Rows, constant=True)
    def overlaySecondary(self) -> Rows:
        """Return the other actions of the overlay."""
        return self._overlay_secondary

    # -- the clock ---------------------------------------------------------------------------------

    @Slot()
    def tick(self) -> None:
        """Read the clock again."""
        clock = self._now().strftime("%H:%M")
        if clock != self._clock:
            self._clock = clock
            self.clockChanged.emit()
