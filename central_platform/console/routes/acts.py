# SPDX-License-Identifier: Apache-2.0
"""The record of what staff did, the newest first."""

from __future__ import annotations

from typing import Annotated, Final

from fastapi import APIRouter, Query, Request
from sqlalchemy import select
from starlette.responses import Response

from central_platform.api.access import Platform
from central_platform.console.access import console
from central_platform.console.pages import page
from central_platform.console.sessions import Visitor
from central_platform.storage.console import StaffAct

router = APIRouter()

Looks = Annotated[Visitor, console("operator", "auditor")]
_ON_A_PAGE: Final = 50


@router.get("/acts")
def acts_page(
    request: Request,
    visitor: Looks,
    platform: Platform,
    by: Annotated[str, Query(max_length=64)] = "",
    before: Annotated[int, Query(ge=0, le=2**31 - 1)] = 0,
) -> Response:
    """Show what staff did, from one entry back."""
    del visitor
    wanted = select(StaffAct).order_by(StaffAct.key.desc()).limit(_ON_A_PAGE + 1)
    if by:
        wanted = wanted.where(StaffAct.by == by.replace("\x00", ""))
    if before:
        wanted = wanted.where(StaffAct.key < before)
    with platform.database.read() as session:
        acts = session.scalars(wanted).all()
        names = session.scalars(select(StaffAct.by).distinct().order_by(StaffAct.by)).all()
    return page(
        request,
        "acts",
        acts=acts[:_ON_A_PAGE],
        older=acts[_ON_A_PAGE - 1].key if len(acts) > _ON_A_PAGE else 0,
        names=names,
        by=by,
    )
