# SPDX-License-Identifier: Apache-2.0
"""Requests and answers of the platform protocol, version 1, by group."""

from __future__ import annotations

from datetime import date
from typing import Any, Literal, get_args
from uuid import UUID

from pydantic import Field

from kiosk.protocol.fleet import Command, RunId, SlotReport
from kiosk.protocol.wire import Text, WireModel, WireTime

RECEIPT_PURPOSE = "hall24.receipt/1"
PROTOCOL_HEADER = "Hall24-Protocol"
"""Every answer of a platform carries it; an answer without it comes from somebody else."""
PROTOCOL_VERSION = "1"
ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"

# --- terminal -----------------------------------------------------------------------------------


class PlatformKeys(WireModel):
    """The platform's public keys as a terminal stores them at enrolment (base64 of raw bytes)."""

    sealing: str
    """X25519: submissions are sealed to it."""
    signing: str
    """Ed25519: receipts, catalogue and configuration are signed by it."""
    seal_certificate: str
    """PEM of the root that seals on result documents chain to."""


class EnrolRequest(WireModel):
    """Make a terminal known, once, with a single-use token."""

    token: str = Field(repr=False)
    public_key: str
    """The terminal's Ed25519 key, base64 of raw bytes."""


class PlaceProfile(WireModel):
    """Where the terminal stands, from the registry: names are shown as they are, never retyped."""

    place: Text
    region: str
    """Six-digit code."""
    host_type: str = "hall"
    duty_phone: str = ""
    hotline: str = "12345"
    nearest: tuple[NearbyPoint, ...] = ()


class NearbyPoint(WireModel):
    """Another place where matters can be done."""

    name: Text
    distance_m: int
    direction: Text


class Enrolment(WireModel):
    """The answer to enrolment."""

    terminal: str
    keys: PlatformKeys
    profile: PlaceProfile


class AccessToken(WireModel):
    """RFC 6749 §5.1."""

    access_token: str = Field(repr=False)
    token_type: Literal["Bearer"] = "Bearer"  # noqa: S105 - the name of a scheme
    expires_in: int


class DeviceReport(WireModel):
    """One device's state in a heartbeat."""

    slot: str = Field(min_length=1, max_length=64)
    role: str = Field(default="", max_length=32)
    """What it is for; empty in terminals that do not say: then the slot's name counts."""
    condition: str = Field(min_length=1, max_length=32)
    code: str = Field(default="", max_length=64)
    recovery: str = Field(default="none", max_length=32)


class Heartbeat(WireModel):
    """The terminal says how it is; the answer carries the platform's time."""

    software: str = Field(max_length=64)
    queued: int = Field(ge=0, le=2**31)
    oldest_queued_s: int | None = Field(default=None, ge=0, le=2**31)
    """How long the first of them has waited, by the terminal's best knowledge of time."""
    set_aside: int = Field(default=0, ge=0, le=2**31)
    """Submissions in quarantine: a person must look."""
    clock_skew_s: float | None = None
    """Platform time minus the machine's own clock when it was last heard; ``None`` for never."""
    last_outage: str = Field(default="", max_length=32)
    """Why the platform could not be reached before this beat, in one word; empty when it could."""
    intake: str = Field(default="", max_length=64)
    """Why no new work is taken (``store.full``, ``quota.items`` …), or which limit is near (``near.quota.items``)."""
    devices: tuple[DeviceReport, ...] = Field(default=(), max_length=64)
    supplies: tuple[SlotReport, ...] = Field(default=(), max_length=64)
    """Counters and levels; empty in terminals that do not keep them."""
    run_id: RunId | None = None
    """Drawn at each start of the program: two machines with one key cannot hide behind one another."""
    beat: int | None = Field(default=None, ge=1, le=2**53)
    """1, 2, 3 … within the run; a number may be left out, none is used for two heartbeats."""
    idle: bool = False
    """Nobody uses the terminal now: it can take commands."""
    audit: AuditPlace | None = None
    """How far its event chain is on its disk: cut off later, the platform knows."""


class AuditPlace(WireModel):
    """Where a terminal's event chain stands. Kept elsewhere, it shows when its end was cut off."""

    sequence: int = Field(ge=0, le=2**53)
    hash: str = Field(pattern="^[0-9a-f]{64}$")


class HeartbeatAnswer(WireModel):
    """The platform's time, for the offset; and, for terminals that beat with ``run_id``, what is there for them."""

    now: WireTime
    commands: tuple[Command, ...] = ()
    configuration: str | None = None
    """ETag of the configuration that holds."""
    next_event: int | None = None
    """The number of the supervision event that is wanted next."""


# --- identity -----------------------------------------------------------------------------------


class CardIdentity(WireModel):
    """Log in by the fields read from the chip of an identity card."""

    card_type: str
    name: str = Field(repr=False)
    number: str = Field(repr=False)
    birth: date | None = Field(default=None, repr=False)
    face: FaceCheck | None = None
    """What the terminal's camera concluded, after a consent of its own."""


FaceWorth = Literal["none", "declared_by_vendor", "certified"]


