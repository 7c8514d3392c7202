# SPDX-License-Identifier: Apache-2.0
"""The first page: how many terminals work, which do not, since when, why, and what still works there."""

from __future__ import annotations

from collections import Counter
from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from central_platform.api.access import Platform
from central_platform.console.access import console
from central_platform.console.fleet_view import FleetFilter, fleet_rows
from central_platform.console.pages import page
from central_platform.console.sessions import Visitor
from central_platform.context import PlatformContext

router = APIRouter()

Looks = Annotated[Visitor, console("host", "operator", "auditor")]
Watches = Annotated[Visitor, console("host", "operator", "auditor", acts=False)]
_SHOWN = 200


@router.get("/")
def fleet_page(
    request: Request,
    visitor: Looks,
    platform: Platform,
    wanted: Annotated[FleetFilter, Query()],
) -> Response:
    """Show the fleet."""
    return _shown(request, visitor, platform, wanted, "fleet")


@router.get("/fleet-part")
def fleet_part(
    request: Request,
    visitor: Watches,
    platform: Platform,
    wanted: Annotated[FleetFilter, Query()],
) -> Response:
    """Give the list alone, for the page that refreshes itself."""
    return _shown(request, visitor, platform, wanted, "fleet-part")


def _shown(
    request: Request, visitor: Visitor, platform: PlatformContext, wanted: FleetFilter, name: str
) -> Response:
    with platform.database.read() as session:
        rows = fleet_rows(session, visitor, platform.published.catalogue.items, platform.now())
    fitting = [row for row in rows if wanted.fits(row)]
    query = {key: value for key, value in wanted.model_dump().items() if value}
    return page(
        request,
        name,
        rows=fitting[:_SHOWN],
        more=max(0, len(fitting) - _SHOWN),
        all_rows=len(rows),
        counts=Counter(row.now.health for row in rows),
        regions=sorted({row.now.region for row in rows}),
        wanted=wanted,
        query=urlencode(query),
        rest=urlencode({key: value for key, value in query.items() if key != "health"}),
    )
