# SPDX-License-Identifier: Apache-2.0
"""The residents' services: lists to choose from, and what stands under a number. See :mod:`kiosk.flows.views`."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar

from kiosk.flows.views.base import Action, Body, Row, Tone
from kiosk.flows.views.ending import PaperState


@dataclass(frozen=True, slots=True)
class Option:
    """One of several things to choose: a card. ``id`` goes back as ``Act("choose:<id>")``."""

    id: str
    label: str = field(repr=False)
    detail: str = field(default="", repr=False)
    """A second line; where it cannot be chosen, why."""
    icon: str = ""
    status: str = field(default="", repr=False)
    """Where it stands, in words, with ``tone``."""
    tone: Tone = Tone.QUIET
    available: bool = True


@dataclass(frozen=True, slots=True)
class Choices(Body):
    """Choose one of several, at most seven a page.

    ``Act("choose:<id>")``, ``Act("page:next|previous")``.
    """

    screen: ClassVar[str] = "choices"
    heading: str
    help: str
    options: tuple[Option, ...]
    page: int = 1  # counted from one, as it is shown
    pages: int = 1
    compact: bool = False
    """Short words: several stand side by side."""
    facts: tuple[Row, ...] = ()
    """What was chosen before."""
    notice: str = ""
    notice_tone: Tone = Tone.QUIET
    lit_slot: str = ""
    actions: tuple[Action, ...] = ()


@dataclass(frozen=True, slots=True)
class PastStep:
    """One thing that happened, or comes."""

    label: str
    words: str = field(repr=False)
    phase: str
    """``done``, ``now`` or ``next``."""


@dataclass(frozen=True, slots=True)
class Record(Body):
    """Something under a number: a case, an appointment, a report. What is true of it, what comes, the papers."""

    screen: ClassVar[str] = "record"
    heading: str
    tone: Tone
    number_label: str
    number: str
    facts: tuple[Row, ...] = ()
    history: tuple[PastStep, ...] = ()
    next_steps: tuple[str, ...] = ()
    papers: tuple[PaperState, ...] = ()
    qr: str = field(default="", repr=False)
    """Text of the QR; empty for none."""
    qr_help: str = ""
    lit_slot: str = ""
    actions: tuple[Action, ...] = ()
