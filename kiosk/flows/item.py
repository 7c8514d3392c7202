# SPDX-License-Identifier: Apache-2.0
"""Everything about an item before anybody proves who they are, with one line of truth."""

from __future__ import annotations

from kiosk.catalogue.readiness import PAPER_MAY_NOT_LAST, Readiness, readiness
from kiosk.flows.events import Event
from kiosk.flows.home import badge
from kiosk.flows.sentences import (
    button,
    code_words,
    point_facts,
    reason_words,
    tell,
    text,
    with_as_of,
)
from kiosk.flows.state import HOME, IDENTITY, Stage, State, Turn, act_of
from kiosk.flows.views import Action, Body, GuideBlock, ItemPage, Tone


def render(state: State) -> Body:
    """Show the five blocks, the flow, and whether it can be finished here now."""
    item = state.item
    answer = readiness(item, state.machine.surroundings)
    truth, tone = _truth(state, answer)
    guide = item.guide
    blocks = (
        ("eligible", guide.eligible),
        ("bring", guide.bring),
        ("duration", guide.duration),
        ("cost", guide.cost),
        ("collect", guide.collect),
    )
    return ItemPage(
        name=text(state, item.name),
        department=with_as_of(state, text(state, item.department)),
        badges=(badge(state, item), tell(state, f"item.depth.{item.depth}")),
        blocks=tuple(
            GuideBlock(tell(state, f"item.{name}"), text(state, words), name)
            for name, words in blocks
        ),
        flow=tuple(text(state, step) for step in guide.steps),
        truth=truth,
        truth_tone=tone,
        actions=_actions(state, answer),
    )


def react(state: State, event: Event) -> Turn:
    """Start, if the gate lets through; or look at other items."""
    match act_of(event):
        case "start":
            practising = state.session.practice
            if practising or readiness(state.item, state.machine.surroundings).ready:
                return state.at(IDENTITY), ()
        case "home":
            return state.at(HOME), ()
        case "help":
            return state.session_with(dialog="help"), ()
        case _:
            pass
    return state, ()


def _actions(state: State, answer: Readiness) -> tuple[Action, ...]:
    if answer.ready or state.session.practice:
        return (
            button(state, "home", icon="home"),
            button(state, "start", icon="next", primary=True),
        )
    return (
        button(state, "help", "other_way", icon="help"),
        button(state, "home", icon="home", primary=True),
    )


def _truth(state: State, answer: Readiness) -> tuple[str, Tone]:
    if state.session.practice:
        return tell(state, "truth.practice"), Tone.WARNING
    if not answer.ready:
        why = reason_words(state, answer.reasons[0])
        sentences = [tell(state, "truth.cannot", reason=why)]
        if answer.alternatives:
            where = point_facts(state, answer.alternatives[0])
            sentences.append(tell(state, "truth.elsewhere", **where))
        return "".join(sentences), Tone.WRONG
    if answer.provisional:
        return tell(state, "truth.keep"), Tone.WARNING
    page = next((notice for notice in answer.notices if notice.about == "page_printer"), None)
    if page is not None and page.code == PAPER_MAY_NOT_LAST:
        return tell(state, "truth.low_paper"), Tone.WARNING
    if page is not None:
        why = code_words(state, page.code, page.about)
        return tell(state, "truth.phone_only", reason=why), Tone.WARNING
    return tell(state, "truth.ready"), Tone.GOOD


STAGE = Stage("item", render, react)
