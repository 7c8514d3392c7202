# SPDX-License-Identifier: Apache-2.0
"""Pages of one paper: taken one after the other, looked at, put in order, taken again or away.

Nothing is settled before the resident says so; a page that was taken away can be put back. Where the
scanner is a camera, its live picture shows what it sees; other scanners show their place on the machine.
"""

from __future__ import annotations

import base64
from dataclasses import replace

from drivers.core import Role
from kiosk.flows import asks
from kiosk.flows.effects import CancelDevice, Effect, HideLivePicture, ScanMaterial, ShowLivePicture
from kiosk.flows.events import LivePictureShown, PageScanned, ScanProgress
from kiosk.flows.sentences import button, code_words, tell, text
from kiosk.flows.state import ScanDesk, ScannedSheet, Settlement, State, Turn, with_entry, without
from kiosk.flows.views import Action, LiveFeed, Scanning, SheetView
from kiosk.protocol.envelope import PlainAttachment

MOST_PAGES = 12
_ROLE = Role.DOCUMENT_SCANNER.value


def begin(state: State, material: str) -> Turn:
    """Open the desk and look for the first page."""
    state = state.draft_with(desk=ScanDesk(material))
    state, effects = _look(state)
    return state, (ShowLivePicture(state.session.number, _ROLE), *effects)


def render(state: State, desk: ScanDesk) -> Scanning:
    """Show the live picture, what to do, and the pages taken so far."""
    running = is_running(state)
    count = len(desk.pages)
    if desk.trouble:
        words = ""  # the notice says it
    elif running:
        words = code_words(state, desk.hint, _ROLE) if desk.hint else tell(state, "scanning.place")
    else:
        words = tell(state, "scanning.check" if count else "scanning.none", pages=count)
    return Scanning(
        heading=next(
            (text(state, each.name) for each in state.item.materials if each.code == desk.material),
            "",
        ),
        help=words,
        live=LiveFeed(desk.place, str(desk.token)) if desk.place and running else LiveFeed(),
        waiting=tell(state, "scanning.opening") if running else "",
        sheets=tuple(_sheet(state, desk, number) for number in range(count)),
        notice=code_words(state, desk.trouble, _ROLE) if desk.trouble else "",
        lit_slot=_ROLE if running else "",
        actions=_actions(state, desk, running=running),
    )


def react(state: State, desk: ScanDesk, choice: str) -> Turn:
    """Take another page, put pages in order, finish."""
    if choice not in {action.id for action in _all_actions(state, desk)}:
        return state, ()
    verb, _, place = choice.partition(":")
    if place:
        return _react_to_page(state, desk, verb, int(place))
    match verb:
        case "scan_more":
            return _look(_with(state, replace(desk, replaces=None)))
        case "scan_done" | "scan_stop":
            return finish(state)
        case "page_undo" if desk.removed is not None:
            at, sheet = desk.removed
            pages = (*desk.pages[:at], sheet, *desk.pages[at:])
            return _with(state, replace(desk, pages=pages, removed=None)), ()
        case _:
            return state, ()


def _react_to_page(state: State, desk: ScanDesk, verb: str, number: int) -> Turn:
    pages, sheet = desk.pages, desk.pages[number]
    match verb:
        case "page_delete":
            rest = pages[:number] + pages[number + 1 :]
            return _with(state, replace(desk, pages=rest, removed=(number, sheet))), ()
        case "page_up":
            moved = (*pages[: number - 1], sheet, pages[number - 1], *pages[number + 1 :])
            return _with(state, replace(desk, pages=moved, removed=None)), ()
        case _:
            return _look(_with(state, replace(desk, replaces=number, removed=None)))


def heard(state: State, reply: PageScanned | ScanProgress | LivePictureShown) -> State:
    """Take in a page, a hint, or where the live picture is."""
    desk = state.session.draft.desk
    match reply:
        case _ if desk is None:
            return state
        case PageScanned():
            return _taken(state, desk, reply)
        case ScanProgress(code=code):
            return _with(state, replace(desk, hint=code))
        case LivePictureShown(place=place, token=token):
            return _with(state, replace(desk, place=place, token=token))


def _taken(state: State, desk: ScanDesk, reply: PageScanned) -> State:
    """Put the page where it belongs."""
    sheet = ScannedSheet(reply.png, reply.thumbnail)
    at = desk.replaces
    if at is not None and at < len(desk.pages):
        pages = (*desk.pages[:at], sheet, *desk.pages[at + 1 :])
    else:
        pages = (*desk.pages, sheet)
    return _with(state, replace(desk, pages=pages, hint="", replaces=None, removed=None))


