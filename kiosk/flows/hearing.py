# SPDX-License-Identifier: Apache-2.0
"""What is heard: the page on arriving, and each control that the keys stand on.

Through a loudspeaker the hall hears all of it, so nothing of a person is said there: not what a form holds, not
which keys are pressed in it, not the number of a receipt, not what somebody has going on. Into headphones it is,
and somebody who sees nothing can check what is sent.
"""

from __future__ import annotations

from dataclasses import replace

from kiosk.flows.effects import Effect, Hush, Speak
from kiosk.flows.frame import speech
from kiosk.flows.intents import Point
from kiosk.flows.sentences import tell
from kiosk.flows.state import State, Turn
from kiosk.flows.views import Body, FormPage, ReceiptPage, Record, Review, Row, View

_ON_THE_PAD = ("key:", "candidate:")
_FORMS = ("form", "report")
_OWN_LISTS = ("cases", "appointments")
_ENTRY = "act:choose:"
_SIGNS = {
    "，": "comma",
    "。": "stop",
    "、": "pause",
    "-": "dash",
    "（": "open",
    "）": "close",
}


def available(state: State) -> bool:
    """Tell whether anything can be heard here; until the voice has said so it is taken for there."""
    return state.machine.voice != ""


def follow(state: State, body: Body, before: View, view: View) -> tuple[Effect, ...]:
    """Say what is new on the glass; where nothing is to be said of a new page, end what was said of the old."""
    if not view.modes.voice:
        return (Hush(state.session.number),) if before.modes.voice else ()
    if view.speech:
        overlay = view.overlay is not None
        return (_speak(state, view.speech, "" if overlay else _of_person(state, body)),)
    return (Hush(state.session.number),) if body.screen != before.body.screen else ()


def pointed(state: State, point: Point) -> Turn:
    """Say where the keys stand now, after the page where nobody moved."""
    state = state.session_with(pointed=point)
    if not state.session.modes.voice:
        return state, ()
    return state, (_speak(state, *_control(state, point), append=point.arriving),)


def again(state: State, body: Body) -> Turn:
    """Say page and control once more; who has no voice yet gets it, and the page speaks by itself then."""
    if not state.session.modes.voice:
        return switch_on(state), ()
    effects: list[Effect] = [
        _speak(state, speech(state, body), "" if _covered(state) else _of_person(state, body))
    ]
    if state.session.pointed is not None:
        effects.append(_speak(state, *_control(state, state.session.pointed), append=True))
    return state, tuple(effects)


def switch_on(state: State) -> State:
    """Switch the voice on, or say on the glass that there is none."""
    if not available(state):
        return state.session_with(dialog="voice_silent")
    return state.session_with(modes=replace(state.session.modes, voice=True))


def _covered(state: State) -> bool:
    return bool(state.session.dialog) or state.session.idle_since is not None


def _speak(state: State, public: str, private: str = "", *, append: bool = False) -> Speak:
    modes = state.session.modes
    private = private if state.settings.headphones else ""
    return Speak(
        state.session.number,
        text=" ".join(filter(None, (public, private))),
        language=modes.language,
        slow=modes.elder,
        append=append,
    )


def _control(state: State, point: Point) -> tuple[str, str]:
    """Return what may be heard by all and what only by the resident."""
    on_pad = point.name.startswith(_ON_THE_PAD)
    in_form = state.session.place.stage in _FORMS
    if state.session.place.stage in _OWN_LISTS and point.name.startswith(_ENTRY):
        # What somebody has going on is told by its name alone.
        return tell(state, "speech.private_entry"), f"{point.label} {point.detail}".strip()
    sign = _SIGNS.get(point.label)
    label = tell(state, f"speech.sign.{sign}") if sign else point.label
    if point.name == "mode:english":
        label = tell(state, "speech.other_language")
    chosen = tell(state, f"speech.{point.state}") if point.state else ""
    if on_pad and in_form:
        return "", label
    if in_form and point.name == "input" and not state.settings.headphones:
        return f"{label} {tell(state, 'speech.private_keys')}", ""
    if in_form and point.name.startswith("choice:"):
        return label, chosen
    return f"{label} {chosen}".strip(), point.detail


def _of_person(state: State, body: Body) -> str:
    """Return what a page shows of a person, in words for the ear."""
    match body:
        case ReceiptPage(number_label=label, number=number, answer=answer, facts=facts):
            return " ".join((label, _spelt(number), *_rows(answer), *_rows(facts)))
        case Record(number_label=label, number=number, facts=facts, next_steps=steps):
            return " ".join((label, _spelt(number), *_rows(facts), *steps))
        case Review(sections=sections):
            return " ".join(
                part for section in sections for part in (section.title, *_rows(section.rows))
            )
        case FormPage(fields=fields):
            empty = tell(state, "ui.form.empty")
            return " ".join(f"{each.label}: {_heard(each.shown) or empty}," for each in fields)
        case _:
            return ""


def _rows(rows: tuple[Row, ...]) -> tuple[str, ...]:
    return tuple(f"{row.label}: {_heard(row.value)}," for row in rows)


def _heard(shown: str) -> str:
    """Leave out the signs that hide a middle."""
    return " ".join(shown.replace("*", " ").split())


def _spelt(number: str) -> str:
    return " ".join(number)
