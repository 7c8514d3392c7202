# SPDX-License-Identifier: Apache-2.0
"""What a device says of itself: one frozen snapshot, published on change only.

Names follow the XFS4IoT common and printer interfaces (CEN CWA 17852). Three things are kept apart:
``None`` (this device can never report it), ``UNKNOWN`` (it could, but not now) and
``Condition.NOT_FITTED`` (the slot is empty by design).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType

from drivers.core.errors import Recovery


class Condition(StrEnum):
    """The common part of every device's state."""

    STARTING = "starting"
    ONLINE = "online"
    BUSY = "busy"
    OFFLINE = "offline"
    NO_DEVICE = "no_device"
    NOT_FITTED = "not_fitted"
    POWERED_OFF = "powered_off"
    HARDWARE_ERROR = "hardware_error"
    USER_ERROR = "user_error"
    FRAUD_ATTEMPT = "fraud_attempt"


USABLE = frozenset({Condition.ONLINE, Condition.BUSY})
"""Work may be given to a device in these states (it may still refuse it)."""

NEEDS_PERSON = frozenset(
    {Condition.NO_DEVICE, Condition.HARDWARE_ERROR, Condition.USER_ERROR, Condition.FRAUD_ATTEMPT}
)
"""Somebody has to touch the machine."""


class Supply(StrEnum):
    """Paper and toner."""

    FULL = "full"
    LOW = "low"
    OUT = "out"
    JAMMED = "jammed"
    UNKNOWN = "unknown"


class Media(StrEnum):
    """A card, slip or page at the device's mouth."""

    PRESENT = "present"
    NOT_PRESENT = "not_present"
    JAMMED = "jammed"
    RETRACTED = "retracted"
    UNKNOWN = "unknown"


def _no_details() -> Mapping[str, str]:
    return MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Status:
    """A snapshot. Two snapshots that differ only in ``since`` or ``sequence`` say the same."""

    condition: Condition
    code: str = ""
    """Stable code of the trouble, empty when all is well; the same codes as errors carry."""
    recovery: Recovery = Recovery.NONE
    paper: Supply | None = None
    toner: Supply | None = None
    media: Media | None = None
    cover_open: bool | None = None
    details: Mapping[str, str] = field(default_factory=_no_details)
    """Further role details in plain words for staff; never personal data."""
    since: float = 0.0
    """Wall time in seconds since the epoch at which the device came into this state."""
    sequence: int = 0
    """Grows by one with each published change of this slot; starts at 1, gap-free while the host lives."""

    def says_the_same_as(self, other: Status) -> bool:
        """Compare everything but time and sequence."""
        mine = (
            self.condition,
            self.code,
            self.recovery,
            self.paper,
            self.toner,
            self.media,
            self.cover_open,
        )
        theirs = (
            other.condition,
            other.code,
            other.recovery,
            other.paper,
            other.toner,
            other.media,
            other.cover_open,
        )
        return mine == theirs and dict(self.details) == dict(other.details)

    def __reduce__(self) -> tuple[object, ...]:
        """Pickle with plain details (a read-only view cannot be pickled)."""
        return Status, (
            self.condition,
            self.code,
            self.recovery,
            self.paper,
            self.toner,
            self.media,
            self.cover_open,
            dict(self.details),
            self.since,
            self.sequence,
        )
