# SPDX-License-Identifier: Apache-2.0
"""Pages of one paper: taken one after the other, looked at, put in order, taken again or away.

Nothing is settled before the resident says so; a page that was taken away can be put back. Where the
scanner is a camera, its live picture shows what it sees; other scanners show their place on the machine.
"""

from __future__ import annotations

from dataclasses import replace

from kiosk.flows import asks, card_copy, scan_desk
from kiosk.flows.effects import (
    CancelDevice,
    Effect,
    HideLivePicture,
    OnePage,
    ShowLivePicture,
    Stack,
)
from kiosk.flows.events import (
    CardSideScanned,
    LivePictureShown,
    PageScanned,
    ScanProgress,
    SheetScanned,
    StackScanned,
)
from kiosk.flows.scan_desk import ROLE, is_running, put
from kiosk.flows.sentences import button, code_words, tell
from kiosk.flows.state import ScanDesk, ScannedSheet, Settlement, State, Turn, with_entry, without
from kiosk.flows.views import Action, Scanning
from kiosk.protocol.envelope import PlainAttachment

MOST_PAGES = 12
_EMPTY = "media.no_documents"

ScanReply = (
    PageScanned | SheetScanned | StackScanned | CardSideScanned | ScanProgress | LivePictureShown
)


def begin(state: State, material: str) -> Turn:
    """Open the desk; a scanner that sees by itself looks for the first page at once."""
    desk = ScanDesk(material)
    paper = scan_desk.material_of(state, desk)
    desk = replace(desk, is_card=paper is not None and paper.layout == "card_both_sides")
    state = put(state, desk)
    if not scan_desk.traits(state).sees:
        return state, ()
    state, effects = card_copy.begin(state) if desk.is_card else scan_desk.ask(state, OnePage())
    return state, (ShowLivePicture(state.session.number, ROLE), *effects)


def render(state: State, desk: ScanDesk) -> Scanning:
    """Show the live picture, what to do, and the pages taken so far."""
    if desk.is_card:
        return card_copy.render(state, desk)
    running = is_running(state)
    return scan_desk.view(
        state,
        desk,
        words=_words(state, desk, running=running),
        notice=_trouble(state, desk),
        sheet=lambda number: (
            tell(state, "scanning.page", number=number + 1),
            () if running else _sheet_actions(state, number),
        ),
        actions=_actions(state, desk, running=running),
    )


def react(state: State, desk: ScanDesk, choice: str) -> Turn:
    """Take another page or a stack, put pages in order, finish."""
    offered = card_copy.all_actions(state, desk) if desk.is_card else _all_actions(state, desk)
    if choice not in {action.id for action in offered}:
        return state, ()
    if desk.is_card:
        turn = card_copy.react(state, desk, choice)
        return finish(state) if turn is None else turn
    verb, _, place = choice.partition(":")
    match verb:
        case "scan_more":
            return scan_desk.ask(put(state, replace(desk, replaces=None)), OnePage())
        case "scan_done" | "scan_stop":
            return finish(state)
        case "page_undo" if desk.removed is not None:
            at, sheet = desk.removed
            pages = (*desk.pages[:at], sheet, *desk.pages[at:])
            return put(state, replace(desk, pages=pages, removed=None)), ()
        case _:
            by_page = _react_to_page if place else _react_to_stack
            return by_page(state, desk, verb, place)


def _react_to_stack(state: State, desk: ScanDesk, verb: str, _place: str) -> Turn:
    if verb == "stack_stop":
        state = asks.give_up(state, "ScanMaterial")
        state = put(state, replace(desk, hint="", notice="scanning.stopped"))
        return state, (CancelDevice(state.session.number, ROLE),)
    both = verb == "scan_both"
    most = _room(desk) - (_room(desk) % 2 if both else 0)
    state = put(state, replace(desk, replaces=None, removed=None))
    return scan_desk.ask(state, Stack(most, both))


def _react_to_page(state: State, desk: ScanDesk, verb: str, place: str) -> Turn:
    number = int(place)
    pages, sheet = desk.pages, desk.pages[number]
    match verb:
        case "page_delete":
            rest = pages[:number] + pages[number + 1 :]
            return put(state, replace(desk, pages=rest, removed=(number, sheet))), ()
        case "page_up":
            moved = (*pages[: number - 1], sheet, pages[number - 1], *pages[number + 1 :])
            return put(state, replace(desk, pages=moved, removed=None)), ()
        case _:
            return scan_desk.ask(
                put(state, replace(desk, replaces=number, removed=None)), OnePage()
            )


def heard(state: State, reply: ScanReply) -> Turn:
    """Take in a page, a side, a hint, or where the live picture is."""
    desk = state.session.draft.desk
    if desk is None:
        return state, ()
    if isinstance(reply, CardSideScanned):
        return card_copy.heard(state, desk, reply)
    return put(state, _after(desk, reply)), ()


