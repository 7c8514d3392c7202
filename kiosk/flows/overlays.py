# SPDX-License-Identifier: Apache-2.0
"""What lies over a page: "are you still there?", leaving, help, leaving without the result."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from math import ceil
from types import MappingProxyType
from typing import Final

from kiosk.flows import asks, goodbye, report, supply_sheet, terminal_sheet, working
from kiosk.flows.attract import duty_phone
from kiosk.flows.sentences import button, nearest_words, tell
from kiosk.flows.slip import number_of
from kiosk.flows.state import ATTRACT, CLOSING, RATING, WORKING, State, Turn
from kiosk.flows.views import DialogOverlay, IdleOverlay, Modes, Row

_OWN_CLOCK = ("goodbye", "closing")


def render(state: State) -> IdleOverlay | DialogOverlay | None:
    """Return the overlay; the question whether anybody is there comes first."""
    if state.session.idle_since is not None:
        return IdleOverlay(
            heading=tell(state, "idle.heading"),
            help=tell(state, "idle.help"),
            seconds_left=seconds_left(state),
            actions=(
                button(state, "end", icon="close"),
                button(state, "stay", icon="check", primary=True),
            ),
        )
    drawn = _DIALOGS.get(state.session.dialog)
    return drawn(state) if drawn else None


def touched(state: State, choice: str) -> Turn:  # noqa: PLR0911 - one line a button
    """Take a button of the overlay; all other buttons lie beneath it and do nothing."""
    if state.session.idle_since is not None:
        state = state.session_with(idle_since=None)
        return (state.session_with(ending="idle") if choice == "end" else state), ()
    dialog = state.session.dialog
    match choice:
        case "stay" | "close":
            return state.session_with(dialog=""), ()
        case "leave_now" if dialog == "exit":
            return state.session_with(dialog="", ending="exit"), ()
        case "try_now" if dialog == "terminal":
            return terminal_sheet.try_now(state)
        case "supplies" if dialog.startswith("terminal"):
            return supply_sheet.opened(state), ()
        case "terminal_info" if dialog == supply_sheet.DIALOG:
            return terminal_sheet.opened(state), ()
        case "go_on" if dialog == "skip_print":
            return state.session_with(dialog="").at(RATING), ()
        case "ticket" if dialog == "help":
            return report.open_report(state)
        case _:
            return state, ()


def tick(state: State) -> State:
    """Ask whether anybody is there, and end the session when nobody answers."""
    session = state.session
    if session.place == ATTRACT:
        return _quiet_attract(state)
    if session.place.stage in _OWN_CLOCK:
        return state
    if asks.busy(state):
        # Who waits for us is not idle.
        return state.session_with(last_touch=state.now, idle_since=None)
    if session.idle_since is not None:
        return state.session_with(ending="idle") if seconds_left(state) <= 0 else state
    if state.now - session.last_touch >= patience_s(state):
        return state.session_with(idle_since=state.now)
    return state


def patience_s(state: State) -> float:
    """Return how long a resident may think here: shorter while a card lies in the reader."""
    settings = state.settings
    shorter = min(settings.idle_s, settings.idle_with_card_s)
    return shorter if goodbye.card_waits(state) else settings.idle_s


def seconds_left(state: State) -> int:
    """Return the whole seconds until an unanswered question ends the session."""
    since = state.session.idle_since
    return 0 if since is None else max(0, ceil(since + state.settings.countdown_s - state.now))


def may_exit(state: State) -> bool:
    """Tell whether leaving is possible now: not between a tap on 提交 and the number being safe."""
    if state.session.place == WORKING and state.session.trouble is None:
        return working.durable(state)
    return state.session.place not in (ATTRACT, CLOSING)


def lit_slot(state: State) -> str:
    """Return the place to light on a page that has none of its own."""
    return goodbye.lit_slot(state) if state.session.place.stage == goodbye.STAGE.name else ""


def _quiet_attract(state: State) -> State:
    """Modes that somebody set and walked away from go back, and so does the help card."""
    session = state.session
    changed = session.modes != Modes() or session.dialog
    if changed and not asks.busy(state) and state.now - session.last_touch >= state.settings.idle_s:
        return state.session_with(modes=Modes(), dialog="")
    return state


def _exit(state: State) -> DialogOverlay:
    matter = state.session.matter
    rows = (Row(tell(state, "exit.number"), number_of(state)),) if matter.submission else ()
    return DialogOverlay(
        kind="exit",
        heading=tell(state, "exit.heading"),
        help=tell(state, "exit.help_sent" if rows else "exit.help"),
        rows=rows,
        actions=(
            button(state, "leave_now", icon="close"),
            button(state, "stay", icon="check", primary=True),
        ),
    )


def _help(state: State) -> DialogOverlay:
    profile = state.machine.profile
    rows = [Row(tell(state, "help.duty"), duty_phone(state))]
    if profile is not None and profile.hotline != duty_phone(state):
        rows.append(Row(tell(state, "help.hotline"), profile.hotline))
    nearest = nearest_words(state)
    if nearest:
        rows.append(Row(tell(state, "help.elsewhere"), nearest))
    return DialogOverlay(
        kind="help",
        heading=tell(state, "help.heading"),
        help=tell(state, "help.help"),
        rows=tuple(rows),
        actions=(
            button(state, "ticket", icon="flag", enabled=report.may_open(state)),
            button(state, "close", icon="check", primary=True),
        ),
    )


def _silent(state: State) -> DialogOverlay:
    return DialogOverlay(
        kind="voice_silent",
        heading=tell(state, "voice.silent.heading"),
        help=tell(state, "voice.silent.help"),
        rows=(Row(tell(state, "help.duty"), duty_phone(state)),),
        actions=(button(state, "close", icon="check", primary=True),),
    )


def _skip_print(state: State) -> DialogOverlay:
    return DialogOverlay(
        kind="skip_print",
        heading=tell(state, "skip_print.heading"),
        help=tell(state, "skip_print.help"),
        rows=(Row(tell(state, "exit.number"), number_of(state)),),
        actions=(
            button(state, "go_on", icon="next"),
            button(state, "stay", icon="check", primary=True),
        ),
    )


_DIALOGS: Final[Mapping[str, Callable[[State], DialogOverlay]]] = MappingProxyType(
    {
        "exit": _exit,
        "help": _help,
        "skip_print": _skip_print,
        "voice_silent": _silent,
        "terminal": terminal_sheet.render,
        "terminal_trying": terminal_sheet.render,
        supply_sheet.DIALOG: supply_sheet.render,
    }
)
