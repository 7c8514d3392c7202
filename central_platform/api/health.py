# SPDX-License-Identifier: Apache-2.0
"""Whether the platform works, for load balancers and people."""

from __future__ import annotations

from fastapi import APIRouter
from sqlalchemy import text

from central_platform.api.access import Platform

router = APIRouter(tags=["health"])


@router.get("/health")
def health(platform: Platform) -> dict[str, str]:
    """Say ``ok`` after asking the database; a fault there is answered 503 by the frame."""
    with platform.database.read() as session:
        session.execute(text("SELECT 1"))
    return {"state": "ok", "catalogue": platform.published.catalogue.version}
