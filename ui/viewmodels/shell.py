# SPDX-License-Identifier: Apache-2.0
"""The shell: what frames every screen, the screens' own models, and the way out for intents."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable
from datetime import datetime

from PySide6.QtCore import Property, QObject, Signal, Slot
from PySide6.QtQml import QmlElement

from kiosk.flows.intents import (
    Act,
    Answer,
    AskHelp,
    Back,
    Edit,
    Exit,
    Intent,
    Search,
    SetMode,
    Sign,
    Touched,
)
from kiosk.flows.views import (
    Attract,
    Consent,
    DialogOverlay,
    FormPage,
    Goodbye,
    Home,
    Identity,
    IdleOverlay,
    ItemPage,
    Materials,
    Modes,
    OutOfService,
    PromisePage,
    Rating,
    ReceiptPage,
    Review,
    Scanning,
    Trouble,
    View,
    Working,
)
from ui.viewmodels.attract import AttractModel
from ui.viewmodels.consent import ConsentModel
from ui.viewmodels.form import FormModel
from ui.viewmodels.goodbye import GoodbyeModel
from ui.viewmodels.home import HomeModel
from ui.viewmodels.identity import IdentityModel
from ui.viewmodels.item import ItemModel
from ui.viewmodels.live_picture import LivePictureItem
from ui.viewmodels.materials import MaterialsModel
from ui.viewmodels.out_of_service import OutOfServiceModel
from ui.viewmodels.promise import PromiseModel
from ui.viewmodels.rating import RatingModel
from ui.viewmodels.receipt import ReceiptModel
from ui.viewmodels.review import ReviewModel
from ui.viewmodels.roles import ACTION, ROW, STEP
from ui.viewmodels.rows import Rows
from ui.viewmodels.scanning import ScanningModel
from ui.viewmodels.screen_model import ScreenModel
from ui.viewmodels.trouble import TroubleModel
from ui.viewmodels.typing import TypingModel
from ui.viewmodels.words import ui_words
from ui.viewmodels.working import WorkingModel

QML_IMPORT_NAME = "Hall24.Models"
QML_IMPORT_MAJOR_VERSION = 1

_PNG_URL = "data:image/png;base64,"
ITEMS = (LivePictureItem,)
"""What QML makes itself: registered by being imported."""
_NOBODY_THERE = frozenset({"attract", "out_of_service"})
"""Screens between two residents: whatever the others showed is forgotten."""


@QmlElement
class ShellModel(QObject):
    """Holds the last :class:`View` for QML and turns what QML reports into intents.

    All calls belong to the UI thread. ``dpi`` is the panel's, 0 when it is a window: then the layout
    just fits. ``now`` gives local wall time for the clock; ``tick()`` reads it again.
    """

    changed = Signal()
    clockChanged = Signal()
    intent = Signal(object)
    """One :class:`kiosk.flows.intents.Intent`, emitted in the UI thread."""

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
        self._attract = AttractModel(self)
        self._home = HomeModel(self)
        self._item = ItemModel(self)
        self._identity = IdentityModel(self)
        self._consent = ConsentModel(self)
        self._form = FormModel(self)
        self._materials = MaterialsModel(self)
        self._scanning = ScanningModel(self)
        self._promise = PromiseModel(self)
        self._review = ReviewModel(self)
        self._working = WorkingModel(self)
        self._receipt = ReceiptModel(self)
        self._rating = RatingModel(self)
        self._goodbye = GoodbyeModel(self)
        self._trouble = TroubleModel(self)
        self._out_of_service = OutOfServiceModel(self)
        self._typing = TypingModel(self)
        self._screens: dict[str, ScreenModel] = {
            Attract.screen: self._attract,
            Home.screen: self._home,
            ItemPage.screen: self._item,
            Identity.screen: self._identity,
            Consent.screen: self._consent,
            FormPage.screen: self._form,
            Materials.screen: self._materials,
            Scanning.screen: self._scanning,
            PromisePage.screen: self._promise,
            Review.screen: self._review,
            Working.screen: self._working,
            ReceiptPage.screen: self._receipt,
            Rating.screen: self._rating,
            Goodbye.screen: self._goodbye,
            Trouble.screen: self._trouble,
            OutOfService.screen: self._out_of_service,
        }
        self.tick()

    def show(self, view: View) -> None:
        """Show a view. The screen's model is filled before QML hears of the change."""
        if view == self._view:
            return
        self._screens[view.body.screen].show(view.body)
        if view.body.screen in _NOBODY_THERE:
            self._typing.clear()
            for name, model in self._screens.items():
                if name != view.body.screen:
                    model.forget()
        self._steps.replace(view.steps)
        overlay = view.overlay
        self._overlay_rows.replace(overlay.rows if isinstance(overlay, DialogOverlay) else ())
        actions = overlay.actions if overlay else ()
        self._overlay_primary.replace([action for action in actions if action.primary])
        self._overlay_secondary.replace([action for action in actions if not action.primary])
        self._view = view
        self.changed.emit()

    @property
    def typing_model(self) -> TypingModel:
        """The pad's model, for Python; QML's property is ``typing``."""
        return self._typing

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

    # -- the screens -------------------------------------------------------------------------------

    @Property(AttractModel, constant=True)
    def attract(self) -> AttractModel:
        """Model of the screen ``attract``."""
        return self._attract

    @Property(HomeModel, constant=True)
    def home(self) -> HomeModel:
        """Model of the screen ``home``."""
        return self._home

    @Property(ItemModel, constant=True)
    def item(self) -> ItemModel:
        """Model of the screen ``item``."""
        return self._item

    @Property(IdentityModel, constant=True)
    def identity(self) -> IdentityModel:
        """Model of the screen ``identity``."""
        return self._identity

    @Property(ConsentModel, constant=True)
    def consent(self) -> ConsentModel:
        """Model of the screen ``consent``."""
        return self._consent

    @Property(FormModel, constant=True)
    def form(self) -> FormModel:
        """Model of the screen ``form``."""
        return self._form

    @Property(MaterialsModel, constant=True)
    def materials(self) -> MaterialsModel:
        """Model of the screen ``materials``."""
        return self._materials

    @Property(ScanningModel, constant=True)
    def scanning(self) -> ScanningModel:
        """Return the pages being taken."""
        return self._scanning

    @Property(PromiseModel, constant=True)
    def promise(self) -> PromiseModel:
        """Model of the screen ``promise``."""
        return self._promise

    @Property(ReviewModel, constant=True)
    def review(self) -> ReviewModel:
        """Model of the screen ``review``."""
        return self._review

    @Property(WorkingModel, constant=True)
    def working(self) -> WorkingModel:
        """Model of the screen ``working``."""
        return self._working

    @Property(ReceiptModel, constant=True)
    def receipt(self) -> ReceiptModel:
        """Model of the screen ``receipt``."""
        return self._receipt

    @Property(RatingModel, constant=True)
    def rating(self) -> RatingModel:
        """Model of the screen ``rating``."""
        return self._rating

    @Property(GoodbyeModel, constant=True)
    def goodbye(self) -> GoodbyeModel:
        """Model of the screen ``goodbye``."""
        return self._goodbye

    @Property(TroubleModel, constant=True)
    def trouble(self) -> TroubleModel:
        """Model of the screen ``trouble``."""
        return self._trouble

    @Property(OutOfServiceModel, constant=True)
    def outOfService(self) -> OutOfServiceModel:
        """Model of the screen ``out_of_service``."""
        return self._out_of_service

    @Property(TypingModel, constant=True)
    def typing(self) -> TypingModel:
        """Model of the pad that writes Chinese."""
        return self._typing

    # -- what QML reports --------------------------------------------------------------------------

    def _send(self, intent: Intent) -> None:
        self.intent.emit(intent)

    @Slot()
    def tick(self) -> None:
        """Read the clock again."""
        clock = self._now().strftime("%H:%M")
        if clock != self._clock:
            self._clock = clock
            self.clockChanged.emit()

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

    @Slot()
    def touched(self) -> None:
        """Any touch or key."""
        self._send(Touched())
