# SPDX-License-Identifier: Apache-2.0
"""Nobody is here: what can be done here now, truthfully; or that nothing can."""

from __future__ import annotations

from drivers.core import Role
from kiosk.catalogue.readiness import Readiness, power_trouble, readiness
from kiosk.flows import terminal_sheet
from kiosk.flows.events import Event, LinkChanged
from kiosk.flows.sentences import code_words, nearest_words, reason_words, tell, text
from kiosk.flows.state import HOME, Stage, State, Turn, act_of
from kiosk.flows.views import Attract, Body, OutOfService
from kiosk.protocol.catalogue import ServiceItem

_SHOWN = 4
"""More sentences than these nobody reads from a distance."""


def gate(state: State) -> tuple[tuple[ServiceItem, Readiness], ...]:
    """Ask the readiness gate about every item."""
    catalogue = state.machine.catalogue
    here = state.machine.surroundings
    return tuple((item, readiness(item, here)) for item in catalogue.by_rank()) if catalogue else ()


def out_of_service(state: State) -> bool:
    """Tell whether there is nothing at all to offer: no item can be done, and no guide is current."""
    answers = gate(state)
    if not answers or power_code(state):
        return True
    return not state.machine.online and not any(answer.ready for _, answer in answers)


def power_code(state: State) -> str:
    """Return why nobody may begin: no power but the battery's, or the terminal ends; empty when all is well."""
    trouble = power_trouble(state.machine.statuses.get(Role.POWER))
    return state.machine.ending or (trouble.code if trouble else "")


def render(state: State) -> Body:
    """Show what works, or what is missing; while the parts of the machine report, only the invitation."""
    answers = gate(state)
    if out_of_service(state):
        missing = _missing(state, answers)
        return _opening(state) if _is_starting(state, missing) else _nothing_works(state, missing)
    can = [_can_words(state, item, answer) for item, answer in answers if answer.ready]
    cannot = [_cannot_words(state, item, answer) for item, answer in answers if not answer.ready]
    headline = (
        tell(state, "attract.headline", count=len(can))
        if can
        else tell(state, "attract.guides_only")
    )
    return Attract(
        headline=headline,
        invitation=tell(state, "attract.invitation" if can else "attract.read_guides"),
        can_now=tuple(can[:_SHOWN]),
        cannot_now=tuple(cannot[:_SHOWN]),
        nearest=nearest_words(state) if cannot else "",
        phone=duty_phone(state),
    )


def duty_phone(state: State) -> str:
    """Return the number to call here; the city's hotline where the place has none."""
    profile = state.machine.profile
    if profile is None:
        return "12345"
    return profile.duty_phone or profile.hotline


def react(state: State, event: Event) -> Turn:
    """Start a visit on a touch anywhere, unless there is nothing to offer; a long touch is for staff.

    A touch while the machine starts is kept and answered as soon as there is something to offer.
    """
    if isinstance(event, LinkChanged):
        state = terminal_sheet.heard(state)
    if act_of(event) == "terminal_info":
        return terminal_sheet.opened(state), ()
    awaited = state.session.awaited or act_of(event) == "start"
    if not awaited:
        return state, ()
    if not out_of_service(state):
        return state.session_with(awaited=False).at(HOME), ()
    return state.session_with(awaited=_is_starting(state, _missing(state, gate(state)))), ()


def _can_words(state: State, item: ServiceItem, answer: Readiness) -> str:
    key = "attract.can_keep" if answer.provisional else "attract.can"
    return tell(state, key, name=text(state, item.name))


def _cannot_words(state: State, item: ServiceItem, answer: Readiness) -> str:
    within = state.session_with(item=item)
    reason = reason_words(within, answer.reasons[0])
    return tell(state, "attract.cannot", name=text(state, item.name), reason=reason)


def _opening(state: State) -> Attract:
    """Invite at once, and claim nothing before it is known. The same words as on ``Opening.qml``."""
    key = "opening.coming" if state.session.awaited else "opening.invitation"
    return Attract(
        headline=tell(state, "opening.headline"),
        invitation=tell(state, key),
        can_now=(),
        cannot_now=(),
        nearest="",
        phone=duty_phone(state),
        checking=tell(state, "opening.checking"),
    )


def _nothing_works(state: State, codes: list[tuple[str, str]]) -> OutOfService:
    return OutOfService(
        heading=tell(state, "out.heading"),
        reason="\n".join(dict.fromkeys(words for _, words in codes)),
        nearest=nearest_words(state),
        phone=duty_phone(state),
        small_print=" ".join(dict.fromkeys(code for code, _ in codes)),
    )


def _is_starting(state: State, codes: list[tuple[str, str]]) -> bool:
    """Tell whether waiting will do: link or store have not spoken, or nothing is missing but that."""
    if power_code(state):
        return False
    if "starting" in (state.machine.link_code, state.machine.store_code):
        return True
    return bool(codes) and all(code.endswith("starting") for code, _ in codes)


def _missing(
    state: State, answers: tuple[tuple[ServiceItem, Readiness], ...]
) -> list[tuple[str, str]]:
    """Return the codes of all missing parts, each with its words; without power nothing else matters."""
    power = power_code(state)
    if power:
        return [(power, code_words(state, power))]
    if not answers:
        link = "" if state.machine.online else state.machine.link_code
        codes = ["catalogue.none", *([link] if link else [])]
        return [(code, code_words(state, code)) for code in codes]
    return [
        (
            f"{reason.about}:{reason.code}" if reason.about else reason.code,
            reason_words(state.session_with(item=item), reason),
        )
        for item, answer in answers
        for reason in answer.reasons
    ]


STAGE = Stage("attract", render, react)
