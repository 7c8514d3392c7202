# SPDX-License-Identifier: Apache-2.0
"""The departments' outbox: told once, in order, whatever breaks; answers reach the case once."""

from __future__ import annotations

import shutil
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select

from central_platform.context import PlatformContext
from central_platform.departments import answers, outbox
from central_platform.departments.adapter import (
    AnswerPage,
    DepartmentAdapter,
    DepartmentAnswer,
    DepartmentMessage,
    OpenPaper,
)
from central_platform.departments.errors import (
    DepartmentAwayError,
    DepartmentRefusedError,
    DepartmentSetUpError,
)
from central_platform.departments.http_adapter import HttpDepartment
from central_platform.departments.messages import message_of
from central_platform.departments.outbox import dead_notices, pause_s, take_next, tell_again
from central_platform.departments.routing import (
    FILE,
    Departments,
    DepartmentSystem,
    adapter_for,
    read_departments,
)
from central_platform.departments.sample_system import SampleDepartment, serving_department
from central_platform.departments.worker import DepartmentWorker
from central_platform.storage.departments import DepartmentNotice, DepartmentSaid
from central_platform.storage.models import Alarm, Case
from central_platform.testing import running_platform
from kiosk.platform_client.enrolment import enrol
from kiosk.platform_client.v1 import PlatformV1
from kiosk.protocol.envelope import Payload, PlainAttachment, SealedSubmission
from kiosk.protocol.messages import RECEIPT_PURPOSE, PlatformReceipt
from kiosk.protocol.wire import Text
from tests.central_platform.conftest import Desk, SetClock

BUREAU = "赣州市章贡区民政局"
ITEM = "old-age-allowance"
REASON = {"zh": "材料齐全，同意", "en": "All papers are there"}


@dataclass
class Bureau:
    """A desk whose cases go to a department's system, and the worker that takes them there."""

    desk: Desk
    department: SampleDepartment
    worker: DepartmentWorker

    @property
    def platform(self) -> PlatformContext:
        return self.desk.running.context

    @property
    def system(self) -> DepartmentSystem:
        return self.platform.departments.systems[0]

    def open_case(self, *papers: bytes) -> str:
        """Hand in an application; return its case number."""
        attachments = tuple(
            PlainAttachment(name=f"{n}.pdf", media_type="application/pdf", data=data)
            for n, data in enumerate(papers)
        )
        payload = Payload(grant=self.desk.log_in(), form={"answer": 42})
        sealed = self.desk.seal(ITEM, payload=payload, attachments=attachments)
        signed = self.desk.deliver(sealed)
        body = signed.verified_body(RECEIPT_PURPOSE, self.desk.enrolled.signing_keys)
        return str(PlatformReceipt.model_validate_json(body).case_number)

    def case(self, number: str) -> Case:
        with self.platform.database.read() as session:
            return session.scalars(select(Case).where(Case.number == number)).one()

    def notices(self) -> list[tuple[str, str, int]]:
        with self.platform.database.read() as session:
            rows = session.scalars(select(DepartmentNotice).order_by(DepartmentNotice.key))
            return [(row.kind, row.state, row.attempts) for row in rows]

    def work(self) -> None:
        """Go on until there is nothing to do now."""
        while self.worker.turn():
            pass


@pytest.fixture
def bureau(
    tmp_path: Path, hall_clock: SetClock, fresh_platform: Path, platform_database: str | None
) -> Iterator[Bureau]:
    data = tmp_path / "platform"
    shutil.copytree(fresh_platform, data)
    department = SampleDepartment(
        token="invented", think_s=3600, clock=lambda: hall_clock().timestamp()
    )
    with serving_department(department) as url:
        (tmp_path / "token").write_text("invented\n")
        (data / FILE).write_text(
            f'[[department]]\ncode = "approvals"\nserves = ["{BUREAU}"]\nurl = "{url}"\n'
            f'token_file = "{tmp_path / "token"}"\nask_every_s = 60\n',
            "utf-8",
        )
        with running_platform(data, now=hall_clock, db_url=platform_database) as running:
            enrolled = enrol(running.url, running.enrolment_token(), tmp_path / "terminal")
            client = PlatformV1(enrolled, wall=lambda: hall_clock().timestamp())
            worker = DepartmentWorker(running.context, running.context.departments)
            try:
                yield Bureau(Desk(running, hall_clock, enrolled, client), department, worker)
            finally:
                worker.close()
                client.close()


