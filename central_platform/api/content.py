# SPDX-License-Identifier: Apache-2.0
"""What every terminal may show without a log-in: policies, notices, regions, life events, the service map.

What terminals keep for the time without a link carries an ETag (``kiosk.protocol.services.CONTENT``).
"""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from central_platform.api.access import KnownTerminal, Platform
from central_platform.api.conditional import conditional_document
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


@router.get("/policies", response_model=PolicyList)
def policies(request: Request, terminal: KnownTerminal, platform: Platform) -> Response:
    """Return the policies in force today (惠企通); one that has ended is never among them."""
    del terminal
    today = platform.today()
    in_force = PolicyList(as_of=today, policies=policies_in_force(today))
    return conditional_document(request, in_force)


@router.get("/intermediaries", response_model=IntermediaryNotices)
def intermediaries(request: Request, terminal: KnownTerminal, platform: Platform) -> Response:
    """Return open notices of the intermediary market (中介超市), the newest first."""
    del terminal
    notices = IntermediaryNotices(notices=notices_open(platform.today()))
    return conditional_document(request, notices)


@router.get("/regions")
def regions(
    terminal: KnownTerminal, platform: Platform, item: Annotated[ItemCode, Query()]
) -> RegionList:
    """Return how an item is done for other regions (异地通办)."""
    del terminal
    return RegionList(item=item, regions=regions_for(wanted_item(platform, item).code))


@router.get("/bundles", response_model=BundleList)
def life_events(request: Request, terminal: KnownTerminal, platform: Platform) -> Response:
    """Return the life events (一件事) whose matters are all offered."""
    del terminal
    offered = BundleList(bundles=bundles(platform.published.catalogue))
    return conditional_document(request, offered)


@router.get("/map", response_model=ServiceMap)
def service_map(
    request: Request,
    terminal: KnownTerminal,
    platform: Platform,
    item: Annotated[ItemCode | None, Query()] = None,
) -> Response:
    """Return the places of this terminal's region as they are now, those that can do the item first."""
    wanted = wanted_item(platform, item) if item is not None else None
    with platform.database.read() as session:
        places = ServiceMap(points=map_points(session, terminal, wanted, platform.now()))
    return conditional_document(request, places)
