# SPDX-License-Identifier: Apache-2.0
"""Prove who you are: one of the ways that work here, then the platform's word for it.

Offline, an item that may be kept goes on with a chip's data alone, marked as not verified. Trouble with
a card, a code or a device stays on this page: when the device comes back, so does the reading, and the
other ways are one touch away. A code is passed on in the moment it is read and kept nowhere.
"""

from __future__ import annotations

from drivers.core import IdCard, Role, SocialCard
from kiosk.flows import asks, face
from kiosk.flows.effects import (
    Effect,
    IdentifyByCard,
    IdentifyByCode,
    IdentifyBySocialCard,
    Logout,
    RecordStep,
)
from kiosk.flows.events import (
    CardProgress,
    CardRead,
    CodeShown,
    DeviceChanged,
    Event,
    FaceCaptured,
    Failed,
    Identified,
    LivePictureShown,
    Reply,
    SocialCardRead,
)
from kiosk.flows.identity_ways import (
    CODE,
    FACE,
    ID_CARD,
    SOCIAL_CARD,
    KnownWay,
    chosen,
    is_enough,
    may_choose,
    shown_ways,
    trouble_words,
    waiting_at,
    why_not,
    works,
)
from kiosk.flows.route import forward
from kiosk.flows.sentences import button, tell
from kiosk.flows.state import IDENTITY, Person, Stage, State, Turn, act_of
from kiosk.flows.views import Action, Body, Identity, LiveFeed, Tone
from kiosk.protocol.messages import FaceCheck, IdentityGrant

_CHECKS = ("IdentifyByCard", "IdentifyBySocialCard", "IdentifyByCode")
_UNREACHABLE = ("link.", "platform.", "flow.", "starting")
"""Codes that speak of the way to the platform, not of the person."""
_RESIDENTS_OWN = ("card.", "code.", "identity.", "face.")
"""Codes of what was shown: only the resident can show something else."""


def enter(state: State) -> Turn:
    """Arrive: who is known well enough passes; otherwise only what is missing is asked for."""
    person = state.session.person
    if person.grant is not None and is_enough(state, person.grant.assurance):
        return forward(state), ()
    if person.grant is not None and may_choose(state):
        # One step more is needed, and the way of the first step need not be that of the next.
        state = state.session_with(way="", identity_trouble="")
    way = chosen(state)
    if person.card is not None and way is ID_CARD and person.grant is None:
        return _check_card(state)
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
    if way is FACE and state.session.face_consent is None:
        return face.consent_body(state)
    role = waiting_at(state)
    if role is not None:
        is_reading = state.session.card_progress == "card.reading"
        looks = role == Role.CAMERA
        return _body(state, way, "looking" if looks else "reading" if is_reading else "waiting")
    return _body(state, None, "choose")


def react(state: State, event: Event) -> Turn:
    """Choose or try again on a touch; read on by itself when the device is back."""
    way = chosen(state)
    if isinstance(event, DeviceChanged):
        concerns = way is not None and event.role in (way.role, Role.ID_CARD)
        is_back = way is not None and concerns and works(state, way)
        return _begin(state, way) if way and is_back and _is_the_machines(state) else (state, ())
    verb, _, wanted = act_of(event).partition(":")
    match verb:
        case "way":
            return _choose(state, wanted)
        case "agree" | "refuse" if way is FACE:
            return _consented(state, given=verb == "agree")
        case "again" if way is not None:
            return _begin(state, way)
        case "other_way":
            return (other_ways(state) if may_choose(state) else _help(state)), ()
        case _:
            return state, ()


def other_ways(state: State) -> State:
    """Return to the choice; what reads is cancelled on leaving."""
    return state.session_with(way="", identity_trouble="", card_progress="").at(IDENTITY)


def leave(state: State) -> Turn:
    """Stop what waits for the resident: readers, scanner, camera."""
    effects = asks.cancelled_reads(state)
    state, hide = face.stop_showing(asks.give_up(state, *asks.READS))
    return state, (*effects, *hide)


