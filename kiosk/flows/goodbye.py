# SPDX-License-Identifier: Apache-2.0
"""Three things to take: card, paper, phone. Ends by itself; a touch gives more time."""

from __future__ import annotations

from math import ceil

from drivers.core import Media, Role
from kiosk.flows.events import Event, Tick
from kiosk.flows.sentences import button, tell
from kiosk.flows.state import HOME, Stage, State, Turn, act_of
from kiosk.flows.views import Body, Goodbye, Reminder

_CARD_SLOTS = (Role.ID_CARD, Role.SMART_CARD)
_PAPER_MOUTHS = (Role.RECEIPT_PRINTER, Role.PAGE_PRINTER)


def render(state: State) -> Body:
    """Show what to take; what a sensor still feels in the machine is urgent."""
    card, paper = card_waits(state), _paper_waits(state)
    heading = "goodbye.heading_card" if card else "goodbye.heading"
    return Goodbye(
        heading=tell(state, heading),
        help=tell(state, "goodbye.help"),
        reminders=(
            Reminder("card", tell(state, "goodbye.card"), "card", urgent=card),
            Reminder("paper", tell(state, "goodbye.paper"), "paper", urgent=paper),
            Reminder("phone", tell(state, "goodbye.phone"), "mobile", urgent=False),
        ),
        seconds_left=seconds_left(state),
        actions=(
            button(state, "more", icon="home"),
            button(state, "done", icon="check", primary=True),
        ),
    )


def react(state: State, event: Event) -> Turn:
    """End at once, by the clock, or do another matter with the same log-in."""
    choice = act_of(event)
    over = isinstance(event, Tick) and seconds_left(state) <= 0
    if choice == "done" or over:
        return state.session_with(ending="finished"), ()
    if choice == "more":
        return state.session_with(query="", situation="", page=0).at(HOME), ()
    return state, ()


def seconds_left(state: State) -> int:
    """Return the whole seconds until the session ends by itself."""
    since = max(state.session.arrived, state.session.last_touch)
    return max(0, ceil(since + state.settings.goodbye_s - state.now))


def lit_slot(state: State) -> str:
    """Return the place to light: where something is still in the machine."""
    for role in (*_CARD_SLOTS, *_PAPER_MOUTHS):
        if _in_machine(state, role):
            return role.value
    return ""


def card_waits(state: State) -> bool:
    """Tell whether a card lies in a reader, as far as one can tell."""
    return any(_in_machine(state, role) for role in _CARD_SLOTS)


def _in_machine(state: State, role: Role) -> bool:
    status = state.machine.statuses.get(role)
    return status is not None and status.media is Media.PRESENT


def _paper_waits(state: State) -> bool:
    return any(_in_machine(state, role) for role in _PAPER_MOUTHS)


STAGE = Stage("goodbye", render, react)
