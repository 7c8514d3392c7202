# SPDX-License-Identifier: Apache-2.0
"""What everybody may read, also without a link: life events (一件事), policies, and where other machines are.

All three are a list and what stands behind one of its rows, from the copies that the terminal keeps; the
heading says of when they are. A policy that has ended since is not shown, whatever the copy says.
"""

from __future__ import annotations

from datetime import datetime

from kiosk.flows.events import Event
from kiosk.flows.home import badge
from kiosk.flows.opening import open_item
from kiosk.flows.paging import page_of, turned
from kiosk.flows.sentences import (
    button,
    code_words,
    date_words,
    moment_words,
    point_facts,
    tell,
    text,
    with_content_as_of,
)
from kiosk.flows.services import home_page
from kiosk.flows.state import HOME, LIFE_EVENTS, MAP, POLICIES, Stage, State, Turn, act_of
from kiosk.flows.views import Body, Choices, Option, Row, Tone
from kiosk.protocol.catalogue import ServiceItem
from kiosk.protocol.services import (
    Bundle,
    BundleList,
    ContentName,
    MapPoint,
    Policy,
    PolicyList,
    ServiceMap,
)

_SHOWN = 5
_SHOWN_ELDER = 3
_CONTENT: dict[str, ContentName] = {
    LIFE_EVENTS.stage: "bundles",
    POLICIES.stage: "policies",
    MAP.stage: "map",
}
_WORDS = {
    LIFE_EVENTS.stage: ("life_events.heading", "life_events.help", "life_events.none"),
    POLICIES.stage: ("policies.heading", "policies.help", "policies.none"),
    MAP.stage: ("map.heading", "map.help", "map.none"),
}
"""Heading, help, and what stands there when there is nothing."""
_HEALTH = {"working": Tone.GOOD, "impaired": Tone.WARNING}
_FAR = 1_000_000


def enter(state: State) -> Turn:
    """Arrive at the list."""
    return state.session_with(reading="", reading_page=0), ()


def back(state: State) -> State:
    """From one row to the list, from the list home."""
    return state.session_with(reading="") if state.session.reading else home_page(state)


def render(state: State) -> Body:
    """Show the list, or the row that was chosen."""
    chosen = _chosen(state)
    return _list(state) if chosen is None else _one(state, chosen)


def react(state: State, event: Event) -> Turn:
    """Turn pages, look at one row, begin one of its matters."""
    verb, _, value = act_of(event).partition(":")
    match verb:
        case "home":
            return state.at(HOME), ()
        case "page":
            _, page, pages = page_of(_rows(state), state.session.reading_page, _size(state))
            return state.session_with(reading_page=turned(page, pages, value)), ()
        case "choose":
            return _choose(state, value), ()
        case _:
            return state, ()


def _choose(state: State, value: str) -> State:
    chosen = _chosen(state)
    if chosen is None:
        known = any(_id(row) == value for row in _rows(state))
        return state.session_with(reading=value) if known else state
    item = next((each for each in _items(state, chosen) if each.code == value), None)
    return open_item(state, item) if item is not None else state


def _list(state: State) -> Body:
    stage = state.session.place.stage
    rows, page, pages = page_of(_rows(state), state.session.reading_page, _size(state))
    heading, more, nothing = _WORDS[stage]
    words = tell(state, more if rows else nothing)
    return Choices(
        heading=tell(state, heading),
        help=with_content_as_of(state, _CONTENT[stage], words),
        options=tuple(_option(state, row) for row in rows),
        page=page + 1,
        pages=pages,
        actions=(button(state, "home", icon="home", primary=True),),
    )


def _one(state: State, row: Bundle | Policy | MapPoint) -> Body:
    match row:
        case Bundle(name=name, summary=summary):
            heading, words = name, text(state, summary)
            options = tuple(_matter(state, item) for item in _items(state, row))
            facts: tuple[Row, ...] = ()
        case Policy(title=title, summary=summary, department=department):
            heading, words, options = title, text(state, summary), ()
            facts = (
                Row(tell(state, "policies.how"), tell(state, f"policies.{row.handling}")),
                Row(tell(state, "policies.department"), text(state, department)),
                Row(tell(state, "policies.until"), date_words(state, row.ends)),
            )
        case MapPoint(place=place):
            heading, options = place, ()
            words = tell(state, f"map.{row.health}")
            facts = _where(state, row)
    return Choices(
        heading=text(state, heading),
        help=words,
        options=options,
        facts=facts,
        actions=(button(state, "home", icon="home", primary=True),),
    )


def _option(state: State, row: Bundle | Policy | MapPoint) -> Option:
    match row:
        case Bundle(code=code, name=name, summary=summary):
            count = tell(state, "life_events.count", count=len(row.items))
            return Option(code, text(state, name), text(state, summary), "list", count)
        case Policy(code=code, title=title):
            until = tell(state, "policies.in_force", day=date_words(state, row.ends))
            how = tell(state, f"policies.{row.handling}")
            return Option(code, text(state, title), how, "money", until)
        case MapPoint(terminal=terminal, place=place, point=point):
            far = tell(state, "map.far", **point_facts(state, point)) if point else ""
            tone = _HEALTH.get(row.health, Tone.WRONG)
            words = tell(state, f"map.{row.health}")
            return Option(terminal, text(state, place), far, "place", words, tone)


def _matter(state: State, item: ServiceItem) -> Option:
    words = text(state, item.summary)
    return Option(item.code, text(state, item.name), words, item.icon, badge(state, item))


def _where(state: State, row: MapPoint) -> tuple[Row, ...]:
    facts: list[Row] = []
    if row.point is not None:
        words = tell(state, "map.far", **point_facts(state, row.point))
        facts.append(Row(tell(state, "map.where"), words))
    facts += (
        Row(tell(state, "map.cannot"), code_words(state, "condition", role)) for role in row.why_not
    )
    if row.as_of is not None:
        at = moment_words(state, row.as_of.timestamp())
        facts.append(Row(tell(state, "map.as_of"), at))
    return tuple(facts)


def _rows(state: State) -> tuple[Bundle | Policy | MapPoint, ...]:
    loaded = state.machine.content.get(_CONTENT[state.session.place.stage])
    match loaded.document if loaded else None:
        case BundleList(bundles=bundles):
            return tuple(each for each in bundles if len(_items(state, each)) == len(each.items))
        case PolicyList(policies=policies):
            today = datetime.fromtimestamp(state.wall, state.settings.zone).date()
            return tuple(each for each in policies if each.starts <= today <= each.ends)
        case ServiceMap(points=points):
            return tuple(sorted(points, key=_nearest_working_first))
        case _:
            return ()


def _nearest_working_first(row: MapPoint) -> tuple[bool, int]:
    return row.health != "working", row.point.distance_m if row.point else _FAR


def _id(row: Bundle | Policy | MapPoint) -> str:
    return row.terminal if isinstance(row, MapPoint) else row.code


def _chosen(state: State) -> Bundle | Policy | MapPoint | None:
    chosen = state.session.reading
    return next((row for row in _rows(state) if chosen and _id(row) == chosen), None)


def _items(state: State, row: Bundle | Policy | MapPoint) -> tuple[ServiceItem, ...]:
    catalogue = state.machine.catalogue
    if catalogue is None or not isinstance(row, Bundle):
        return ()
    return tuple(item for code in row.items if (item := catalogue.item(code)) is not None)


def _size(state: State) -> int:
    return _SHOWN_ELDER if state.session.modes.elder else _SHOWN


STAGES = tuple(
    Stage(place.stage, render, react, enter, back) for place in (LIFE_EVENTS, POLICIES, MAP)
)
