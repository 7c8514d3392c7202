# SPDX-License-Identifier: Apache-2.0
"""Prove who you are: the card on the reader, then the platform's word for it.

Offline, an item that may be kept goes on with the chip's data alone, marked as not verified. Trouble
with the card or the reader stays on this page: when the reader comes back, so does the reading.
"""

from __future__ import annotations

from drivers.core import Role
from kiosk.catalogue.readiness import device_trouble
from kiosk.flows import asks
from kiosk.flows.effects import Effect, IdentifyByCard, ReadIdCard, RecordStep
from kiosk.flows.events import (
    CardProgress,
    CardRead,
    DeviceChanged,
    Event,
    Failed,
    Identified,
    Reply,
)
from kiosk.flows.route import forward
from kiosk.flows.sentences import button, code_words, device_words, tell
from kiosk.flows.state import IDENTITY, Person, Stage, State, Turn, act_of
from kiosk.flows.views import Action, Body, Identity, Way

_READ = "ReadIdCard"
_CHECK = "IdentifyByCard"
_UNREACHABLE = ("link.", "platform.", "flow.", "starting")
"""Codes that speak of the way to the platform, not of the person."""


def enter(state: State) -> Turn:
    """Arrive: known residents pass, a card that was read is checked, otherwise reading begins."""
    person = state.session.person
    if person.grant is not None:
        return forward(state), ()
    if person.card is not None:
        return _check(state)
    return _begin(state)


def render(state: State) -> Body:
    """Show what to do with the card, or what went wrong and the ways on."""
    trouble = _trouble_words(state)
    if asks.is_open(state, _CHECK):
        return _body(state, "checking")
    if trouble:
        return _body(state, "trouble", trouble=trouble)
    if asks.is_open(state, _READ):
        reading = state.session.card_progress == "card.reading"
        return _body(state, "reading" if reading else "waiting")
    return _body(state, "choose")


def react(state: State, event: Event) -> Turn:
    """Try again on a touch; read on by itself when the reader is back."""
    if isinstance(event, DeviceChanged) and event.role == Role.ID_CARD:
        code = state.session.identity_trouble
        if code and not code.startswith("card.") and _reader_works(state):
            return _begin(state)
        return state, ()
    match act_of(event):
        case "way:id_card" | "again":
            return _begin(state)
        case "other_way":
            return state.session_with(dialog="help"), ()
        case _:
            return state, ()


def answered(state: State, reply: Reply) -> Turn:
    """Take in what reader and platform said."""
    match reply:
        case CardProgress(code=code):
            return state.session_with(card_progress=code), ()
        case CardRead(card=card):
            if not card.number or not (card.name or card.english_name):
                return _failed(state, "card.unreadable")
            state = state.session_with(person=Person(card=card), identity_trouble="")
            record = RecordStep(state.session.number, "identity.read", _item_code(state))
            return _also(_check(state), record)
        case Identified(grant=grant):
            person = Person(card=state.session.person.card, grant=grant)
            state = state.session_with(person=person)
            record = RecordStep(state.session.number, "identity.verified", _item_code(state))
            return _go_on(state), (record,)
        case Failed(what=what, code=code):
            record = RecordStep(state.session.number, "identity.failed", _item_code(state), code)
            turn = _failed(state, code) if what == _READ else _not_identified(state, code)
            return _also(turn, record)
        case _:
            return state, ()


def _begin(state: State) -> Turn:
    if asks.is_open(state, _READ) or asks.is_open(state, _CHECK):
        return state, ()
    if not _reader_works(state):
        trouble = device_trouble(state.machine.statuses.get(Role.ID_CARD))
        return state.session_with(identity_trouble=trouble.code if trouble else ""), ()
    state = state.session_with(identity_trouble="", card_progress="", person=Person())
    return state, (ReadIdCard(state.session.number, state.settings.card_deadline_s),)


def _check(state: State) -> Turn:
    """Ask the platform, or go on without it where the item allows."""
    card = state.session.person.card
    if card is None or asks.is_open(state, _CHECK):
        return state, ()
    if not state.machine.online:
        return _without_platform(state, state.machine.link_code or "link.down")
    return state, (IdentifyByCard(state.session.number, card),)


def _failed(state: State, code: str) -> Turn:
    return state.session_with(identity_trouble=code, card_progress=""), ()


def _not_identified(state: State, code: str) -> Turn:
    if code.startswith(_UNREACHABLE):
        return _without_platform(state, code)
    state = state.session_with(person=Person())
    return (state.in_trouble(code, again=IDENTITY) if _here(state) else state), ()


def _without_platform(state: State, code: str) -> Turn:
    if state.session.place != IDENTITY:
        return state, ()
    if state.item.requires.platform == "online":
        return state.in_trouble(code, again=IDENTITY, words="no_platform"), ()
    card = state.session.person.card
    record = RecordStep(state.session.number, "identity.unverified", _item_code(state), code)
    return _go_on(state.session_with(person=Person(card=card, unverified=True))), (record,)


def _go_on(state: State) -> State:
    return forward(state) if _here(state) else state


def _here(state: State) -> bool:
    return state.session.place == IDENTITY and state.session.trouble is None


def _also(turn: Turn, effect: Effect) -> Turn:
    state, effects = turn
    return state, (*effects, effect)


def _item_code(state: State) -> str:
    return state.session.item.code if state.session.item else ""


def _reader_works(state: State) -> bool:
    return device_trouble(state.machine.statuses.get(Role.ID_CARD)) is None


def _trouble_words(state: State) -> str:
    if not _reader_works(state):
        return device_words(state, Role.ID_CARD)
    code = state.session.identity_trouble
    return code_words(state, code, Role.ID_CARD) if code else ""


def _body(state: State, phase: str, trouble: str = "") -> Identity:
    lit = "" if phase == "checking" or not _reader_works(state) else Role.ID_CARD.value
    return Identity(
        phase=phase,  # type: ignore[arg-type]  # one of the literal's values
        heading=tell(state, f"identity.{phase}.heading"),
        help=tell(state, f"identity.{phase}.help"),
        ways=_ways(state),
        lit_slot=lit,
        trouble=trouble,
        actions=_actions(state, phase),
    )


def _ways(state: State) -> tuple[Way, ...]:
    """All ways side by side. This version knows the card; further ways join this list."""
    works = _reader_works(state)
    return (
        Way(
            id="id_card",
            label=tell(state, "identity.way.id_card"),
            help=tell(state, "identity.way.id_card.help"),
            icon="card",
            available=works,
            reason="" if works else device_words(state, Role.ID_CARD),
        ),
    )


def _actions(state: State, phase: str) -> tuple[Action, ...]:
    if phase == "trouble":
        return (
            button(state, "ticket", icon="flag"),
            button(state, "other_way", icon="help"),
            button(state, "again", icon="retry", primary=True, enabled=_reader_works(state)),
        )
    if phase == "choose":
        return (button(state, "way:id_card", "use_card", icon="card", primary=True),)
    return ()


STAGE = Stage("identity", render, react, enter)
