# SPDX-License-Identifier: Apache-2.0
"""The ways to be known here: what each needs, and whether it works now.

A further way is one more row, its effects and its words ``identity.<way>.*``.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from drivers.core import Condition, Role
from kiosk.catalogue.readiness import device_trouble
from kiosk.flows import asks
from kiosk.flows.effects import Effect, ReadIdCard, ReadIdentityCode, ReadSocialCard
from kiosk.flows.sentences import code_words, device_words, tell
from kiosk.flows.state import State
from kiosk.flows.views import Way


@dataclass(frozen=True, slots=True)
class KnownWay:
    """One way to be known."""

    id: str
    role: Role
    icon: str
    begin: Callable[[State], Effect]
    reads: str
    """Class name of the effect that takes in what is shown."""
    needs_platform: bool
    """Without the platform's word nothing is known of the person; a chip says something by itself."""


def _read_id_card(state: State) -> Effect:
    return ReadIdCard(state.session.number, state.settings.card_deadline_s)


def _read_social_card(state: State) -> Effect:
    return ReadSocialCard(state.session.number, state.settings.card_deadline_s)


def _read_code(state: State) -> Effect:
    return ReadIdentityCode(state.session.number, state.settings.card_deadline_s)


ID_CARD = KnownWay("id_card", Role.ID_CARD, "card", _read_id_card, "ReadIdCard", False)
SOCIAL_CARD = KnownWay(
    "social_card", Role.SMART_CARD, "social-card", _read_social_card, "ReadSocialCard", True
)
CODE = KnownWay("code", Role.CODE_SCANNER, "code", _read_code, "ReadIdentityCode", True)
WAYS = (ID_CARD, SOCIAL_CARD, CODE)
"""In the order of the screen."""


def ways_here(state: State) -> tuple[KnownWay, ...]:
    """Return the ways whose device is fitted. The identity card is always one, or its lack is said."""
    return tuple(way for way in WAYS if way is ID_CARD or _is_fitted(state, way))


def chosen(state: State) -> KnownWay | None:
    """Return the way in use; the only one there is needs no choosing."""
    ways = ways_here(state)
    if len(ways) == 1:
        return ways[0]
    return next((way for way in ways if way.id == state.session.way), None)


def may_choose(state: State) -> bool:
    """Tell whether there is more than one way here."""
    return len(ways_here(state)) > 1


def reading(state: State) -> KnownWay | None:
    """Return the way whose device waits for the resident now."""
    return next((way for way in WAYS if asks.is_open(state, way.reads)), None)


def works(state: State, way: KnownWay) -> bool:
    """Tell whether this way leads somewhere now."""
    return not why_not(state, way)


def why_not(state: State, way: KnownWay) -> str:
    """Return the code of what stands in the way; empty when it works."""
    trouble = device_trouble(state.machine.statuses.get(way.role))
    if trouble is not None:
        return trouble.code
    if way.needs_platform and not state.machine.online:
        return state.machine.link_code or "link.down"
    return ""


def trouble_words(state: State, way: KnownWay) -> str:
    """Say why this way does not work now, or what went wrong in it; empty for neither."""
    words = device_words(state, way.role)
    if words:
        return words
    code = why_not(state, way) or state.session.identity_trouble
    return code_words(state, code, way.role) if code else ""


def shown_ways(state: State) -> tuple[Way, ...]:
    """All ways side by side, none preselected; one that does not work says why."""
    return tuple(
        Way(
            id=way.id,
            label=tell(state, f"identity.way.{way.id}"),
            help=tell(state, f"identity.way.{way.id}.help"),
            icon=way.icon,
            available=works(state, way),
            reason=_reason(state, way),
        )
        for way in ways_here(state)
    )


def _reason(state: State, way: KnownWay) -> str:
    code = why_not(state, way)
    return code_words(state, code, way.role) if code else ""


def _is_fitted(state: State, way: KnownWay) -> bool:
    status = state.machine.statuses.get(way.role)
    return status is not None and status.condition is not Condition.NOT_FITTED
