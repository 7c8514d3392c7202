# SPDX-License-Identifier: Apache-2.0
"""The slip as data: what a resident takes home. It never says more than is known."""

from __future__ import annotations

from datetime import date

from drivers.core import Receipt
from kiosk.flows.sentences import both, date_words, moment_words, text
from kiosk.flows.state import State
from kiosk.protocol.wire import Text
from kiosk.session.masking import mask_name


def number_of(state: State) -> str:
    """Return the number to show: the platform's, or ours as long as there is none."""
    matter = state.session.matter
    return matter.case_number or matter.receipt


def qr_of(state: State) -> str:
    """Return what a clerk's scanner reads: number and submission, nothing of the person."""
    matter = state.session.matter
    return f"hall24/1 {number_of(state)} {matter.submission}" if matter.submission else ""


def slip_of(state: State) -> Receipt:
    """Return the slip; in a foreign language both languages stand on it, for the clerk's sake."""
    matter = state.session.matter
    rows = [(both(state, "slip.item"), _item_name(state))]
    person = _person(state)
    if person:
        rows.append((both(state, "slip.person"), person))
    rows.append((both(state, "slip.department"), text(state, state.item.department)))
    rows.append((both(state, "slip.time"), moment_words(state, matter.finalized_wall)))
    if matter.delivered and matter.promised_date:
        day = date.fromisoformat(matter.promised_date)
        rows.append((both(state, "slip.promised"), date_words(state, day)))
    status = "slip.status.delivered" if matter.delivered else "slip.status.provisional"
    rows.append((both(state, "slip.status"), both(state, status)))
    if matter.delivered and matter.receipt and matter.receipt != number_of(state):
        rows.append((both(state, "slip.local_number"), matter.receipt))
    notes = (
        ["slip.note.delivered"]
        if matter.delivered
        else [
            "slip.note.provisional",
            "slip.note.keep",
        ]
    )
    return Receipt(
        title=both(state, "slip.title" if matter.delivered else "slip.title_provisional"),
        rows=tuple(rows),
        notes=tuple(both(state, note) for note in notes),
        qr=qr_of(state) or None,
        number=number_of(state),
    )


def _item_name(state: State) -> str:
    name: Text = state.item.name
    return name.zh if state.session.modes.language == "zh" else f"{name.zh} {name.en}"


def _person(state: State) -> str:
    person = state.session.person
    if person.grant is not None:
        return person.grant.display_name
    if person.card is not None:
        return mask_name(person.card.name or person.card.english_name or "")
    return ""
