# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import json
import os
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kiosk.audit import AuditFieldError, AuditLog, Checkpoint, read_events, verify
from kiosk.audit.chain import BEGINNING, FIELDS, NotAnEventError, next_event, parse_line
from kiosk.redaction import WITHHELD

WALL = 1_795_222_222.5

names = st.from_regex(r"[a-z][a-z0-9_]{0,9}(\.[a-z0-9_]{1,9}){0,2}", fullmatch=True)
values = st.one_of(
    st.text(st.characters(max_codepoint=126, min_codepoint=32), max_size=20),
    st.integers(-(2**53) + 1, 2**53 - 1),
    st.booleans(),
    st.none(),
)
fields = st.dictionaries(st.sampled_from(sorted(FIELDS)), values, max_size=4)


def written(directory: Path, count: int, **options: int) -> list[str]:
    log = AuditLog(directory, wall=lambda: WALL, **options)
    for number in range(count):
        log.append("case.accepted", sequence=number, item="old-age-allowance")
    log.close()
    return [event.hash for event in read_events(directory)]


def kinds(directory: Path, known: Checkpoint | None = None) -> list[str]:
    return [finding.kind for finding in verify(directory, known).findings]


def only_file(directory: Path) -> Path:
    (path,) = directory.glob("events-*.jsonl")
    return path


# --- one event ----------------------------------------------------------------------------------


@given(names, fields, st.floats(0, 4e9))
def test_an_event_reads_back_as_it_was_written(event: str, given_fields: dict, wall: float) -> None:
    made = next_event(BEGINNING, wall, event, given_fields)
    assert parse_line(made.line()[:-1]) == made
    assert made.expected_hash() == made.hash
    assert made.line().isascii()


@given(st.binary(max_size=200))
def test_any_bytes_are_an_event_or_refused_in_one_way(line: bytes) -> None:
    with pytest.raises(NotAnEventError):
        parse_line(line)


@pytest.mark.parametrize(
    "change",
    [
        lambda e: e | {"seq": True},
        lambda e: e | {"seq": 2**60},
        lambda e: e | {"fields": {"count": 1.5}},
        lambda e: e | {"fields": []},
        lambda e: e | {"hash": "x" * 64},
        lambda e: e | {"prev": None},
        lambda e: e | {"more": 1},
        lambda e: {k: v for k, v in e.items() if k != "at"},
    ],
)
def test_a_line_of_another_shape_is_no_event(change: Callable[[dict], dict]) -> None:
    event = json.loads(next_event(BEGINNING, WALL, "a", {"count": 1}).line())
    with pytest.raises(NotAnEventError):
        parse_line(json.dumps(change(event), separators=(",", ":")).encode())


def test_a_key_that_stands_twice_is_no_event() -> None:
    line = next_event(BEGINNING, WALL, "a", {"code": "x"}).line()[:-1]
    with pytest.raises(NotAnEventError):
        parse_line(line.replace(b'"code":"x"', b'"code":"y","code":"x"'))


@pytest.mark.parametrize(
    ("event", "wrong"),
    [
        ("a.b", {"name": "x"}),
        ("a.b", {"code": 1.5}),
        ("a.b", {"code": b"x"}),
        ("a.b", {"count": 2**53}),
        ("A b", {}),
        ("", {}),
    ],
)
def test_what_the_chain_does_not_take_is_a_mistake_of_ours(
    tmp_path: Path, event: str, wrong: dict[str, object]
) -> None:
    log = AuditLog(tmp_path / "audit")
    with pytest.raises(AuditFieldError):
        log.append(event, **wrong)
    log.close()
    assert not (tmp_path / "audit").exists()


@pytest.mark.parametrize(
    "value", ["王苗苗", "36070219380312002X", "13800138000", "line\nbreak", "é"]
)
def test_a_value_that_may_be_a_person_is_withheld_and_the_event_kept(value: str) -> None:
    made = next_event(BEGINNING, WALL, "a", {"code": value})
    assert made.fields == {"code": WITHHELD}


# --- the file -----------------------------------------------------------------------------------


def test_a_chain_goes_on_after_a_restart(tmp_path: Path) -> None:
    written(tmp_path, 3)
    hashes = written(tmp_path, 2)
    report = verify(tmp_path)
    assert (report.intact, report.events, report.place) == (True, 5, Checkpoint(5, hashes[-1]))


def test_a_chain_goes_on_over_many_files(tmp_path: Path) -> None:
    hashes = written(tmp_path, 40, rotate_bytes=1_000)
    assert len(list(tmp_path.glob("events-*.jsonl"))) > 5
    written(tmp_path, 1, rotate_bytes=1_000)
    assert verify(tmp_path, Checkpoint(40, hashes[-1])).intact
    assert verify(tmp_path).events == 41


