# SPDX-License-Identifier: Apache-2.0
"""The platform gets every event once, in order, whatever came in between."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from sqlalchemy import select

from central_platform.storage.fleet import TerminalEvent
from central_platform.testing import RunningPlatform, running_platform
from kiosk.audit import AuditLog
from kiosk.audit.chain import BEGINNING, next_event
from kiosk.platform_client.enrolment import enrol
from kiosk.platform_client.port import LinkError
from kiosk.platform_client.v1 import PlatformV1
from kiosk.protocol.fleet import EventBatch, EventsAnswer
from kiosk.terminal.supervision import BATCHES_A_BEAT, Supervision, told

SUBMISSION = "019ab000-0000-7000-8000-000000000001"


@pytest.fixture
def running(tmp_path: Path) -> Iterator[RunningPlatform]:
    with running_platform(tmp_path / "platform") as platform:
        yield platform


@pytest.fixture
def platform(running: RunningPlatform, tmp_path: Path) -> Iterator[PlatformV1]:
    client = PlatformV1(enrol(running.url, running.enrolment_token(), tmp_path / "terminal"))
    yield client
    client.close()


@pytest.fixture
def audit(tmp_path: Path) -> Iterator[AuditLog]:
    log = AuditLog(tmp_path / "audit", wall=lambda: 1_800_000_000.0, rotate_bytes=4_000)
    yield log
    log.close()


def stored(running: RunningPlatform) -> list[tuple[int, str]]:
    with running.context.database.read() as session:
        rows = session.scalars(select(TerminalEvent).order_by(TerminalEvent.sequence))
        return [(row.sequence, row.kind) for row in rows]


def write(audit: AuditLog, count: int) -> None:
    for _ in range(count):
        audit.append("session.begun", item="old-age-allowance")


def test_every_event_arrives_once_and_in_order(
    running: RunningPlatform, platform: PlatformV1, audit: AuditLog, tmp_path: Path
) -> None:
    supervision = Supervision(platform, tmp_path / "audit")
    wanted = 1
    for count in (3, 0, 90, 1):  # over several files of the chain
        write(audit, count)
        supervision.send(wanted, audit.durable_place.sequence)
        wanted = len(stored(running)) + 1
    assert [number for number, _ in stored(running)] == list(range(1, 95))


def test_after_a_restart_it_goes_on_where_the_platform_says(
    running: RunningPlatform, platform: PlatformV1, audit: AuditLog, tmp_path: Path
) -> None:
    write(audit, 60)
    Supervision(platform, tmp_path / "audit").send(1, 40)
    assert len(stored(running)) == 40
    Supervision(platform, tmp_path / "audit").send(41, 60)
    assert [number for number, _ in stored(running)] == list(range(1, 61))


def test_what_was_sent_before_is_no_harm(
    running: RunningPlatform, platform: PlatformV1, audit: AuditLog, tmp_path: Path
) -> None:
    write(audit, 10)
    for _ in range(2):
        Supervision(platform, tmp_path / "audit").send(1, 10)
    assert len(stored(running)) == 10


def test_what_a_power_cut_could_take_back_does_not_leave(
    running: RunningPlatform, platform: PlatformV1, audit: AuditLog, tmp_path: Path
) -> None:
    write(audit, 2)
    audit.append("screen.shown", screen="home")  # written, not flushed
    assert audit.durable_place.sequence == 2
    Supervision(platform, tmp_path / "audit").send(1, audit.durable_place.sequence)
    assert len(stored(running)) == 2


@dataclass
class Counting:
    """Takes everything and remembers the batches; the first ``broken`` ones meet a dead line."""

    broken: int = 0
    batches: int = 0
    next: int = 1

    def report_events(self, batch: EventBatch) -> EventsAnswer:
        self.batches += 1
        if self.batches <= self.broken:
            raise LinkError("link.cut")
        assert batch.events[0].sequence == self.next
        self.next = batch.events[-1].sequence + 1
        return EventsAnswer(next=self.next, stored=len(batch.events))


def test_after_months_a_heartbeat_takes_a_few_batches_only(tmp_path: Path) -> None:
    audit = tmp_path / "audit"
    audit.mkdir()
    place, written = BEGINNING, []
    for _ in range(4_000):
        event = next_event(place, 1.0, "session.begun", {})
        place = event.place
        written.append(event.line())
    (audit / "events-000001.jsonl").write_bytes(b"".join(written))
    desk = Counting()
    supervision = Supervision(desk, audit)
    supervision.send(1, 4_000)
    assert (desk.batches, desk.next) == (BATCHES_A_BEAT, 2_001)
    supervision.send(desk.next, 4_000)
    assert desk.next == 4_001
    supervision.send(desk.next, 4_000)
    assert desk.batches == 2 * BATCHES_A_BEAT


@pytest.mark.expected_logs("events not sent")
def test_a_dead_line_is_tried_again_and_said_once(
    audit: AuditLog, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    write(audit, 5)
    desk = Counting(broken=3)
    supervision = Supervision(desk, tmp_path / "audit")
    for _ in range(4):
        supervision.send(desk.next, 5)
    assert desk.next == 6
    assert len([line for line in caplog.records if "not sent" in line.message]) == 1


@pytest.mark.expected_logs("events not sent")
def test_damage_in_the_chain_is_never_skipped(audit: AuditLog, tmp_path: Path) -> None:
    write(audit, 8)
    audit.close()
    [first, *_] = sorted((tmp_path / "audit").glob("events-*.jsonl"))
    kept = first.read_bytes().split(b"\n")
    kept[3] = b'{"seq":4}'
    first.write_bytes(b"\n".join(kept))
    desk = Counting()
    supervision = Supervision(desk, tmp_path / "audit")
    supervision.send(1, 8)
    assert desk.next == 4
    supervision.send(4, 8)
    assert desk.next == 4


def test_nothing_is_sent_to_a_platform_that_wants_nothing(tmp_path: Path) -> None:
    desk = Counting()
    Supervision(desk, tmp_path).send(None, 10)
    assert desk.batches == 0


def test_an_event_says_what_it_was_and_no_more() -> None:
    fields = {"item": "old-age-allowance", "submission": SUBMISSION, "state": "received"}
    event = told(next_event(BEGINNING, 1.0, "submission.received", fields))
    assert (event.sequence, event.kind, event.code) == (1, "submission.received", "received")
    assert (event.item, str(event.submission)) == ("old-age-allowance", SUBMISSION)
    odd = told(next_event(BEGINNING, 1.0, "device.changed", {"code": "Not A Code", "item": "a_b"}))
    assert (odd.code, odd.item) == ("", "")
