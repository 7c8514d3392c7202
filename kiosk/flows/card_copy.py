# SPDX-License-Identifier: Apache-2.0
"""Both sides of a card on one sheet (身份证正反面): the portrait, then the emblem, each looked at and taken again.

Where both look like the same side, the resident is asked to turn the card over, and may say that it is the
other side all the same.
"""

from __future__ import annotations

from dataclasses import replace

from drivers.core import CardSide
from kiosk.flows import scan_desk
from kiosk.flows.effects import OneCardSide
from kiosk.flows.events import CardSideScanned
from kiosk.flows.scan_desk import is_running, put
from kiosk.flows.sentences import button, code_words, tell
from kiosk.flows.state import ScanDesk, ScannedSheet, State, Turn
from kiosk.flows.views import Action, Scanning
from kiosk.protocol.envelope import PlainAttachment

_SIDES = (CardSide.FRONT, CardSide.BACK)
_SAME_SIDE = "media.same_side"


def begin(state: State) -> Turn:
    """Look for the portrait, where the scanner sees by itself."""
    return next_side(state) if scan_desk.traits(state).sees else (state, ())


def next_side(state: State, *, surely_other: bool = False) -> Turn:
    """Ask for the side that is missing, or that is to be taken again."""
    desk = state.session.draft.desk
    if desk is None:
        return state, ()
    number = _wanted(desk)
    other = desk.pages[1 - number].png if len(desk.pages) > 1 - number else b""
    return scan_desk.ask(state, OneCardSide(_SIDES[number], other, surely_other))


def render(state: State, desk: ScanDesk) -> Scanning:
    """Show which side is wanted, and the sides that were taken."""
    sees, running = scan_desk.traits(state).sees, is_running(state)
    is_whole = _is_whole(desk)
    key = "check" if is_whole and not running else _SIDES[_wanted(desk)].value
    if key != "check" and not sees:
        key = f"{key}_glass"
    words = tell(state, f"scanning.card.{key}")
    return scan_desk.view(
        state,
        desk,
        words=scan_desk.hint(state, desk, words) if running else words,
        notice=code_words(state, desk.trouble, scan_desk.ROLE) if desk.trouble else "",
        sheet=lambda number: (
            tell(state, f"scanning.card.side.{number}"),
            _side_actions(state, number),
        ),
        actions=_actions(state, desk),
    )


def react(state: State, desk: ScanDesk, choice: str) -> Turn | None:
    """Take a side, or one again; ``None`` for what is not about sides."""
    verb, _, place = choice.partition(":")
    match verb:
        case "scan_more":
            return next_side(state)
        case "card_surely":
            return next_side(state, surely_other=True)
        case "page_retake":
            return next_side(put(state, replace(desk, replaces=int(place))))
        case _:
            return None


def heard(state: State, desk: ScanDesk, reply: CardSideScanned) -> Turn:
    """Keep the side; where the scanner sees by itself, look for the other one at once."""
    desk = scan_desk.taken(desk, ScannedSheet(reply.png, reply.thumbnail))
    state = put(state, replace(desk, sheet=reply.pdf))
    return begin(state) if len(desk.pages) < len(_SIDES) else (state, ())


def attachments(desk: ScanDesk, stem: str) -> tuple[PlainAttachment, ...]:
    """Return the sheet of both sides; nothing while a side is missing."""
    if not _is_whole(desk):
        return ()
    return (PlainAttachment(f"{stem}.pdf", "application/pdf", desk.sheet),)


def all_actions(state: State, desk: ScanDesk) -> tuple[Action, ...]:
    """Return all that can be pressed now."""
    sides = range(len(desk.pages))
    return (
        *_actions(state, desk),
        *(each for number in sides for each in _side_actions(state, number)),
    )


def _wanted(desk: ScanDesk) -> int:
    """Return the number of the side that is taken now or next."""
    return len(desk.pages) % len(_SIDES) if desk.replaces is None else desk.replaces


def _is_whole(desk: ScanDesk) -> bool:
    return len(desk.pages) == len(_SIDES) and bool(desk.sheet)


def _actions(state: State, desk: ScanDesk) -> tuple[Action, ...]:
    stop = button(state, "scan_stop", icon="close")
    if is_running(state):
        return (stop,)
    if _is_whole(desk) and not desk.trouble:
        return (button(state, "scan_done", icon="done", primary=True),)
    done = (button(state, "scan_done", icon="done"),) if _is_whole(desk) else (stop,)
    sure = button(state, "card_surely", icon="check") if desk.trouble == _SAME_SIDE else None
    again = button(state, "scan_more", "scan_start", icon="camera", primary=True)
    return (*done, *((sure,) if sure else ()), again)


def _side_actions(state: State, number: int) -> tuple[Action, ...]:
    if is_running(state):
        return ()
    return (button(state, f"page_retake:{number}", "page_retake", icon="retry"),)