def test_nothing_is_there_before_the_first_event(tmp_path: Path) -> None:
    log = AuditLog(tmp_path / "audit")
    assert log.healthy
    log.close()
    assert not (tmp_path / "audit").exists()
    assert verify(tmp_path / "audit").events == 0


def test_important_events_are_on_the_disk_when_append_returns(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    flushed: list[int] = []
    real = os.fsync
    monkeypatch.setattr(os, "fsync", lambda handle: (flushed.append(handle), real(handle))[1])
    log = AuditLog(tmp_path, wall=lambda: WALL)
    log.append("terminal.started")
    flushed.clear()
    log.append("device.changed", slot="reader")
    assert not flushed
    log.append("case.accepted")
    assert len(flushed) == 1
    log.close()


def test_threads_may_append_at_once(tmp_path: Path) -> None:
    log = AuditLog(tmp_path)
    threads = [
        threading.Thread(target=lambda: [log.append("device.changed", count=n) for n in range(50)])
        for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    log.close()
    report = verify(tmp_path)
    assert (report.intact, report.events) == (True, 200)


def test_files_are_for_the_terminal_only(tmp_path: Path) -> None:
    written(tmp_path / "audit", 1)
    assert (tmp_path / "audit").stat().st_mode & 0o077 == 0
    assert only_file(tmp_path / "audit").stat().st_mode & 0o077 == 0


# --- power, disk, a second writer ---------------------------------------------------------------


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=40)
@given(cut=st.integers(1, 400), filler=st.sampled_from([b"", b"\0" * 50, b'{"seq":']))
def test_a_torn_last_line_is_told_removed_and_the_chain_goes_on(
    tmp_path_factory: pytest.TempPathFactory, cut: int, filler: bytes
) -> None:
    directory = tmp_path_factory.mktemp("audit")
    written(directory, 3)
    path = only_file(directory)
    content = path.read_bytes()
    last = content.splitlines(keepends=True)[-1]
    kept = content[: len(content) - min(cut, len(last) - 1)]
    # The power failed before the line was acknowledged, so no checkpoint knows of it.
    (directory / "checkpoint.json").unlink()
    path.write_bytes(kept + filler)
    assert verify(directory).intact
    assert verify(directory).torn_bytes > 0
    written(directory, 1)
    report = verify(directory)
    assert (report.intact, report.torn_bytes) == (True, 0)
    assert [event.event for event in read_events(directory)][2:] == [
        "audit.torn_line_removed",
        "case.accepted",
    ]


def test_a_full_disk_keeps_events_in_order_until_it_takes_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, expected_logs: Callable[..., None]
) -> None:
    expected_logs("audit chain cannot be written", "audit chain written again")
    log = AuditLog(tmp_path, wall=lambda: WALL)
    log.append("terminal.started", count=0)
    real = os.write
    # A full disk takes a part of the line, then nothing.
    monkeypatch.setattr(os, "write", lambda handle, data: real(handle, data[:20]))
    log.append("case.accepted", count=1)
    log.append("session.wiped", count=2)
    assert not log.healthy
    monkeypatch.undo()
    log.append("terminal.stopped", count=3)
    assert log.healthy
    log.close()
    assert verify(tmp_path).intact
    told = [event.fields["count"] for event in read_events(tmp_path) if "count" in event.fields]
    assert told == [0, 1, 2, 3]


def test_an_event_that_was_written_but_not_flushed_is_not_written_twice(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, expected_logs: Callable[..., None]
) -> None:
    expected_logs("audit chain cannot be written", "audit chain written again")
    log = AuditLog(tmp_path, wall=lambda: WALL)
    log.append("terminal.started", count=0)

    def refuse(_handle: int) -> None:
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(os, "fsync", refuse)
    log.append("case.accepted", count=1)
    assert not log.healthy
    monkeypatch.undo()
    log.append("session.wiped", count=2)
    log.close()
    assert [event.fields["count"] for event in read_events(tmp_path)] == [0, 1, 2]


def test_how_many_events_were_lost_is_an_event(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, expected_logs: Callable[..., None]
) -> None:
    expected_logs("audit chain cannot be written", "audit chain written again")
    monkeypatch.setattr("kiosk.audit.log.MOST_WAITING", 3)
    (tmp_path / "audit").write_text("a file stands where the directory should be")
    log = AuditLog(tmp_path / "audit", wall=lambda: WALL)
    for number in range(5):
        log.append("case.accepted", count=number)
    (tmp_path / "audit").unlink()
    log.append("case.accepted", count=5)
    log.close()
    events = list(read_events(tmp_path / "audit"))
    assert [(event.event, event.fields["count"]) for event in events] == [
        ("audit.lost", 3),
        ("case.accepted", 3),
        ("case.accepted", 4),
        ("case.accepted", 5),
    ]


