# SPDX-License-Identifier: Apache-2.0
"""The configuration of one terminal: what holds for all, and what an operator set for this one."""

from __future__ import annotations

from sqlalchemy.orm import Session

from central_platform.context import PlatformContext
from central_platform.storage.fleet import TerminalConfigurationRow
from central_platform.storage.models import Terminal
from kiosk.protocol.configuration import (
    CONFIGURATION_PURPOSE,
    QueueQuotas,
    TerminalConfiguration,
    TerminalSettings,
)
from kiosk.protocol.messages import PlaceProfile
from kiosk.protocol.wire import Signed, sha256_hex

HEARTBEAT_S = 30
EVENT_DAYS = 30


def configuration_of(session: Session, terminal: Terminal) -> TerminalConfiguration:
    """Return what holds for this terminal now."""
    row = session.get(TerminalConfigurationRow, terminal.id)
    own = TerminalSettings.model_validate(row.settings) if row else TerminalSettings()
    return TerminalConfiguration(
        terminal=terminal.id,
        profile=PlaceProfile.model_validate(terminal.profile),
        heartbeat_s=own.heartbeat_s or HEARTBEAT_S,
        event_days=own.event_days or EVENT_DAYS,
        items=own.items,
        notice=own.notice,
        quotas=own.quotas or QueueQuotas(),
    )


def etag_of(configuration: TerminalConfiguration) -> str:
    """Return the name of this version: equal configurations have equal names."""
    return f'"{sha256_hex(configuration.canonical())[:16]}"'


def signed_configuration(platform: PlatformContext, configuration: TerminalConfiguration) -> Signed:
    """Return the document as terminals verify it."""
    return Signed.sign(CONFIGURATION_PURPOSE, configuration.canonical(), platform.secrets.signing)


def set_configuration(
    session: Session,
    platform: PlatformContext,
    terminal: str,
    settings: TerminalSettings,
    *,
    by: str,
) -> None:
    """Set what holds for one terminal, whole."""
    row = session.get(TerminalConfigurationRow, terminal, with_for_update=True)
    if row is None:
        row = TerminalConfigurationRow(terminal=terminal)
        session.add(row)
    row.settings = settings.model_dump(mode="json", exclude_none=True)
    row.changed_at, row.changed_by = platform.now(), by
