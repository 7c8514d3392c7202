# SPDX-License-Identifier: Apache-2.0
"""Requests and answers of the residents' services beside the application itself.

Whoever asks about a resident shows the log-in of that resident (``grant``); an answer never names anybody
else. Sentences that residents read are :class:`Text`.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from types import MappingProxyType
from typing import Annotated, Any, Final, Literal
from uuid import UUID

from pydantic import Field

from kiosk.protocol.messages import CaseState, ConsentAct, NearbyPoint
from kiosk.protocol.wire import Text, WireModel, WireTime

Grant = Annotated[str, Field(min_length=1, max_length=128)]
ItemCode = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]{2,62}$")]
MaterialCode = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]{0,62}$")]
Number = Annotated[str, Field(min_length=1, max_length=24, pattern=r"^[A-Z]{0,2}[0-9-]+$")]
Phone = Annotated[str, Field(pattern=r"^1[0-9]{10}$")]


class Asked(WireModel):
    """Somebody who is logged in asks."""

    grant: Grant = Field(repr=False)


# --- consents -----------------------------------------------------------------------------------


class ConsentRequest(Asked):
    """Record a consent, or a refusal, as it was given."""

    item: ItemCode
    act: ConsentAct


class ConsentRecord(WireModel):
    """A consent that is on record; its number takes it back."""

    id: UUID
    code: str
    version: str
    text_sha256: str
    given: bool
    at: WireTime
    revoked_at: WireTime | None = None


# --- digital space ------------------------------------------------------------------------------


class HeldLicence(WireModel):
    """An e-licence in somebody's space."""

    code: str
    name: Text
    state: Literal["held", "expired"]
    issued: date | None
    valid_to: date | None


class HeldResult(WireModel):
    """A document that an earlier case ended in."""

    submission: UUID
    code: str
    title: Text
    case_number: str
    decided_at: WireTime
    sha256: str
    size: int


class HeldMaterial(WireModel):
    """A paper that was handed in before and may be used again."""

    submission: UUID
    name: str
    media_type: str
    size: int
    sha256: str
    handed_in_at: WireTime


class HeldCompany(WireModel):
    """A company that the person stands for as its legal person (一企一档)."""

    code: str
    """统一社会信用代码."""
    name: str
    state: str
    """存续, 吊销 … as the register says it."""
    registered: date


class Space(WireModel):
    """What the platform holds for one person (一人一档)."""

    licences: tuple[HeldLicence, ...]
    results: tuple[HeldResult, ...]
    materials: tuple[HeldMaterial, ...]
    companies: tuple[HeldCompany, ...]
    synthetic: bool
    """Everything here is invented; a screen that shows it says so."""


# --- cases --------------------------------------------------------------------------------------


class CheckRequest(WireModel):
    """Ask whether an application would be complete, before it is sent."""

    item: ItemCode
    form: Annotated[dict[str, Any], Field(max_length=200)] = Field(repr=False)
    materials: Annotated[tuple[MaterialCode, ...], Field(max_length=50)] = ()
    """Handed in, as a scan or as a licence."""
    deferred: Annotated[tuple[MaterialCode, ...], Field(max_length=50)] = ()
    """To follow later."""


class Complaint(WireModel):
    """One thing that is missing or wrong."""

    about: str
    """A field's key or a material's code."""
    reason: Text


class CheckAnswer(WireModel):
    """Everything that is missing, at once (一次性告知)."""

    complete: bool
    complaints: tuple[Complaint, ...]
    deferrable: tuple[str, ...]
    """Missing materials that may follow later."""


class Gap(WireModel):
    """A paper that was allowed to follow later (容缺)."""

    material: str
    due: date
    supplied_at: WireTime | None = None


class CaseResult(WireModel):
    """A document that an approved case ended in."""

    code: str
    title: Text


class CaseStep(WireModel):
    """One thing that happened to a case."""

    at: WireTime
    state: CaseState
    reason: Text | None = None


class CaseSummary(WireModel):
    """One of somebody's own cases."""

    submission: UUID
    number: str
    item: str
    state: CaseState
    received_at: WireTime
    promised_date: date | None
    reason: Text | None
    wanted: tuple[str, ...] = ()
    """Materials that an officer asked for, while the state is ``supplement``."""
    gaps: tuple[Gap, ...] = ()
    name: Text | None = None
    """What the matter is called; ``None`` where it is not offered any more."""
    steps: tuple[CaseStep, ...] = ()
    """What happened to it after it came in, the first first."""
    results: tuple[CaseResult, ...] = ()


class CaseList(WireModel):
    """Somebody's own cases, the newest first."""

    cases: tuple[CaseSummary, ...]


class SlipRequest(WireModel):
    """What the code of a slip says: it opens nothing but the state."""

    number: Annotated[str, Field(min_length=1, max_length=40)]
    """The case number, or the local one as long as there was none."""
    submission: UUID


class SlipState(WireModel):
    """Where the case of a slip stands, for whoever holds the slip: nothing of the person, nor of the matter."""

    number: str
    """The case number, also where the slip has the local one."""
    state: CaseState
    received_at: WireTime
    promised_date: date | None
    wanted: bool
    """Papers are missing; which, is told to the resident."""
    results: bool
    """There is a document to take, for the resident."""


class HeldResultRequest(Asked):
    """Fetch a document of an own case, wherever it was handed in."""

    submission: UUID
    code: Annotated[str, Field(max_length=64)]


# --- appointments -------------------------------------------------------------------------------


class SlotOffer(WireModel):
    """A time at which somebody may come."""

    id: int
    place: Text
    item: str
    starts_at: WireTime
    ends_at: WireTime
    free: int


class SlotList(WireModel):
    """Times that are free, the earliest first."""

    slots: tuple[SlotOffer, ...]


