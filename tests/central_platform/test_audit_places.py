# SPDX-License-Identifier: Apache-2.0
"""The platform remembers how long a terminal's event chain was."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select

from central_platform.storage.models import Alarm
from kiosk.protocol.messages import AuditPlace, Heartbeat


def beat(desk: Any, sequence: int, digest: str) -> None:
    place = AuditPlace(sequence=sequence, hash=digest * 64)
    desk.client.heartbeat(Heartbeat(software="test", queued=0, audit=place))


def alarms(desk: Any) -> list[tuple[str, str]]:
    with desk.running.context.database.read() as session:
        return [(row.code, row.detail) for row in session.scalars(select(Alarm))]


@pytest.mark.expected_logs("alarm audit")
def test_a_chain_that_became_shorter_or_another_one_is_an_alarm_once(desk: Any) -> None:
    beat(desk, 5, "a")
    beat(desk, 5, "a")
    beat(desk, 9, "b")
    assert alarms(desk) == []
    beat(desk, 8, "c")
    beat(desk, 8, "c")
    assert alarms(desk) == [("audit.cut_off", "events 9, now 8")]
    beat(desk, 8, "d")
    assert alarms(desk)[1:] == [("audit.rewritten", "events 8, now 8")]
