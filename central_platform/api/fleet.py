# SPDX-License-Identifier: Apache-2.0
"""What terminals say and ask about themselves: heartbeat, configuration, events, commands, keys, releases."""

from __future__ import annotations

import base64
import binascii
from typing import Annotated
from uuid import UUID

from cryptography.exceptions import InvalidSignature
from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from central_platform.api.access import KnownTerminal, Platform, unauthorized
from central_platform.api.conditional import conditional
from central_platform.api.errors import ApiError
from central_platform.api.terminals import ed25519_key
from central_platform.audit_places import note_audit_place
from central_platform.clones import CLONED, notice_run
from central_platform.commands import acknowledge, commands_for
from central_platform.configuration import configuration_of, etag_of, signed_configuration
from central_platform.device_history import in_use_since, note_devices
from central_platform.operations.releases import latest_release
from central_platform.storage.models import Terminal
from central_platform.supervision import ForkedError, take_events
from central_platform.terminal_keys import announce_key
from kiosk.protocol.fleet import (
    RELEASE_PURPOSE,
    CommandReceipt,
    CommandResult,
    EventBatch,
    EventsAnswer,
    KeyRotation,
    KeyRotationAnswer,
    key_proof,
)
from kiosk.protocol.messages import Heartbeat, HeartbeatAnswer
from kiosk.protocol.wire import Signed

router = APIRouter(tags=["terminal"])


@router.post("/heartbeat", response_model_exclude_defaults=True)
def heartbeat(beat: Heartbeat, terminal: KnownTerminal, platform: Platform) -> HeartbeatAnswer:
    """Note how the terminal is; tell the time and, to terminals that say which run they are, what is new.

    401 ``terminal.cloned`` when two machines use this terminal's key and the policy is to refuse them.
    """
    now = platform.now()
    with platform.database.write() as session:
        row = session.get_one(Terminal, terminal, with_for_update=True)
        ours = beat.run_id is None or notice_run(
            session, platform, row, beat.run_id, beat.beat or 1
        )
        suspended = row.suspended_at is not None
        if ours and not suspended:
            said = beat.model_dump(mode="json")
            if row.last_beat is None or row.last_beat.get("devices") != said["devices"]:
                note_devices(session, terminal, beat.devices, now)
            row.in_use_since = in_use_since(row, beat, now)
            row.last_seen_at, row.last_beat = now, said
            if beat.audit is not None:
                note_audit_place(session, platform, row, beat.audit, live=True)
        answer = HeartbeatAnswer(now=now)
        if beat.run_id is not None:
            answer = HeartbeatAnswer(
                now=now,
                commands=commands_for(session, terminal, now) if ours and beat.idle else (),
                configuration=etag_of(configuration_of(session, row)),
                next_event=row.next_event,
            )
    if suspended:
        raise unauthorized(CLONED)
    return answer


@router.get("/configuration", response_model=Signed)
def configuration(request: Request, terminal: KnownTerminal, platform: Platform) -> Response:
    """Return what holds for this terminal, signed; or 304 when it has it."""
    with platform.database.read() as session:
        current = configuration_of(session, session.get_one(Terminal, terminal))
    return conditional(
        request,
        etag_of(current),
        lambda: signed_configuration(platform, current).model_dump_json(),
    )


@router.post("/events")
def events(batch: EventBatch, terminal: KnownTerminal, platform: Platform) -> EventsAnswer:
    """Take events for supervision. 409 ``events.gap`` names the number that is wanted; twice is no harm."""
    forked = False
    with platform.database.write() as session:
        try:
            return take_events(session, platform, terminal, batch.events)
        except ForkedError:
            forked = True
    assert forked  # noqa: S101 - for the reader: the alarm is committed
    raise ApiError(409, "events.forked", "A number is stored with other content.")


@router.put("/commands/{command}/result")
def command_result(
    command: UUID, result: CommandResult, terminal: KnownTerminal, platform: Platform
) -> CommandReceipt:
    """Take what became of a command, once."""
    with platform.database.write() as session:
        return acknowledge(session, terminal, command, result, platform.now())


@router.post("/terminals/key")
def rotate_key(
    rotation: KeyRotation, terminal: KnownTerminal, platform: Platform
) -> KeyRotationAnswer:
    """Announce a new key. It takes over with the first assertion that it signs; until then both work."""
    try:
        key = ed25519_key(rotation.public_key)
        key.verify(
            base64.b64decode(rotation.proof, validate=True),
            key_proof(terminal, rotation.public_key),
        )
    except (InvalidSignature, ValueError, binascii.Error):
        raise ApiError(
            422, "enrolment.key", "Not an Ed25519 key with a proof that you hold it."
        ) from None
    with platform.database.write() as session:
        announce_key(session, terminal, rotation.public_key)
    return KeyRotationAnswer(terminal=terminal, public_key=rotation.public_key)


@router.get("/releases/latest", response_model=Signed)
def release(
    terminal: KnownTerminal,
    platform: Platform,
    channel: Annotated[str, Query(pattern=r"^[a-z][a-z0-9-]{0,31}$")] = "stable",
) -> Signed:
    """Return the newest version of a channel, signed; 404 ``release.none`` when there is none."""
    del terminal  # every terminal of a channel gets the same
    with platform.database.read() as session:
        newest = latest_release(session, channel)
    if newest is None:
        raise ApiError(404, "release.none", "Nothing was published in this channel.")
    return Signed.sign(RELEASE_PURPOSE, newest.canonical(), platform.secrets.signing)
