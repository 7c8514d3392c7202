# SPDX-License-Identifier: Apache-2.0
"""Running the fleet: who works, who does not, telling them what to do."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter
from sqlalchemy.orm import Session
from starlette.responses import Response

from central_platform.api.access import Platform
from central_platform.api.errors import ApiError
from central_platform.api.roles import StaffMember, staff
from central_platform.clones import let_in_again
from central_platform.commands import order_command
from central_platform.configuration import configuration_of, set_configuration
from central_platform.context import PlatformContext
from central_platform.operations.fleet import (
    TerminalDetail,
    TerminalNow,
    find_terminal,
    fleet,
    terminal_detail,
)
from central_platform.operations.releases import publish_release, withdraw_release
from central_platform.staff_acts import Act, note_act
from kiosk.protocol.configuration import TerminalConfiguration, TerminalSettings
from kiosk.protocol.fleet import CommandKind, Release, Slot
from kiosk.protocol.wire import WireModel

router = APIRouter(prefix="/operations", tags=["operations"])

Looks = Annotated[StaffMember, staff("operator", "auditor", "host")]
Runs = Annotated[StaffMember, staff("operator")]


class CommandOrder(WireModel):
    """What a terminal is to do when nobody uses it."""

    kind: CommandKind
    slot: Slot | None = None


class CommandOrdered(WireModel):
    """The order, as it can be followed."""

    id: UUID


@router.get("/terminals")
def terminals(member: Looks, platform: Platform) -> tuple[TerminalNow, ...]:
    """Return the fleet; a host sees its own terminals."""
    with platform.database.read() as session:
        return fleet(session, platform.now(), member.scope if member.role == "host" else None)


@router.get("/terminals/{terminal}")
def terminal_with_its_past(terminal: str, member: Looks, platform: Platform) -> TerminalDetail:
    """Return one terminal, its devices, their history, its commands and last events."""
    if not member.may_see_terminal(terminal):
        raise ApiError(404, "terminal.unknown", "No such terminal.")
    with platform.database.read() as session:
        return terminal_detail(session, terminal, platform.now())


@router.post("/terminals/{terminal}/commands", status_code=201)
def order(terminal: str, wanted: CommandOrder, member: Runs, platform: Platform) -> CommandOrdered:
    """Queue a command; it is handed over when the terminal is idle and given up after a day."""
    with platform.database.write() as session:
        find_terminal(session, terminal)
        row = order_command(
            session, terminal, wanted.kind, wanted.slot, by=member.name, now=platform.now()
        )
        _note(
            session,
            platform,
            member,
            "command",
            about=terminal,
            detail=f"{wanted.kind} {wanted.slot or ''}",
        )
        return CommandOrdered(id=row.id)


@router.put("/terminals/{terminal}/configuration")
def configure(
    terminal: str, settings: TerminalSettings, member: Runs, platform: Platform
) -> TerminalConfiguration:
    """Set what holds for one terminal; it learns the new ETag with its next heartbeat."""
    unknown = [
        code for code in settings.items or () if platform.published.catalogue.item(code) is None
    ]
    if unknown:
        raise ApiError(422, "configuration.items", "No such items.", missing=tuple(unknown[:20]))
    with platform.database.write() as session:
        row = find_terminal(session, terminal)
        set_configuration(session, platform, terminal, settings, by=member.name)
        session.flush()
        _note(session, platform, member, "configured", about=terminal)
        return configuration_of(session, row)


@router.post("/terminals/{terminal}/revoke", status_code=204)
def revoke(terminal: str, member: Runs, platform: Platform) -> Response:
    """Never let this terminal in again; what it delivered stays."""
    with platform.database.write() as session:
        row = find_terminal(session, terminal)
        row.revoked_at = row.revoked_at or platform.now()
        _note(session, platform, member, "revoke", about=terminal)
    return Response(status_code=204)


@router.post("/terminals/{terminal}/resume", status_code=204)
def resume(terminal: str, member: Runs, platform: Platform) -> Response:
    """Let a suspended terminal in again, after somebody has looked that there is only one of it."""
    with platform.database.write() as session:
        find_terminal(session, terminal)
        let_in_again(session, terminal)
        _note(session, platform, member, "resume", about=terminal)
    return Response(status_code=204)


@router.post("/releases", status_code=204)
def publish(release: Release, member: Runs, platform: Platform) -> Response:
    """Publish a version of the terminal's software."""
    with platform.database.write() as session:
        publish_release(session, release, platform.now())
        _note(session, platform, member, "release", detail=f"{release.channel} {release.version}")
    return Response(status_code=204)


@router.post("/releases/{channel}/{version}/withdraw", status_code=204)
def withdraw(channel: str, version: str, member: Runs, platform: Platform) -> Response:
    """Offer a version no longer."""
    with platform.database.write() as session:
        withdraw_release(session, version, channel, platform.now())
        _note(session, platform, member, "release_withdrawn", detail=f"{channel} {version}")
    return Response(status_code=204)


def _note(
    session: Session,
    platform: PlatformContext,
    member: StaffMember,
    act: Act,
    *,
    about: str = "",
    detail: str = "",
) -> None:
    note_act(
        session,
        act,
        by=member.name,
        role=member.role,
        now=platform.now(),
        about=about,
        detail=detail,
    )
