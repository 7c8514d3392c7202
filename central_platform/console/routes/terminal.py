# SPDX-License-Identifier: Apache-2.0
"""One terminal: what works, supplies, queue, clock, what happened, and what it may be told to do."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, Final

from fastapi import APIRouter, Query, Request
from pydantic import BaseModel, Field, TypeAdapter, ValidationError
from sqlalchemy import select
from starlette.responses import Response

from central_platform.api.access import Platform
from central_platform.clones import let_in_again
from central_platform.commands import order_command
from central_platform.console.access import console
from central_platform.console.errors import ConsoleError
from central_platform.console.fleet_view import Needs, as_row
from central_platform.console.pages import page, to
from central_platform.console.sessions import Visitor
from central_platform.console.supplies_view import supply_levels
from central_platform.context import PlatformContext
from central_platform.operations.fleet import (
    GOOD_CONDITIONS,
    TerminalDetail,
    devices_now,
    find_terminal,
    terminal_detail,
)
from central_platform.operations.supplies import slot_reports
from central_platform.staff_acts import note_act
from central_platform.storage.console import Alert
from central_platform.storage.fleet import DeviceState
from kiosk.protocol.fleet import CommandKind
from kiosk.protocol.messages import PlaceProfile

router = APIRouter()

Looks = Annotated[Visitor, console("host", "operator", "auditor")]
Watches = Annotated[Visitor, console("host", "operator", "auditor", acts=False)]
Runs = Annotated[Visitor, console("operator")]
DEVICE_COMMANDS: Final = ("self_test", "restart_device")
_HAPPENED: Final = 20
_KIND: Final = TypeAdapter[CommandKind](CommandKind)


class CommandAsked(BaseModel):
    """Which command somebody thinks of."""

    kind: str = Field(max_length=32)
    slot: str = Field(default="", max_length=64)


@dataclass(frozen=True, slots=True)
class Happened:
    """One line of what happened at a terminal."""

    at: datetime
    kind: str
    """A device's condition, or the kind of an event."""
    code: str
    slot: str = ""
    role: str = ""
    item: str = ""

    @property
    def condition(self) -> str:
        """The condition that a device came into."""
        return self.kind


@router.get("/terminals/{terminal}")
def terminal_page(
    terminal: str,
    request: Request,
    visitor: Looks,
    platform: Platform,
    ordered: bool = False,  # noqa: FBT001, FBT002 - a query
) -> Response:
    """Show one terminal."""
    facts = _facts(platform, visitor, terminal)
    return page(request, "terminal", ordered=ordered, **facts)


@router.get("/terminals/{terminal}/part")
def terminal_part(
    terminal: str, request: Request, visitor: Watches, platform: Platform
) -> Response:
    """Give what changes by itself, for the page that refreshes itself."""
    return page(request, "terminal-part", **_facts(platform, visitor, terminal))


@router.get("/terminals/{terminal}/command")
def command_page(
    terminal: str,
    request: Request,
    visitor: Runs,
    platform: Platform,
    asked: Annotated[CommandAsked, Query()],
) -> Response:
    """Say what a command will do, before it is ordered."""
    facts = _facts(platform, visitor, terminal)
    known = {device.slot for device in facts["devices"]}
    if asked.kind not in DEVICE_COMMANDS or asked.slot not in known:
        raise ConsoleError(404, "page")
    return page(request, "command", kind=asked.kind, slot=asked.slot, **facts)


@router.post("/terminals/{terminal}/command")
def order(terminal: str, request: Request, visitor: Runs, platform: Platform) -> Response:
    """Queue a command: handed over when nobody uses the terminal, given up after a day."""
    form: dict[str, str] = request.state.form
    slot = form.get("slot", "")
    try:
        kind = _KIND.validate_python(form.get("kind", ""))
    except ValidationError:
        raise ConsoleError(422, "request") from None
    now = platform.now()
    with platform.database.write() as session:
        find_terminal(session, terminal)
        known = session.scalar(
            select(DeviceState.key).where(
                DeviceState.terminal == terminal,
                DeviceState.slot == slot,
                DeviceState.until.is_(None),
            )
        )
        if known is None:
            raise ConsoleError(422, "request")
        order_command(session, terminal, kind, slot, by=visitor.member.name, now=now)
        note_act(
            session,
            "command",
            by=visitor.member.name,
            role=visitor.role,
            now=now,
            about=terminal,
            detail=f"{kind} {slot}",
        )
    return to(f"/terminals/{terminal}?ordered=true#commands")


@router.post("/terminals/{terminal}/resume")
def resume(terminal: str, visitor: Runs, platform: Platform) -> Response:
    """Let a terminal in again that was kept out, after somebody has looked that there is only one of it."""
    now = platform.now()
    with platform.database.write() as session:
        find_terminal(session, terminal)
        let_in_again(session, terminal)
        note_act(
            session,
            "resume",
            by=visitor.member.name,
            role=visitor.role,
            now=now,
            about=terminal,
        )
    return to(f"/terminals/{terminal}")


def _facts(platform: PlatformContext, visitor: Visitor, terminal: str) -> dict[str, Any]:
    if not visitor.member.may_see_terminal(terminal):
        raise ConsoleError(404, "page")
    with platform.database.read() as session:
        row = find_terminal(session, terminal)
        detail = terminal_detail(session, terminal, platform.now())
        states = devices_now(session, [terminal]).get(terminal, [])
        alerts = session.scalars(
            select(Alert)
            .where(Alert.terminal == terminal, Alert.standing.is_not(None))
            .order_by(Alert.since)
        ).all()
    beat = row.last_beat or {}
    reports = slot_reports(beat)
    return {
        "row": as_row(detail.terminal, states, Needs(platform.published.catalogue.items)),
        "profile": PlaceProfile.model_validate(row.profile),
        "detail": detail,
        "devices": sorted(states, key=lambda each: each.condition in GOOD_CONDITIONS),
        "beat": beat,
        "supplies": supply_levels(reports),
        "reports": [report for report in reports if report.counters],
        "enrolled_at": row.enrolled_at,
        "in_use_since": row.in_use_since,
        "revoked_at": row.revoked_at,
        "certificate_ends": platform.secrets.seal_ends,
        "alerts": alerts,
        "device_commands": DEVICE_COMMANDS,
        "happened": _happened(detail, states),
    }


def _happened(detail: TerminalDetail, states: list[DeviceState]) -> list[Happened]:
    """Return what devices and the terminal's own events say happened, the newest first."""
    roles = {state.slot: state.role or state.slot for state in states}
    told = [
        Happened(span.at, span.condition, span.code, slot=span.slot, role=roles.get(span.slot, ""))
        for span in detail.history
    ]
    told += [
        Happened(
            event.at,
            event.kind,
            str(event.detail.get("code", "")),
            item=str(event.detail.get("item", "")),
        )
        for event in detail.events
    ]
    return sorted(told, key=lambda each: each.at, reverse=True)[:_HAPPENED]
