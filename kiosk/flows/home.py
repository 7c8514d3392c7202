# SPDX-License-Identifier: Apache-2.0
"""Choose what to do: search, life situations, a paged list."""

from __future__ import annotations

from typing import get_args

from kiosk.catalogue.readiness import readiness
from kiosk.catalogue.search import search
from kiosk.flows.events import Event, Touch
from kiosk.flows.intents import Search
from kiosk.flows.opening import open_item
from kiosk.flows.sentences import reason_words, tell, text, with_as_of
from kiosk.flows.services import open_service, options
from kiosk.flows.state import Stage, State, Turn, act_of
from kiosk.flows.views import Body, Home, Situation, Tile
from kiosk.protocol.catalogue import ServiceItem
from kiosk.protocol.catalogue import Situation as LifeSituation

SITUATIONS: tuple[str, ...] = get_args(LifeSituation)
_ICONS = {"papers": "card", "life": "receipt", "law": "shield"}
"""The other situations have a drawing of their own name."""
_LONGEST_QUERY = 40


def render(state: State) -> Body:
    """Show the items that fit what was typed and chosen."""
    session = state.session
    found = _found(state)
    size = state.settings.tiles_elder if session.modes.elder else state.settings.tiles
    pages = max(1, -(-len(found) // size))
    page = min(session.page, pages - 1)
    return Home(
        heading=tell(state, "home.heading"),
        help=with_as_of(state, tell(state, "home.help")),
        query=session.query,
        situations=_situations(state),
        list_title=_list_title(state, len(found)),
        tiles=tuple(_tile(state, item) for item in found[page * size : (page + 1) * size]),
        page=page + 1,
        pages=pages,
        services=() if session.query else options(state, on_home=True),
    )


def react(state: State, event: Event) -> Turn:
    """Narrow the list, turn its pages, or open an item."""
    if isinstance(event, Touch) and isinstance(event.intent, Search):
        return state.session_with(query=event.intent.text[:_LONGEST_QUERY], page=0), ()
    kind, _, value = act_of(event).partition(":")
    if kind == "situation" and value in SITUATIONS:
        chosen = "" if state.session.situation == value else value
        return state.session_with(situation=chosen, page=0), ()
    if kind == "service":
        return open_service(state, value)
    if kind == "page":
        return _turn_page(state, value), ()
    if kind == "item" and state.machine.catalogue is not None:
        item = state.machine.catalogue.item(value)
        if item is not None:
            return open_item(state, item), ()
    return state, ()


def narrowed(state: State) -> bool:
    """Tell whether Back has something to undo here."""
    return bool(state.session.query or state.session.situation or state.session.page)


def widen(state: State) -> State:
    """Show the whole list again."""
    return state.session_with(query="", situation="", page=0)


def badge(state: State, item: ServiceItem) -> str:
    """即办, or how many working days."""
    if item.kind == "immediate":
        return tell(state, "item.immediate")
    return tell(state, "item.promised", days=item.promised_days)


def _turn_page(state: State, way: str) -> State:
    body = render(state)
    assert isinstance(body, Home)  # noqa: S101 - our own render
    shown = body.page - 1  # people count from one
    step = {"next": 1, "previous": -1}.get(way, 0)
    return state.session_with(page=min(max(0, shown + step), body.pages - 1))


def _found(state: State) -> list[ServiceItem]:
    catalogue = state.machine.catalogue
    if catalogue is None:
        return []
    items = {item.code: item for item in catalogue.by_rank()}
    query = state.session.query
    wanted = [items[code] for code in (search(catalogue, query) if query else items)]
    situation = state.session.situation
    return [item for item in wanted if not situation or item.situation == situation]


def _situations(state: State) -> tuple[Situation, ...]:
    catalogue = state.machine.catalogue
    counts: list[str] = [item.situation for item in catalogue.items] if catalogue else []
    return tuple(
        Situation(
            code=code,
            label=tell(state, f"situation.{code}"),
            icon=_ICONS.get(code, code),
            count=counts.count(code),
            selected=state.session.situation == code,
        )
        for code in SITUATIONS
    )


def _list_title(state: State, count: int) -> str:
    if not count:
        return tell(state, "home.nothing_found")
    if state.session.query or state.session.situation:
        return tell(state, "home.found", count=count)
    return tell(state, "home.common")


def _tile(state: State, item: ServiceItem) -> Tile:
    answer = readiness(item, state.machine.surroundings)
    if answer.ready:
        words = tell(state, "home.keep_now" if answer.provisional else "home.can_now")
    else:
        words = reason_words(state.session_with(item=item), answer.reasons[0])
    return Tile(
        code=item.code,
        name=text(state, item.name),
        summary=text(state, item.summary),
        department=text(state, item.department),
        icon=item.icon,
        badge=badge(state, item),
        available=answer.ready,
        availability=words,
    )


STAGE = Stage("home", render, react)
