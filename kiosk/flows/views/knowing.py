# SPDX-License-Identifier: Apache-2.0
"""Becoming known: the ways, and what somebody agrees to. See :mod:`kiosk.flows.views`."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar, Literal

from kiosk.flows.views.base import Action, Body, LiveFeed, Tone


@dataclass(frozen=True, slots=True)
class Way:
    """A way to prove who one is."""

    id: str
    label: str
    help: str
    icon: str
    available: bool
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Identity(Body):
    """Prove who you are. ``Act("way:<id>")`` while choosing; ``way`` is the id of the one in use."""

    screen: ClassVar[str] = "identity"
    phase: Literal["choose", "waiting", "reading", "looking", "checking", "trouble"]
    heading: str
    help: str
    ways: tuple[Way, ...]
    way: str = ""
    lit_slot: str = ""
    """Role whose place on the drawing of the machine is lit."""
    trouble: str = ""
    live: LiveFeed = field(default_factory=LiveFeed)
    hint: str = ""
    """The one thing to do now while the camera looks; ``live`` is what it sees, ``hint_said`` for the ear."""
    hint_tone: Tone = Tone.QUIET
    hint_said: str = ""
    caveat: str = ""
    """What the check is not, where it is less than one might think."""
    actions: tuple[Action, ...] = ()


@dataclass(frozen=True, slots=True)
class Consent(Body):
    """One consent, an act of its own. ``Act("agree")`` / ``Act("refuse")``."""

    screen: ClassVar[str] = "consent"
    heading: str
    purpose: str
    data: str
    recipient: str
    version: str
    number: int
    total: int
    actions: tuple[Action, ...]
