# SPDX-License-Identifier: Apache-2.0
"""Exactly what will be sent, to whom, in words; changing leads to the right page and back."""

from __future__ import annotations

from kiosk.catalogue.readiness import readiness
from kiosk.flows import practice
from kiosk.flows.effects import RecordStep
from kiosk.flows.events import Event
from kiosk.flows.form import first_wrong_page, shown_value
from kiosk.flows.known import all_fields
from kiosk.flows.materials import all_settled, state_words
from kiosk.flows.route import route
from kiosk.flows.sentences import button, reason_words, tell, text
from kiosk.flows.state import RECEIPT, REVIEW, WORKING, Place, Stage, State, Turn, act_of
from kiosk.flows.submission import application
from kiosk.flows.views import Body, Review, ReviewSection, Row
from kiosk.session.masking import mask_name, mask_number

_CHANGE = "change:"


_NO_REASON_NOW = ("id_card", "page_printer", "power")
"""What the gate asks for before a matter is begun; on battery, what was begun is finished."""


def render(state: State) -> Body:
    """Show every page of the application as it will be sent."""
    return Review(
        heading=tell(state, "review.heading"),
        help=tell(state, "review.help"),
        recipient=text(state, state.item.department),
        sections=(
            _identity(state),
            *_forms(state),
            *_materials(state),
            *_promise(state),
            *_consents(state),
        ),
        notice=_notice(state),
        actions=(button(state, "submit", icon="send", primary=True),),
    )


def react(state: State, event: Event) -> Turn:
    """Send, once; or change something."""
    choice = act_of(event)
    if choice.startswith(_CHANGE):
        place = _changeable(state).get(choice.removeprefix(_CHANGE))
        return (state.draft_with(returning=True).at(place) if place else state), ()
    if choice != "submit":
        return state, ()
    missing = _missing_page(state)
    if missing is not None:
        asked = frozenset(field.key for field in all_fields(state.item))
        return state.draft_with(returning=True, complained=asked).at(missing), ()
    if state.session.practice:
        return practice.arrive(state).at(RECEIPT), ()
    answer = readiness(state.item, state.machine.surroundings)
    blocking = [reason for reason in answer.reasons if reason.about not in _NO_REASON_NOW]
    blocking = [reason for reason in blocking if reason.code != "material.no_way"]
    if blocking:
        # Nothing was sent: the resident may wait here for the link, or end.
        return state.in_trouble(blocking[0].code, again=REVIEW, words="not_now"), ()
    record = RecordStep(state.session.number, "submit.asked", state.item.code)
    return state.at(WORKING), (application(state), record)


def _changeable(state: State) -> dict[str, Place]:
    stages = ("consent", "form", "materials", "promise")
    return {place.id: place for place in route(state.item) if place.stage in stages}


def _missing_page(state: State) -> Place | None:
    """Return the first page that is not finished, ``None`` when all may be sent."""
    item, draft = state.item, state.session.draft
    for number, consent in enumerate(item.consents):
        act = draft.consent(consent.code)
        if consent.required and not (act and act.given):
            return Place("consent", number)
    wrong = first_wrong_page(state)
    if wrong is not None:
        return Place("form", wrong)
    if not all_settled(state):
        return Place("materials")
    if item.signature and not draft.signed:
        return Place("promise")
    return None


def _notice(state: State) -> str:
    if state.session.practice:
        return tell(state, "truth.practice")
    answer = readiness(state.item, state.machine.surroundings)
    link = next((reason for reason in answer.reasons if not reason.about), None)
    if link is not None:
        return tell(state, "review.not_now", reason=reason_words(state, link))
    if _missing_page(state) is not None:
        return tell(state, "review.incomplete")
    if state.session.person.unverified or answer.provisional:
        return tell(state, "review.keep")
    return ""


def _identity(state: State) -> ReviewSection:
    person = state.session.person
    rows: list[Row] = []
    if state.session.practice:
        rows.append(Row(tell(state, "review.person"), tell(state, "practice.person")))
    elif person.grant is not None:
        rows.append(Row(tell(state, "review.person"), person.grant.display_name))
        rows.append(Row(tell(state, "review.proof"), tell(state, "review.verified")))
    elif person.card is not None:
        name = mask_name(person.card.name or person.card.english_name or "")
        rows.append(Row(tell(state, "review.person"), name))
        rows.append(Row(tell(state, "review.number"), mask_number(person.card.number or "")))
        rows.append(Row(tell(state, "review.proof"), tell(state, "review.unverified")))
    return ReviewSection(
        "identity:0", tell(state, "review.identity"), tuple(rows), changeable=False
    )


def _forms(state: State) -> tuple[ReviewSection, ...]:
    empty = tell(state, "review.empty")
    return tuple(
        ReviewSection(
            Place("form", number).id,
            text(state, group.title),
            tuple(
                Row(text(state, field.label), shown_value(state, field) or empty)
                for field in group.fields
            ),
            changeable=True,
        )
        for number, group in enumerate(state.item.form.groups)
    )


def _materials(state: State) -> tuple[ReviewSection, ...]:
    if not state.item.materials:
        return ()
    rows = tuple(
        Row(text(state, material.name), state_words(state, material))
        for material in state.item.materials
    )
    return (ReviewSection("materials:0", tell(state, "review.materials"), rows, changeable=True),)


def _promise(state: State) -> tuple[ReviewSection, ...]:
    item = state.item
    rows: list[Row] = []
    if item.promise is not None:
        version = tell(state, "review.promise_version", version=item.promise.version)
        rows.append(Row(tell(state, "review.promise"), version))
    if item.signature:
        draft = state.session.draft
        how = "key_signed" if draft.key_signed else "signed" if draft.signed else "empty"
        signed = tell(state, f"review.{how}")
        rows.append(Row(tell(state, "review.signature"), signed))
    if not rows:
        return ()
    title = tell(state, "review.promise_title")
    return (ReviewSection("promise:0", title, tuple(rows), changeable=True),)


def _consents(state: State) -> tuple[ReviewSection, ...]:
    return tuple(
        ReviewSection(
            Place("consent", number).id,
            text(state, consent.title),
            (Row(text(state, consent.recipient), _consent_words(state, consent.code)),),
            changeable=True,
        )
        for number, consent in enumerate(state.item.consents)
    )


def _consent_words(state: State, code: str) -> str:
    act = state.session.draft.consent(code)
    if act is None:
        return tell(state, "review.empty")
    return tell(state, "review.agreed" if act.given else "review.refused")


STAGE = Stage("review", render, react)
