# SPDX-License-Identifier: Apache-2.0
"""Everything the flow knows, frozen. Nothing of a person shows in a ``repr``.

::

    State ── Machine   what works here: devices, link, catalogue, place, store. Outlives sessions
          └─ Session   who stands here now: modes, place, person, draft, matter. Ends with a wipe
               ├─ Person   card and log-in: one for the whole session
               ├─ Draft    what was answered for one item and is not sent yet
               └─ Matter   what became of it: numbers, case, papers
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Literal, TypeVar
from uuid import UUID

from drivers.core import IdCard
from kiosk.flows.effects import Effect
from kiosk.flows.events import Event, ResultReady, Touch
from kiosk.flows.intents import Act, Point
from kiosk.flows.service_state import BookingDesk, CasesDesk, Report
from kiosk.flows.settings import FlowSettings
from kiosk.flows.terminal_state import Machine
from kiosk.flows.views import Body, LiveFeed, Modes
from kiosk.protocol.catalogue import ServiceItem
from kiosk.protocol.envelope import PlainAttachment
from kiosk.protocol.messages import (
    CaseStatus,
    ConsentAct,
    IdentityGrant,
    LicenceReference,
    Prefill,
)

EndReason = Literal["finished", "exit", "idle", "failure", "power"]
_Value = TypeVar("_Value")
PaperStage = Literal["offered", "declined", "fetching", "printing", "done", "not_done", "unknown"]


def _nothing() -> Mapping[str, str]:
    return MappingProxyType({})


def _no_papers() -> Mapping[str, Paper]:
    return MappingProxyType({})


def _no_settlements() -> Mapping[str, Settlement]:
    return MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Place:
    """Where in the visit: a stage's name and, where an item has several of them, which."""

    stage: str
    index: int = 0

    @property
    def id(self) -> str:
        """The name that ``change:<id>`` actions use."""
        return f"{self.stage}:{self.index}"


ATTRACT = Place("attract")
HOME = Place("home")
ITEM = Place("item")
IDENTITY = Place("identity")
SERVICES = Place("services")
LIFE_EVENTS = Place("life_events")
POLICIES = Place("policies")
MAP = Place("map")
PROGRESS = Place("progress")
SLIP = Place("slip")
CASES = Place("cases")
CASE = Place("case")
REPORT = Place("report")
APPOINTMENTS = Place("appointments")
APPOINTMENT = Place("appointment")
BOOKING = Place("booking")
REVIEW = Place("review")
WORKING = Place("working")
RECEIPT = Place("receipt")
RATING = Place("rating")
GOODBYE = Place("goodbye")
CLOSING = Place("closing")


@dataclass(frozen=True, slots=True)
class Ask:
    """One effect that still owes an answer."""

    name: str
    """Class name of the effect; ``Deliver`` and ``Wipe`` for what follows without an effect of its own."""
    about: str
    until: float
    """When the flow gives up; the answer that comes later is dropped."""
    draft: int | None
    """Number of the draft it was asked for: an answer for another draft is dropped; ``None``: any."""
    given_up: bool = False


@dataclass(frozen=True, slots=True)
class Person:
    """Who stands here: the chip's word, the platform's word, or neither yet."""

    card: IdCard | None = None
    grant: IdentityGrant | None = None
    unverified: bool = False
    """The platform could not be asked, and the visit goes on with the chip's data alone."""

    @property
    def known(self) -> bool:
        """The visit may go on past the identity page."""
        return self.grant is not None or self.unverified


@dataclass(frozen=True, slots=True)
class Settlement:
    """How one paper is settled, or that it is being worked on."""

    state: Literal["working", "licence", "scanned", "deferred"]
    licence: LicenceReference | None = None
    scans: tuple[PlainAttachment, ...] = field(default=(), repr=False)
    """Its pages, in order."""