def has_pages(state: State) -> bool:
    """Tell whether pages lie on the desk."""
    desk = state.session.draft.desk
    return desk is not None and bool(desk.pages)


def failed(state: State, code: str) -> State:
    """Say why there is no further page; those taken stay."""
    desk = state.session.draft.desk
    if desk is None:
        return state
    return _with(state, replace(desk, trouble=code, hint="", replaces=None))


def finish(state: State) -> Turn:
    """Leave the desk: its pages settle the paper, none leaves it open."""
    desk = state.session.draft.desk
    if desk is None:
        return state, ()
    state, effects = stop(state)
    settled = state.session.draft.materials
    if not desk.pages:
        return state.draft_with(materials=without(settled, desk.material)), effects
    scans = tuple(
        PlainAttachment(_name(state, desk, number), "image/png", sheet.png)
        for number, sheet in enumerate(desk.pages, start=1)
    )
    settlement = Settlement("scanned", scans=scans)
    return state.draft_with(materials=with_entry(settled, desk.material, settlement)), effects


def stop(state: State) -> Turn:
    """End looking, close the desk and forget its pages."""
    if state.session.draft.desk is None:
        return state, ()
    number = state.session.number
    effects: tuple[Effect, ...] = (HideLivePicture(number, _ROLE),)
    if is_running(state):
        effects = (CancelDevice(number, _ROLE), *effects)
    for ask in ("ScanMaterial", "ShowLivePicture"):
        state = asks.give_up(state, ask)
    return state.draft_with(desk=None), effects


def is_running(state: State) -> bool:
    """Tell whether a page is looked for."""
    return asks.is_open(state, "ScanMaterial")


def _look(state: State) -> Turn:
    desk = state.session.draft.desk
    if desk is None or is_running(state):
        return state, ()
    session = state.session.number
    effects: tuple[Effect, ...] = (
        ScanMaterial(session, desk.material, state.settings.scan_deadline_s),
    )
    if desk.place:  # it may have ended by itself meanwhile
        effects = (ShowLivePicture(session, _ROLE), *effects)
    return _with(state, replace(desk, trouble="", hint="")), effects


def _with(state: State, desk: ScanDesk) -> State:
    return state.draft_with(desk=desk)


def _name(state: State, desk: ScanDesk, number: int) -> str:
    material = next((each for each in state.item.materials if each.code == desk.material), None)
    stem = material.name.zh if material else desk.material
    return f"{stem}.png" if len(desk.pages) == 1 else f"{stem}-{number}.png"


def _actions(state: State, desk: ScanDesk, *, running: bool) -> tuple[Action, ...]:
    if running:
        return (button(state, "scan_stop", icon="close"),)
    undo = (button(state, "page_undo", icon="undo"),) if desk.removed else ()
    room = len(desk.pages) < MOST_PAGES
    if not desk.pages:
        stop_ = button(state, "scan_stop", icon="close")
        return (*undo, stop_, button(state, "scan_more", icon="camera", primary=True))
    more = (button(state, "scan_more", icon="plus"),) if room else ()
    return (*undo, *more, button(state, "scan_done", icon="done", primary=True))


def _sheet(state: State, desk: ScanDesk, number: int) -> SheetView:
    sheet = desk.pages[number]
    picture = base64.b64encode(sheet.thumbnail).decode() if sheet.thumbnail else ""
    return SheetView(
        label=tell(state, "scanning.page", number=number + 1),
        picture=f"data:image/jpeg;base64,{picture}" if picture else "",
        actions=() if is_running(state) else _sheet_actions(state, number),
    )


def _sheet_actions(state: State, number: int) -> tuple[Action, ...]:
    up = (button(state, f"page_up:{number}", "page_up", icon="up"),) if number else ()
    return (
        *up,
        button(state, f"page_retake:{number}", "page_retake", icon="retry"),
        button(state, f"page_delete:{number}", "page_delete", icon="close"),
    )


def _all_actions(state: State, desk: ScanDesk) -> tuple[Action, ...]:
    running = is_running(state)
    sheets = () if running else range(len(desk.pages))
    own = _actions(state, desk, running=running)
    return (*own, *(each for number in sheets for each in _sheet_actions(state, number)))
