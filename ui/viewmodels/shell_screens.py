# SPDX-License-Identifier: Apache-2.0
"""One model a screen: where a new screen is entered, by its body's name and as a property for QML."""

from __future__ import annotations

from PySide6.QtCore import Property, QObject
from PySide6.QtQml import QmlElement

from kiosk.flows.views import (
    Attract,
    Body,
    Choices,
    Consent,
    FormPage,
    Goodbye,
    Home,
    Identity,
    ItemPage,
    Materials,
    OutOfService,
    PromisePage,
    Rating,
    ReceiptPage,
    Record,
    Review,
    Scanning,
    Trouble,
    Working,
)
from ui.viewmodels.attract import AttractModel
from ui.viewmodels.choices import ChoicesModel
from ui.viewmodels.consent import ConsentModel
from ui.viewmodels.form import FormModel
from ui.viewmodels.goodbye import GoodbyeModel
from ui.viewmodels.home import HomeModel
from ui.viewmodels.identity import IdentityModel
from ui.viewmodels.item import ItemModel
from ui.viewmodels.materials import MaterialsModel
from ui.viewmodels.out_of_service import OutOfServiceModel
from ui.viewmodels.promise import PromiseModel
from ui.viewmodels.rating import RatingModel
from ui.viewmodels.receipt import ReceiptModel
from ui.viewmodels.record import RecordModel
from ui.viewmodels.review import ReviewModel
from ui.viewmodels.scanning import ScanningModel
from ui.viewmodels.screen_model import ScreenModel
from ui.viewmodels.shell_intents import ShellIntents
from ui.viewmodels.trouble import TroubleModel
from ui.viewmodels.typing import TypingModel
from ui.viewmodels.working import WorkingModel

QML_IMPORT_NAME = "Hall24.Models"
QML_IMPORT_MAJOR_VERSION = 1

_NOBODY_THERE = frozenset({"attract", "out_of_service"})
"""Screens between two residents: whatever the others showed is forgotten."""


@QmlElement
class ShellScreens(ShellIntents):
    """Holds the screens' models. All calls belong to the UI thread."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
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
        self._choices = ChoicesModel(self)
        self._record = RecordModel(self)
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
            Choices.screen: self._choices,
            Record.screen: self._record,
        }

    def show_body(self, body: Body) -> None:
        """Fill the screen's model; between two residents all others forget what they showed."""
        self._screens[body.screen].show(body)
        if body.screen in _NOBODY_THERE:
            self._typing.clear()
            for name, model in self._screens.items():
                if name != body.screen:
                    model.forget()

    @property
    def typing_model(self) -> TypingModel:
        """The pad's model, for Python; QML's property is ``typing``."""
        return self._typing

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

    @Property(ChoicesModel, constant=True)
    def choices(self) -> ChoicesModel:
        """Model of the screen ``choices``."""
        return self._choices

    @Property(RecordModel, constant=True)
    def record(self) -> RecordModel:
        """Model of the screen ``record``."""
        return self._record

    @Property(TypingModel, constant=True)
    def typing(self) -> TypingModel:
        """Model of the pad that writes Chinese."""
        return self._typing
