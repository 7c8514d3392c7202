# SPDX-License-Identifier: Apache-2.0
"""What happens to a session besides touches: answers to effects, devices, the link, time.

Answers carry the ``session`` number of the effect that asked; the flow drops those of an earlier
session, so nothing of one resident can reach the next.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from uuid import UUID

from drivers.core import CapturedFace, IdCard, PrintOutcome, SocialCard, Status
from kiosk.flows.intents import Intent
from kiosk.protocol.catalogue import Catalogue
from kiosk.protocol.messages import (
    CaseStatus,
    IdentityGrant,
    LicenceReference,
    PlaceProfile,
    Prefill,
)
from kiosk.protocol.services import ContentName
from kiosk.protocol.wire import Text, WireModel
from kiosk.supplies.levels import Level


@dataclass(frozen=True, slots=True)
class Event:
    """Base of all events."""


@dataclass(frozen=True, slots=True)
class Touch(Event):
    """The resident did something."""

    intent: Intent


@dataclass(frozen=True, slots=True)
class Tick(Event):
    """Time passed (about four times a second): ``now`` monotonic, ``wall`` since the epoch, in s."""

    now: float
    wall: float


# --- the machine --------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class DeviceChanged(Event):
    """A slot published a new status."""

    role: str
    status: Status


@dataclass(frozen=True, slots=True)
class LinkChanged(Event):
    """The link to the platform: ``code`` is empty when it answers, else ``link.*`` or ``starting``."""

    online: bool
    code: str
    waiting: int = 0
    """How many submissions wait in the outbox."""
    reason: str = "starting"
    """What the code means, one word; sentences stand under ``link_reason.`` and ``link_advice.``."""
    oldest_s: float | None = None
    """How long the first of them has waited."""
    set_aside: int = 0
    """How many a person must look at."""
    last_contact_at: float | None = None
    """Wall seconds when the platform last answered; ``None`` for never."""
    skew_s: float | None = None
    """The platform's time minus ours, ``None`` when not known."""


@dataclass(frozen=True, slots=True)
class CatalogueLoaded(Event):
    """Items are known; ``as_of`` is the wall time of the platform's answer."""

    catalogue: Catalogue
    as_of: float
    fresh: bool


@dataclass(frozen=True, slots=True)
class ContentLoaded(Event):
    """A document that everybody may read is known: ``CONTENT[name]``, as it was at ``as_of``.

    ``fresh`` says that the platform answered in this run; else it was kept from an earlier one.
    """

    name: ContentName
    document: WireModel = field(repr=False)
    as_of: float
    fresh: bool


@dataclass(frozen=True, slots=True)
class ProfileLoaded(Event):
    """Where the terminal stands."""

    profile: PlaceProfile


@dataclass(frozen=True, slots=True)
class StoreChanged(Event):
    """Whether new submissions are taken; ``code`` says why not (``store.full``, ``quota.items`` …)."""

    accepting: bool
    code: str = ""
    near: str = ""
    """Which limit is near while new work is still taken: for staff."""


@dataclass(frozen=True, slots=True)
class SuppliesChanged(Event):
    """Levels of paper and toner, as they are now: all of them."""

    levels: tuple[Level, ...]


@dataclass(frozen=True, slots=True)
class VoiceChanged(Event):
    """Which engine speaks, for staff; empty: nothing can be heard here."""

    engine: str


@dataclass(frozen=True, slots=True)
class PlugChanged(Event):
    """A device was plugged in or pulled out; nothing was done with it."""

    appeared: bool
    code: str
    """USB numbers ``VID:PID``, or the kind of what is no USB device."""
    role: str
    """What it is for, by the slot it belongs to; empty when that is not known."""
    at: float
    """Wall seconds."""


@dataclass(frozen=True, slots=True)
class TerminalEnding(Event):
    """The terminal has to end soon; ``code`` says why (``power.low_battery``). There is no way back."""

    code: str


# --- answers to effects -------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Reply(Event):
    """Base of answers; ``session`` as in the effect."""

    session: int


@dataclass(frozen=True, slots=True)
class Failed(Reply):
    """An effect failed; ``what`` is the effect's class name, ``code`` is stable, ``about`` its key.

    That key is a material, a result's code, the kind of a ``Submit``, the submission's id for
    ``Deliver``. Left empty, it is taken from the oldest effect of that name that waits for an answer.
    """

    what: str
    code: str
    about: str = ""


