# SPDX-License-Identifier: Apache-2.0
"""The residents' services beside the items: which there are, whether each can be used now, how to get there.

A further service is a row of :data:`SERVICES`, its words ``service.<id>`` and ``service.<id>.help``, and
its pages. Home shows those with ``on_home``; all of them stand on a page of their own.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from drivers.core import Role
from kiosk.catalogue.readiness import Reason, power_trouble
from kiosk.flows import practice
from kiosk.flows.events import Event
from kiosk.flows.identity_ways import obstacle, ways_here
from kiosk.flows.report import open_report
from kiosk.flows.sentences import button, code_words, nearest_words, tell
from kiosk.flows.service_state import BookingDesk, CasesDesk
from kiosk.flows.state import (
    APPOINTMENTS,
    HOME,
    IDENTITY,
    LIFE_EVENTS,
    MAP,
    POLICIES,
    PROGRESS,
    REPORT,
    SERVICES,
    Draft,
    Matter,
    Place,
    Stage,
    State,
    Turn,
    act_of,
)
from kiosk.flows.views import Body, Choices, Option, Tone
from kiosk.protocol.services import ContentName


@dataclass(frozen=True, slots=True)
class Service:
    """One service. ``obstacle`` returns what stands in the way now, ``None`` when it can be used."""

    id: str
    icon: str
    place: Place
    obstacle: Callable[[State], Reason | None]
    on_home: bool = False
    personal: bool = False
    """Who is not known yet is asked first."""
    open: Callable[[State], Turn] | None = None
    """How to get there, where it is not simply a page."""


def needs_store(state: State) -> Reason | None:
    """Need a store that takes new work; what is kept is sent when the platform is there."""
    machine = state.machine
    return None if machine.accepting else Reason(machine.store_code or "store.failed")


def needs_platform(state: State) -> Reason | None:
    """Nothing of this service is known here: without the platform it cannot be used."""
    power = power_trouble(state.machine.statuses.get(Role.POWER))
    if power is not None:
        return power
    return None if state.machine.online else Reason(state.machine.link_code or "link.down")


def needs_copy(state: State, name: ContentName) -> Reason | None:
    """Need what everybody may read: a copy of it is as good as the platform."""
    if name in state.machine.content:
        return None
    return needs_platform(state) or Reason("starting")


def needs_log_in(state: State) -> Reason | None:
    """Speak for the resident alone: besides the platform, one of the ways to be known has to work."""
    first = needs_platform(state)
    if first is not None or state.session.person.grant is not None:
        return first
    within = state.session_with(item=None)
    lacking = [obstacle(within, way) for way in ways_here(within)]
    return lacking[0] if all(each.code for each in lacking) else None


SERVICES_HERE: tuple[Service, ...] = (
    Service("cases", "folder", PROGRESS, needs_platform, on_home=True),
    Service("appointments", "calendar", APPOINTMENTS, needs_log_in, on_home=True, personal=True),
    Service("report", "flag", REPORT, needs_store, open=open_report),
    Service("life_events", "list", LIFE_EVENTS, lambda state: needs_copy(state, "bundles")),
    Service("policies", "money", POLICIES, lambda state: needs_copy(state, "policies")),
    Service("map", "place", MAP, lambda state: needs_copy(state, "map")),
    Service("practice", "pen", HOME, lambda _state: None, open=practice.begin),
)
_END_PRACTICE = Service("practice_end", "close", HOME, lambda _state: None, True, open=practice.end)
"""The only one while somebody practises: the others speak with the platform."""
MORE = "more"
"""Home's way to the page of all services."""


def options(state: State, *, on_home: bool = False) -> tuple[Option, ...]:
    """Return the services as cards; what cannot be used now says why."""
    here = (_END_PRACTICE,) if state.session.practice else SERVICES_HERE
    shown = [service for service in here if service.on_home or not on_home]
    found = [_option(state, service, brief=on_home) for service in shown]
    if on_home and not state.session.practice:
        found.append(Option(MORE, tell(state, "service.more"), icon="list"))
    return tuple(found)


def open_service(state: State, id_: str) -> Turn:
    """Go to a service, or to all of them. What was answered for an item and not sent is dropped."""
    if id_ == MORE:
        return state.at(SERVICES), ()
    here = (_END_PRACTICE,) if state.session.practice else SERVICES_HERE
    service = next((each for each in here if each.id == id_), None)
    if service is None or service.obstacle(state):
        return state, ()
    if service.open is not None:
        return service.open(state)
    draft = Draft(number=state.session.draft.number + 1)
    state = state.session_with(item=None, draft=draft, matter=Matter(), service="")
    state = state.session_with(cases=CasesDesk(), booking=BookingDesk())
    return (log_in_for(state, service.place) if service.personal else state.at(service.place)), ()


def log_in_for(state: State, stage: Place) -> State:
    """Go to a page of the resident's own; who is not known yet is asked first."""
    return state.session_with(service=stage.stage).at(IDENTITY)


def render(state: State) -> Body:
    """Show all services."""
    nearest = nearest_words(state)
    offered = options(state)
    blocked = not all(option.available for option in offered)
    return Choices(
        heading=tell(state, "services.heading"),
        help=tell(state, "services.help"),
        options=offered,
        notice=nearest if blocked else "",
        actions=(button(state, "home", icon="home", primary=True),),
    )


def react(state: State, event: Event) -> Turn:
    """Open a service."""
    verb, _, id_ = act_of(event).partition(":")
    match verb:
        case "choose" | "service":
            return open_service(state, id_)
        case "home":
            return state.at(HOME), ()
        case _:
            return state, ()


def _option(state: State, service: Service, *, brief: bool) -> Option:
    lacking = service.obstacle(state)
    if lacking is not None:
        status = code_words(state, lacking.code, lacking.about)
    else:
        status = "" if brief else tell(state, "service.can_now")
    return Option(
        id=service.id,
        label=tell(state, f"service.{service.id}"),
        detail="" if brief else tell(state, f"service.{service.id}.help"),
        icon=service.icon,
        status=status,
        tone=Tone.GOOD if lacking is None else Tone.WARNING,
        available=lacking is None,
    )


def home_page(state: State) -> State:
    """Where 返回 leads from a service's first page."""
    return state.session_with(service="").at(HOME)


STAGE = Stage("services", render, react, back=home_page)
