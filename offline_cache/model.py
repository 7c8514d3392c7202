# SPDX-License-Identifier: Apache-2.0
"""What a submission is to this room, and the states it may be in. Its content is opaque bytes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final
from uuid import UUID


class State(StrEnum):
    """Where a submission stands. Drafts live in RAM only and are not here."""

    QUEUED = "queued"
    """Durable, waits for its turn."""
    SENDING = "sending"
    """A delivery runs now, or ran when the power failed."""
    RECEIVED = "received"
    """The platform's verified receipt is stored; the payload is still here."""
    SETTLED = "settled"
    """Received, and the payload purged. Metadata and receipt stay."""
    RESEND_ASKED = "resend_asked"
    """The platform has the manifest but asks for the payload again; it waits like a queued one."""
    RESIDENT_MUST_RETURN = "resident_must_return"
    """Only the resident can go on; the platform says why in the case."""
    QUARANTINED = "quarantined"
    """Set aside: refused for ever, or damaged here. A person decides."""
    EXPORTED = "exported"
    """Written to a bundle that has not been acknowledged. Waits too: should the link come, it is sent."""


TRANSITIONS: Final[Mapping[State, frozenset[State]]] = {
    State.QUEUED: frozenset({State.SENDING, State.RECEIVED, State.QUARANTINED, State.EXPORTED}),
    State.SENDING: frozenset(
        {
            State.QUEUED,
            State.RECEIVED,
            State.RESEND_ASKED,
            State.RESIDENT_MUST_RETURN,
            State.QUARANTINED,
            State.EXPORTED,
        }
    ),
    State.RECEIVED: frozenset({State.SETTLED, State.RESEND_ASKED, State.RESIDENT_MUST_RETURN}),
    State.SETTLED: frozenset({State.RESIDENT_MUST_RETURN}),
    State.RESEND_ASKED: frozenset(
        {State.SENDING, State.RECEIVED, State.QUARANTINED, State.EXPORTED}
    ),
    State.RESIDENT_MUST_RETURN: frozenset({State.SETTLED, State.RESEND_ASKED}),
    State.QUARANTINED: frozenset({State.QUEUED, State.RECEIVED, State.EXPORTED}),
    State.EXPORTED: frozenset({State.SENDING, State.RECEIVED, State.QUEUED, State.QUARANTINED}),
}
"""Everything that may happen to a submission. There is no way out of the table: nothing is deleted.

A verified receipt ends every way of waiting: it may come by an acknowledgement file while a submission is
queued again or set aside.
"""

WAITING: Final = frozenset({State.QUEUED, State.RESEND_ASKED, State.EXPORTED})
"""States from which a delivery may begin."""
UNDELIVERED: Final = WAITING | {State.SENDING}
"""States in which the platform's receipt is still to come."""


@dataclass(frozen=True, slots=True)
class ClockReading:
    """Everything known of time at one moment. Order is by sequence, never by this."""

    wall: float
    """Seconds since the epoch, as the machine believed."""
    monotonic_s: float
    boot_id: str
    server_offset_s: float | None = None
    """Last known platform time minus ours; ``None`` when never in contact."""


@dataclass(frozen=True, slots=True)
class Reservation:
    """What is fixed before sealing."""

    id: UUID
    """UUIDv7."""
    sequence: int
    receipt: str
    kind: str
    item: str
    clock: ClockReading


@dataclass(frozen=True, slots=True)
class Sealed:
    """What ``seal`` returns: the frozen bytes of a submission. From now on they never change."""

    manifest: bytes = field(repr=False)
    manifest_sha256: str
    parts: Mapping[str, bytes] = field(repr=False)


@dataclass(frozen=True, slots=True)
class PartFacts:
    """One sealed part as it was stored."""

    name: str
    size: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Entry:
    """A submission as it stands."""

    id: UUID
    sequence: int
    kind: str
    item: str
    receipt: str
    state: State
    manifest: bytes = field(repr=False)
    manifest_sha256: str
    size: int
    """Bytes of the manifest and all sealed parts."""
    clock: ClockReading
    """At finalization."""
    attempts: int = 0
    last_attempt_at: float | None = None
    next_attempt_at: float | None = None
    """Not before this wall time; ``None`` for at once."""
    last_error: str | None = None
    """Stable code of the last failure; ``None`` after success."""
    case_number: str | None = None
    receipt_document: bytes | None = field(default=None, repr=False)
    """The platform's signed receipt, as it came."""
    received_at: float | None = None
    exported_at: float | None = None
    purged_at: float | None = None

    @property
    def created_at(self) -> float:
        """Return the wall time of finalization."""
        return self.clock.wall


@dataclass(frozen=True, slots=True)
class Happening:
    """One line of a submission's history."""

    at: float
    state: str
    code: str | None


@dataclass(frozen=True, slots=True)
class DeliveryReceipt:
    """What the injected ``deliver`` returns once the platform's signed receipt was verified for this id and hash."""

    case_number: str | None
    document: bytes = field(repr=False)
