# SPDX-License-Identifier: Apache-2.0
"""Times and sizes of the flow; everything in seconds of the injected clock."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta, timezone, tzinfo

CHINA = timezone(timedelta(hours=8), "Asia/Shanghai")
"""One zone without summer time; a terminal without zone data still prints the right day."""


@dataclass(frozen=True, slots=True)
class FlowSettings:
    """How long a resident may think and how much stands on a page."""

    idle_s: float = 75.0
    idle_with_card_s: float = 40.0
    """While the reader says that a card lies in it."""
    countdown_s: int = 45
    goodbye_s: int = 15
    card_deadline_s: float = 60.0
    """How long the reader waits for a card."""
    face_deadline_s: float = 15.0
    """How long one look of the camera takes at most."""
    scan_deadline_s: float = 60.0
    leave_after_s: float = 3.0
    """From then on the resident may leave the delivery running."""
    delivery_s: float = 8.0
    """Without a platform receipt by then, the number is provisional."""
    decision_s: float = 10.0
    """How long an immediate item waits for the platform's decision."""
    look_s: float = 2.0
    """How long the state of a case is looked up that has no result to wait for."""
    tiles: int = 6
    tiles_elder: int = 3
    zone: tzinfo = CHINA
    headphones: bool = False
    """Only the resident hears the voice: then it may say what is a person's."""
    simulated: bool = False
    """Any slot has a simulator behind it: every screen says so."""
