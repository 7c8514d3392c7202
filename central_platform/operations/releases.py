# SPDX-License-Identifier: Apache-2.0
"""Software releases: what is published, and what was taken back."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from central_platform.api.errors import ApiError
from central_platform.storage.fleet import SoftwareRelease
from kiosk.protocol.fleet import Release


def latest_release(session: Session, channel: str) -> Release | None:
    """Return what was published last in the channel and not withdrawn."""
    row = session.scalar(
        select(SoftwareRelease)
        .where(SoftwareRelease.channel == channel, SoftwareRelease.withdrawn_at.is_(None))
        .order_by(SoftwareRelease.published_at.desc(), SoftwareRelease.version.desc())
        .limit(1)
    )
    return Release.model_validate(row.metadata_) if row else None


def publish_release(session: Session, release: Release, now: datetime) -> None:
    """Publish a version. The same again is no error; the same number with other bytes is 409, for ever."""
    row = session.get(SoftwareRelease, (release.version, release.channel), with_for_update=True)
    said = release.model_dump(mode="json")
    if row is None:
        session.add(
            SoftwareRelease(
                version=release.version,
                channel=release.channel,
                published_at=now,
                metadata_=said,
            )
        )
    elif row.metadata_ != said:
        raise ApiError(409, "release.other", "This version is published with other contents.")


def withdraw_release(session: Session, version: str, channel: str, now: datetime) -> None:
    """Offer a version no longer. Raises :class:`ApiError` 404."""
    row = session.get(SoftwareRelease, (version, channel), with_for_update=True)
    if row is None:
        raise ApiError(404, "release.unknown", "No such release.")
    row.withdrawn_at = row.withdrawn_at or now
