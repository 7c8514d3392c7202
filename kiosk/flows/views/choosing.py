# SPDX-License-Identifier: Apache-2.0
"""Before a matter is begun: the waiting page, home, one item's page. See :mod:`kiosk.flows.views`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from kiosk.flows.views.base import Action, Body, Tone
from kiosk.flows.views.services import Option


@dataclass(frozen=True, slots=True)
class Attract(Body):
    """Nobody is here. Touch anywhere (``Act("start")``)."""

    screen: ClassVar[str] = "attract"
    headline: str
    invitation: str
    can_now: tuple[str, ...]
    """True sentences: what can be done here now."""
    cannot_now: tuple[str, ...]
    """What cannot and why; empty when all works."""
    nearest: str
    """The nearest other place; empty when unknown."""
    phone: str
    checking: str = ""
    """What the machine is still finding out; empty once it knows what can be done here."""


@dataclass(frozen=True, slots=True)
class Tile:
    """One item in a list."""

    code: str
    name: str
    summary: str
    department: str
    icon: str
    badge: str
    """即办 / 5个工作日 …"""
    available: bool
    availability: str
    """Short: 现在可办, or why not."""


@dataclass(frozen=True, slots=True)
class Situation:
    """One of the life situations."""

    code: str
    label: str
    icon: str
    count: int
    selected: bool = False


@dataclass(frozen=True, slots=True)
class Home(Body):
    """Choose what to do.

    ``Search(text)``, ``Act("situation:<code>")``, ``Act("item:<code>")``, ``Act("page:next|previous")``.
    """

    screen: ClassVar[str] = "home"
    heading: str
    help: str
    query: str
    situations: tuple[Situation, ...]
    list_title: str
    tiles: tuple[Tile, ...]
    page: int  # counted from one, as it is shown
    pages: int
    services: tuple[Option, ...] = ()
    """What residents do besides the items; ``Act("service:<id>")``. None while searching."""


@dataclass(frozen=True, slots=True)
class GuideBlock:
    """One of 能不能办 · 带什么 · 多久 · 多少钱 · 在哪儿拿."""

    title: str
    text: str
    icon: str


@dataclass(frozen=True, slots=True)
class ItemPage(Body):
    """Everything about an item before anybody proves who they are."""

    screen: ClassVar[str] = "item"
    name: str
    department: str
    badges: tuple[str, ...]
    blocks: tuple[GuideBlock, ...]
    flow: tuple[str, ...]
    """The way of the matter, as a picture of steps."""
    truth: str
    """One line: can this machine finish it now, and if not, why and where else."""
    truth_tone: Tone
    actions: tuple[Action, ...]