class BookableMatter(WireModel):
    """A matter for which times are offered, and where."""

    item: str
    name: Text
    places: tuple[Text, ...]


class BookableMatters(WireModel):
    """Matters for which somebody may come at a fixed time."""

    matters: tuple[BookableMatter, ...]


class BookingRequest(Asked):
    """Take a time."""

    slot: Annotated[int, Field(ge=1, le=2**31 - 1)]


class Booking(WireModel):
    """A time that was taken."""

    number: str
    slot: SlotOffer
    state: Literal["booked", "cancelled", "checked_in"]


class BookingList(WireModel):
    """Somebody's own appointments."""

    bookings: tuple[Booking, ...]


# --- help ---------------------------------------------------------------------------------------


class AssistanceRequest(WireModel):
    """Ask for a person: called back, by video, or at home (帮代办)."""

    kind: Literal["call_back", "video", "home_visit", "lawyer"]
    grant: Grant | None = Field(default=None, repr=False)
    phone: Phone | None = Field(default=None, repr=False)
    item: ItemCode | None = None


class Assistance(WireModel):
    """A request for a person, with its number."""

    number: str
    kind: str
    state: Literal["waiting", "taken", "done", "withdrawn"]
    ahead: int
    """How many wait before this one."""
    asked_at: WireTime


class DelegationRequest(Asked):
    """Let a registered helper act, for one matter and a while."""

    helper: Annotated[str, Field(pattern=r"^[A-Z0-9-]{4,32}$")]
    item: ItemCode
    hours: Annotated[int, Field(ge=1, le=72)] = 4


class Delegation(WireModel):
    """Who may act for whom, in what, until when. Free of charge."""

    id: UUID
    helper: str
    helper_name: str
    item: str
    until: WireTime
    revoked_at: WireTime | None = None


class DelegationList(WireModel):
    """Somebody's own delegations."""

    delegations: tuple[Delegation, ...]


# --- what everybody may read --------------------------------------------------------------------


class MapPoint(WireModel):
    """A place, and what its machine can do now."""

    terminal: str
    point: NearbyPoint | None
    """``None`` where nobody registered the distance."""
    place: Text
    region: str
    host_type: str
    health: Literal["working", "impaired", "down", "refused", "never_seen"]
    can_do: bool
    why_not: tuple[str, ...]
    """Roles that are not usable there, for the item asked for."""
    as_of: WireTime | None


class ServiceMap(WireModel):
    """Places of a region, those that can do it first."""

    points: tuple[MapPoint, ...]


class Policy(WireModel):
    """A policy for enterprises or people (惠企通), while it is in force."""

    code: str
    title: Text
    summary: Text
    handling: Literal["without_application", "on_application", "promised"]
    """免申即享, 即申即享, 承诺兑现."""
    department: Text
    starts: date
    ends: date


class PolicyList(WireModel):
    """Policies in force today. Those that ended are never shown."""

    as_of: date
    policies: tuple[Policy, ...]


class IntermediaryNotice(WireModel):
    """A notice of the intermediary market (中介超市)."""

    code: str
    title: Text
    kind: Literal["wanted", "chosen", "contract", "rating"]
    published: date
    closes: date | None


class IntermediaryNotices(WireModel):
    """Notices that are open or were published lately."""

    notices: tuple[IntermediaryNotice, ...]


class RegionOffer(WireModel):
    """How a matter is done that belongs to another region (异地通办)."""

    region: str
    name: Text
    scope: Literal["city", "province", "cross_province"]
    mode: Literal["online", "collected_here", "several_places", "not_yet"]
    """全程网办, 代收代办, 多地联办; ``not_yet`` says the nearest way instead."""
    fee: Text
    instead: Text | None = None


class RegionList(WireModel):
    """Regions for one item."""

    item: str
    regions: tuple[RegionOffer, ...]


class Bundle(WireModel):
    """A life event (一件事): several matters, asked once."""

    code: str
    name: Text
    summary: Text
    items: tuple[str, ...]
    shared_fields: tuple[str, ...]
    """Answers that several of its matters want; asked once."""


class BundleList(WireModel):
    """Life events that are offered."""

    bundles: tuple[Bundle, ...]


ContentName = Literal["policies", "intermediaries", "bundles", "map"]
"""What a terminal keeps for the time without a link; each is the answer to ``GET /v1/<name>``, with an ETag."""
CONTENT: Final[Mapping[ContentName, type[WireModel]]] = MappingProxyType(
    {
        "policies": PolicyList,
        "intermediaries": IntermediaryNotices,
        "bundles": BundleList,
        "map": ServiceMap,
    }
)


class BundleOpening(Asked):
    """Begin a life event."""

    bundle: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]{2,62}$")]


class BundlePart(Asked):
    """Put a submission into the life event that it belongs to."""

    submission: UUID


class SubCase(WireModel):
    """One matter of a life event."""

    item: str
    submission: UUID | None
    case_number: str | None
    state: CaseState | Literal["open"]


class BundleCase(WireModel):
    """A life event under way."""

    number: str
    bundle: str
    opened_at: WireTime
    finished: bool
    parts: tuple[SubCase, ...]


class PostRequest(Asked):
    """Have papers posted, to the office or home."""

    submission: UUID
    direction: Literal["to_resident", "to_office"]
    name: str = Field(min_length=1, max_length=60, repr=False)
    phone: Phone = Field(repr=False)
    address: str = Field(min_length=6, max_length=200, repr=False)


class PostOrder(WireModel):
    """A parcel, with its fee before anybody agrees to it."""

    number: str
    direction: Literal["to_resident", "to_office"]
    fee_cents: int
    state: Literal["ordered", "posted", "delivered", "cancelled"]
    tracking: str | None