@dataclass(frozen=True, slots=True)
class ScannedSheet:
    """One page as it was taken."""

    png: bytes = field(repr=False)
    thumbnail: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class ScanDesk:
    """The pages of one paper while they are being taken."""

    material: str
    pages: tuple[ScannedSheet, ...] = field(default=(), repr=False)
    hint: str = ""
    """Code of what the scanner said last."""
    place: str = ""
    token: int = 0
    """Where the live picture is, if the scanner is a camera."""
    removed: tuple[int, ScannedSheet] | None = field(default=None, repr=False)
    """What was taken away last, and from where."""
    replaces: int | None = None
    """The next page takes the place of this one."""
    trouble: str = ""
    taking: Literal["page", "stack"] = "page"
    """What was asked for last."""
    notice: str = ""
    """Key of words about what happened that is no trouble."""
    is_card: bool = False
    """Front and back of a card, in that order, in place of pages."""
    sheet: bytes = field(default=b"", repr=False)
    """Both sides of the card on one A4 (PDF), once both were taken."""


@dataclass(frozen=True, slots=True)
class Draft:
    """What was answered for one item and is not sent yet."""

    number: int = 0
    values: Mapping[str, str] = field(default_factory=_nothing, repr=False)
    sources: Mapping[str, str] = field(default_factory=_nothing)
    """``card``, ``identity`` or ``platform`` by field key, for values that nobody typed."""
    complained: frozenset[str] = frozenset()
    """Fields whose errors are shown: those of pages that were left with 下一步."""
    editing: str = ""
    consents: tuple[ConsentAct, ...] = ()
    prefill: Prefill | None = None
    materials: Mapping[str, Settlement] = field(default_factory=_no_settlements)
    desk: ScanDesk | None = field(default=None, repr=False)
    """Open while pages of a paper are taken."""
    material_trouble: tuple[str, str] = ("", "")
    """(material, code) of what went wrong last on the page of papers."""
    signature: bytes = field(default=b"", repr=False)
    signed_at: float = 0.0
    key_signed: bool = False
    """Who cannot draw confirmed with a button instead, at ``signed_at``."""
    returning: bool = False
    """The resident came from the review page to change something."""
    supplements: UUID | None = None
    """The submission that these papers belong to, when they are handed in later (补正)."""

    @property
    def signed(self) -> bool:
        """Whether the promise is signed, one way or the other."""
        return bool(self.signature) or self.key_signed

    def consent(self, code: str) -> ConsentAct | None:
        """Return the act of that consent, whether given or refused."""
        return next((act for act in self.consents if act.code == code), None)


@dataclass(frozen=True, slots=True)
class Paper:
    """One paper on its way: the slip or a result document."""

    stage: PaperStage
    code: str = ""
    result: ResultReady | None = field(default=None, repr=False)
    title: str = ""


@dataclass(frozen=True, slots=True)
class Matter:
    """What became of what was sent."""

    submission: UUID | None = None
    receipt: str = ""
    finalized_wall: float = 0.0
    """Wall time at which it became durable: the time on slip and screen."""
    delivered: bool = False
    deliver_code: str = ""
    """Why it has not reached the platform yet; empty while trying for the first time."""
    case_number: str | None = None
    promised_date: str | None = None
    case: CaseStatus | None = None
    papers: Mapping[str, Paper] = field(default_factory=_no_papers)
    handover: str = field(default="", repr=False)
    handover_code: str = ""
    rated: int = 0
    held: bool = False
    """Handed in on an earlier visit, perhaps elsewhere: documents are asked for with the log-in."""


@dataclass(frozen=True, slots=True)
class Trouble:
    """A page of its own for what went wrong."""

    code: str
    again: Place | None = None
    """Where "try again" leads; ``None`` when trying again could double something or is useless."""
    words: str = ""
    """Stem of the words; by default that of the code."""


