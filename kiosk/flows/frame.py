# SPDX-License-Identifier: Apache-2.0
"""The frame of every page: place, link, steps, footer, overlay, speech."""

from __future__ import annotations

from dataclasses import replace

from kiosk.flows import home, overlays
from kiosk.flows.route import step_bar
from kiosk.flows.sentences import tell, text
from kiosk.flows.stages import STAGES
from kiosk.flows.state import HOME, ITEM, State
from kiosk.flows.views import (
    Attract,
    Body,
    Consent,
    DialogOverlay,
    Goodbye,
    Identity,
    IdleOverlay,
    LinkWords,
    OutOfService,
    ReceiptPage,
    Tone,
    Trouble,
    View,
)
from kiosk.words import knows

_BACK_FROM = ("consent", "form", "materials", "promise", "review", "identity")


def can_back(state: State) -> bool:
    """Tell whether there is a page before this one to go back to."""
    if state.session.trouble is not None:
        return state.session.trouble.again is not None
    place = state.session.place
    if STAGES[place.stage].back is not None:
        return True
    return place == ITEM or place.stage in _BACK_FROM or (place == HOME and home.narrowed(state))


def frame(state: State, body: Body, before: View | None) -> View:
    """Put the body into its frame. Speech is said on arriving, not on each change of the page."""
    machine = state.machine
    place = text(state, machine.profile.place) if machine.profile else ""
    overlay = overlays.render(state)
    view = View(
        body=body,
        place=place or tell(state, "frame.place"),
        link=_link(state),
        modes=state.session.modes,
        steps=step_bar(state),
        can_back=can_back(state),
        can_exit=overlays.may_exit(state),
        overlay=overlay,
        speech="",
        simulated=_unreal(state),
        revision=before.revision if before else 0,
    )
    if before is None or replace(view, speech=before.speech) != before:
        view = replace(view, revision=view.revision + 1)
    if before is None or _occasion(view) != _occasion(before):
        view = replace(view, speech=speech(state, body))
    return view


def _unreal(state: State) -> str:
    """Say what is not real here: a practice visit, or simulated devices."""
    if state.session.practice:
        return tell(state, "frame.practice")
    return tell(state, "frame.simulated") if state.settings.simulated else ""


def _link(state: State) -> LinkWords:
    machine = state.machine
    if machine.online:
        return LinkWords(tell(state, "link.online"), Tone.GOOD)
    if machine.link_code == "starting":
        return LinkWords(tell(state, "link.starting"), Tone.QUIET)
    if machine.link.reason == "maintenance":
        key = "link.maintenance_waiting" if machine.waiting else "link.maintenance"
        return LinkWords(tell(state, key, count=machine.waiting), Tone.WARNING)
    if machine.waiting:
        return LinkWords(tell(state, "link.offline_waiting", count=machine.waiting), Tone.WARNING)
    return LinkWords(tell(state, "link.offline"), Tone.WARNING)


def _occasion(view: View) -> tuple[object, ...]:
    """Return what makes something worth saying: a new page, phase, overlay or language; voice switched on."""
    body, overlay = view.body, view.overlay
    kind = overlay.kind if isinstance(overlay, DialogOverlay) else ""
    return (
        body.screen,
        getattr(body, "phase", ""),
        getattr(body, "heading", ""),
        getattr(body, "number", 0),
        getattr(body, "hint", ""),
        kind or isinstance(overlay, IdleOverlay),
        view.modes.language,
        view.modes.voice,
    )


def speech(state: State, body: Body) -> str:
    """Return words for the ear. Nothing of the person is ever said aloud."""
    parts: tuple[str, ...]
    match overlays.render(state) or body:
        case IdleOverlay(heading=heading, help=more) | DialogOverlay(heading=heading, help=more):
            parts = (heading, more)
        case Trouble(heading=heading, meaning=more) | OutOfService(heading=heading, reason=more):
            parts = (heading, more)
        case Identity(phase="trouble", heading=heading, trouble=more):
            parts = (heading, more)
        case Identity(hint_said=more) if more:
            parts = (more,)
        case Consent(heading=title, purpose=purpose, recipient=recipient):
            sentence = tell(
                state, "speech.consent", title=title, purpose=purpose, recipient=recipient
            )
            parts = (sentence,)
        case Goodbye(heading=heading):
            parts = (heading, tell(state, "speech.goodbye"))
        case ReceiptPage(heading=heading, next_steps=next_steps):
            parts = (heading, *next_steps)
        case Attract() if not state.session.modes.voice:
            parts = ()  # nobody is here, and the hall stays quiet
        case _:
            parts = (_speech_of_page(state, body),)
    return " ".join(filter(None, parts))


def _speech_of_page(state: State, body: Body) -> str:
    stage, phase = state.session.place.stage, getattr(body, "phase", "")
    way = getattr(body, "way", "")
    if way and knows(f"speech.{stage}.{way}.{phase}"):
        return tell(state, f"speech.{stage}.{way}.{phase}")
    if phase and knows(f"speech.{stage}.{phase}"):
        return tell(state, f"speech.{stage}.{phase}")
    if knows(f"speech.{stage}"):
        return tell(state, f"speech.{stage}")
    return str(getattr(body, "heading", ""))
