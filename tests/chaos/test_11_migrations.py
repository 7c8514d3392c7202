# SPDX-License-Identifier: Apache-2.0
"""Gate 11: what any landed version wrote is read by this one, and an upgrade may be killed anywhere."""

from __future__ import annotations

import json
import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from kiosk.audit import AuditLog
from kiosk.audit import verify as verify_chain
from kiosk.cli import main
from kiosk.platform_client.enrolment import load_enrolment
from offline_cache import OfflineCache, State, verify
from offline_cache.migrations import STEPS
from tests.chaos.record import Record
from tests.frozen.freeze import COUNTS, LARGE, database, thaw

ROOT = Path(__file__).parents[2]
FROZEN = database(1).parent
VERSIONS = range(1, len(STEPS) + 1)


def killed_everywhere(folder: Path, version: int, *, extra: bool) -> int:
    done = subprocess.run(
        [
            sys.executable,
            "-m",
            "tests.chaos.migration_killer",
            folder,
            str(version),
            str(int(extra)),
        ],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=110,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return int(json.loads(done.stdout)["statements"])


def test_every_version_that_landed_is_frozen() -> None:
    missing = [version for version in VERSIONS if not database(version).exists()]
    assert missing == [], "a new step: run python -m tests.frozen.freeze and commit what it writes"


@pytest.mark.parametrize("version", VERSIONS)
def test_what_a_landed_version_wrote_is_all_there(tmp_path: Path, version: int) -> None:
    thaw(version, tmp_path / "data")
    with OfflineCache(tmp_path / "data", number=lambda s, _w: f"N{s}") as cache:
        assert list(verify(cache.store, cache.outbox)) == []
        counts = {state: count for state, count in cache.outbox.counts().items() if count}
        assert counts == COUNTS
        first = cache.outbox.by_receipt("F000001")
        assert cache.outbox.read_part(first.id, "a1") == LARGE
        kept = cache.shelf.get("catalogue")
        assert kept is not None
        assert [line.state for line in cache.outbox.history(first.id)] == [State.QUEUED]


@pytest.mark.parametrize(
    ("version", "extra"),
    [(0, False), (0, True), *((version, True) for version in VERSIONS)]
    + [(version, False) for version in VERSIONS if version < len(STEPS)],
)
def test_an_upgrade_killed_before_each_statement_ends_with_the_next_start(
    tmp_path: Path, record: Record, version: int, *, extra: bool
) -> None:
    statements = killed_everywhere(tmp_path, version, extra=extra)
    assert statements >= (10 if extra or not version else 5)
    into = f"{len(STEPS)}" + (" and a synthetic step" if extra else "")
    record.keep(
        "11-migrations",
        {"from version": version, "to version": into, "kills": statements, "rows lost": 0},
        command="./test --chaos -k test_11_migrations",
        part=f"{version}-{int(extra)}",
    )


def test_newer_software_s_file_is_refused_in_one_clear_line_and_left_alone(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = thaw(len(STEPS), tmp_path / "data")
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA user_version = 99")
    before = path.read_bytes()
    with pytest.raises(SystemExit) as end:
        main(["outbox", "list", "--data-dir", str(tmp_path / "data")])
    assert end.value.code == 1
    said = capsys.readouterr().err
    assert said == f"kiosk: {path} was written by newer software (schema 99)\n"
    assert path.read_bytes()[100:] == before[100:]


def test_the_first_enrolment_and_the_first_event_chain_are_still_read(tmp_path: Path) -> None:
    (tmp_path / "audit").mkdir()
    shutil.copy(FROZEN / "enrolment-1.json", tmp_path / "enrolment.json")
    shutil.copy(FROZEN / "audit-1.jsonl", tmp_path / "audit" / "events-000001.jsonl")
    enrolled = load_enrolment(tmp_path)
    assert (enrolled.terminal, enrolled.token) == ("T360702-FROZEN", "")
    log = AuditLog(tmp_path / "audit", wall=lambda: 1.8e9)
    log.append("terminal.started")
    log.close()
    report = verify_chain(tmp_path / "audit")
    assert (report.intact, report.events) == (True, 5)