def test_a_case_reaches_its_department_and_the_answer_reaches_the_case(bureau: Bureau) -> None:
    number = bureau.open_case(b"%PDF-1.7 plan", b"%PDF-1.7 map")
    bureau.work()
    (told,) = bureau.department.messages.values()
    assert (told["case_number"], told["item"], told["kind"]) == (number, ITEM, "opened")
    assert told["form"] == {"answer": 42}
    assert told["resident"]["name"] == "王苗苗"
    named = [paper["sha256"] for paper in told["papers"]]
    assert [bureau.department.materials[each] for each in named] == [
        b"%PDF-1.7 plan",
        b"%PDF-1.7 map",
    ]
    case = bureau.case(number)
    assert case.state == "in_review"
    assert case.reason is not None
    assert "业务部门已受理" in case.reason["zh"]  # progress, and the resident reads it
    bureau.desk.clock.go(hours=2)
    bureau.work()
    assert bureau.case(number).state == "approved"
    assert bureau.notices() == [("opened", "delivered", 1)]


def test_a_case_of_a_department_without_a_system_is_told_to_nobody(bureau: Bureau) -> None:
    bureau.desk.deliver(bureau.desk.seal("utilities-query"))
    bureau.work()
    assert bureau.notices() == []
    assert bureau.department.attempts == []


def test_a_department_that_loses_its_answer_is_told_again_and_keeps_one(bureau: Bureau) -> None:
    bureau.department.fault = lambda method, _path: 0 if method == "POST" else None
    bureau.open_case()
    bureau.work()
    assert bureau.notices() == [("opened", "waiting", 1)]
    bureau.department.fault = lambda _method, _path: None
    bureau.desk.clock.go(minutes=1)
    bureau.work()
    assert bureau.notices() == [("opened", "delivered", 2)]
    assert len(bureau.department.attempts) == 2
    assert len(bureau.department.messages) == 1


def test_a_worker_that_dies_with_a_notice_leaves_it_to_the_next(bureau: Bureau) -> None:
    bureau.open_case()
    taken = take_next(bureau.platform, bureau.system)
    assert taken is not None
    message, open_paper = message_of(bureau.platform, taken.key)
    adapter = adapter_for(bureau.system)
    adapter.deliver(message, open_paper)  # … and here it is killed
    adapter.close()
    bureau.work()
    assert bureau.notices() == [("opened", "waiting", 1)]  # its lease holds
    bureau.desk.clock.go(minutes=1)
    bureau.work()
    assert bureau.notices() == [("opened", "delivered", 2)]
    assert len(bureau.department.messages) == 1
    assert len(set(bureau.department.attempts)) == 1


def test_who_lost_the_lease_changes_nothing(bureau: Bureau) -> None:
    bureau.open_case()
    slow = take_next(bureau.platform, bureau.system)
    assert slow is not None
    bureau.desk.clock.go(minutes=1)
    quick = take_next(bureau.platform, bureau.system)
    assert quick is not None
    outbox.not_delivered(bureau.platform, slow, DepartmentRefusedError("too late"))
    assert bureau.notices() == [("opened", "waiting", 2)]
    outbox.delivered(bureau.platform, quick)
    assert bureau.notices() == [("opened", "delivered", 2)]


def test_workers_never_hold_the_same_notice(bureau: Bureau) -> None:
    for _ in range(6):
        bureau.open_case()
    with ThreadPoolExecutor(4) as pool:
        taken = [
            each
            for each in pool.map(lambda _: take_next(bureau.platform, bureau.system), range(12))
            if each is not None
        ]
    assert len({each.key for each in taken}) == len(taken)
    # PostgreSQL may let one go by empty-handed while another holds the row; nothing is lost by that.
    while (more := take_next(bureau.platform, bureau.system)) is not None:
        taken.append(more)
    assert len({each.key for each in taken}) == len(taken) == 6


def refusal(bureau: Bureau, number: str) -> None:
    """Let the department turn the next message down for good."""
    bureau.department.fault = lambda method, _path: 422 if method == "POST" else None
    assert number


def test_a_refused_case_is_dead_with_the_reason_and_holds_up_only_itself(
    bureau: Bureau, expected_logs: Callable[..., None]
) -> None:
    expected_logs("alarm department.dead_letter")
    number = bureau.open_case()
    refusal(bureau, number)
    bureau.work()
    bureau.department.fault = lambda _method, _path: None
    bureau.open_case()
    with bureau.platform.database.write() as session:
        case = session.scalars(select(Case).where(Case.number == number)).one()
        outbox.note_decided(session, case, bureau.platform.now())
    bureau.work()
    assert bureau.notices() == [
        ("opened", "dead", 1),
        ("opened", "delivered", 1),
        ("decided", "waiting", 0),  # behind the dead one of its own case
    ]
    with bureau.platform.database.read() as session:
        (dead,) = dead_notices(session)
        alarms = [alarm.code for alarm in session.scalars(select(Alarm))]
    assert (dead["case_number"], dead["reason"]) == (number, "HTTP 422")
    assert alarms == ["department.dead_letter"]
    assert tell_again(bureau.platform, UUID(dead["id"]))
    assert not tell_again(bureau.platform, UUID(dead["id"]))
    bureau.work()
    assert [state for _, state, _ in bureau.notices()] == ["delivered"] * 3
    kinds = [told["kind"] for told in bureau.department.messages.values()]
    assert kinds == ["opened", "opened", "decided"]


