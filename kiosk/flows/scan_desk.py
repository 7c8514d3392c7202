# SPDX-License-Identifier: Apache-2.0
"""The desk on which one paper is scanned: what pages and cards have in common.

A camera above the table sees what is laid down and is asked at once; other scanners take what lies there
when the resident says so.
"""

from __future__ import annotations

import base64
from collections.abc import Callable
from dataclasses import replace

from drivers.core import Role, ScannerTraits
from kiosk.flows import asks
from kiosk.flows.effects import Effect, OneCardSide, OnePage, ScanMaterial, ShowLivePicture, Stack
from kiosk.flows.sentences import code_words, tell, text
from kiosk.flows.state import ScanDesk, ScannedSheet, State, Turn
from kiosk.flows.views import Action, LiveFeed, Scanning, SheetView
from kiosk.protocol.catalogue import Material

ROLE = Role.DOCUMENT_SCANNER.value
_STACK_S_A_PAGE = 10.0
"""The slowest feeders need half of it."""


def traits(state: State) -> ScannerTraits:
    """Return what kind of scanner this machine has."""
    return ScannerTraits.of(state.machine.statuses.get(ROLE))


def put(state: State, desk: ScanDesk) -> State:
    """Return the state with that desk."""
    return state.draft_with(desk=desk)


def is_running(state: State) -> bool:
    """Tell whether the scanner was asked for something and has not ended it."""
    return asks.is_open(state, "ScanMaterial")


def material_of(state: State, desk: ScanDesk) -> Material | None:
    """Return the paper that is being scanned."""
    return next((each for each in state.item.materials if each.code == desk.material), None)


def ask(state: State, what: OnePage | Stack | OneCardSide) -> Turn:
    """Ask the scanner, unless it is at work already."""
    desk = state.session.draft.desk
    if desk is None or is_running(state):
        return state, ()
    session = state.session.number
    is_stack = isinstance(what, Stack)
    deadline_s = state.settings.scan_deadline_s
    if isinstance(what, Stack):
        deadline_s += what.most * _STACK_S_A_PAGE
    effects: tuple[Effect, ...] = (ScanMaterial(session, desk.material, deadline_s, what),)
    if desk.place:  # it may have ended by itself meanwhile
        effects = (ShowLivePicture(session, ROLE), *effects)
    desk = replace(desk, trouble="", hint="", notice="", taking="stack" if is_stack else "page")
    return put(state, desk), effects


def taken(desk: ScanDesk, sheet: ScannedSheet) -> ScanDesk:
    """Put a page where it belongs: in the place of the one that it replaces, or last."""
    at = desk.replaces
    if at is not None and at < len(desk.pages):
        pages = (*desk.pages[:at], sheet, *desk.pages[at + 1 :])
    else:
        pages = (*desk.pages, sheet)
    return replace(desk, pages=pages, hint="", replaces=None, removed=None)


def view(
    state: State,
    desk: ScanDesk,
    *,
    words: str,
    notice: str,
    sheet: Callable[[int], tuple[str, tuple[Action, ...]]],
    actions: tuple[Action, ...],
) -> Scanning:
    """Show the live picture or the lit slot, and what was taken; ``sheet`` gives its label and actions."""
    running = is_running(state)
    material = material_of(state, desk)
    has_place_to_show = running or not (desk.pages or traits(state).sees)
    return Scanning(
        heading=text(state, material.name) if material else "",
        help="" if notice else words,  # the notice says it
        live=LiveFeed(desk.place, str(desk.token)) if desk.place and running else LiveFeed(),
        waiting=tell(state, "scanning.opening") if running else "",
        sheets=tuple(
            SheetView(*_with_picture(page, sheet(number))) for number, page in enumerate(desk.pages)
        ),
        notice=notice,
        lit_slot=ROLE if has_place_to_show else "",
        actions=actions,
    )


def hint(state: State, desk: ScanDesk, otherwise: str) -> str:
    """Return what the scanner said last, in words, or what else is to be done."""
    return code_words(state, desk.hint, ROLE) if desk.hint else otherwise


def _with_picture(
    page: ScannedSheet, shown: tuple[str, tuple[Action, ...]]
) -> tuple[str, str, tuple[Action, ...]]:
    label, actions = shown
    picture = base64.b64encode(page.thumbnail).decode() if page.thumbnail else ""
    return label, f"data:image/jpeg;base64,{picture}" if picture else "", actions
