# SPDX-License-Identifier: Apache-2.0
"""From handing in to leaving, and what stands there when nothing goes on. See :mod:`kiosk.flows.views`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal

from kiosk.flows.views.base import Action, Body, Row, Tone


@dataclass(frozen=True, slots=True)
class WorkStep:
    """One thing that is being done."""

    label: str
    state: Literal["done", "now", "next", "failed"]


@dataclass(frozen=True, slots=True)
class Working(Body):
    """True progress; after 3 s a way to leave it running (``Act("leave")``)."""

    screen: ClassVar[str] = "working"
    heading: str
    help: str
    steps: tuple[WorkStep, ...]
    actions: tuple[Action, ...] = ()


@dataclass(frozen=True, slots=True)
class PaperState:
    """Where a paper is on its way."""

    label: str
    state: Literal["none", "offered", "printing", "done", "not_done", "unknown"]
    words: str
    tone: Tone


@dataclass(frozen=True, slots=True)
class ReceiptPage(Body):
    """The end of the matter: number huge, date, what happens next, paper / phone / neither."""

    screen: ClassVar[str] = "receipt"
    heading: str
    tone: Tone
    number_label: str
    number: str
    provisional: bool
    facts: tuple[Row, ...]
    next_steps: tuple[str, ...]
    qr: str
    """Text of the QR; empty for none."""
    qr_help: str
    papers: tuple[PaperState, ...]
    answer: tuple[Row, ...] = ()  # what a query found
    lit_slot: str = ""
    actions: tuple[Action, ...] = ()


@dataclass(frozen=True, slots=True)
class Grade:
    """One of five grades of 好差评."""

    value: int
    label: str
    icon: str
    selected: bool


@dataclass(frozen=True, slots=True)
class Rating(Body):
    """One tap, skippable, nothing preselected. ``Act("grade:<n>")``, ``Act("skip")``."""

    screen: ClassVar[str] = "rating"
    heading: str
    help: str
    grades: tuple[Grade, ...]
    actions: tuple[Action, ...]


@dataclass(frozen=True, slots=True)
class Reminder:
    """Card, paper or phone."""

    id: Literal["card", "paper", "phone"]
    label: str
    icon: str
    urgent: bool
    """Still in the machine as far as a sensor tells."""


@dataclass(frozen=True, slots=True)
class Goodbye(Body):
    """Three things to take. ``Act("done")``; ends by itself."""

    screen: ClassVar[str] = "goodbye"
    heading: str
    help: str
    reminders: tuple[Reminder, ...]
    seconds_left: int
    actions: tuple[Action, ...] = ()


@dataclass(frozen=True, slots=True)
class Trouble(Body):
    """What happened, what it means for you, what you can do now."""

    screen: ClassVar[str] = "trouble"
    heading: str
    meaning: str
    number: str
    """The local number when something is safely kept; else empty."""
    small_print: str
    """The code, for the technician."""
    actions: tuple[Action, ...]


@dataclass(frozen=True, slots=True)
class OutOfService(Body):
    """Nothing can be done here now, honestly."""

    screen: ClassVar[str] = "out_of_service"
    heading: str
    reason: str
    nearest: str
    phone: str
    small_print: str
