# SPDX-License-Identifier: Apache-2.0
"""A backup brings everything back, byte for byte, or says what it cannot; on both databases."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from central_platform.api.access import access_token
from central_platform.backups.backup import back_up
from central_platform.backups.format import (
    LIST,
    BackupDamagedError,
    BackupError,
    BackupPlaceError,
    verify,
)
from central_platform.backups.restore import restore
from central_platform.listing import listed_submissions
from central_platform.storage.models import EnrolmentToken, StoredAttachment
from central_platform.testing import running_platform
from kiosk.platform_client.v1 import PlatformV1
from kiosk.protocol.envelope import Payload, PlainAttachment, SealedSubmission
from kiosk.protocol.wire import Signed
from tests.central_platform.conftest import Desk
from tests.support.platform_asking import asking, terminal
from tests.support.postgresql import OwnPostgres

PAPERS = (
    PlainAttachment(name="a.pdf", media_type="application/pdf", data=b"%PDF-1.7 a"),
    PlainAttachment(name="b.jpg", media_type="image/jpeg", data=b"\xff\xd8 b" * 9000),
)


@dataclass
class Elsewhere:
    """An empty place for a restored platform."""

    folder: Path
    db_url: str | None


@pytest.fixture
def elsewhere(tmp_path: Path, postgres_or_none: OwnPostgres | None) -> Iterator[Elsewhere]:
    if postgres_or_none is None:
        yield Elsewhere(tmp_path / "restored", None)
        return
    name = postgres_or_none.create()
    yield Elsewhere(tmp_path / "restored", postgres_or_none.url(name))
    postgres_or_none.drop(name)


def some_submissions(desk: Desk) -> list[tuple[SealedSubmission, Signed]]:
    sealed = [
        desk.seal(payload=Payload(grant=desk.log_in(), form={"number": 1}), attachments=PAPERS),
        desk.seal(attachments=PAPERS[:1]),
        desk.seal(kind="rating", payload=Payload(form={"grade": 1})),
    ]
    return [(each, desk.deliver(each)) for each in sealed]


def events(desk: Desk, first: int, count: int) -> dict[str, Any]:
    return {
        "events": [
            {"sequence": number, "kind": "session.started", "at": desk.clock().isoformat()}
            for number in range(first, first + count)
        ]
    }


def test_what_was_received_is_received_after_a_restore(
    desk: Desk, elsewhere: Elsewhere, tmp_path: Path
) -> None:
    received = some_submissions(desk)
    ask = terminal(desk)
    assert ask("POST", "/events", json=events(desk, 1, 5)).json()["next"] == 6
    before = listed_submissions(desk.running.context.database)
    listed = back_up(desk.running.context, tmp_path / "backup")
    assert listed.missing == ()
    assert listed.rows["submission"] == 3
    # After the backup: one more of each kind of thing, which the backup lacks.
    late = desk.seal(attachments=PAPERS)
    told_late = desk.deliver(late)
    assert ask("POST", "/events", json=events(desk, 6, 2)).json()["next"] == 8

    done = restore(tmp_path / "backup", elsewhere.folder, db_url=elsewhere.db_url)
    assert (done.submissions, done.receipts, done.papers) == (3, 3, 3)
    with running_platform(elsewhere.folder, now=desk.clock, db_url=elsewhere.db_url) as running:
        assert listed_submissions(running.context.database) == before
        client = PlatformV1(
            replace(desk.enrolled, platform_url=running.url),
            wall=lambda: desk.clock().timestamp(),
        )
        try:
            for sealed, receipt in received:  # the same receipts, byte for byte
                again = client.deliver(sealed.manifest, sealed.parts.__getitem__, lambda *_: None)
                assert again == receipt
            # The terminal goes on where the platform is, and the numbers have no gap.
            ask = asking(running.url, access_token(running.context, desk.enrolled.terminal))
            gap = ask("POST", "/events", json=events(desk, 8, 1))
            assert (gap.status_code, gap.headers["Hall24-Next-Event"]) == (409, "6")
            assert ask("POST", "/events", json=events(desk, 6, 3)).json()["next"] == 9
            # What came since is unknown here; delivered again it is received anew, once.
            client.deliver(late.manifest, late.parts.__getitem__, lambda *_: None)
        finally:
            client.close()
        rows = listed_submissions(running.context.database)
        assert [row["id"] for row in rows].count(str(late.manifest.id)) == 1
        assert len(rows) == 4
    assert told_late.purpose == received[0][1].purpose


def test_what_was_still_open_is_ended_by_a_restore(
    desk: Desk, elsewhere: Elsewhere, tmp_path: Path
) -> None:
    desk.running.enrolment_token()
    back_up(desk.running.context, tmp_path / "backup")
    restore(tmp_path / "backup", elsewhere.folder, db_url=elsewhere.db_url, now=desk.clock)
    with (
        running_platform(elsewhere.folder, now=desk.clock, db_url=elsewhere.db_url) as running,
        running.context.database.read() as session,
    ):
        unused = session.scalars(select(EnrolmentToken).where(EnrolmentToken.used_by.is_(None)))
        assert [token.expires_at <= desk.clock() for token in unused] == [True]


def test_a_backup_of_a_platform_that_works_is_one_moment(desk: Desk, tmp_path: Path) -> None:
    """What comes in while papers are copied is not in it, and does not disturb it."""
    some_submissions(desk)
    seen: list[str] = []

    def meanwhile(what: str, done: int, total: int) -> None:
        del done, total
        if what == "papers" and not seen:
            seen.append(what)
            desk.deliver(desk.seal(attachments=PAPERS))

    listed = back_up(desk.running.context, tmp_path / "backup", meanwhile)
    assert seen
    assert listed.rows["submission"] == 3
    assert verify(tmp_path / "backup") == listed


def test_a_paper_that_is_missing_is_named_and_the_rest_is_saved(
    desk: Desk, elsewhere: Elsewhere, tmp_path: Path
) -> None:
    some_submissions(desk)
    with desk.running.context.database.read() as session:
        first, *_ = session.scalars(select(StoredAttachment.file).order_by(StoredAttachment.file))
    (desk.running.context.data_dir / first).write_bytes(b"damaged")
    listed = back_up(desk.running.context, tmp_path / "backup")
    assert listed.missing == (first,)
    done = restore(tmp_path / "backup", elsewhere.folder, db_url=elsewhere.db_url)
    assert done.damaged == (first,)
    assert done.papers == 2


@pytest.mark.parametrize("fault", ["changed", "gone", "longer", "list", "no list"])
def test_a_damaged_backup_is_refused_before_anything_is_written(
    desk: Desk, tmp_path: Path, fault: str
) -> None:
    some_submissions(desk)
    backup = tmp_path / "backup"
    listed = back_up(desk.running.context, backup)
    victim = backup / next(each.name for each in listed.files if "attachments/" in each.name)
    if fault == "changed":
        victim.write_bytes(bytes([victim.read_bytes()[0] ^ 1]) + victim.read_bytes()[1:])
    elif fault == "gone":
        victim.unlink()
    elif fault == "longer":
        victim.write_bytes(victim.read_bytes() + b"x")
    elif fault == "list":
        (backup / LIST).write_text("{}")
    else:
        (backup / LIST).unlink()
    with pytest.raises(BackupDamagedError):
        restore(backup, tmp_path / "restored")
    assert not (tmp_path / "restored").exists()


def test_a_backup_goes_nowhere_where_something_is_and_a_restore_neither(
    desk: Desk, tmp_path: Path
) -> None:
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "x").write_text("")
    with pytest.raises(BackupPlaceError):
        back_up(desk.running.context, tmp_path / "full")
    back_up(desk.running.context, tmp_path / "backup")
    with pytest.raises(BackupPlaceError):
        restore(tmp_path / "backup", tmp_path / "full")
    assert [path.name for path in (tmp_path / "full").iterdir()] == ["x"]


def test_a_database_with_tables_is_not_restored_over(
    desk: Desk, platform_database: str | None, tmp_path: Path
) -> None:
    if platform_database is None:
        platform_database = f"sqlite:///{desk.running.context.data_dir / 'platform.sqlite3'}"
    back_up(desk.running.context, tmp_path / "backup")
    with pytest.raises(BackupError, match="already"):
        restore(tmp_path / "backup", tmp_path / "restored", db_url=platform_database)
    assert not (tmp_path / "restored").exists()


def test_a_backup_of_one_kind_of_database_is_not_for_the_other(desk: Desk, tmp_path: Path) -> None:
    back_up(desk.running.context, tmp_path / "backup")
    sqlite = desk.running.context.database.engine.dialect.name == "sqlite"
    other = "postgresql://nobody@/none?host=/nowhere" if sqlite else None
    with pytest.raises(BackupPlaceError, match="cannot take it"):
        restore(tmp_path / "backup", tmp_path / "restored", db_url=other)


def test_the_commands_say_what_they_did(fresh_platform: Path, tmp_path: Path) -> None:
    shutil.copytree(fresh_platform, tmp_path / "data")
    out = ran(0, "backup", str(tmp_path / "backup"), "--data-dir", str(tmp_path / "data"), "--json")
    assert json.loads(out)["submissions"] == 0
    assert (tmp_path / "backup").stat().st_mode & 0o077 == 0
    out = ran(0, "restore", str(tmp_path / "backup"), "--data-dir", str(tmp_path / "new"), "--json")
    assert json.loads(out)["damaged"] == []
    # A mistyped folder is no platform, and an empty backup would be a false comfort.
    ran(2, "backup", str(tmp_path / "b2"), "--data-dir", str(tmp_path / "typo"))
    assert not (tmp_path / "typo").exists()


def ran(status: int, *arguments: str) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "central_platform", *arguments],
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert "Traceback" not in done.stderr
    assert done.returncode == status, done.stderr
    return done.stdout