def test_a_department_that_is_away_for_a_week_is_a_dead_letter(
    bureau: Bureau, expected_logs: Callable[..., None]
) -> None:
    bureau.department.fault = lambda _method, _path: 503
    bureau.open_case()
    bureau.work()
    bureau.desk.clock.go(days=3)
    bureau.work()
    assert bureau.notices() == [("opened", "waiting", 2)]
    bureau.desk.clock.go(days=5)
    expected_logs("alarm department.dead_letter")
    bureau.work()
    assert bureau.notices() == [("opened", "dead", 3)]


def test_an_answer_that_cannot_be_followed_is_kept_alarmed_and_in_nobodys_way(
    bureau: Bureau, expected_logs: Callable[..., None]
) -> None:
    number = bureau.open_case()
    bureau.work()
    bureau.department.say("no such case", "approved", REASON)
    bureau.department.say(number, "supplement", REASON)  # without saying what
    bureau.department.say(number, "refused", REASON)
    bureau.department.say(number, "approved", REASON)  # of a closed case
    bureau.desk.clock.go(hours=2)
    expected_logs("alarm department.answer_refused")
    bureau.work()
    with bureau.platform.database.read() as session:
        outcomes = {said.id: said.outcome for said in session.scalars(select(DepartmentSaid))}
    assert outcomes == {
        "answer-1": "done",  # progress
        "answer-2": "done",  # approved after an hour
        "answer-3": "case.unknown",
        "answer-4": "case.wanted",
        "answer-5": "case.state",
        "answer-6": "case.state",
    }


def test_the_same_answers_again_count_once(bureau: Bureau) -> None:
    number = bureau.open_case()
    bureau.work()
    bureau.desk.clock.go(minutes=5)
    page = AnswerPage(
        answers=(
            DepartmentAnswer(
                id="x", case_number=number, state="progress", reason=Text(zh="已送审", en="Sent on")
            ),
        ),
        next="7",
    )
    counted = []
    for _ in range(2):
        asking = answers.take_turn(bureau.platform, bureau.system)
        assert asking is not None
        assert answers.take_turn(bureau.platform, bureau.system) is None  # one asks at a time
        counted.append(answers.take_answers(bureau.platform, asking, page))
    assert counted == [1, 0]


def test_papers_that_follow_are_told_after_the_case(bureau: Bureau) -> None:
    number = bureau.open_case()
    with bureau.platform.database.read() as session:
        first = session.scalars(select(Case).where(Case.number == number)).one().submission.id
    payload = Payload(
        grant=bureau.desk.log_in(),
        form={},
        about=str(first),
        acts=({"kind": "scan", "material": "plan"},),
    )
    bureau.desk.deliver(bureau.desk.seal(ITEM, kind="supplement", payload=payload))
    # The first one is under way at a worker: the second has to wait for it.
    assert take_next(bureau.platform, bureau.system) is not None
    assert take_next(bureau.platform, bureau.system) is None
    bureau.desk.clock.go(minutes=1)
    bureau.work()
    kinds = [(told["kind"], told["case_number"]) for told in bureau.department.messages.values()]
    assert kinds == [("opened", number), ("papers", number)]


