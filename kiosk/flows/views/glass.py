# SPDX-License-Identifier: Apache-2.0
"""All that is on the glass at once: a body, what lies over it, what surrounds it. See :mod:`kiosk.flows.views`."""

from __future__ import annotations

from dataclasses import dataclass

from kiosk.flows.views.base import Action, Body, LinkWords, Modes, Row, Step


@dataclass(frozen=True, slots=True)
class IdleOverlay:
    """Are you still there? ``Act("stay")``."""

    heading: str
    help: str
    seconds_left: int
    actions: tuple[Action, ...]


@dataclass(frozen=True, slots=True)
class DialogOverlay:
    """A confirmation or a card: ``kind`` is ``exit``, ``help``, ``skip_print``, ``voice_silent`` or ``terminal``.

    The last is what staff need to know of the machine, never anything of a resident.
    """

    kind: str
    heading: str
    help: str
    rows: tuple[Row, ...]
    actions: tuple[Action, ...]


@dataclass(frozen=True, slots=True)
class View:
    """All that is on the glass."""

    body: Body
    place: str
    link: LinkWords
    modes: Modes
    steps: tuple[Step, ...] = ()
    can_back: bool = False
    can_exit: bool = False
    overlay: IdleOverlay | DialogOverlay | None = None
    speech: str = ""
    """What the voice says on arriving here, written for the ear; empty on repeat."""
    simulated: str = ""
    """Words of the badge while any device is a simulator; empty in production."""
    revision: int = 0