class FaceCheck(WireModel):
    """What a terminal concluded about a face: never the picture, always who concluded and what that is worth.

    ``None`` means that nobody looked, and is never a yes.
    """

    consent: ConsentAct
    liveness_by: str
    liveness_assurance: FaceWorth = "none"
    alive: bool | None = None
    comparison_by: str
    comparison_assurance: FaceWorth = "none"
    same: bool | None = None


class SocialCardIdentity(WireModel):
    """Log in by the fields that a social security card (社会保障卡) gives freely.

    The platform refuses with ``identity.unknown``, ``identity.card_replaced`` (the holder has a newer card)
    or ``identity.card_lost``.
    """

    card_number: str = Field(repr=False)
    name: str = Field(repr=False)
    number: str = Field(repr=False)


class CodeIdentity(WireModel):
    """Log in by a code that a telephone shows (赣通码, 电子社保卡).

    Opaque: the terminal passes it on once, as it was shown, and keeps nothing. The platform takes each
    code once and refuses it with ``identity.code_unknown``, ``identity.code_expired`` or
    ``identity.code_used``.
    """

    code: str = Field(min_length=1, max_length=2048, repr=False)


class Holder(WireModel):
    """Who logged in, in the platform's words: for ways that give the terminal no chip to read."""

    name: str = Field(repr=False)
    number: str = Field(repr=False)
    birth: date = Field(repr=False)
    sex: Literal["male", "female"] = Field(repr=False)


Assurance = Literal["code", "social_card", "card", "card+face"]
"""What a log-in is worth, weakest first: a code somebody showed; a social security card, whose free fields
prove no chip; an identity card, read by a security module; that and a face, certified by who compared it."""


def at_least(assurance: Assurance, wanted: Assurance) -> bool:
    """Tell whether a log-in of that assurance is enough."""
    order = get_args(Assurance)
    return bool(order.index(assurance) >= order.index(wanted))


class IdentityGrant(WireModel):
    """One log-in for the whole session. ``grant`` is opaque."""

    grant: str = Field(repr=False)
    assurance: Assurance
    display_name: str = Field(repr=False)
    """Masked by the platform, e.g. 王*苗."""
    expires_at: WireTime
    holder: Holder | None = None
    """``None`` after a log-in by identity card: its chip has told the terminal already."""


class LogoutRequest(WireModel):
    """End a log-in."""

    grant: str = Field(repr=False)


class PrefillRequest(WireModel):
    """Ask what the platform knows for one item's form, after consent."""

    grant: str = Field(repr=False)
    item: str
    consent: ConsentAct


class ConsentAct(WireModel):
    """A consent as it was given: text version and hash, time, gesture."""

    code: str
    version: str
    text_sha256: str
    given: bool
    at: WireTime
    gesture: Literal["button", "signature"] = "button"


class Prefill(WireModel):
    """Known answers by field key, and licences held."""

    values: dict[str, Any] = Field(repr=False)
    licences: tuple[LicenceOffer, ...] = ()


class LicenceOffer(WireModel):
    """An e-licence (电子证照) that the person holds or not."""

    code: str
    name: Text
    state: Literal["held", "missing", "expired"]
    valid_to: date | None = None


class LicenceFetch(WireModel):
    """Fetch one licence for one item, per consent."""

    grant: str = Field(repr=False)
    item: str
    licence: str
    consent: ConsentAct


class LicenceReference(WireModel):
    """The licence as it goes into a submission: by reference, with the trace of its use."""

    licence: str
    identifier: str = Field(repr=False)
    trace: str


# --- submissions --------------------------------------------------------------------------------


class PlatformReceipt(WireModel):
    """What the platform signs when it has stored a submission: this id, this hash, this number."""

    id: UUID
    terminal: str
    manifest_sha256: str
    case_number: str | None
    """办件编号; ``None`` for kinds that open no case."""
    received_at: WireTime
    promised_date: date | None = None
    note: Text | None = None


CaseState = Literal["received", "in_review", "approved", "refused", "supplement"]


class ResultReference(WireModel):
    """A result document that can be fetched."""

    code: str
    title: Text
    sha256: str
    size: int


class Answer(WireModel):
    """One line of the answer to a query; personal, shown to the resident who asked and never kept."""

    label: Text
    value: Text


class CaseStatus(WireModel):
    """Where a case stands."""

    id: UUID
    case_number: str | None
    state: CaseState
    reason: Text | None = None
    promised_date: date | None = None
    results: tuple[ResultReference, ...] = ()
    answer: tuple[Answer, ...] = ()
    """What the departments' registers say, where the item is a query and the case is approved."""


class HandoverRequest(WireModel):
    """Ask for a one-time address of one result document."""

    code: str
    grant: str | None = Field(default=None, max_length=128, repr=False)
    """The log-in of whoever the case belongs to, where it was not handed in here."""


class Handover(WireModel):
    """A one-time address from which the resident's phone takes the result."""

    url: str
    expires_at: WireTime


PlaceProfile.model_rebuild()
Heartbeat.model_rebuild()
PrefillRequest.model_rebuild()
Prefill.model_rebuild()
CardIdentity.model_rebuild()
FaceCheck.model_rebuild()