def has_other_ways(state: State) -> bool:
    """Tell whether Back leads to the choice and not to the guide."""
    return bool(state.session.way) and may_choose(state) and not _checking(state)


def answered(state: State, reply: Reply) -> Turn:
    """Take in what reader, scanner and platform said."""
    match reply:
        case CardProgress(code=code):
            return state.session_with(card_progress=code), ()
        case CardRead() | SocialCardRead() | CodeShown() | FaceCaptured():
            return _shown(state.session_with(identity_trouble=""), reply)
        case LivePictureShown(place=place, token=token):
            live = LiveFeed(place, str(token), mirrored=True)
            return state.session_with(live=live), ()
        case Identified(grant=grant):
            return _identified(state, grant)
        case Failed(what=what, code=code):
            return _also(_not_done(state, what, code), _record(state, "identity.failed", code))
        case _:
            return state, ()


def _choose(state: State, wanted: str) -> Turn:
    state = state.session_with(way=wanted, identity_trouble="", card_progress="")
    way = chosen(state)
    if way is None or way.id != wanted:
        return state.session_with(way=""), ()
    return _begin(state, way)


def _consented(state: State, *, given: bool) -> Turn:
    """Write the act down; refusing leads back to the other ways."""
    if state.session.face_consent is not None:
        return state, ()
    record = _record(state, "consent.given" if given else "consent.refused", face.CONSENT)
    if not given:
        return other_ways(state), (record,)
    return _also(_begin(face.agreed(state), FACE), record)


def _begin(state: State, way: KnownWay) -> Turn:
    """Let the device of that way wait for the resident, or say why it cannot."""
    if waiting_at(state) is not None or _checking(state):
        return state, ()
    trouble = why_not(state, way)
    if trouble:
        return state.session_with(identity_trouble=trouble), ()
    state = state.session_with(identity_trouble="", card_progress="")
    if way is FACE:
        return state, face.next_step(state)
    if way is ID_CARD and state.session.person.card is not None:
        # Read already on another way: nothing is asked for twice, and a card that stays is not read twice.
        return _check_card(state)
    # A log-in that is not enough for this item stays good for the others until a better one is there.
    state = state.session_with(person=Person(grant=state.session.person.grant))
    return state, (way.begin(state),)


def _identified(state: State, grant: IdentityGrant) -> Turn:
    """Take the log-in in place of any before; one that is not enough for the item is said to be so."""
    person = state.session.person
    state = state.session_with(person=Person(card=person.card, grant=grant))
    effects: tuple[Effect, ...] = (_record(state, "identity.verified", grant.assurance),)
    if person.grant is not None:
        effects = (*effects, Logout(state.session.number, person.grant.grant))
    if not is_enough(state, grant.assurance) and _here(state):
        return state.in_trouble("identity.not_enough", again=None, words="not_enough"), effects
    return _go_on(state), effects


def _shown(state: State, shown: CardRead | SocialCardRead | CodeShown | FaceCaptured) -> Turn:
    match shown:
        case FaceCaptured(face=seen):
            state, hide = face.stop_showing(state)
            state, effects = _check_card(state, face.check_of(state, seen))
            return state, (*hide, *effects, _record(state, "identity.read", FACE.id))
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
    person = Person(card=card, grant=state.session.person.grant)
    state = state.session_with(person=person, card_progress="")
    record = _record(state, "identity.read", ID_CARD.id)
    if chosen(state) is FACE:
        return state, (*face.next_step(state), record)
    return _also(_check_card(state), record)


def _social_card_read(state: State, card: SocialCard) -> Turn:
    """Ask the platform about the card; one that keeps its fields from this reader says so itself."""
    if card.note or not (card.name and card.number and card.card_number):
        return _failed(state, card.note or "card.unreadable")
    ask = IdentifyBySocialCard(state.session.number, card)
    return state, (ask, _record(state, "identity.read", SOCIAL_CARD.id))