@dataclass(frozen=True, slots=True)
class Session:
    """Who stands here now. ``number`` is never used twice."""

    number: int
    place: Place = ATTRACT
    visit: int = 0
    """Grows with each arrival at a page, also at the same one again."""
    modes: Modes = field(default_factory=Modes)
    awaited: bool = False
    """Somebody touched the first screen before the machine knew what it can do; answered once it does."""
    arrived: float = 0.0
    last_touch: float = 0.0
    idle_since: float | None = None
    """When the question "are you still there?" came up."""
    dialog: Literal[
        "", "exit", "help", "skip_print", "terminal", "terminal_trying", "supplies", "voice_silent"
    ] = ""
    trouble: Trouble | None = None
    query: str = field(default="", repr=False)
    situation: str = ""
    page: int = 0
    item: ServiceItem | None = field(default=None, repr=False)
    service: str = ""
    """Stage of the residents' service that a log-in leads to; empty where it leads into an item."""
    cases: CasesDesk = field(default_factory=CasesDesk)
    booking: BookingDesk = field(default_factory=BookingDesk)
    person: Person = field(default_factory=Person)
    way: str = ""
    """How the resident wants to be known; empty while choosing, or where there is but one way."""
    identity_trouble: str = ""
    card_progress: str = ""
    """What a device last said while it waits: ``card.reading``, a hint ``face.*`` …"""
    live: LiveFeed = field(default_factory=LiveFeed)
    """Where the camera's pictures are while it looks at a face."""
    face_consent: ConsentAct | None = None
    face_tries: int = 0
    """How often the camera has looked in vain."""
    draft: Draft = field(default_factory=Draft)
    matter: Matter = field(default_factory=Matter)
    report: Report | None = None
    """What was reported last as not working."""
    note_slip: Paper | None = None
    """The slip of a service."""
    asks: tuple[Ask, ...] = ()
    reading: str = ""
    """Which row of a list for everybody is looked at; empty for the list."""
    reading_page: int = 0
    practice: bool = False
    """Nothing of this visit leaves the terminal: :mod:`kiosk.flows.practice`."""
    pointed: Point | None = field(default=None, repr=False)
    """Where the keys stand."""
    lit: str = ""
    ending: EndReason | None = None


@dataclass(frozen=True, slots=True)
class State:
    """All of it."""

    settings: FlowSettings
    machine: Machine
    session: Session
    now: float = 0.0
    wall: float = 0.0

    def session_with(self, **changes: object) -> State:
        """Return the state with these facts of the session changed."""
        return replace(self, session=replace(self.session, **changes))  # type: ignore[arg-type]  # replace checks the names

    def draft_with(self, **changes: object) -> State:
        """Return the state with these facts of the draft changed."""
        return self.session_with(draft=replace(self.session.draft, **changes))  # type: ignore[arg-type]  # as above

    def matter_with(self, **changes: object) -> State:
        """Return the state with these facts of the matter changed."""
        return self.session_with(matter=replace(self.session.matter, **changes))  # type: ignore[arg-type]  # as above

    def cases_with(self, **changes: object) -> State:
        """Return the state with these facts of the cases changed."""
        return self.session_with(cases=replace(self.session.cases, **changes))  # type: ignore[arg-type]  # as above

    def booking_with(self, **changes: object) -> State:
        """Return the state with these facts of the appointments changed."""
        return self.session_with(booking=replace(self.session.booking, **changes))  # type: ignore[arg-type]  # as above

    def at(self, place: Place) -> State:
        """Return the state at another page (or anew at the same one)."""
        return self.session_with(place=place, visit=self.session.visit + 1)

    def in_trouble(self, code: str, *, again: Place | None, words: str = "") -> State:
        """Return the state with a page for what went wrong."""
        return self.session_with(
            trouble=Trouble(code, again, words), visit=self.session.visit + 1, dialog=""
        )

    @property
    def item(self) -> ServiceItem:
        """The chosen item; pages inside an item may rely on it."""
        if self.session.item is None:
            raise LookupError("no item is chosen on this page")
        return self.session.item


Turn = tuple[State, tuple[Effect, ...]]
"""A new state and what the world is asked to do."""


def stay(state: State) -> Turn:
    """Arrive without doing anything."""
    return state, ()


@dataclass(frozen=True, slots=True)
class Stage:
    """One page: what it shows, what touches and time do there, what happens on arriving."""

    name: str
    render: Callable[[State], Body]
    react: Callable[[State, Event], Turn]
    enter: Callable[[State], Turn] = stay
    back: Callable[[State], State] | None = None
    """Where 返回 leads; ``None`` where the way of an item decides, or there is none."""


def with_entry(mapping: Mapping[str, _Value], key: str, value: _Value) -> Mapping[str, _Value]:
    """Return the mapping with one entry more or changed."""
    return MappingProxyType({**mapping, key: value})


def without(mapping: Mapping[str, _Value], *keys: str) -> Mapping[str, _Value]:
    """Return the mapping without these entries."""
    return MappingProxyType({key: value for key, value in mapping.items() if key not in keys})


def act_of(event: Event) -> str:
    """Return the id of the button that was touched; empty for anything else."""
    if isinstance(event, Touch) and isinstance(event.intent, Act):
        return event.intent.id
    return ""
