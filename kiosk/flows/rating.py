# SPDX-License-Identifier: Apache-2.0
"""好差评: one tap, skippable, nothing preselected."""

from __future__ import annotations

from kiosk.flows.effects import RecordStep
from kiosk.flows.events import Event
from kiosk.flows.sentences import button, tell
from kiosk.flows.state import GOODBYE, Stage, State, Turn, act_of
from kiosk.flows.submission import rating
from kiosk.flows.views import Body, Grade, Rating

GRADES = (5, 4, 3, 2, 1)


def enter(state: State) -> Turn:
    """Arrive: who rated this matter already, or has nothing to rate, passes."""
    matter = state.session.matter
    if matter.rated or matter.submission is None:
        return state.at(GOODBYE), ()
    return state, ()


def render(state: State) -> Body:
    """Show the five grades."""
    return Rating(
        heading=tell(state, "rating.heading"),
        help=tell(state, "rating.help"),
        grades=tuple(
            Grade(value, tell(state, f"rating.grade.{value}"), f"grade-{value}", selected=False)
            for value in GRADES
        ),
        actions=(button(state, "skip", icon="skip"),),
    )


def react(state: State, event: Event) -> Turn:
    """Send the grade, or skip."""
    choice = act_of(event)
    if choice == "skip":
        return state.at(GOODBYE), ()
    kind, _, value = choice.partition(":")
    if kind != "grade" or value not in {str(grade) for grade in GRADES}:
        return state, ()
    grade = int(value)
    record = RecordStep(
        state.session.number,
        "rating.given",
        state.item.code,
        value,
        str(state.session.matter.submission),
    )
    return state.matter_with(rated=grade).at(GOODBYE), (rating(state, grade), record)


STAGE = Stage("rating", render, react, enter)
