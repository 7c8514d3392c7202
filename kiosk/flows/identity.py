# SPDX-License-Identifier: Apache-2.0
"""Prove who you are: one of the ways that work here, then the platform's word for it.

Offline, an item that may be kept goes on with a chip's data alone, marked as not verified. Trouble with
a card, a code or a device stays on this page: when the device comes back, so does the reading, and the
other ways are one touch away. A code is passed on in the moment it is read and kept nowhere.
"""

from __future__ import annotations

from drivers.core import IdCard, SocialCard
from kiosk.flows import asks
from kiosk.flows.effects import (
    Effect,
    IdentifyByCard,
    IdentifyByCode,
    IdentifyBySocialCard,
    RecordStep,
)
from kiosk.flows.events import (
    CardProgress,
    CardRead,
    CodeShown,
    DeviceChanged,
    Event,
    Failed,
    Identified,
    Reply,
    SocialCardRead,
)
from kiosk.flows.identity_ways import (
    CODE,
    ID_CARD,
    SOCIAL_CARD,
    KnownWay,
    chosen,
    may_choose,
    reading,
    shown_ways,
    trouble_words,
    why_not,
    works,
)
from kiosk.flows.route import forward
from kiosk.flows.sentences import button, tell
from kiosk.flows.state import IDENTITY, Person, Stage, State, Turn, act_of
from kiosk.flows.views import Action, Body, Identity

_CHECKS = ("IdentifyByCard", "IdentifyBySocialCard", "IdentifyByCode")
_UNREACHABLE = ("link.", "platform.", "flow.", "starting")
"""Codes that speak of the way to the platform, not of the person."""
_RESIDENTS_OWN = ("card.", "code.", "identity.")
"""Codes of what was shown: only the resident can show something else."""


def enter(state: State) -> Turn:
    """Arrive: known residents pass, a card that was read is checked, otherwise choosing or reading begins."""
    person = state.session.person
    if person.grant is not None:
        return forward(state), ()
    if person.card is not None:
        return _check_card(state)
    way = chosen(state)
    return _begin(state, way) if way else (state, ())


def render(state: State) -> Body:
    """Show the ways, what to do in the one that was chosen, or what went wrong and the ways on."""
    way = chosen(state)
    if way is None:
        return _body(state, None, "choose")
    if _checking(state):
        return _body(state, way, "checking")
    trouble = trouble_words(state, way)
    if trouble:
        return _body(state, way, "trouble", trouble=trouble)
    if reading(state) is way:
        is_reading = state.session.card_progress == "card.reading"
        return _body(state, way, "reading" if is_reading else "waiting")
    return _body(state, None, "choose")


def react(state: State, event: Event) -> Turn:
    """Choose or try again on a touch; read on by itself when the device is back."""
    way = chosen(state)
    if isinstance(event, DeviceChanged):
        is_back = way is not None and event.role == way.role and works(state, way)
        return _begin(state, way) if way and is_back and _is_the_machines(state) else (state, ())
    verb, _, wanted = act_of(event).partition(":")
    match verb:
        case "way":
            return _choose(state, wanted)
        case "again" if way is not None:
            return _begin(state, way)
        case "other_way" if may_choose(state):
            return other_ways(state), ()
        case "other_way":
            return state.session_with(dialog="help"), ()
        case _:
            return state, ()


def other_ways(state: State) -> State:
    """Return to the choice; what reads is cancelled on leaving."""
    return state.session_with(way="", identity_trouble="", card_progress="").at(IDENTITY)


def has_other_ways(state: State) -> bool:
    """Tell whether Back leads to the choice and not to the guide."""
    return bool(state.session.way) and may_choose(state) and not _checking(state)


def answered(state: State, reply: Reply) -> Turn:
    """Take in what reader, scanner and platform said."""
    match reply:
        case CardProgress(code=code):
            return state.session_with(card_progress=code), ()
        case CardRead() | SocialCardRead() | CodeShown():
            return _shown(state.session_with(identity_trouble=""), reply)
        case Identified(grant=grant):
            person = Person(card=state.session.person.card, grant=grant)
            state = state.session_with(person=person)
            return _go_on(state), (_record(state, "identity.verified", grant.assurance),)
        case Failed(what=what, code=code):
            record = _record(state, "identity.failed", code)
            turn = _not_identified(state, what, code) if what in _CHECKS else _failed(state, code)
            return _also(turn, record)
        case _:
            return state, ()


