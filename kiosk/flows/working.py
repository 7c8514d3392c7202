# SPDX-License-Identifier: Apache-2.0
"""True progress of a submission; after three seconds the resident may leave it running.

Until the submission is durable there is no leaving: there would be no number to take along. That
part is bounded by the store's own deadline.
"""

from __future__ import annotations

from kiosk.flows import asks
from kiosk.flows.events import Event
from kiosk.flows.matter import awaits_decision, show_number
from kiosk.flows.sentences import button, tell
from kiosk.flows.state import RECEIPT, Stage, State, Turn, act_of
from kiosk.flows.views import Body, Working, WorkStep


def render(state: State) -> Body:
    """Show what is done, what runs, what comes."""
    return Working(
        heading=tell(state, "working.heading"),
        help=tell(state, "working.help"),
        steps=_steps(state),
        actions=(button(state, "leave", icon="next", primary=True),) if may_leave(state) else (),
    )


def react(state: State, event: Event) -> Turn:
    """Leave it running when asked to."""
    if act_of(event) == "leave" and may_leave(state):
        return state.at(RECEIPT), ()
    delivered = state.session.matter.delivered
    if delivered and not awaits_decision(state):
        return show_number(state), ()
    if durable(state) and not delivered and not state.machine.online:
        # The link is known to be down: nothing to wait for. The receipt may still come, at any time.
        return show_number(state), ()
    return state, ()


def durable(state: State) -> bool:
    """Tell whether the submission is safe."""
    return state.session.matter.submission is not None


def may_leave(state: State) -> bool:
    """Tell whether there is a number and the wait grew long."""
    return durable(state) and state.now - state.session.arrived >= state.settings.leave_after_s


def _steps(state: State) -> tuple[WorkStep, ...]:
    matter = state.session.matter
    done = [durable(state), matter.delivered]
    names = ["keep", "deliver"]
    if state.item.is_awaited:
        names.append("decide")
        done.append(matter.case is not None and not asks.is_open(state, "WatchCase"))
    now = done.index(False) if False in done else len(done)
    return tuple(
        WorkStep(
            tell(state, f"working.{name}"),
            "done" if number < now else "now" if number == now else "next",
        )
        for number, name in enumerate(names)
    )


STAGE = Stage("working", render, react)
