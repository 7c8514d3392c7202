# SPDX-License-Identifier: Apache-2.0
"""A made-up fleet for the console's tests and pictures: every state, every kind of host, the same every time."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from central_platform.context import PlatformContext
from central_platform.places import profile_of
from central_platform.storage.fleet import DeviceState, TerminalCommand, TerminalEvent
from central_platform.storage.models import Terminal

ROLES = (
    "id_card",
    "smart_card",
    "code_scanner",
    "camera",
    "receipt_printer",
    "page_printer",
    "document_scanner",
)
PASSWORD = "calm hills at noon"


@dataclass(frozen=True)
class Made:
    """One terminal of the fleet."""

    number: int
    zh: str
    en: str
    region: str
    host: str
    silent: timedelta | None = timedelta(seconds=12)
    """Since when nothing was heard; ``None``: never heard."""
    faults: dict[str, tuple[str, str, str, timedelta]] = field(default_factory=dict)
    """Slot → condition, code, recovery, since when."""
    beat: dict[str, Any] = field(default_factory=dict)
    suspended: bool = False

    @property
    def id(self) -> str:
        return f"T{self.region}-{self.number:06d}"


MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)

FLEET = (
    Made(1, "章贡区便民服务中心", "Zhanggong Service Centre", "360702", "hall"),
    Made(
        2,
        "演示银行文清支行",
        "Demonstration Bank, Wenqing Branch",
        "360702",
        "bank",
        faults={"page_printer": ("user_error", "media.out", "clear", 2 * HOUR)},
        beat={
            "supplies": [
                {
                    "slot": "page_printer",
                    "consumable": "sheets",
                    "left": 0,
                    "capacity": 500,
                    "unit": "sheets",
                    "days_left": 0,
                },
                {
                    "slot": "page_printer",
                    "consumable": "toner",
                    "left": 42,
                    "capacity": 100,
                    "unit": "percent",
                    "days_left": 31,
                },
                {
                    "slot": "receipt_printer",
                    "consumable": "roll",
                    "left": 9000,
                    "capacity": 80000,
                    "unit": "mm",
                    "days_left": 2,
                },
            ],
            "queued": 3,
            "oldest_queued_s": 2400,
            "clock_skew_s": 41.5,
        },
    ),
    Made(3, "样例邮政所", "Sample Post Office", "360702", "post", silent=47 * MINUTE),
    Made(4, "演示村便民服务站", "Yanshi Village Station", "360721", "village", silent=3 * DAY),
    Made(
        5,
        "样例通讯营业厅",
        "Sample Telecom Shop",
        "360702",
        "telecom",
        faults={
            "id_card": ("hardware_error", "dev.hardware", "service", 20 * HOUR),
            "camera": ("offline", "dev.unplugged", "configure", 19 * HOUR),
        },
    ),
    Made(6, "演示产业园服务厅", "Demonstration Business Park", "360703", "park"),
    Made(7, "样例商场一层", "Sample Mall, Ground Floor", "360703", "mall", silent=None),
    Made(8, "演示楼宇服务点", "Demonstration Tower", "360703", "tower", suspended=True),
    Made(9, "南康区便民服务中心", "Nankang Service Centre", "360703", "hall"),
    Made(10, "样例银行东门支行", "Sample Bank, East Gate", "360703", "bank"),
    Made(
        11,
        "演示村第二服务站",
        "Yanshi Village, Second Station",
        "360721",
        "village",
        faults={"receipt_printer": ("busy", "", "none", 11 * MINUTE)},
        beat={"queued": 12, "oldest_queued_s": 9000, "set_aside": 1, "intake": "near.quota.items"},
    ),
    Made(12, "赣县区便民服务中心", "Ganxian Service Centre", "360721", "hall"),
)


def put_fleet(platform: PlatformContext) -> None:
    """Store the fleet in an empty platform."""
    with platform.database.write() as session:
        for made in FLEET:
            _put(session, platform, made)
        session.flush()
        _put_past(session, platform, FLEET[1].id)


def _put(session: Session, platform: PlatformContext, made: Made) -> None:
    now = platform.now()
    seen = now - made.silent if made.silent is not None else None
    profile = profile_of(
        place=made.zh,
        place_en=made.en,
        region=made.region,
        host_type=made.host,
        duty_phone="0797-12345",
    )
    beat = {"software": "0.1.0", "queued": 0, "clock_skew_s": 0.4, **made.beat}
    session.add(
        Terminal(
            id=made.id,
            public_key=made.id,
            profile=profile.model_dump(mode="json"),
            enrolled_at=now - 90 * DAY,
            last_seen_at=seen,
            last_beat=beat if seen else None,
            suspended_at=now - 5 * HOUR if made.suspended else None,
            suspended_for="terminal.cloned" if made.suspended else None,
        )
    )
    session.flush()
    for role in ROLES if seen else ():
        condition, code, recovery, since = made.faults.get(role, ("online", "", "none", 6 * DAY))
        if role == "smart_card" and made.host in {"village", "mall"}:
            condition, code = "not_fitted", "dev.not_fitted"
        session.add(
            DeviceState(
                terminal=made.id,
                slot=role,
                role=role,
                condition=condition,
                code=code,
                recovery=recovery,
                at=now - since,
            )
        )


def _put_past(session: Session, platform: PlatformContext, terminal: str) -> None:
    now = platform.now()
    for number, (kind, slot, ago, outcome) in enumerate(
        (
            ("self_test", "id_card", 26 * HOUR, "done"),
            ("restart_device", "page_printer", 90 * MINUTE, "failed"),
            ("self_test", "page_printer", 4 * MINUTE, None),
        ),
        1,
    ):
        session.add(
            TerminalCommand(
                id=UUID(int=number),
                terminal=terminal,
                kind=kind,
                slot=slot,
                ordered_at=now - ago,
                ordered_by="zhang",
                not_after=now - ago + DAY,
                delivered_at=now - ago + MINUTE if outcome else None,
                ended_at=now - ago + 2 * MINUTE if outcome else None,
                outcome=outcome,
                result={"code": "media.out"} if outcome == "failed" else None,
            )
        )
    for sequence, (kind, item, ago) in enumerate(
        (
            ("session.begun", "", 3 * HOUR),
            ("submission.finalized", "social-insurance-proof", 175 * MINUTE),
            ("session.ended", "", 174 * MINUTE),
        ),
        1,
    ):
        session.add(
            TerminalEvent(
                terminal=terminal,
                sequence=sequence,
                kind=kind,
                at=now - ago,
                received_at=now - ago,
                detail={"item": item} if item else {},
                sha256="0" * 64,
            )
        )
