# SPDX-License-Identifier: Apache-2.0
"""What each screen shows: frozen, finished, in the session's language.

``kiosk.flows`` renders one :class:`View` after each change; the screen's name is the class attribute
``screen`` of its body and decides which QML file is shown. Nothing here computes anything, so the
gallery can render every screen from made-up views.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import ClassVar, Literal


class Tone(StrEnum):
    """How a sentence is meant; always shown with an icon and words, never by colour alone."""

    QUIET = "quiet"
    GOOD = "good"
    WARNING = "warning"
    WRONG = "wrong"


@dataclass(frozen=True, slots=True)
class Modes:
    """How the resident wants the screen; reset at session end."""

    language: Literal["zh", "en"] = "zh"
    elder: bool = False
    contrast: bool = False
    low: bool = False
    voice: bool = False


@dataclass(frozen=True, slots=True)
class Step:
    """One of at most five steps in the bar."""

    label: str
    state: Literal["done", "now", "next"]


@dataclass(frozen=True, slots=True)
class LinkWords:
    """The link to the platform in words."""

    text: str
    tone: Tone


@dataclass(frozen=True, slots=True)
class Action:
    """A button: ``id`` goes back in an ``Act`` intent."""

    id: str
    label: str
    icon: str = ""
    primary: bool = False
    enabled: bool = True


@dataclass(frozen=True, slots=True)
class LiveFeed:
    """Where a camera's live pictures are (QML's ``LivePicture``); empty while none come."""

    place: str = ""
    token: str = ""
    """A decimal number: larger than QML's numbers can hold."""
    mirrored: bool = False


@dataclass(frozen=True, slots=True)
class Body:
    """Base of all screen bodies."""

    screen: ClassVar[str] = ""


@dataclass(frozen=True, slots=True)
class Attract(Body):
    """Nobody is here. Touch anywhere (``Act("start")``)."""

    screen: ClassVar[str] = "attract"
    headline: str
    invitation: str
    can_now: tuple[str, ...]
    """True sentences: what can be done here now."""
    cannot_now: tuple[str, ...]
    """What cannot and why; empty when all works."""
    nearest: str
    """The nearest other place; empty when unknown."""
    phone: str
    checking: str = ""
    """What the machine is still finding out; empty once it knows what can be done here."""


@dataclass(frozen=True, slots=True)
class Tile:
    """One item in a list."""

    code: str
    name: str
    summary: str
    department: str
    icon: str
    badge: str
    """即办 / 5个工作日 …"""
    available: bool
    availability: str
    """Short: 现在可办, or why not."""


@dataclass(frozen=True, slots=True)
class Situation:
    """One of the life situations."""

    code: str
    label: str
    icon: str
    count: int
    selected: bool = False


@dataclass(frozen=True, slots=True)
class Home(Body):
    """Choose what to do.

    ``Search(text)``, ``Act("situation:<code>")``, ``Act("item:<code>")``, ``Act("page:next|previous")``.
    """

    screen: ClassVar[str] = "home"
    heading: str
    help: str
    query: str
    situations: tuple[Situation, ...]
    list_title: str
    tiles: tuple[Tile, ...]
    page: int  # counted from one, as it is shown
    pages: int


@dataclass(frozen=True, slots=True)
class GuideBlock:
    """One of 能不能办 · 带什么 · 多久 · 多少钱 · 在哪儿拿."""

    title: str
    text: str
    icon: str


@dataclass(frozen=True, slots=True)
class ItemPage(Body):
    """Everything about an item before anybody proves who they are."""

    screen: ClassVar[str] = "item"
    name: str
    department: str
    badges: tuple[str, ...]
    blocks: tuple[GuideBlock, ...]
    flow: tuple[str, ...]
    """The way of the matter, as a picture of steps."""
    truth: str
    """One line: can this machine finish it now, and if not, why and where else."""
    truth_tone: Tone
    actions: tuple[Action, ...]