def _choose(state: State, wanted: str) -> Turn:
    state = state.session_with(way=wanted, identity_trouble="", card_progress="")
    way = chosen(state)
    if way is None or way.id != wanted:
        return state.session_with(way=""), ()
    return _begin(state, way)


def _begin(state: State, way: KnownWay) -> Turn:
    if reading(state) is not None or _checking(state):
        return state, ()
    trouble = why_not(state, way)
    if trouble:
        return state.session_with(identity_trouble=trouble), ()
    state = state.session_with(identity_trouble="", card_progress="", person=Person())
    return state, (way.begin(state),)


def _shown(state: State, shown: CardRead | SocialCardRead | CodeShown) -> Turn:
    match shown:
        case CardRead(card=card):
            return _card_read(state, card)
        case SocialCardRead(card=social_card):
            return _social_card_read(state, social_card)
        case CodeShown(text=text):
            ask = IdentifyByCode(state.session.number, text)
            return state, (ask, _record(state, "identity.read", CODE.id))


def _card_read(state: State, card: IdCard) -> Turn:
    if not card.number or not (card.name or card.english_name):
        return _failed(state, "card.unreadable")
    state = state.session_with(person=Person(card=card))
    return _also(_check_card(state), _record(state, "identity.read", ID_CARD.id))


def _social_card_read(state: State, card: SocialCard) -> Turn:
    """Ask the platform about the card; one that keeps its fields from this reader says so itself."""
    if card.note or not (card.name and card.number and card.card_number):
        return _failed(state, card.note or "card.unreadable")
    ask = IdentifyBySocialCard(state.session.number, card)
    return state, (ask, _record(state, "identity.read", SOCIAL_CARD.id))


def _check_card(state: State) -> Turn:
    """Ask the platform, or go on without it where the item allows."""
    card = state.session.person.card
    if card is None or _checking(state):
        return state, ()
    if not state.machine.online:
        return _without_platform(state, state.machine.link_code or "link.down")
    return state, (IdentifyByCard(state.session.number, card),)


def _failed(state: State, code: str) -> Turn:
    return state.session_with(identity_trouble=code, card_progress=""), ()


def _not_identified(state: State, what: str, code: str) -> Turn:
    if what != "IdentifyByCard":
        # Whatever happened, a fresh code, another card or another way helps; all are on this page.
        return _failed(state, code)
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
    record = _record(state, "identity.unverified", code)
    return _go_on(state.session_with(person=Person(card=card, unverified=True))), (record,)


def _go_on(state: State) -> State:
    return forward(state) if _here(state) else state


def _here(state: State) -> bool:
    return state.session.place == IDENTITY and state.session.trouble is None


def _checking(state: State) -> bool:
    return any(asks.is_open(state, name) for name in _CHECKS)


def _is_the_machines(state: State) -> bool:
    """Tell whether the trouble on the page is one that the machine may get over by itself."""
    code = state.session.identity_trouble
    return bool(code) and not code.startswith(_RESIDENTS_OWN)


def _also(turn: Turn, effect: Effect) -> Turn:
    state, effects = turn
    return state, (*effects, effect)


def _record(state: State, event: str, code: str = "") -> RecordStep:
    item = state.session.item
    return RecordStep(state.session.number, event, item.code if item else "", code)


def _body(state: State, way: KnownWay | None, phase: str, trouble: str = "") -> Identity:
    lit = way is not None and phase != "checking" and works(state, way)
    return Identity(
        phase=phase,  # type: ignore[arg-type]  # one of the literal's values
        way=way.id if way else "",
        heading=tell(
            state, f"identity.{way.id}.{phase}.heading" if way else "identity.choose.heading"
        ),
        help=tell(state, f"identity.{way.id}.{phase}.help" if way else "identity.choose.help"),
        ways=shown_ways(state),
        lit_slot=way.role.value if way and lit else "",
        trouble=trouble,
        actions=_actions(state, way, phase),
    )


def _actions(state: State, way: KnownWay | None, phase: str) -> tuple[Action, ...]:
    others = button(state, "other_way", "other_identity", icon="person")
    if phase == "trouble" and way is not None:
        return (
            button(state, "ticket", icon="flag"),
            others if may_choose(state) else button(state, "other_way", icon="help"),
            button(state, "again", icon="retry", primary=True, enabled=works(state, way)),
        )
    if phase in ("waiting", "reading") and may_choose(state):
        return (others,)
    if phase == "choose" and not may_choose(state):
        return (button(state, f"way:{ID_CARD.id}", "use_card", icon="card", primary=True),)
    return ()


STAGE = Stage("identity", render, react, enter)