@dataclass(frozen=True, slots=True)
class CardProgress(Reply):
    """``card.waiting``, ``card.reading``, or a hint ``face.*``; ``what`` is the class name of the effect that asked."""

    code: str
    what: str = "ReadIdCard"


@dataclass(frozen=True, slots=True)
class CardRead(Reply):
    """A card was read."""

    card: IdCard


@dataclass(frozen=True, slots=True)
class SocialCardRead(Reply):
    """A social security card gave what it gives freely."""

    card: SocialCard


@dataclass(frozen=True, slots=True)
class FaceCaptured(Reply):
    """A face was good enough for a check; the picture itself stays with the camera."""

    face: CapturedFace


@dataclass(frozen=True, slots=True)
class CodeShown(Reply):
    """A code was read. Opaque: it is passed on and never looked into."""

    text: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class SlipCodeRead(Reply):
    """The code of a slip was read, or of something else."""

    text: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class PlatformAnswered(Reply):
    """The answer to the question of that class name; its docstring names the model."""

    enquiry: str
    answer: WireModel = field(repr=False)


@dataclass(frozen=True, slots=True)
class LivePictureShown(Reply):
    """A camera's pictures come, in shared memory at ``place``, which begins with ``token``."""

    role: str
    place: str
    token: int


@dataclass(frozen=True, slots=True)
class Identified(Reply):
    """The platform knows the person; ``what`` is the class name of the effect that asked."""

    grant: IdentityGrant
    what: str = "IdentifyByCard"


@dataclass(frozen=True, slots=True)
class Prefilled(Reply):
    """What the platform knows."""

    prefill: Prefill


@dataclass(frozen=True, slots=True)
class LicenceFetched(Reply):
    """A licence stands for a paper."""

    material: str
    reference: LicenceReference


@dataclass(frozen=True, slots=True)
class PageScanned(Reply):
    """A page of a paper was scanned (PNG); ``thumbnail`` is a small JPEG, empty where the scanner has none."""

    material: str
    png: bytes = field(repr=False)
    thumbnail: bytes = field(default=b"", repr=False)


@dataclass(frozen=True, slots=True)
class SheetScanned(Reply):
    """A page out of the feeder; more may follow. Fields as in ``PageScanned``."""

    material: str
    png: bytes = field(repr=False)
    thumbnail: bytes = field(default=b"", repr=False)


@dataclass(frozen=True, slots=True)
class StackScanned(Reply):
    """The feeder's pages have all come; ``all_taken`` is false where more sheets may lie in it."""

    material: str
    all_taken: bool = True


@dataclass(frozen=True, slots=True)
class CardSideScanned(Reply):
    """One side of a card; ``pdf`` is the sheet of both sides, empty while one is missing."""

    material: str
    png: bytes = field(repr=False)
    thumbnail: bytes = field(default=b"", repr=False)
    pdf: bytes = field(default=b"", repr=False)


@dataclass(frozen=True, slots=True)
class ScanProgress(Reply):
    """What the scanner does, or what the resident can do for it: ``page.*``, ``media.*``."""

    material: str
    code: str


@dataclass(frozen=True, slots=True)
class Finalized(Reply):
    """The submission is sealed and durable: from now on it may be spoken of."""

    submission: UUID
    receipt: str
    kind: str


@dataclass(frozen=True, slots=True)
class Delivered(Reply):
    """The platform's signed receipt was verified."""

    submission: UUID
    case_number: str | None
    promised_date: str | None
    """ISO date."""
    note: Text | None = None
    """What the platform says to it, in its own words."""


@dataclass(frozen=True, slots=True)
class CaseSeen(Reply):
    """Where the case stands."""

    status: CaseStatus


@dataclass(frozen=True, slots=True)
class ResultReady(Reply):
    """A result document was fetched and its seal verified."""

    code: str
    title: str
    pages: int
    sealed_by: str
    pdf: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class HandoverReady(Reply):
    """A one-time address for the phone."""

    url: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Printed(Reply):
    """A paper's job ended; ``paper`` is ``slip`` or a result code."""

    paper: str
    outcome: PrintOutcome


@dataclass(frozen=True, slots=True)
class Wiped(Reply):
    """Everything of the session is gone."""