@contextmanager
def work_process(data: Path, database: str | None) -> Iterator[subprocess.Popen[str]]:
    """Run ``central-platform departments work`` as people do."""
    process = subprocess.Popen(
        [
            *(sys.executable, "-m", "central_platform", "departments", "work"),
            *("--data-dir", str(data)),
            *(("--db", database) if database else ()),
        ],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        yield process
    finally:
        process.terminate()
        process.communicate(timeout=60)


@pytest.mark.slow
def test_a_worker_process_killed_in_the_middle_leaves_one_case_at_the_department(
    tmp_path: Path,
    fresh_platform: Path,
    platform_database: str | None,
    eventually: Callable[..., None],
) -> None:
    data = tmp_path / "platform"
    shutil.copytree(fresh_platform, data)
    reached, go_on = threading.Event(), threading.Event()

    def first_delivery_hangs(method: str, _path: str) -> int | None:
        if method == "POST" and not reached.is_set():
            reached.set()  # the department has it; its answer never comes
            go_on.wait(60)
            return 0
        return None

    department = SampleDepartment(fault=first_delivery_hangs)
    with serving_department(department) as url:
        (data / FILE).write_text(
            f'[[department]]\ncode = "approvals"\nserves = ["{BUREAU}"]\nurl = "{url}"\n'
            "deadline_s = 1\nask_every_s = 0.2\n",
            "utf-8",
        )
        with running_platform(data, db_url=platform_database) as running:
            platform = running.context
            clock = SetClock(datetime.now(UTC))
            enrolled = enrol(running.url, running.enrolment_token(), tmp_path / "terminal")
            client = PlatformV1(enrolled)
            client.deliver(*delivery(Desk(running, clock, enrolled, client).seal(ITEM)))
            client.close()
            with work_process(data, platform_database) as first:
                assert reached.wait(60)
                first.kill()
                first.wait(60)
            go_on.set()

            def settled() -> bool:
                with platform.database.read() as session:
                    told = session.scalars(select(DepartmentNotice.state)).all()
                    return [*session.scalars(select(Case.state)), *told] == [
                        "approved",
                        "delivered",
                    ]

            with (
                work_process(data, platform_database),
                work_process(data, platform_database),
            ):
                eventually(settled, 60)
            with platform.database.read() as session:
                (notice,) = session.scalars(select(DepartmentNotice))
    assert notice.attempts >= 2
    assert len(department.attempts) >= 2
    assert len(department.messages) == 1


def delivery(sealed: SealedSubmission) -> tuple[Any, ...]:
    return sealed.manifest, sealed.parts.__getitem__, lambda *_: None


class Broken(DepartmentAdapter):
    def deliver(self, message: DepartmentMessage, open_paper: OpenPaper) -> None:
        del message, open_paper
        raise ZeroDivisionError("invented fault that quotes 王苗苗")

    def answers(self, after: str) -> AnswerPage:
        del after
        raise DepartmentAwayError("away")


def test_an_adapter_with_a_fault_costs_a_notice_a_delay_and_no_names_in_logs(
    bureau: Bureau, expected_logs: Callable[..., None], caplog: pytest.LogCaptureFixture
) -> None:
    bureau.open_case()
    departments = Departments(bureau.platform.departments.systems, lambda _system: Broken())
    worker = DepartmentWorker(bureau.platform, departments)
    expected_logs("adapter of approvals: ZeroDivisionError")
    assert worker.turn() == 0
    worker.close()
    assert "王苗苗" not in caplog.text
    assert bureau.notices() == [("opened", "waiting", 1)]


def test_a_page_that_is_no_receipt_is_no_receipt() -> None:
    department = SampleDepartment()
    department.fault = lambda _method, _path: 200  # a captive portal: 200 and HTML
    with serving_department(department) as url:
        adapter = HttpDepartment(url)
        with pytest.raises(DepartmentAwayError):
            adapter.answers("")
        adapter.close()


@pytest.mark.parametrize("status", [301, 401, 403, 408, 429, 500, 502, 503])
def test_not_now_is_tried_again(status: int) -> None:
    department = SampleDepartment(fault=lambda _method, _path: status)
    with serving_department(department) as url:
        adapter = HttpDepartment(url)
        with pytest.raises(DepartmentAwayError):
            adapter.answers("")
        adapter.close()


def test_a_department_that_never_answers_is_away_by_the_deadline() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        adapter = HttpDepartment(f"http://127.0.0.1:{silent.getsockname()[1]}", deadline_s=0.2)
        with pytest.raises(DepartmentAwayError):
            adapter.answers("")
        adapter.close()


def test_pauses_grow_within_bounds_and_differ() -> None:
    assert all(0 <= pause_s(1) <= 2 for _ in range(100))
    many = [pause_s(30) for _ in range(200)]
    assert max(many) <= 900
    assert min(many) < 300 < max(many)  # full jitter: anything below, not a little around


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("[[department]]", "code"),
        ('x = "1"', "x"),
        ("[[", "departments.toml"),
        ('[[department]]\ncode="a"\nserves=["b"]\nurl="http://c"\ntoken="secret"', "token"),
        ('[[department]]\ncode="a"\nserves=["b"]\nurl="http://c"\ntoken_env="HALL24_NOT_SET"', "HALL24_NOT_SET"),
        ('[[department]]\ncode="a"\nserves=["b"]\nurl="http://c"\ntoken_file="/nowhere"', "/nowhere"),
        ('[[department]]\ncode="a"\nserves=["b","b"]\nurl="http://c"', "twice"),
    ],
)  # fmt: skip
def test_a_file_that_cannot_work_is_one_line_without_secrets(
    tmp_path: Path, text: str, says: str
) -> None:
    (tmp_path / FILE).write_text(text, "utf-8")
    with pytest.raises(DepartmentSetUpError, match=says) as caught:
        read_departments(tmp_path)
    assert "\n" not in str(caught.value)
    assert "secret" not in str(caught.value)


def test_an_adapter_nobody_brings_is_said() -> None:
    system = DepartmentSystem(code="a", serves=("b",), url="http://c", adapter="no-such")
    with pytest.raises(DepartmentSetUpError, match="no-such"):
        adapter_for(system)
