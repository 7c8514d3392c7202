# SPDX-License-Identifier: Apache-2.0
"""Terminals come and go without a link: enrolment by a file on a stick, and the end of a terminal's access."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from central_platform.api.terminals import new_enrolment_token, promised_terminal, public_keys
from central_platform.bundle_import import write_whole
from central_platform.context import PlatformContext
from central_platform.storage.models import Terminal
from kiosk.protocol.bundle import ENROLMENT_FILE_PURPOSE, EnrolmentFile
from kiosk.protocol.messages import PlaceProfile
from kiosk.protocol.wire import Signed


def write_enrolment_file(
    platform: PlatformContext, profile: PlaceProfile, path: Path, *, platform_url: str, days: int
) -> EnrolmentFile:
    """Write what a terminal needs that cannot ask. It holds a single-use token: keep the stick. Raises ``OSError``."""
    token, ends = new_enrolment_token(platform, profile, timedelta(days=days))
    told = EnrolmentFile(
        terminal=promised_terminal(platform, token),
        token=token,
        platform_url=platform_url,
        keys=public_keys(platform),
        profile=profile,
        expires_at=ends,
    )
    signed = Signed.sign(ENROLMENT_FILE_PURPOSE, told.canonical(), platform.secrets.signing)
    write_whole(path, signed.canonical())
    return told


def revoke_terminal(platform: PlatformContext, terminal: str) -> bool:
    """End a terminal's access; ``False`` when there is none of that name. Its records and keys stay."""
    with platform.database.write() as session:
        row = session.get(Terminal, terminal, with_for_update=True)
        if row is None:
            return False
        row.revoked_at = row.revoked_at or platform.now()
        return True
