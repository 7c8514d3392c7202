# SPDX-License-Identifier: Apache-2.0
"""Invented times for appointments, so that the reference platform has some to give; offices offer theirs themselves."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from importlib.resources import files
from typing import Any

import yaml
from sqlalchemy import select

from central_platform.context import HALL_TIME, PlatformContext
from central_platform.storage.services import AppointmentSlot
from central_platform.working_days import is_working_day

DAYS_AHEAD = 12
LENGTH = timedelta(minutes=30)


def offer_sample_times(platform: PlatformContext) -> int:
    """Offer the times of the coming working days that are not offered yet; return how many were new.

    Raises ``sqlalchemy.exc.IntegrityError`` when an office offers one of them in the same moment.
    """
    source = files("central_platform").joinpath("data", "content", "times.yaml")
    offered = yaml.safe_load(source.read_text("utf-8"))["offered"]
    today = platform.today()
    coming = [today + timedelta(days=ahead) for ahead in range(1, DAYS_AHEAD + 1)]
    with platform.database.write() as session:
        known = {
            (row.place_zh, row.item, row.starts_at)
            for row in session.scalars(
                select(AppointmentSlot).where(AppointmentSlot.starts_at > platform.now())
            )
        }
        wanted = [
            _slot(row, datetime.combine(day, time.fromisoformat(hour), HALL_TIME))
            for row in offered
            for day in filter(is_working_day, coming)
            for hour in row["hours"]
        ]
        new = [each for each in wanted if (each.place_zh, each.item, each.starts_at) not in known]
        session.add_all(new)
    return len(new)


def _slot(row: dict[str, Any], starts: datetime) -> AppointmentSlot:
    return AppointmentSlot(
        place_zh=row["place"]["zh"],
        place_en=row["place"]["en"],
        item=row["item"],
        starts_at=starts,
        ends_at=starts + LENGTH,
        capacity=row["room"],
        taken=0,
    )
