# SPDX-License-Identifier: Apache-2.0
"""What happened, what it means for you, what you can do now. 办不成事反映 is always one of it."""

from __future__ import annotations

from kiosk.flows.events import Event
from kiosk.flows.report import may_open
from kiosk.flows.sentences import button, tell, trouble_stem
from kiosk.flows.state import HOME, WORKING, Draft, State, Trouble, Turn, act_of
from kiosk.flows.views import Action, Body
from kiosk.flows.views import Trouble as TroubleBody


def render(state: State) -> Body:
    """Show the trouble in words; the code is small print for the technician."""
    trouble = state.session.trouble
    if trouble is None:
        raise LookupError("no trouble to show")
    stem = trouble.words or trouble_stem(trouble.code)
    return TroubleBody(
        heading=tell(state, f"trouble.{stem}.heading"),
        meaning=tell(state, f"trouble.{stem}.meaning"),
        number=state.session.matter.receipt,
        small_print=trouble.code,
        actions=_actions(state, trouble),
    )


def react(state: State, event: Event) -> Turn:
    """Try again, look for another way, report it, or do something else."""
    trouble = state.session.trouble
    match act_of(event):
        case "again" if trouble is not None and trouble.again is not None:
            return state.session_with(trouble=None).at(trouble.again), ()
        case "other_way":
            return state.session_with(dialog="help"), ()
        case "home":
            if state.session.place == WORKING:
                # Nobody knows whether it was kept: the same answers must not be sent again unseen.
                fresh = Draft(number=state.session.draft.number + 1)
                state = state.session_with(draft=fresh, item=None)
            return state.session_with(trouble=None).at(HOME), ()
        case _:
            return state, ()


def _actions(state: State, trouble: Trouble) -> tuple[Action, ...]:
    again = (button(state, "again", icon="retry", primary=True),) if trouble.again else ()
    return (
        button(state, "ticket", icon="flag", enabled=may_open(state)),
        button(state, "other_way", icon="help"),
        *(again or (button(state, "home", icon="home", primary=True),)),
    )
