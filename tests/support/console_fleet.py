# SPDX-License-Identifier: Apache-2.0
"""A made-up fleet for the console's tests and pictures: every state, every kind of host, the same every time."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from central_platform.context import PlatformContext
from central_platform.places import profile_of
from central_platform.storage.fleet import DeviceState, TerminalCommand, TerminalEvent
from central_platform.storage.models import Case, Rating, Submission, Terminal, Ticket
from central_platform.storage.services import TicketNote

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
                    "counters": {"documents": 1204, "documents_failed": 3, "sheets": 1391},
                    "levels": [
                        {"kind": "sheets", "unit": "sheets", "left": 0, "state": "out"},
                        {"kind": "toner", "unit": "percent", "left": 42, "days_left": 31},
                    ],
                },
                {
                    "slot": "receipt_printer",
                    "counters": {"slips": 5120, "slips_uncertain": 1, "paper_mm": 819200},
                    "levels": [
                        {
                            "kind": "roll",
                            "unit": "mm",
                            "left": 9000,
                            "capacity": 80000,
                            "origin": "counted",
                            "days_left": 1,
                            "sample_days": 14,
                        }
                    ],
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

OF_THE_HOST = FLEET[1].id
"""The terminal of the host's account in tests."""


def put_fleet(platform: PlatformContext) -> None:
    """Store the fleet in an empty platform."""
    with platform.database.write() as session:
        for made in FLEET:
            _put(session, platform, made)
        session.flush()
        _put_past(session, platform, FLEET[1].id)
        _put_work(session, platform)


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


# --- what residents came for --------------------------------------------------------------------

SECRET_WORDS = "李四的手机 13800000000"
"""What a resident wrote: on no page until somebody asks to see it."""
_ITEMS = (
    ("social-insurance-proof", 40, ()),
    ("medical-insurance-proof", 22, ("refused",)),
    ("old-age-allowance", 14, ("refused", "supplement", "supplement", "refused", "in_review")),
    ("provident-fund-query", 9, ()),
    ("food-filing", 3, ("in_review",)),
)


def _put_work(session: Session, platform: PlatformContext) -> None:
    """Store what came in: spread over this month and the last, over the terminals that are heard."""
    now = platform.now()
    busy = [made.id for made in FLEET if made.silent is not None]
    number = 0
    for item, many, unhappy in _ITEMS:
        for each in range(many * 2):
            number += 1
            ago = (each * 29 + number) % 50 * DAY + (each % 9) * HOUR + HOUR
            row = _submission(number, busy[(each * 5 + number) % len(busy)], item, "application")
            row.received_at = now - ago
            session.add(row)
            session.flush()
            state = unhappy[each % len(unhappy)] if unhappy and each % 2 else "approved"
            session.add(
                Case(submission_key=row.key, number=f"CASE{number:08d}", state=state, reason={})
            )
    for each, grade in enumerate((5, 5, 4, 5, 3, 5, 4, 5, 2, 5, 1, 4)):
        number += 1
        row = _submission(number, busy[each % len(busy)], _ITEMS[each % 3][0], "rating")
        row.received_at = now - each * DAY
        session.add(row)
        session.flush()
        session.add(Rating(submission_key=row.key, about=None, grade=grade, words={}))
    today = platform.today()
    for each, (cause, words, due, state, by) in enumerate(
        (
            ("resident", {"step": "review", "code": "platform.busy"}, -3, "open", ""),
            ("bad_rating", {"comment": SECRET_WORDS}, -1, "working", "zhang"),
            ("resident", {"kind": "home_visit", "text": SECRET_WORDS}, 0, "open", ""),
            ("bad_rating", {"comment": "等了很久"}, 1, "answered", "zhang"),
            ("resident", {"step": "scan", "code": "media.jam"}, -6, "closed", "zhang"),
        ),
        1,
    ):
        number += 1
        row = _submission(number, busy[each], _ITEMS[each % 3][0], "ticket")
        row.received_at = now + (due - 1) * DAY
        session.add(row)
        session.flush()
        ticket = f"GD{each:06d}"
        session.add(
            Ticket(
                submission_key=row.key,
                number=ticket,
                cause=cause,
                words=words,
                due=date.fromordinal(today.toordinal() + due),
                state=state,
            )
        )
        if by:
            session.add(
                TicketNote(number=ticket, at=now - HOUR, by=by, state=state, words="已电话联系")
            )


def _submission(number: int, terminal: str, item: str, kind: str) -> Submission:
    return Submission(
        terminal=terminal,
        id=UUID(int=number),
        manifest_sha256="0" * 64,
        manifest={},
        kind=kind,
        item=item,
        receipt=f"L{number:06d}",
        payload={},
        signed_receipt={},
    )