def _after(
    desk: ScanDesk,
    reply: PageScanned | SheetScanned | StackScanned | ScanProgress | LivePictureShown,
) -> ScanDesk:
    match reply:
        case SheetScanned() if desk.taking != "stack" or not _room(desk):
            return desk  # it was on its way when its stack was stopped
        case PageScanned(png=png, thumbnail=thumbnail) | SheetScanned(png=png, thumbnail=thumbnail):
            return scan_desk.taken(desk, ScannedSheet(png, thumbnail))
        case StackScanned(all_taken=all_taken):
            return replace(desk, hint="", notice="" if all_taken else "scanning.most")
        case ScanProgress(code=code):
            return replace(desk, hint=code)
        case LivePictureShown(place=place, token=token):
            return replace(desk, place=place, token=token)


def failed(state: State, code: str) -> State | None:
    """Say on the desk why there is no further page, those taken stay; ``None``: the desk is of no use now."""
    desk = state.session.draft.desk
    if desk is None:
        return None
    may_try_again = code.startswith("media.") and not scan_desk.traits(state).sees
    if not desk.pages and not may_try_again:
        return None
    # Sides of a card keep their place: the one that is wanted is wanted still.
    replaces = desk.replaces if desk.is_card else None
    return put(state, replace(desk, trouble=code, hint="", replaces=replaces))


def finish(state: State) -> Turn:
    """Leave the desk: its pages settle the paper, none leaves it open."""
    desk = state.session.draft.desk
    if desk is None:
        return state, ()
    state, effects = stop(state)
    settled = state.session.draft.materials
    stem = _stem(state, desk)
    scans = card_copy.attachments(desk, stem) if desk.is_card else _attachments(desk, stem)
    if not scans:
        return state.draft_with(materials=without(settled, desk.material)), effects
    settlement = Settlement("scanned", scans=scans)
    return state.draft_with(materials=with_entry(settled, desk.material, settlement)), effects


def stop(state: State) -> Turn:
    """End looking, close the desk and forget its pages."""
    if state.session.draft.desk is None:
        return state, ()
    number = state.session.number
    effects: tuple[Effect, ...] = (HideLivePicture(number, ROLE),)
    if is_running(state):
        effects = (CancelDevice(number, ROLE), *effects)
    for ask in ("ScanMaterial", "ShowLivePicture"):
        state = asks.give_up(state, ask)
    return state.draft_with(desk=None), effects


def _room(desk: ScanDesk) -> int:
    return MOST_PAGES - len(desk.pages)


def _stem(state: State, desk: ScanDesk) -> str:
    material = scan_desk.material_of(state, desk)
    return material.name.zh if material else desk.material


def _attachments(desk: ScanDesk, stem: str) -> tuple[PlainAttachment, ...]:
    names = (
        [f"{stem}.png"]
        if len(desk.pages) == 1
        else [f"{stem}-{number}.png" for number in range(1, len(desk.pages) + 1)]
    )
    return tuple(
        PlainAttachment(name, "image/png", sheet.png)
        for name, sheet in zip(names, desk.pages, strict=True)
    )


def _words(state: State, desk: ScanDesk, *, running: bool) -> str:
    count, traits = len(desk.pages), scan_desk.traits(state)
    if running and desk.taking == "stack":
        return tell(state, "scanning.feeding", pages=count)
    if running:
        return scan_desk.hint(state, desk, tell(state, "scanning.place"))
    if desk.notice:
        return tell(state, desk.notice, pages=MOST_PAGES)
    if count:
        return tell(state, "scanning.check", pages=count)
    if traits.sees:
        return tell(state, "scanning.none")
    return tell(state, "scanning.glass_or_feeder" if traits.has_feeder else "scanning.glass")


def _trouble(state: State, desk: ScanDesk) -> str:
    """Say what went wrong; of a stack also that what went through is kept, and what to do with the rest."""
    if not desk.trouble:
        return ""
    words = code_words(state, desk.trouble, ROLE)
    if desk.taking != "stack" or desk.trouble == _EMPTY or not desk.pages:
        return words
    return tell(state, "scanning.kept", words=words, pages=len(desk.pages))


def _actions(state: State, desk: ScanDesk, *, running: bool) -> tuple[Action, ...]:
    if running:
        verb = "stack_stop" if desk.taking == "stack" else "scan_stop"
        return (button(state, verb, icon="close"),)
    undo = (button(state, "page_undo", icon="undo"),) if desk.removed else ()
    if not desk.pages:
        stop_ = button(state, "scan_stop", icon="close")
        label = "scan_more" if scan_desk.traits(state).sees else "scan_start"
        first = button(state, "scan_more", label, icon="camera", primary=True)
        return (*undo, stop_, *_stack_actions(state, desk), first)
    more = (button(state, "scan_more", icon="plus"),) if _room(desk) else ()
    done = button(state, "scan_done", icon="done", primary=True)
    return (*undo, *_stack_actions(state, desk), *more, done)


def _stack_actions(state: State, desk: ScanDesk) -> tuple[Action, ...]:
    traits, room = scan_desk.traits(state), _room(desk)
    one = (button(state, "scan_stack", icon="paper"),) if traits.has_feeder and room else ()
    both = traits.scans_both_sides and room > 1
    return (*one, *((button(state, "scan_both", icon="paper"),) if both else ()))


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
