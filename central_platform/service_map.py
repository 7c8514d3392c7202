# SPDX-License-Identifier: Apache-2.0
"""The service map: where else, and whether the machine there can do it now, by what it last said itself."""

from __future__ import annotations

from collections.abc import Set as AbstractSet
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from central_platform.operations.fleet import GOOD_CONDITIONS, fleet
from central_platform.storage.fleet import DeviceState
from central_platform.storage.models import Terminal
from kiosk.protocol.catalogue import ServiceItem
from kiosk.protocol.messages import PlaceProfile
from kiosk.protocol.services import MapPoint

_CITY_DIGITS = 4


def map_points(
    session: Session, asking: str, item: ServiceItem | None, now: datetime
) -> tuple[MapPoint, ...]:
    """Return the other terminals of the same city; the ones that can do it, then the nearest, first."""
    here = PlaceProfile.model_validate(session.get_one(Terminal, asking).profile)
    near = {point.name.zh: point for point in here.nearest}
    good: dict[str, set[str]] = {}
    for state in session.scalars(select(DeviceState).where(DeviceState.until.is_(None))):
        if state.condition in GOOD_CONDITIONS and state.condition != "not_fitted":
            good.setdefault(state.terminal, set()).add(state.role or state.slot)
    points = []
    for there in fleet(session, now):
        if there.id == asking or there.region[:_CITY_DIGITS] != here.region[:_CITY_DIGITS]:
            continue
        why_not = missing_devices(item, good.get(there.id, set()))
        usable = there.health in {"working", "impaired"}
        points.append(
            MapPoint(
                terminal=there.id,
                point=near.get(there.place.zh),
                place=there.place,
                region=there.region,
                host_type=there.host_type,
                health=there.health,
                can_do=usable and not why_not,
                why_not=why_not if usable else (),
                as_of=there.last_seen_at,
            )
        )
    return tuple(sorted(points, key=_order))


def missing_devices(item: ServiceItem | None, roles: AbstractSet[str]) -> tuple[str, ...]:
    """Return the roles that the item needs and no working device there has."""
    if item is None:
        return ()
    missing = [role for role in item.requires.devices if role not in roles]
    ways = set(item.requires.delivery)
    if ways and "handover" not in ways and not ways & roles:
        missing += sorted(ways)
    return tuple(missing)


def _order(point: MapPoint) -> tuple[bool, int, str]:
    far = 10**9
    return not point.can_do, point.point.distance_m if point.point else far, point.terminal