def _check_card(state: State, seen: FaceCheck | None = None) -> Turn:
    """Ask the platform, or go on without it where the item allows."""
    card = state.session.person.card
    if card is None or _checking(state):
        return state, ()
    if not state.machine.online:
        return _without_platform(state, state.machine.link_code or "link.down")
    return state, (IdentifyByCard(state.session.number, card, seen),)


def _not_done(state: State, what: str, code: str) -> Turn:
    if what in _CHECKS:
        return _not_identified(state, what, code)
    if what == "ShowLivePicture":
        # The camera looks without it, and the hints say what to do.
        return state, ()
    if what == "CaptureFace" and code.startswith("face."):
        return _not_seen(state)
    # A picture that stands still would look as if the camera worked.
    state, hide = face.stop_showing(state)
    state, effects = _failed(state, code)
    return state, (*hide, *effects)


def _not_seen(state: State) -> Turn:
    """Look again; after the last time the other ways come by themselves."""
    state = state.session_with(face_tries=state.session.face_tries + 1, card_progress="")
    if face.tries_left(state):
        return state, face.next_step(state)
    return other_ways(state), ()


def _failed(state: State, code: str) -> Turn:
    return state.session_with(identity_trouble=code, card_progress=""), ()


def _not_identified(state: State, what: str, code: str) -> Turn:
    if what != "IdentifyByCard":
        # Whatever happened, a fresh code, another card or another way helps; all are on this page.
        return _failed(state, code)
    if code.startswith(_UNREACHABLE):
        return _without_platform(state, code)
    if chosen(state) is FACE:
        return _failed(state, code)
    state = state.session_with(person=Person(grant=state.session.person.grant))
    return (state.in_trouble(code, again=IDENTITY) if _here(state) else state), ()


def _without_platform(state: State, code: str) -> Turn:
    if state.session.place != IDENTITY:
        return state, ()
    if state.session.service or state.item.requires.platform == "online":
        return state.in_trouble(code, again=IDENTITY, words="no_platform"), ()
    if not is_enough(state, "card"):
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
        help=_help_words(state, way, phase),
        ways=shown_ways(state),
        lit_slot=(waiting_at(state) or way.role).value if way and lit else "",
        trouble=trouble,
        live=state.session.live if phase == "looking" else LiveFeed(),
        hint=face.hint(state) if phase == "looking" else "",
        hint_said=face.hint(state, for_the_ear=True) if phase == "looking" else "",
        hint_tone=face.hint_tone(state) if phase == "looking" else Tone.QUIET,
        caveat=face.caveat(state) if phase == "looking" else "",
        actions=_actions(state, way, phase),
    )


def _help_words(state: State, way: KnownWay | None, phase: str) -> str:
    if way is None:
        tired = not face.tries_left(state)
        return tell(state, "face.other_way" if tired else "identity.choose.help")
    if phase == "looking":
        return face.try_words(state)
    return tell(state, f"identity.{way.id}.{phase}.help")


def _help(state: State) -> State:
    return state.session_with(dialog="help")


def _actions(state: State, way: KnownWay | None, phase: str) -> tuple[Action, ...]:
    others = button(state, "other_way", "other_identity", icon="person")
    if phase == "trouble" and way is not None:
        return (
            button(state, "ticket", icon="flag"),
            others if may_choose(state) else button(state, "other_way", icon="help"),
            button(state, "again", icon="retry", primary=True, enabled=works(state, way)),
        )
    if phase in ("waiting", "reading", "looking") and may_choose(state):
        return (others,)
    if phase == "choose" and not may_choose(state):
        return (button(state, f"way:{ID_CARD.id}", "use_card", icon="card", primary=True),)
    return ()


STAGE = Stage("identity", render, react, enter)
