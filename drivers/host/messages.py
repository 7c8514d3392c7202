# SPDX-License-Identifier: Apache-2.0
"""What the host and a device process say to each other. Frozen, pickled, never logged."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from drivers.core import Command, DeviceError, DeviceInfo, Progress, Status
from drivers.host.registry import OptionValue

# --- host → process -------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Begin:
    """First of all: be this driver."""

    slot: str
    target: str
    options: Mapping[str, OptionValue] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Run:
    """Carry out a command within so many seconds from now."""

    job: int
    command: Command = field(repr=False)
    deadline_s: float


@dataclass(frozen=True, slots=True)
class Cancel:
    """End that job soon, if it is still running."""

    job: int


@dataclass(frozen=True, slots=True)
class Poll:
    """Say how the device is; given up at once when a command comes."""

    deadline_s: float


@dataclass(frozen=True, slots=True)
class Ping:
    """Answer at once, whatever the driver does."""

    number: int


@dataclass(frozen=True, slots=True)
class Stop:
    """Cancel, close the device and exit."""


ToProcess = Begin | Run | Cancel | Poll | Ping | Stop

# --- process → host -------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Ready:
    """The driver is built; it did no I/O yet."""

    info: DeviceInfo


@dataclass(frozen=True, slots=True)
class Unable:
    """The driver can never be built like that; the process ends."""

    error: DeviceError


@dataclass(frozen=True, slots=True)
class Pong:
    """The answer to a ping."""

    number: int


@dataclass(frozen=True, slots=True)
class Stepped:
    """Progress of a job."""

    job: int
    progress: Progress


@dataclass(frozen=True, slots=True)
class Ended:
    """The one completion of a job: a result or an error."""

    job: int
    info: DeviceInfo
    result: object = field(default=None, repr=False)
    error: DeviceError | None = None


@dataclass(frozen=True, slots=True)
class Reported:
    """The answer to a poll; ``status`` is ``None`` when a command cut the poll short."""

    info: DeviceInfo
    status: Status | None


@dataclass(frozen=True, slots=True)
class Said:
    """A log line of the process."""

    level: int
    text: str


ToHost = Ready | Unable | Pong | Stepped | Ended | Reported | Said
