# SPDX-License-Identifier: Apache-2.0
"""Taking the pages of a paper. See :mod:`kiosk.flows.views`."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar

from kiosk.flows.views.base import Action, Body, LiveFeed


@dataclass(frozen=True, slots=True)
class SheetView:
    """One page that was taken, small. ``picture`` is a ``data:`` address, empty where there is none."""

    label: str
    picture: str = field(repr=False)
    actions: tuple[Action, ...] = ()


@dataclass(frozen=True, slots=True)
class Scanning(Body):
    """The pages of one paper while they are taken.

    ``Act("scan_more|scan_done|scan_stop|page_undo")``, ``Act("page_up|page_retake|page_delete:<place>")``.
    """

    screen: ClassVar[str] = "scanning"
    heading: str
    help: str
    live: LiveFeed
    waiting: str
    """Shown in place of the live picture until it comes; empty while no page is looked for."""
    sheets: tuple[SheetView, ...] = ()
    notice: str = ""
    lit_slot: str = ""
    actions: tuple[Action, ...] = ()
