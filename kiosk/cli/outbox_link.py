# SPDX-License-Identifier: Apache-2.0
"""What ``kiosk outbox list`` and ``sync`` say of the link: what waits, the last contact, the clock."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from offline_cache import Outbox


def link_facts(outbox: Outbox) -> list[str]:
    """Say what waits for how long, when the platform last answered, and whether our clock was right then."""
    from kiosk.platform_client.link_reason import skew_worth_saying  # noqa: PLC0415 - start-up time

    facts = []
    oldest_s = outbox.oldest_waiting_s()
    if oldest_s is not None:
        facts.append(f"{outbox.waiting()} wait, the first for {timedelta(seconds=oldest_s)}")
    at = outbox.last_contact_at
    facts.append(
        "last contact "
        + ("never" if at is None else datetime.fromtimestamp(at, UTC).isoformat(timespec="seconds"))
    )
    skew_s = skew_worth_saying(outbox.server_offset_s)
    if skew_s is not None:
        way = "behind" if skew_s > 0 else "ahead of"
        facts.append(f"this clock was {timedelta(seconds=round(abs(skew_s)))} {way} the platform's")
    return facts
