# SPDX-License-Identifier: Apache-2.0
"""One group of questions a page: filled in what is known, checked by the item's own schema."""

from __future__ import annotations

from datetime import date

from kiosk.catalogue.validation import WHOLE_FORM, form_errors, required_keys
from kiosk.flows import asks
from kiosk.flows.events import Event, Prefilled, Reply, Touch
from kiosk.flows.intents import Answer, Edit
from kiosk.flows.known import clean, fill_from_card, fill_from_platform
from kiosk.flows.route import forward, governing_consent
from kiosk.flows.sentences import button, full_date_words, tell, text
from kiosk.flows.state import Stage, State, Turn, act_of, with_entry, without
from kiosk.flows.views import Body, ChoiceView, FieldView, FormPage
from kiosk.protocol.catalogue import FormField, Group
from kiosk.session.masking import (
    group_account,
    group_phone,
    mask_account,
    mask_middle,
    mask_number,
    mask_phone,
)

_ID_NUMBER_LENGTH = 18


def enter(state: State) -> Turn:
    """Arrive: what the chip knows stands there already."""
    return fill_from_card(state), ()


def render(state: State) -> Body:
    """Show one group of questions."""
    group = _group(state)
    errors = _errors(state)
    return FormPage(
        heading=text(state, group.title),
        help=text(state, group.help),
        fields=tuple(_field_view(state, field, errors) for field in group.fields),
        page=state.session.place.index,
        pages=len(state.item.form.groups),
        notice=_notice(state, errors),
        actions=(button(state, "next", icon="next", primary=True),),
    )


def react(state: State, event: Event) -> Turn:
    """Type, choose, go on. With a broken rule on this page the errors show and the page stays."""
    if isinstance(event, Touch) and isinstance(event.intent, Answer):
        return _answer(state, event.intent), ()
    if isinstance(event, Touch) and isinstance(event.intent, Edit):
        field = _field(state, event.intent.key)
        free = field is not None and not _locked(state, field, _errors(state))
        editing = event.intent.key if free else ""
        return state.draft_with(editing=editing), ()
    if act_of(event) == "next":
        keys = frozenset(field.key for field in _group(state).fields)
        state = state.draft_with(complained=state.session.draft.complained | keys, editing="")
        if not keys & _errors(state).keys():
            return forward(state), ()
    return state, ()


def answered(state: State, reply: Reply) -> Turn:
    """Take in what the platform knows; without it the resident types."""
    if isinstance(reply, Prefilled) and not _refused(state):
        return fill_from_platform(state, reply.prefill), ()
    return state, ()


def shown_value(  # noqa: PLR0911 - one return a kind of question
    state: State, field: FormField
) -> str:
    """Return a value as it is read: in words, grouped, the middle of sensitive ones hidden."""
    value = state.session.draft.values.get(field.key, "")
    if not value:
        return ""
    if field.widget == "choice":
        label = next((each.label for each in field.choices if each.value == value), None)
        return text(state, label) or value
    if field.widget == "date":
        try:
            return full_date_words(state, date.fromisoformat(value))
        except ValueError:
            return value
    if field.widget == "phone":
        return mask_phone(value) if field.sensitive else group_phone(value)
    if field.widget == "bank_account":
        return mask_account(value) if field.sensitive else group_account(value)
    if field.sensitive:
        long = len(value) >= _ID_NUMBER_LENGTH
        return mask_number(value) if long else mask_middle(value, head=1, tail=1)
    return value


def first_wrong_page(state: State) -> int | None:
    """Return the first page that has an error, ``None`` when the whole form is valid."""
    errors = _errors(state)
    for number, group in enumerate(state.item.form.groups):
        if any(field.key in errors for field in group.fields):
            return number
    return 0 if errors and state.item.form.groups else None


def _group(state: State) -> Group:
    return state.item.form.groups[state.session.place.index]


def _field(state: State, key: str) -> FormField | None:
    return next((field for field in _group(state).fields if field.key == key), None)


def _answer(state: State, answer: Answer) -> State:
    field = _field(state, answer.key)
    if field is None or _locked(state, field, _errors(state)):
        return state
    value = clean(answer.value)
    if field.widget == "choice" and value not in {choice.value for choice in field.choices}:
        return state
    draft = state.session.draft
    return state.draft_with(
        values=with_entry(draft.values, field.key, value),
        sources=without(draft.sources, field.key),
        complained=draft.complained - {field.key},
    )


def _errors(state: State) -> dict[str, str]:
    return form_errors(state.item.form, state.session.draft.values)


def _locked(state: State, field: FormField, errors: dict[str, str]) -> bool:
    """Tell whether it may not be changed: only a known, valid answer is locked, or nobody could go on."""
    draft = state.session.draft
    known = bool(draft.values.get(field.key)) and field.key in draft.sources
    return field.locked and known and field.key not in errors


def _field_view(state: State, field: FormField, errors: dict[str, str]) -> FieldView:
    draft = state.session.draft
    value = draft.values.get(field.key, "")
    source = draft.sources.get(field.key, "")
    wrong = field.key in errors and field.key in draft.complained
    return FieldView(
        key=field.key,
        label=text(state, field.label),
        widget=field.widget,
        value=value,
        shown=shown_value(state, field),
        source=tell(state, f"form.source.{source}") if source else "",
        locked=_locked(state, field, errors),
        help=text(state, field.help),
        example=field.example,
        error=(text(state, field.error) or tell(state, errors[field.key])) if wrong else "",
        choices=tuple(
            ChoiceView(choice.value, text(state, choice.label), selected=choice.value == value)
            for choice in field.choices
        ),
        required=field.key in required_keys(state.item.form),
        editing=draft.editing == field.key,
    )


def _refused(state: State) -> bool:
    governing = governing_consent(state.item)
    act = state.session.draft.consent(governing.code) if governing else None
    return act is not None and not act.given


def _notice(state: State, errors: dict[str, str]) -> str:
    if WHOLE_FORM in errors and state.session.draft.complained:
        return tell(state, errors[WHOLE_FORM])
    if state.session.person.unverified:
        return tell(state, "form.unverified")
    if asks.is_open(state, "FetchPrefill"):
        return tell(state, "form.fetching")
    asked_platform = any(
        field.prefill.startswith("platform.") and state.session.draft.sources.get(field.key) is None
        for field in _group(state).fields
    )
    if asked_platform and _refused(state):
        return tell(state, "form.refused")
    if asked_platform and state.session.draft.prefill is None:
        return tell(state, "form.not_fetched")
    return ""


STAGE = Stage("form", render, react, enter)