@dataclass(frozen=True, slots=True)
class Way:
    """A way to prove who one is."""

    id: str
    label: str
    help: str
    icon: str
    available: bool
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Identity(Body):
    """Prove who you are. ``Act("way:<id>")`` while choosing; ``way`` is the id of the one in use."""

    screen: ClassVar[str] = "identity"
    phase: Literal["choose", "waiting", "reading", "looking", "checking", "trouble"]
    heading: str
    help: str
    ways: tuple[Way, ...]
    way: str = ""
    lit_slot: str = ""
    """Role whose place on the drawing of the machine is lit."""
    trouble: str = ""
    live: LiveFeed = field(default_factory=LiveFeed)
    hint: str = ""
    """The one thing to do now while the camera looks; ``live`` is what it sees, ``hint_said`` for the ear."""
    hint_tone: Tone = Tone.QUIET
    hint_said: str = ""
    caveat: str = ""
    """What the check is not, where it is less than one might think."""
    actions: tuple[Action, ...] = ()


@dataclass(frozen=True, slots=True)
class Consent(Body):
    """One consent, an act of its own. ``Act("agree")`` / ``Act("refuse")``."""

    screen: ClassVar[str] = "consent"
    heading: str
    purpose: str
    data: str
    recipient: str
    version: str
    number: int
    total: int
    actions: tuple[Action, ...]


@dataclass(frozen=True, slots=True)
class ChoiceView:
    """One answer of a choice field."""

    value: str
    label: str
    selected: bool


@dataclass(frozen=True, slots=True)
class FieldView:
    """One question."""

    key: str
    label: str
    widget: str
    value: str = field(repr=False)
    """What is stored (edited by keyboard)."""
    shown: str = field(repr=False)
    """What is shown: grouped, masked, in words."""
    source: str
    """来自身份证 / 来自平台; empty when the resident typed it."""
    locked: bool
    help: str
    example: str
    error: str
    choices: tuple[ChoiceView, ...] = ()
    required: bool = True
    editing: bool = False
    """The pad or keyboard for this field is open."""


@dataclass(frozen=True, slots=True)
class FormPage(Body):
    """One group of questions. ``Edit(key)``, ``Answer(key, value)``, ``Act("next")``."""

    screen: ClassVar[str] = "form"
    heading: str
    help: str
    fields: tuple[FieldView, ...]
    page: int
    pages: int
    notice: str = ""
    actions: tuple[Action, ...] = ()


@dataclass(frozen=True, slots=True)
class MaterialView:
    """One paper of the item and how it is settled."""

    code: str
    name: str
    state: Literal["open", "licence", "scanned", "deferred", "working"]
    state_words: str
    tone: Tone
    actions: tuple[Action, ...]


@dataclass(frozen=True, slots=True)
class Materials(Body):
    """Papers: fetched by e-licence, scanned, or brought later.

    ``Act("licence:<code>|scan:<code>|later:<code>|undo:<code>")``.
    """

    screen: ClassVar[str] = "materials"
    heading: str
    help: str
    materials: tuple[MaterialView, ...]
    notice: str = ""
    actions: tuple[Action, ...] = ()


@dataclass(frozen=True, slots=True)
class PromisePage(Body):
    """告知承诺 text and the signature. ``Sign(png, strokes)``, ``Act("clear")``, ``Act("next")``."""

    screen: ClassVar[str] = "promise"
    heading: str
    help: str
    text: str
    version: str
    signature_needed: bool
    signed: bool
    notice: str = ""
    actions: tuple[Action, ...] = ()


@dataclass(frozen=True, slots=True)
class Row:
    """Label and value."""

    label: str
    value: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class ReviewSection:
    """What will be sent, one page of it; ``Act("change:<id>")`` leads there and back."""

    id: str
    title: str
    rows: tuple[Row, ...]
    changeable: bool


@dataclass(frozen=True, slots=True)
class Review(Body):
    """Exactly what will be sent, to whom. ``Act("submit")``."""

    screen: ClassVar[str] = "review"
    heading: str
    help: str
    recipient: str
    sections: tuple[ReviewSection, ...]
    notice: str = ""
    actions: tuple[Action, ...] = ()


