# SPDX-License-Identifier: Apache-2.0
"""Consents: each on its own page, each a recorded act. Refusing is a path, not an end."""

from __future__ import annotations

from datetime import UTC, datetime

from kiosk.flows.effects import Effect, FetchPrefill, RecordStep
from kiosk.flows.events import Event
from kiosk.flows.route import forward, governing_consent
from kiosk.flows.sentences import button, text
from kiosk.flows.state import Stage, State, Turn, act_of, without
from kiosk.flows.views import Body, Consent
from kiosk.protocol.catalogue import ConsentText, ServiceItem
from kiosk.protocol.messages import ConsentAct


def render(state: State) -> Body:
    """Show one consent: what, to whom, what for. Neither answer is preselected."""
    consent = _consent(state)
    return Consent(
        heading=text(state, consent.title),
        purpose=text(state, consent.purpose),
        data=text(state, consent.data),
        recipient=text(state, consent.recipient),
        version=consent.version,
        number=state.session.place.index + 1,
        total=len(state.item.consents),
        actions=(
            button(state, "refuse", icon="close"),
            button(state, "agree", icon="check", primary=True),
        ),
    )


def react(state: State, event: Event) -> Turn:
    """Record the act and go on; without a required consent, say what is not possible then."""
    choice = act_of(event)
    if choice not in ("agree", "refuse"):
        return state, ()
    consent = _consent(state)
    given = choice == "agree"
    state = _remember(state, consent, given=given)
    record = RecordStep(
        state.session.number,
        "consent.given" if given else "consent.refused",
        state.item.code,
        consent.code,
    )
    if consent.required and not given:
        place = state.session.place
        return state.in_trouble("consent.refused", again=place), (record,)
    fetch = _fetch(state, consent) if given else ()
    return forward(state), (record, *fetch)


def _consent(state: State) -> ConsentText:
    return state.item.consents[state.session.place.index]


def _remember(state: State, consent: ConsentText, *, given: bool) -> State:
    act = ConsentAct(
        code=consent.code,
        version=consent.version,
        text_sha256=consent.text_sha256,
        given=given,
        at=datetime.fromtimestamp(state.wall, UTC),
    )
    others = tuple(each for each in state.session.draft.consents if each.code != consent.code)
    state = state.draft_with(consents=(*others, act))
    if not given and consent == governing_consent(state.item):
        return _forget_fetched(state)
    return state


def _forget_fetched(state: State) -> State:
    """Take back what was fetched under a consent that is taken back."""
    draft = state.session.draft
    fetched = [key for key, source in draft.sources.items() if source == "platform"]
    licences = [code for code, paper in draft.materials.items() if paper.state == "licence"]
    return state.draft_with(
        prefill=None,
        values=without(draft.values, *fetched),
        sources=without(draft.sources, *fetched),
        materials=without(draft.materials, *licences),
    )


def _fetch(state: State, consent: ConsentText) -> tuple[Effect, ...]:
    """Ask for known data as soon as this is allowed, so that it is there when the form is."""
    grant = state.session.person.grant
    act = state.session.draft.consent(consent.code)
    if (
        grant is None
        or act is None
        or not state.machine.online
        or consent != governing_consent(state.item)
        or not wants_known_data(state.item)
        or state.session.draft.prefill is not None
    ):
        return ()
    return (FetchPrefill(state.session.number, grant.grant, state.item.code, act),)


def wants_known_data(item: ServiceItem) -> bool:
    """Tell whether the platform may know anything that this item asks for."""
    fields = [field for group in item.form.groups for field in group.fields]
    return any(field.prefill.startswith("platform.") for field in fields) or any(
        material.licence for material in item.materials
    )


STAGE = Stage("consent", render, react)
