# SPDX-License-Identifier: Apache-2.0
"""What is known already: values from the chip and from the platform, never over what was typed."""

from __future__ import annotations

from datetime import date

from kiosk.flows.state import State, with_entry
from kiosk.protocol.catalogue import FormField, ServiceItem
from kiosk.protocol.messages import Prefill

CARD = "card."
PLATFORM = "platform."
USUAL = "usual."
LONGEST_VALUE = 500


def all_fields(item: ServiceItem) -> tuple[FormField, ...]:
    """Return every question of the item."""
    return tuple(field for group in item.form.groups for field in group.fields)


def fill_usual(state: State) -> State:
    """Choose what most people choose, where the item names it: seen, said, and changed with one touch."""
    for field in all_fields(state.item):
        if field.prefill.startswith(USUAL):
            state = _fill(state, field.key, field.prefill[len(USUAL) :], "usual")
    return state


def fill_from_card(state: State) -> State:
    """Fill the questions that the chip answers, or the log-in where there was no chip."""
    person = state.session.person
    holder = person.grant.holder if person.grant else None
    known, source = (person.card, "card") if person.card is not None else (holder, "identity")
    if known is None:
        return state
    for field in all_fields(state.item):
        if field.prefill.startswith(CARD):
            state = _fill(state, field.key, _card_value(known, field.prefill), source)
    return state


def fill_from_platform(state: State, prefill: Prefill) -> State:
    """Fill the questions that the platform answered; keys are those of the fields."""
    state = state.draft_with(prefill=prefill)
    for field in all_fields(state.item):
        if field.prefill.startswith(PLATFORM):
            known = prefill.values.get(
                field.key, prefill.values.get(field.prefill[len(PLATFORM) :])
            )
            state = _fill(state, field.key, _text(known), "platform")
    return state


def clean(value: str) -> str:
    """Return a typed value without control characters and of bounded length."""
    kept = "".join(sign for sign in value if sign.isprintable() or sign == "\n")
    return kept[:LONGEST_VALUE]


def _fill(state: State, key: str, value: str, source: str) -> State:
    draft = state.session.draft
    if not value or draft.values.get(key):
        return state
    return state.draft_with(
        values=with_entry(draft.values, key, value),
        sources=with_entry(draft.sources, key, source),
    )


def _card_value(card: object, path: str) -> str:
    """Read a field of the card (or log-in) by its name in the item; names that it lacks give nothing."""
    name = path[len(CARD) :]
    value = getattr(card, name, None) if name.isidentifier() and not name.startswith("_") else None
    if value is None and name == "name":
        value = getattr(card, "english_name", None)
    return _text(value)


def _text(value: object) -> str:
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, bool):
        return "true" if value else "false"
    return clean(str(value)) if isinstance(value, (str, int, float)) else ""
