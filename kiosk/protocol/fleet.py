# SPDX-License-Identifier: Apache-2.0
"""Messages between the platform and its fleet: commands, events for supervision, keys, releases.

What a terminal is told to do travels in the answer to a heartbeat and only when the terminal said that
nobody is using it. Handing over is at least once, so a terminal remembers the ids it has done.
"""

from __future__ import annotations

from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field

from kiosk.protocol.wire import Text, WireModel, WireTime

RELEASE_PURPOSE = "hall24.release/1"
KEY_PROOF_PURPOSE = "hall24.terminal-key/1"

Code = Annotated[str, Field(max_length=64, pattern=r"^[a-z0-9_.-]*$")]
"""A stable name in lower case: an event's kind, a device's fault."""
Slot = Annotated[str, Field(min_length=1, max_length=64, pattern=r"^[a-z0-9_.-]+$")]
RunId = Annotated[str, Field(min_length=8, max_length=64, pattern=r"^[A-Za-z0-9-]+$")]

CommandKind = Literal["self_test", "restart_device", "out_of_service", "in_service"]
Outcome = Literal["done", "failed", "refused"]

MOST_EVENTS = 500
"""In one request."""


class Command(WireModel):
    """One thing to do while nobody uses the terminal."""

    id: UUID
    kind: CommandKind
    slot: Slot | None = None
    """The device, for ``self_test`` and ``restart_device``."""
    not_after: WireTime
    """Later than this it is not done any more and reported as refused, ``command.expired``."""


class CommandResult(WireModel):
    """What became of a command."""

    outcome: Outcome
    code: Code = ""
    """Why, where it was not done: ``dev.no_device``, ``command.expired``."""
    at: WireTime


class CommandReceipt(WireModel):
    """The platform has the result; it is not asked for again."""

    id: UUID
    outcome: Outcome


class SupervisionEvent(WireModel):
    """One step of what the terminal did, without anything of the resident."""

    sequence: int = Field(ge=1, le=2**53)
    """1, 2, 3 … for the life of an enrolment; no number is left out and none is used twice."""
    kind: Code = Field(min_length=1)
    at: WireTime
    item: Annotated[str, Field(max_length=64, pattern=r"^[a-z0-9-]*$")] = ""
    code: Code = ""
    submission: UUID | None = None
    run_id: RunId | None = None
    monotonic_s: float | None = Field(default=None, ge=0, le=1e12)


class EventBatch(WireModel):
    """Consecutive events, oldest first."""

    events: tuple[SupervisionEvent, ...] = Field(min_length=1, max_length=MOST_EVENTS)


class EventsAnswer(WireModel):
    """What the platform wants next; everything before it is stored."""

    next: int
    stored: int
    """How many of this request were new."""


class KeyRotation(WireModel):
    """A terminal's new key, with the proof that the terminal holds it."""

    public_key: str = Field(min_length=44, max_length=44)
    """Ed25519, base64 of raw bytes."""
    proof: str = Field(min_length=88, max_length=88)
    """Base64 of the new key's signature over :func:`key_proof`."""


class KeyRotationAnswer(WireModel):
    """The new key is noted; it takes over with the first assertion that it signs."""

    terminal: str
    public_key: str


def key_proof(terminal: str, public_key: str) -> bytes:
    """Return what the new key signs: its own name, bound to the terminal that will use it."""
    return f"{KEY_PROOF_PURPOSE}\x00{terminal}\x00{public_key}".encode()


class SupplyReport(WireModel):
    """One supply of one device. Forecasts are the terminal's own; ``None`` means that nobody knows."""

    kind: Code = Field(min_length=1)
    """``roll``, ``sheets``, ``toner`` …"""
    unit: Code = Field(min_length=1)
    """``mm``, ``sheets``, ``percent``."""
    left: int | None = Field(default=None, ge=0, le=2**31)
    capacity: int | None = Field(default=None, ge=0, le=2**31)
    origin: Literal["told", "counted", "unknown"] = "unknown"
    """The device says what is left, or it was counted since it was filled."""
    state: Code = ""
    """What the sensor says: ``full``, ``low``, ``out``; empty where it never said anything."""
    days_left: int | None = Field(default=None, ge=0, le=2**16)
    unknown_because: Code = ""
    """Why there is no forecast: ``level_unknown``, ``too_few_days``, ``not_used``."""
    sample_days: int = Field(default=0, ge=0, le=366)
    """How many days the forecast is made from."""


class SlotReport(WireModel):
    """What one device did since the terminal was set up, and what lies in it."""

    slot: Slot
    counters: dict[Code, Annotated[int, Field(ge=0, le=2**53)]] = Field(
        default_factory=dict, max_length=64
    )
    levels: tuple[SupplyReport, ...] = Field(default=(), max_length=16)


class Release(WireModel):
    """A version of the terminal's software. The package is verified by its hash before it is opened."""

    version: Annotated[str, Field(pattern=r"^[0-9]+(\.[0-9]+){1,3}([a-z0-9.+~-]{0,40})$")]
    channel: Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]{0,31}$")] = "stable"
    url: Annotated[str, Field(max_length=500, pattern=r"^https://[^\s]+$")]
    size: int = Field(gt=0, le=2**40)
    sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
    notes: Text
    from_version: Annotated[str, Field(max_length=64)] = ""
    """The oldest version that may update to this one directly; empty: every one."""
