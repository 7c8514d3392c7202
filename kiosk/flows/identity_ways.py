# SPDX-License-Identifier: Apache-2.0
"""The ways to be known here: what each needs, and whether it works now.

A further way is one more row, its effects and its words ``identity.<way>.*``.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from drivers.core import Condition, Role
from kiosk.catalogue.readiness import Reason, device_trouble
from kiosk.flows import asks
from kiosk.flows.effects import CaptureFace, Effect, ReadIdCard, ReadIdentityCode, ReadSocialCard
from kiosk.flows.face import tries_left
from kiosk.flows.sentences import code_words, tell
from kiosk.flows.state import State
from kiosk.flows.views import Way
from kiosk.protocol.messages import Assurance, at_least


@dataclass(frozen=True, slots=True)
class KnownWay:
    """One way to be known."""

    id: str
    role: Role
    icon: str
    begin: Callable[[State], Effect]
    worth: Assurance
    """What a log-in by this way may be worth."""
    needs_platform: bool = True
    """Without the platform's word nothing is known of the person; a chip says something by itself."""


def _read_id_card(state: State) -> Effect:
    return ReadIdCard(state.session.number, state.settings.card_deadline_s)


def _read_social_card(state: State) -> Effect:
    return ReadSocialCard(state.session.number, state.settings.card_deadline_s)


def _look_at_face(state: State) -> Effect:
    return CaptureFace(state.session.number, state.settings.face_deadline_s)


def _read_code(state: State) -> Effect:
    return ReadIdentityCode(state.session.number, state.settings.card_deadline_s)


ID_CARD = KnownWay("id_card", Role.ID_CARD, "card", _read_id_card, "card", needs_platform=False)
SOCIAL_CARD = KnownWay(
    "social_card", Role.SMART_CARD, "social-card", _read_social_card, "social_card"
)
CODE = KnownWay("code", Role.CODE_SCANNER, "code", _read_code, "code")
FACE = KnownWay("face", Role.CAMERA, "face", _look_at_face, "card+face")
WAYS = (ID_CARD, SOCIAL_CARD, CODE, FACE)
"""In the order of the screen; the face is the last."""


def ways_here(state: State) -> tuple[KnownWay, ...]:
    """Return the ways whose device is fitted. The identity card is always one, or its lack is said."""
    return tuple(way for way in WAYS if way is ID_CARD or is_fitted(state, way))


def chosen(state: State) -> KnownWay | None:
    """Return the way in use; the only one there is needs no choosing."""
    ways = ways_here(state)
    if len(ways) == 1:
        return ways[0]
    return next((way for way in ways if way.id == state.session.way), None)


def may_choose(state: State) -> bool:
    """Tell whether there is more than one way here."""
    return len(ways_here(state)) > 1


def waiting_at(state: State) -> Role | None:
    """Return the device that waits for the resident now."""
    return next((role for name, role in asks.READS.items() if asks.is_open(state, name)), None)


def works(state: State, way: KnownWay) -> bool:
    """Tell whether this way leads somewhere now."""
    return not why_not(state, way)


def why_not(state: State, way: KnownWay) -> str:
    """Return the code of what stands in the way; empty when it works."""
    return obstacle(state, way).code


def is_enough(state: State, worth: Assurance) -> bool:
    """Tell whether a log-in of that worth will do for the chosen item."""
    item = state.session.item
    return item is None or at_least(worth, item.requires.assurance)


def obstacle(state: State, way: KnownWay) -> Reason:
    """Return what stands in the way and at which device; an empty code when nothing does."""
    card_needed = way is FACE and state.session.person.card is None
    for role in (way.role, *((Role.ID_CARD,) if card_needed else ())):
        trouble = device_trouble(state.machine.statuses.get(role))
        if trouble is not None:
            return Reason(trouble.code, role)
    if way.needs_platform and not state.machine.online:
        return Reason(state.machine.link_code or "link.down")
    if not is_enough(state, way.worth):
        return Reason("identity.not_enough")
    if way is FACE and not tries_left(state):
        return Reason("face.other_way")
    return Reason("")


def trouble_words(state: State, way: KnownWay) -> str:
    """Say why this way does not work now, or what went wrong in it; empty for neither."""
    lacking = obstacle(state, way)
    code = lacking.code or state.session.identity_trouble
    return code_words(state, code, lacking.about or way.role) if code else ""


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
    lacking = obstacle(state, way)
    return code_words(state, lacking.code, lacking.about) if lacking.code else ""


def is_fitted(state: State, way: KnownWay) -> bool:
    """Tell whether this machine has the device of that way."""
    status = state.machine.statuses.get(way.role)
    return status is not None and status.condition is not Condition.NOT_FITTED
