# SPDX-License-Identifier: Apache-2.0
"""The platform committed and its answer never came: nothing is doubled, whoever repeats it and how often."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing
from dataclasses import replace
from pathlib import Path
from uuid import UUID

import pytest
from uuid_utils.compat import uuid7

from kiosk.platform_client.port import BusyError, LinkError, RefusedError
from kiosk.platform_client.v1 import PlatformV1
from kiosk.protocol.envelope import Manifest
from kiosk.protocol.wire import Signed
from offline_cache import State
from tests.chaos.conftest import LONG
from tests.chaos.far_platform import FarPlatform, FarTerminal, far_platform, far_terminal
from tests.chaos.fault_line import FaultLine
from tests.chaos.record import Record

TWINS = 64
_COMMAND = "./test --chaos -k lost_answers"


@pytest.fixture(scope="module")
def platform() -> Iterator[FarPlatform]:
    with far_platform() as running:
        yield running


def every_first_answer_cut(platform: FarPlatform, folder: Path, count: int) -> dict[str, int]:
    line = FaultLine(platform.url, cut_commits=True)
    with closing(line), far_terminal(platform, line.url, folder) as terminal:
        for at in range(count):
            terminal.submit({"at": at})
        terminal.drain()
        verdict = terminal.judge(platform)
        assert verdict.kept, verdict
        records = platform.records(terminal.enrolled.terminal)
        cut = [attempt for attempt in terminal.attempts if attempt.code]
        assert [attempt.code for attempt in cut] == ["link.cut"] * count  # every one, once
        assert {attempt.entry.id for attempt in cut} == {
            entry.id for entry in terminal.cache.outbox.entries({State.RECEIVED})
        }
        return {"submissions": count, "answers cut": len(cut), "records": len(records)}


def test_every_first_answer_cut_after_the_commit(platform: FarPlatform, tmp_path: Path) -> None:
    met = every_first_answer_cut(platform, tmp_path, 100)
    assert met == {"submissions": 100, "answers cut": 100, "records": 100}


@pytest.mark.chaos
@pytest.mark.timeout(1_800)
def test_lost_answers_the_long_set(platform: FarPlatform, tmp_path: Path, record: Record) -> None:
    met = every_first_answer_cut(platform, tmp_path, 1_000)
    assert met["records"] == 1_000
    record.keep("03-lost-answers", {**met, "lost": 0, "doubled": 0}, command=_COMMAND)


def twins(platform: FarPlatform, folder: Path, ids: int) -> dict[str, int]:
    """Let 64 clients send the very same submission at the same moment, ``ids`` times over."""
    with ExitStack() as stack:
        terminal = stack.enter_context(far_terminal(platform, platform.url, folder))
        clients = [PlatformV1(terminal.enrolled) for _ in range(TWINS)]
        for client in clients:
            stack.callback(client.close)
        pool = stack.enter_context(ThreadPoolExecutor(TWINS))
        together = threading.Barrier(TWINS)
        came_again = 0
        for at in range(ids):
            entry = terminal.submit({"at": at}, bytes(1_000))
            manifest = Manifest.model_validate_json(entry.manifest)
            parts = {
                part.name: terminal.cache.outbox.read_part(entry.id, part.name)
                for part in manifest.parts
            }
            told = list(pool.map(lambda client: _one(client, together, manifest, parts), clients))  # noqa: B023 - ends with this turn
            given = {receipt.canonical() for receipt, _ in told}
            assert len(given) == 1, f"{len(given)} different receipts"
            came_again += sum(times for _, times in told)
        verdict = terminal.judge(platform)
        assert verdict.kept, verdict
        records = platform.records(terminal.enrolled.terminal)
        assert len(records) == ids
        return {
            "twins": TWINS,
            "ids": ids,
            "deliveries": TWINS * ids,
            "records": len(records),
            "different receipts of one id": 0,
            "times that a twin was told to come again": came_again,
        }


def _one(
    client: PlatformV1,
    together: threading.Barrier,
    manifest: Manifest,
    parts: Mapping[str, bytes],
) -> tuple[Signed, int]:
    """Deliver as one of the twins; return the receipt and how often it took more than one try."""
    together.wait(60)
    for again in range(50):
        try:
            return client.deliver(manifest, parts.__getitem__, lambda *_: None), again
        except (BusyError, LinkError):
            continue  # a twin was writing the same upload
        except RefusedError as error:
            if error.code != "file.unknown":
                raise
            # A twin was done and the upload cleared away; the outbox takes it for passing, too.
    pytest.fail("a twin never got its receipt")


def test_sixty_four_parallel_twins_are_one_record(platform: FarPlatform, tmp_path: Path) -> None:
    assert twins(platform, tmp_path, 5)["records"] == 5


@pytest.mark.chaos
@pytest.mark.timeout(1_800)
def test_lost_answers_twins_the_long_set(
    platform: FarPlatform, tmp_path: Path, record: Record
) -> None:
    record.keep("03-lost-answers", twins(platform, tmp_path, 100), command=_COMMAND, part="twins")


@pytest.mark.expected_logs("submission set aside")
def test_the_same_id_with_another_hash_is_refused_alarmed_and_overwrites_nothing(
    platform: FarPlatform, tmp_path: Path, record: Record
) -> None:
    count = 100 if LONG else 10
    ids = [uuid7() for _ in range(count)]
    first = _with_ids(platform, tmp_path / "first", ids, {"first": True})
    other = _with_ids(platform, tmp_path / "other", ids, {"first": False}, like=first)
    assert first.enrolled.terminal == other.enrolled.terminal
    assert sorted(platform.records(first.enrolled.terminal)) == sorted(
        first.ledger.acknowledged.items()
    )
    assert sorted(platform.alarms(first.enrolled.terminal)) == sorted(
        ("submission.other_hash", name) for name in ids
    )
    assert [(attempt.code, attempt.alarm) for attempt in other.attempts] == [
        ("submission.other_hash", True)
    ] * count
    assert {attempt.entry.state for attempt in other.attempts} == {State.QUARANTINED}
    record.keep(
        "03-lost-answers",
        {"same id, other hash": count, "refused": count, "alarms": count, "overwritten": 0},
        command=_COMMAND,
        part="other-hash",
    )


def _with_ids(
    platform: FarPlatform,
    folder: Path,
    ids: list[UUID],
    form: dict[str, bool],
    like: FarTerminal | None = None,
) -> FarTerminal:
    """Deliver one submission an id; ``like``: from a terminal that believes to be that one."""
    names = iter(ids)
    enrolled = replace(like.enrolled) if like else None
    with far_terminal(
        platform, platform.url, folder, enrolled=enrolled, new_id=lambda: next(names)
    ) as terminal:
        for _ in ids:
            terminal.submit(form)
        terminal.drain()
    return terminal
