# SPDX-License-Identifier: Apache-2.0
"""What the platform decides for one terminal: signed, with an ETag, good until the next one."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from kiosk.protocol.messages import PlaceProfile
from kiosk.protocol.wire import Text, WireModel

CONFIGURATION_PURPOSE = "hall24.configuration/1"


class QueueQuotas(WireModel):
    """What may wait at a terminal. At a limit it takes nothing new; sending and exporting go on."""

    items: Annotated[int, Field(ge=1, le=1_000_000)] = 20_000
    """Submissions that the platform has not confirmed."""
    size: Annotated[int, Field(ge=1, le=2**44)] = 16 * 2**30
    """Bytes of all sealed payloads that lie there."""
    oldest_s: Annotated[int, Field(ge=60, le=2**31)] = 400 * 86_400
    """How long the first of them has waited: as long as a terminal that is never online may take to be fetched."""


class TerminalSettings(WireModel):
    """What an operator may set for one terminal; ``None`` leaves what holds for all."""

    heartbeat_s: Annotated[int, Field(ge=5, le=3600)] | None = None
    event_days: Annotated[int, Field(ge=1, le=365)] | None = None
    """How long the terminal keeps events that the platform has not taken."""
    items: Annotated[tuple[str, ...], Field(max_length=2000)] | None = None
    """Codes of the items that are offered here; ``None``: all of the catalogue."""
    notice: Text | None = None
    """A sentence for the idle screen, e.g. that the hall is closed today."""
    quotas: QueueQuotas | None = None


class TerminalConfiguration(WireModel):
    """What holds for one terminal."""

    terminal: str
    profile: PlaceProfile
    heartbeat_s: int
    event_days: int
    items: tuple[str, ...] | None
    notice: Text | None
    quotas: QueueQuotas = QueueQuotas()
