# SPDX-License-Identifier: Apache-2.0
"""Alerts: what is wrong now, who has seen it, what has ended."""

from __future__ import annotations

from typing import Annotated, Final

from fastapi import APIRouter, Request
from sqlalchemy import select
from starlette.responses import Response

from central_platform.api.access import Platform
from central_platform.console.access import console
from central_platform.console.alerts_view import GRAVE, alert_board, deal_with
from central_platform.console.errors import ConsoleError
from central_platform.console.pages import page, to
from central_platform.console.sessions import Visitor
from central_platform.context import PlatformContext
from central_platform.storage.models import Terminal
from kiosk.protocol.wire import Text

router = APIRouter()

_SHOWN: Final = 100

Looks = Annotated[Visitor, console("host", "operator", "auditor")]
Watches = Annotated[Visitor, console("host", "operator", "auditor", acts=False)]
Deals = Annotated[Visitor, console("host", "operator")]


@router.get("/alerts")
def alerts_page(request: Request, visitor: Looks, platform: Platform) -> Response:
    """Show alerts."""
    return _shown(request, visitor, platform, "alerts")


@router.get("/alerts/part")
def alerts_part(request: Request, visitor: Watches, platform: Platform) -> Response:
    """Give the list alone, for the page that refreshes itself."""
    return _shown(request, visitor, platform, "alerts-part")


@router.post("/alerts/{key}/seen")
def seen(key: str, visitor: Deals, platform: Platform) -> Response:
    """Note that somebody sees to it."""
    with platform.database.write() as session:
        deal_with(session, visitor, _key(key), "seen", platform.now())
    return to("/alerts")


@router.post("/alerts/{key}/resolved")
def resolved(key: str, visitor: Deals, platform: Platform) -> Response:
    """Note that it is mended; what is still so in an hour is said again."""
    with platform.database.write() as session:
        deal_with(session, visitor, _key(key), "resolved", platform.now())
    return to("/alerts")


def _key(text: str) -> int:
    """Return an alert's number; anything that is none is no alert."""
    if not (text.isascii() and text.isdecimal() and len(text) <= 9):  # noqa: PLR2004 - within the column
        raise ConsoleError(404, "page")
    return int(text)


def _shown(request: Request, visitor: Visitor, platform: PlatformContext, name: str) -> Response:
    with platform.database.read() as session:
        board = alert_board(session, visitor, platform.now())
        names = {each.terminal for each in (*board.unseen, *board.seen, *board.past)}
        places = {
            row.id: Text.model_validate(row.profile["place"])
            for row in session.scalars(
                select(Terminal).where(Terminal.id.in_(sorted(each for each in names if each)))
            )
        }
    return page(request, name, board=board, places=places, grave=GRAVE, most=_SHOWN)
