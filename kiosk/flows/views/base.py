# SPDX-License-Identifier: Apache-2.0
"""Common to all screens. See :mod:`kiosk.flows.views`."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import ClassVar, Literal


class Tone(StrEnum):
    """How a sentence is meant; always shown with an icon and words, never by colour alone."""

    QUIET = "quiet"
    GOOD = "good"
    WARNING = "warning"
    WRONG = "wrong"


@dataclass(frozen=True, slots=True)
class Modes:
    """How the resident wants the screen; reset at session end."""

    language: Literal["zh", "en"] = "zh"
    elder: bool = False
    contrast: bool = False
    low: bool = False
    voice: bool = False


@dataclass(frozen=True, slots=True)
class Step:
    """One of at most five steps in the bar."""

    label: str
    state: Literal["done", "now", "next"]


@dataclass(frozen=True, slots=True)
class LinkWords:
    """The link to the platform in words."""

    text: str
    tone: Tone


@dataclass(frozen=True, slots=True)
class Action:
    """A button: ``id`` goes back in an ``Act`` intent."""

    id: str
    label: str
    icon: str = ""
    primary: bool = False
    enabled: bool = True


@dataclass(frozen=True, slots=True)
class LiveFeed:
    """Where a camera's live pictures are (QML's ``LivePicture``); empty while none come."""

    place: str = ""
    token: str = ""
    """A decimal number: larger than QML's numbers can hold."""
    mirrored: bool = False


@dataclass(frozen=True, slots=True)
class Body:
    """Base of all screen bodies."""

    screen: ClassVar[str] = ""


@dataclass(frozen=True, slots=True)
class Row:
    """Label and value."""

    label: str
    value: str = field(repr=False)