def test_a_second_writer_waits_instead_of_breaking_the_chain(
    tmp_path: Path, expected_logs: Callable[..., None]
) -> None:
    expected_logs("audit chain cannot be written", "audit chain written again")
    first, second = AuditLog(tmp_path), AuditLog(tmp_path)
    first.append("terminal.started", count=1)
    second.append("terminal.started", count=3)
    assert not second.healthy
    first.append("terminal.stopped", count=2)
    first.close()
    second.append("terminal.stopped", count=4)
    second.close()
    assert verify(tmp_path).intact
    assert [event.fields["count"] for event in read_events(tmp_path)] == [1, 2, 3, 4]


# --- somebody touched it ------------------------------------------------------------------------


def test_a_changed_field_is_found(tmp_path: Path) -> None:
    written(tmp_path, 5)
    path = only_file(tmp_path)
    path.write_bytes(path.read_bytes().replace(b'"sequence":2', b'"sequence":9'))
    assert kinds(tmp_path) == ["changed"]
    assert verify(tmp_path).findings[0].line == 3


def test_a_changed_line_with_a_fresh_hash_is_found(tmp_path: Path) -> None:
    written(tmp_path, 5)
    path = only_file(tmp_path)
    lines = path.read_bytes().splitlines(keepends=True)
    before = parse_line(lines[1][:-1])
    lines[2] = next_event(before.place, WALL, "case.refused", {}).line()
    path.write_bytes(b"".join(lines))
    assert kinds(tmp_path) == ["gap"]


@pytest.mark.parametrize("gone", [0, 1, 3])
def test_a_removed_line_is_found(tmp_path: Path, gone: int) -> None:
    written(tmp_path, 5)
    path = only_file(tmp_path)
    lines = path.read_bytes().splitlines(keepends=True)
    del lines[gone]
    path.write_bytes(b"".join(lines))
    assert kinds(tmp_path) == ["gap"]


def test_lines_in_another_order_are_found(tmp_path: Path) -> None:
    written(tmp_path, 5)
    path = only_file(tmp_path)
    lines = path.read_bytes().splitlines(keepends=True)
    lines[1], lines[2] = lines[2], lines[1]
    path.write_bytes(b"".join(lines))
    assert kinds(tmp_path) == ["gap"] * 3


def test_an_end_that_was_cut_off_is_found_by_the_stored_checkpoint(tmp_path: Path) -> None:
    written(tmp_path, 5)
    path = only_file(tmp_path)
    path.write_bytes(b"".join(path.read_bytes().splitlines(keepends=True)[:3]))
    assert kinds(tmp_path) == ["truncated"]


def test_an_end_cut_off_with_its_checkpoint_is_found_by_one_kept_elsewhere(tmp_path: Path) -> None:
    hashes = written(tmp_path, 5)
    path = only_file(tmp_path)
    path.write_bytes(b"".join(path.read_bytes().splitlines(keepends=True)[:3]))
    (tmp_path / "checkpoint.json").unlink()
    assert verify(tmp_path).intact
    assert kinds(tmp_path, Checkpoint(5, hashes[4])) == ["truncated"]


def test_a_whole_new_chain_is_found_by_a_checkpoint(tmp_path: Path) -> None:
    hashes = written(tmp_path / "old", 5)
    log = AuditLog(tmp_path / "new", wall=lambda: WALL + 1)
    for _ in range(6):
        log.append("case.accepted")
    log.close()
    assert kinds(tmp_path / "new") == []
    assert kinds(tmp_path / "new", Checkpoint(5, hashes[4])) == ["rewritten"]


def test_a_file_that_is_missing_is_found(tmp_path: Path) -> None:
    written(tmp_path, 40, rotate_bytes=1_000)
    sorted(tmp_path.glob("events-*.jsonl"))[2].unlink()
    assert kinds(tmp_path) == ["gap"]


def test_a_line_of_garbage_stays_as_evidence_and_the_chain_goes_on(tmp_path: Path) -> None:
    written(tmp_path, 3)
    with only_file(tmp_path).open("ab") as target:
        target.write(b"garbage\n")
    written(tmp_path, 2)
    assert kinds(tmp_path) == ["unreadable"]
    assert verify(tmp_path).events == 5


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=80)
@given(data=st.data())
def test_no_flipped_bit_goes_unnoticed(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    directory = tmp_path_factory.mktemp("audit")
    written(directory, 3)
    path = only_file(directory)
    content = bytearray(path.read_bytes())
    content[data.draw(st.integers(0, len(content) - 1))] ^= 1 << data.draw(st.integers(0, 7))
    path.write_bytes(content)
    assert not verify(directory).intact


def test_the_durable_place_is_what_no_power_cut_takes_back(tmp_path: Path) -> None:
    log = AuditLog(tmp_path, wall=lambda: WALL)
    assert log.durable_place == BEGINNING
    log.append("terminal.started")
    assert log.durable_place == log.place
    log.append("step.shown", screen="home")
    assert log.durable_place.sequence == 1
    log.append("session.wiped", code="exit")
    assert log.durable_place.sequence == 3
    log.close()
