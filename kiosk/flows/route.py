# SPDX-License-Identifier: Apache-2.0
"""The way through an item, derived from its data by one function; and how one moves along it."""

from __future__ import annotations

from kiosk.flows.sentences import tell
from kiosk.flows.state import (
    CASES,
    GOODBYE,
    HOME,
    IDENTITY,
    ITEM,
    RATING,
    RECEIPT,
    REVIEW,
    WORKING,
    Place,
    State,
)
from kiosk.flows.views import Step
from kiosk.protocol.catalogue import ConsentText, ServiceItem


def route(item: ServiceItem) -> tuple[Place, ...]:
    """Return the pages of this item in their order."""
    return (
        IDENTITY,
        *(Place("consent", number) for number in range(len(item.consents))),
        *(Place("form", number) for number in range(len(item.form.groups))),
        *((Place("materials"),) if item.materials else ()),
        *((Place("promise"),) if item.promise or item.signature else ()),
        REVIEW,
        WORKING,
        RECEIPT,
        RATING,
        GOODBYE,
    )


def forward(state: State) -> State:
    """Go one page on; a resident who came to change something goes back to the review."""
    if state.session.service and state.session.place == IDENTITY:
        return state.at(Place(state.session.service))
    if state.session.draft.returning:
        return state.draft_with(returning=False, editing="").at(REVIEW)
    pages = route(state.item)
    here = pages.index(state.session.place)
    return state.draft_with(editing="").at(pages[min(here + 1, len(pages) - 1)])


def backward(state: State) -> State:
    """Go one page back; before the first page of an item lies its guide, before further papers their case."""
    if state.session.service and state.session.place == IDENTITY:
        return state.session_with(service="").at(HOME)
    if state.session.draft.returning:
        return state.draft_with(returning=False, editing="").at(REVIEW)
    pages = route(state.item)
    here = pages.index(state.session.place)
    before = pages[here - 1] if here else ITEM
    if before == IDENTITY and state.session.draft.supplements is not None:
        return state.at(CASES)
    return state.draft_with(editing="").at(ITEM if before == IDENTITY else before)


def governing_consent(item: ServiceItem) -> ConsentText | None:
    """Return the consent under which known data and licences are fetched.

    That is the item's first voluntary consent: what is fetched for convenience may be refused without
    harm. An item that has none but required ones fetches under the first of them.
    """
    voluntary = (consent for consent in item.consents if not consent.required)
    return next(voluntary, item.consents[0] if item.consents else None)


_PART_OF = {
    "identity": "identity",
    "consent": "identity",
    "form": "form",
    "materials": "materials",
    "promise": "confirm",
    "review": "confirm",
    "working": "confirm",
    "receipt": "done",
    "rating": "done",
    "goodbye": "done",
}


def step_bar(state: State) -> tuple[Step, ...]:
    """Return at most five steps; empty outside an item."""
    if state.session.item is None or state.session.place.stage not in _PART_OF:
        return ()
    pages = route(state.session.item)
    parts = list(dict.fromkeys(_PART_OF[page.stage] for page in pages))
    now = parts.index(_PART_OF[state.session.place.stage])
    last = len(parts) - 1
    return tuple(
        Step(
            tell(state, f"bar.{part}"),
            "done"
            if number < now or (number == now == last)
            else "now"
            if number == now
            else "next",
        )
        for number, part in enumerate(parts)
    )
