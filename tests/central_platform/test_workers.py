# SPDX-License-Identifier: Apache-2.0
"""Several workers on one PostgreSQL: one record each, whoever answers and whoever dies."""

from __future__ import annotations

import json
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

import pytest
import uuid_utils

from central_platform.context import open_platform
from central_platform.listing import listed_submissions
from central_platform.storage.database import Database
from central_platform.storage.schema import HEAD, bring_up_to_date, current_revision
from central_platform.testing import RunningPlatform
from kiosk.platform_client.enrolment import EnrolledTerminal, enrol
from kiosk.platform_client.port import PlatformError
from kiosk.platform_client.v1 import PlatformV1
from kiosk.protocol.envelope import ClockFacts, Payload, SealedSubmission, seal_submission
from kiosk.protocol.messages import RECEIPT_PURPOSE, PlatformReceipt
from tests.support.postgresql import OwnPostgres

pytestmark = [pytest.mark.daemon, pytest.mark.slow]

CASES = 40
TWINS = 3


@pytest.fixture
def database(postgres: OwnPostgres, fresh_postgres: str) -> Iterator[str]:
    name = postgres.create(template=fresh_postgres)
    yield postgres.url(name)
    postgres.drop(name)


@contextmanager
def workers(data_dir: Path, database: str, count: int) -> Iterator[tuple[str, int]]:
    """Serve with ``count`` workers; give the address and the parent's process id."""
    process = subprocess.Popen(
        [
            *(sys.executable, "-m", "central_platform", "serve", "--port", "0"),
            *("--data-dir", str(data_dir), "--db", database, "--workers", str(count)),
        ],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout is not None
        yield json.loads(process.stdout.readline())["url"], process.pid
    finally:
        process.send_signal(signal.SIGTERM)
        _, errors = process.communicate(timeout=60)
        assert process.returncode == 0
        assert "Traceback" not in errors


def children(pid: int) -> list[int]:
    return [int(word) for word in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def enrolled_at(url: str, data_dir: Path, database: str, folder: Path) -> EnrolledTerminal:
    context = open_platform(data_dir, db_url=database)
    try:
        return enrol(url, RunningPlatform(url, context).enrolment_token(), folder)
    finally:
        context.close()


def sealed_cases(enrolled: EnrolledTerminal) -> list[SealedSubmission]:
    return [
        seal_submission(
            submission=UUID(str(uuid_utils.uuid7())),
            terminal=enrolled.terminal,
            sequence=number,
            receipt=f"L{number:06d}",
            kind="application",
            item="old-age-allowance",
            item_version="2026.11",
            clock=ClockFacts(wall=datetime(2026, 11, 24, tzinfo=UTC), monotonic_s=1.0, boot_id="b"),
            payload=Payload(form={"number": number}),
            attachments=(),
            key=enrolled.sealing_key,
        )
        for number in range(CASES)
    ]


def deliver_until_received(enrolled: EnrolledTerminal, sealed: SealedSubmission) -> str:
    """Deliver as the terminal's outbox does: again after every fault. Return the case number."""
    client = PlatformV1(enrolled)
    try:
        for _ in range(50):
            try:
                signed = client.deliver(sealed.manifest, sealed.parts.__getitem__, lambda *_: None)
            except PlatformError:
                continue
            body = signed.verified_body(RECEIPT_PURPOSE, enrolled.signing_keys)
            return str(PlatformReceipt.model_validate_json(body).case_number)
    finally:
        client.close()
    raise AssertionError("never received")


def test_twins_at_several_workers_become_one_case_each_even_when_one_is_killed(
    tmp_path: Path, fresh_platform: Path, database: str, eventually: Callable[..., None]
) -> None:
    data = tmp_path / "data"
    shutil.copytree(fresh_platform, data)
    with workers(data, database, 3) as (url, parent):
        enrolled = enrolled_at(url, data, database, tmp_path / "terminal")
        enrolled = replace(enrolled, platform_url=url)
        cases = sealed_cases(enrolled)
        with ThreadPoolExecutor(8) as pool:
            futures = [
                pool.submit(deliver_until_received, enrolled, sealed)
                for sealed in cases
                for _ in range(TWINS)
            ]
            first, *_ = children(parent)
            futures[CASES // 2].result()  # in the middle of the work …
            subprocess.run(["kill", "-KILL", str(first)], check=True)
            numbers = [future.result() for future in futures]
        eventually(lambda: len(children(parent)) == 3 and first not in children(parent), 30)
    context = open_platform(data, db_url=database)
    try:
        rows = listed_submissions(context.database)
    finally:
        context.close()
    assert {row["id"] for row in rows} == {str(sealed.manifest.id) for sealed in cases}
    assert len(rows) == CASES
    assert len({row["case_number"] for row in rows}) == CASES
    # Every twin was told the one number that is stored.
    told = {number: numbers.count(number) for number in numbers}
    assert told == {row["case_number"]: TWINS for row in rows}


def test_processes_that_find_an_empty_database_build_it_once(postgres: OwnPostgres) -> None:
    name = postgres.create()
    databases = [Database(postgres.url(name)) for _ in range(4)]
    try:
        with ThreadPoolExecutor(4) as pool:
            list(pool.map(bring_up_to_date, databases))
        with databases[0].engine.connect() as connection:
            assert current_revision(connection) == HEAD
    finally:
        for each in databases:
            each.close()
        postgres.drop(name)


def test_a_database_that_cannot_be_reached_is_one_line_without_the_password(tmp_path: Path) -> None:
    done = subprocess.run(
        [
            *(sys.executable, "-m", "central_platform", "submissions"),
            *("--data-dir", str(tmp_path)),
            *("--db", f"postgresql://hall:secret@/nothing?host={tmp_path}"),
        ],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == 2
    assert done.stderr.startswith("central-platform: ")
    assert "secret" not in done.stderr
    assert "Traceback" not in done.stderr
