# SPDX-License-Identifier: Apache-2.0
"""What every terminal may show without a log-in: policies, notices, regions, life events, the service map."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query

from central_platform.api.access import KnownTerminal, Platform
from central_platform.api.licences import wanted_item
from central_platform.content import bundles, notices_open, policies_in_force, regions_for
from central_platform.service_map import map_points
from kiosk.protocol.services import (
    BundleList,
    IntermediaryNotices,
    ItemCode,
    PolicyList,
    RegionList,
    ServiceMap,
)

router = APIRouter(tags=["content"])


@router.get("/policies")
def policies(terminal: KnownTerminal, platform: Platform) -> PolicyList:
    """Return the policies in force today (惠企通); one that has ended is never among them."""
    del terminal
    today = platform.today()
    return PolicyList(as_of=today, policies=policies_in_force(today))


@router.get("/intermediaries")
def intermediaries(terminal: KnownTerminal, platform: Platform) -> IntermediaryNotices:
    """Return open notices of the intermediary market (中介超市), the newest first."""
    del terminal
    return IntermediaryNotices(notices=notices_open(platform.today()))


@router.get("/regions")
def regions(
    terminal: KnownTerminal, platform: Platform, item: Annotated[ItemCode, Query()]
) -> RegionList:
    """Return how an item is done for other regions (异地通办)."""
    del terminal
    return RegionList(item=item, regions=regions_for(wanted_item(platform, item).code))


@router.get("/bundles")
def life_events(terminal: KnownTerminal, platform: Platform) -> BundleList:
    """Return the life events (一件事) whose matters are all offered."""
    del terminal
    return BundleList(bundles=bundles(platform.published.catalogue))


@router.get("/map")
def service_map(
    terminal: KnownTerminal, platform: Platform, item: Annotated[ItemCode | None, Query()] = None
) -> ServiceMap:
    """Return the places of this terminal's region as they are now, those that can do the item first."""
    wanted = wanted_item(platform, item) if item is not None else None
    with platform.database.read() as session:
        return ServiceMap(points=map_points(session, terminal, wanted, platform.now()))
