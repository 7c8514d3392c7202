# SPDX-License-Identifier: Apache-2.0
"""What each screen shows: frozen, finished, in the session's language.

``kiosk.flows`` renders one :class:`View` after each change; the screen's name is the class attribute
``screen`` of its body and decides which QML file is shown. Nothing here computes anything, so the
gallery can render every screen from made-up views.
"""

from kiosk.flows.views.base import Action, Body, LinkWords, LiveFeed, Modes, Row, Step, Tone
from kiosk.flows.views.choosing import Attract, GuideBlock, Home, ItemPage, Situation, Tile
from kiosk.flows.views.ending import (
    Goodbye,
    Grade,
    OutOfService,
    PaperState,
    Rating,
    ReceiptPage,
    Reminder,
    Trouble,
    Working,
    WorkStep,
)
from kiosk.flows.views.filling import (
    ChoiceView,
    FieldView,
    FormPage,
    Materials,
    MaterialView,
    PromisePage,
    Review,
    ReviewSection,
)
from kiosk.flows.views.glass import DialogOverlay, IdleOverlay, View
from kiosk.flows.views.knowing import Consent, Identity, Way
from kiosk.flows.views.scanning import Scanning, SheetView
from kiosk.flows.views.services import Choices, Option, PastStep, Record

__all__ = [
    "Action",
    "Attract",
    "Body",
    "ChoiceView",
    "Choices",
    "Consent",
    "DialogOverlay",
    "FieldView",
    "FormPage",
    "Goodbye",
    "Grade",
    "GuideBlock",
    "Home",
    "Identity",
    "IdleOverlay",
    "ItemPage",
    "LinkWords",
    "LiveFeed",
    "MaterialView",
    "Materials",
    "Modes",
    "Option",
    "OutOfService",
    "PaperState",
    "PastStep",
    "PromisePage",
    "Rating",
    "ReceiptPage",
    "Record",
    "Reminder",
    "Review",
    "ReviewSection",
    "Row",
    "Scanning",
    "SheetView",
    "Situation",
    "Step",
    "Tile",
    "Tone",
    "Trouble",
    "View",
    "Way",
    "WorkStep",
    "Working",
]