@dataclass(frozen=True, slots=True)
class WorkStep:
    """One thing that is being done."""

    label: str
    state: Literal["done", "now", "next", "failed"]


@dataclass(frozen=True, slots=True)
class Working(Body):
    """True progress; after 3 s a way to leave it running (``Act("leave")``)."""

    screen: ClassVar[str] = "working"
    heading: str
    help: str
    steps: tuple[WorkStep, ...]
    actions: tuple[Action, ...] = ()


@dataclass(frozen=True, slots=True)
class PaperState:
    """Where a paper is on its way."""

    label: str
    state: Literal["none", "offered", "printing", "done", "not_done", "unknown"]
    words: str
    tone: Tone


@dataclass(frozen=True, slots=True)
class ReceiptPage(Body):
    """The end of the matter: number huge, date, what happens next, paper / phone / neither."""

    screen: ClassVar[str] = "receipt"
    heading: str
    tone: Tone
    number_label: str
    number: str
    provisional: bool
    facts: tuple[Row, ...]
    next_steps: tuple[str, ...]
    qr: str
    """Text of the QR; empty for none."""
    qr_help: str
    papers: tuple[PaperState, ...]
    answer: tuple[Row, ...] = ()  # what a query found
    lit_slot: str = ""
    actions: tuple[Action, ...] = ()


@dataclass(frozen=True, slots=True)
class Grade:
    """One of five grades of 好差评."""

    value: int
    label: str
    icon: str
    selected: bool


@dataclass(frozen=True, slots=True)
class Rating(Body):
    """One tap, skippable, nothing preselected. ``Act("grade:<n>")``, ``Act("skip")``."""

    screen: ClassVar[str] = "rating"
    heading: str
    help: str
    grades: tuple[Grade, ...]
    actions: tuple[Action, ...]


@dataclass(frozen=True, slots=True)
class Reminder:
    """Card, paper or phone."""

    id: Literal["card", "paper", "phone"]
    label: str
    icon: str
    urgent: bool
    """Still in the machine as far as a sensor tells."""


@dataclass(frozen=True, slots=True)
class Goodbye(Body):
    """Three things to take. ``Act("done")``; ends by itself."""

    screen: ClassVar[str] = "goodbye"
    heading: str
    help: str
    reminders: tuple[Reminder, ...]
    seconds_left: int
    actions: tuple[Action, ...] = ()


@dataclass(frozen=True, slots=True)
class Trouble(Body):
    """What happened, what it means for you, what you can do now."""

    screen: ClassVar[str] = "trouble"
    heading: str
    meaning: str
    number: str
    """The local number when something is safely kept; else empty."""
    small_print: str
    """The code, for the technician."""
    actions: tuple[Action, ...]


@dataclass(frozen=True, slots=True)
class OutOfService(Body):
    """Nothing can be done here now, honestly."""

    screen: ClassVar[str] = "out_of_service"
    heading: str
    reason: str
    nearest: str
    phone: str
    small_print: str


@dataclass(frozen=True, slots=True)
class IdleOverlay:
    """Are you still there? ``Act("stay")``."""

    heading: str
    help: str
    seconds_left: int
    actions: tuple[Action, ...]


@dataclass(frozen=True, slots=True)
class DialogOverlay:
    """A confirmation or a card: ``kind`` is ``exit``, ``help``, ``skip_print`` or ``terminal``.

    The last is what staff need to know of the machine, never anything of a resident.
    """

    kind: str
    heading: str
    help: str
    rows: tuple[Row, ...]
    actions: tuple[Action, ...]


@dataclass(frozen=True, slots=True)
class View:
    """All that is on the glass."""

    body: Body
    place: str
    link: LinkWords
    modes: Modes
    steps: tuple[Step, ...] = ()
    can_back: bool = False
    can_exit: bool = False
    overlay: IdleOverlay | DialogOverlay | None = None
    speech: str = ""
    """What the voice says on arriving here, written for the ear; empty on repeat."""
    simulated: str = ""
    """Words of the badge while any device is a simulator; empty in production."""
    revision: int = 0
