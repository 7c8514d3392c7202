# SPDX-License-Identifier: Apache-2.0
"""What the platform decides for one terminal: signed, with an ETag, good until the next one."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from kiosk.protocol.messages import PlaceProfile
from kiosk.protocol.wire import Text, WireModel

CONFIGURATION_PURPOSE = "hall24.configuration/1"


class TerminalSettings(WireModel):
    """What an operator may set for one terminal; ``None`` leaves what holds for all."""

    heartbeat_s: Annotated[int, Field(ge=5, le=3600)] | None = None
    event_days: Annotated[int, Field(ge=1, le=365)] | None = None
    """How long the terminal keeps events that the platform has not taken."""
    items: Annotated[tuple[str, ...], Field(max_length=2000)] | None = None
    """Codes of the items that are offered here; ``None``: all of the catalogue."""
    notice: Text | None = None
    """A sentence for the idle screen, e.g. that the hall is closed today."""


class TerminalConfiguration(WireModel):
    """What holds for one terminal."""

    terminal: str
    profile: PlaceProfile
    heartbeat_s: int
    event_days: int
    items: tuple[str, ...] | None
    notice: Text | None
