# SPDX-License-Identifier: Apache-2.0
"""Practice (练习): a whole visit that creates no case, sends nothing and keeps nothing.

Nobody shows a card: an invented resident stands here. What would leave the terminal is taken out of the
effects in one place (:func:`instead`), whichever page asked for it: what may go through is listed, and all
else is answered here. Papers that are printed say 练习, and the audit chain counts steps under ``practice.…``.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Final

from drivers.core import CardType, IdCard, Receipt
from kiosk.flows import note_slip
from kiosk.flows.asks import about_of, owes_answer
from kiosk.flows.effects import (
    CancelDevice,
    Effect,
    EndTerminal,
    FetchLicence,
    FetchPrefill,
    HideLivePicture,
    Hush,
    LightSlot,
    Logout,
    PrintSlip,
    RecordStep,
    ScanMaterial,
    ShowLivePicture,
    Speak,
    TryLink,
    Wipe,
)
from kiosk.flows.events import Event, Failed, LicenceFetched, Prefilled, Reply
from kiosk.flows.note_slip import Slip
from kiosk.flows.sentences import both, button, tell, text
from kiosk.flows.state import GOODBYE, HOME, Draft, Matter, Person, State, Turn, act_of
from kiosk.flows.views import Body, ReceiptPage, Row, Tone
from kiosk.protocol.messages import IdentityGrant, LicenceReference, Prefill

_HARMLESS: Final = (
    CancelDevice,
    EndTerminal,
    HideLivePicture,
    Hush,
    LightSlot,
    ScanMaterial,
    ShowLivePicture,
    Speak,
    TryLink,
    Wipe,
)
"""What stays in this machine, and is gone with the session."""
_NOT_HERE: Final = "flow.not_in_practice"
_MARK: Final = "练习"
_PERSON: Final = Person(
    card=IdCard(
        card_type=CardType.RESIDENT,
        name="练习用户",
        sex="female",
        ethnicity="汉",
        birth=date(1990, 3, 7),
        address="江西省赣州市章贡区练习路1号",
        number="360702199003070017",
    ),
    grant=IdentityGrant(
        grant=_MARK,
        assurance="card+face",
        display_name="练习用户",
        expires_at=datetime(2999, 1, 1, tzinfo=UTC),
    ),
)


def begin(state: State) -> Turn:
    """Begin to practise; who was logged in is logged out first."""
    grant = state.session.person.grant
    effects = (Logout(state.session.number, grant.grant),) if grant else ()
    return _afresh(state, _PERSON, practice=True), effects


def end(state: State) -> Turn:
    """Practise no longer; nothing of it is left."""
    return _afresh(state, Person(), practice=False), ()


def instead(effects: tuple[Effect, ...]) -> tuple[tuple[Effect, ...], tuple[Reply, ...]]:
    """Return what may be done of it, and the answers to what may not."""
    allowed: list[Effect] = []
    answers: list[Reply] = []
    for effect in effects:
        match effect:
            case RecordStep(event=event):
                allowed.append(replace(effect, event=f"practice.{event}", submission=""))
            case PrintSlip(receipt=receipt):
                allowed.append(replace(effect, receipt=_marked(receipt)))
            case FetchPrefill():
                answers.append(Prefilled(effect.session, Prefill(values={})))
            case FetchLicence(material=material, licence=licence):
                reference = LicenceReference(licence=licence, identifier=_MARK, trace=_MARK)
                answers.append(LicenceFetched(effect.session, material, reference))
            case _ if isinstance(effect, _HARMLESS):
                allowed.append(effect)
            case _ if owes_answer(effect):
                what = type(effect).__name__
                answers.append(Failed(effect.session, what, _NOT_HERE, about_of(effect)))
            case _:
                pass
    return tuple(allowed), tuple(answers)


def arrive(state: State) -> State:
    """Offer the slip of a practice visit."""
    return note_slip.offer(state)


def done_page(state: State) -> Body:
    """Show that it was practice: no number, nothing claimed of any platform."""
    return ReceiptPage(
        heading=tell(state, "practice.done"),
        tone=Tone.GOOD,
        number_label=tell(state, "practice.number_label"),
        number=tell(state, "practice.no_number"),
        provisional=False,
        facts=(Row(tell(state, "receipt.item"), text(state, state.item.name)),),
        next_steps=(tell(state, "practice.nothing_sent"), tell(state, "practice.for_real")),
        qr="",
        qr_help="",
        papers=note_slip.shown(state),
        lit_slot=note_slip.lit(state),
        actions=(
            *note_slip.buttons(state),
            button(state, "practise_more", icon="retry"),
            button(state, "next", "finish", icon="next", primary=not note_slip.buttons(state)),
        ),
    )


def react(state: State, event: Event) -> Turn:
    """Print the marked slip, choose another matter, or end."""
    choice = act_of(event)
    match choice:
        case "next" if not note_slip.printing(state):
            return state.at(GOODBYE), ()
        case "practise_more" if not note_slip.printing(state):
            return _afresh(state, _PERSON, practice=True), ()
        case _:
            return note_slip.act(state, choice, _slip(state))


def _afresh(state: State, person: Person, *, practice: bool) -> State:
    draft = Draft(number=state.session.draft.number + 1)
    return state.session_with(
        practice=practice,
        person=person,
        item=None,
        draft=draft,
        matter=Matter(),
        note_slip=None,
        service="",
        query="",
        situation="",
        page=0,
    ).at(HOME)


def _slip(state: State) -> Slip:
    return Slip(
        title=both(state, "slip.title"),
        rows=((both(state, "slip.item"), text(state, state.item.name)),),
        notes=(),
    )


def _marked(receipt: Receipt) -> Receipt:
    """Return the paper with 练习 on it, without number and code: nobody can take it for a receipt."""
    return replace(
        receipt,
        title=f"【{_MARK}】{receipt.title}",
        notes=("这是练习，没有提交任何内容。Practice only, nothing was sent.", *receipt.notes),
        number="",
        qr=None,
    )
