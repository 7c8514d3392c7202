# SPDX-License-Identifier: Apache-2.0
"""The catalogue: signed, with an ETag; and the schema that item files obey."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request
from starlette.responses import Response

from central_platform.api.access import KnownTerminal, Platform
from central_platform.api.conditional import conditional
from central_platform.items import item_schema
from kiosk.protocol.wire import Signed

router = APIRouter(tags=["catalogue"])


@router.get("/catalogue", response_model=Signed)
def catalogue(request: Request, terminal: KnownTerminal, platform: Platform) -> Response:
    """Return all items, or 304 when the terminal has them."""
    del terminal  # every known terminal gets the same list until hosts differ
    published = platform.published
    return conditional(request, published.etag, published.signed.model_dump_json)


@router.get("/catalogue/schema")
def schema() -> dict[str, Any]:
    """Return the JSON Schema of an item."""
    return item_schema()
