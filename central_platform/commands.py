# SPDX-License-Identifier: Apache-2.0
"""Commands to terminals: ordered here, handed over with an idle terminal's heartbeat, acknowledged once."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID, uuid4

from sqlalchemy import select
from sqlalchemy.orm import Session

from central_platform.api.errors import ApiError
from central_platform.storage.fleet import TerminalCommand
from kiosk.protocol.fleet import Command, CommandKind, CommandReceipt, CommandResult

GOOD_FOR = timedelta(hours=24)
AT_ONCE = 4
"""Handed over in one answer; each of them occupies the terminal."""
_ABOUT_A_DEVICE = {"self_test", "restart_device"}


def order_command(
    session: Session, terminal: str, kind: CommandKind, slot: str | None, *, by: str, now: datetime
) -> TerminalCommand:
    """Queue a command. Raises :class:`ApiError` 422 where a device is missing or out of place."""
    if (slot is None) == (kind in _ABOUT_A_DEVICE):
        raise ApiError(422, "command.slot", f"{kind} and this device do not go together.")
    row = TerminalCommand(
        id=uuid4(),
        terminal=terminal,
        kind=kind,
        slot=slot,
        ordered_at=now,
        ordered_by=by,
        not_after=now + GOOD_FOR,
    )
    session.add(row)
    return row


def commands_for(session: Session, terminal: str, now: datetime) -> tuple[Command, ...]:
    """Return what the terminal is to do next, and note that it was handed over. Those too old are closed."""
    rows = session.scalars(
        select(TerminalCommand)
        .where(TerminalCommand.terminal == terminal, TerminalCommand.ended_at.is_(None))
        .order_by(TerminalCommand.ordered_at, TerminalCommand.id)
    ).all()
    wanted: list[Command] = []
    for row in rows:
        if row.not_after <= now:
            row.ended_at, row.outcome = now, "refused"
            row.result = {"code": "command.expired"}
        elif len(wanted) < AT_ONCE:
            row.delivered_at = row.delivered_at or now
            wanted.append(
                Command.model_validate(
                    {
                        "id": row.id,
                        "kind": row.kind,
                        "slot": row.slot,
                        "not_after": row.not_after,
                    }
                )
            )
    return tuple(wanted)


def acknowledge(
    session: Session, terminal: str, command: UUID, result: CommandResult, now: datetime
) -> CommandReceipt:
    """Keep the result, once. The same again is answered the same; another one is 409."""
    row = session.get(TerminalCommand, command, with_for_update=True)
    if row is None or row.terminal != terminal:
        raise ApiError(404, "command.unknown", "No such command.")
    said = result.model_dump(mode="json")
    if row.ended_at is None:
        row.ended_at, row.outcome, row.result = now, result.outcome, said
    elif row.result != said:
        raise ApiError(409, "command.ended", "Another result of this command is stored.")
    return CommandReceipt(id=command, outcome=result.outcome)
