# SPDX-License-Identifier: Apache-2.0
"""Restoring a backup into an empty place, and saying afterwards what holds and what does not.

Nothing is written before every file was compared with the list, and the data directory appears under its
name when it is whole. What came after the backup is gone here; :func:`restore` says since when.

What was used or ended after the backup would be open again: enrolment tokens, codes, hand-over addresses and
log-ins that nobody had used are ended here. Staff tokens and terminals that were revoked since the backup
have to be revoked again; nothing in a backup can know of them.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from pydantic import ValidationError
from sqlalchemy import select, update
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import SQLAlchemyError

from central_platform.backups.backup import row_counts
from central_platform.backups.databases import load
from central_platform.backups.format import (
    ATTACHMENTS,
    DUMPS,
    KEYS,
    SETTINGS,
    BackupDamagedError,
    BackupError,
    BackupList,
    BackupPlaceError,
    Progress,
    copy_private,
    empty_or_absent,
    no_progress,
    sync_tree,
    verify,
)
from central_platform.context import PlatformContext, default_database, open_platform, open_store
from central_platform.storage.database import Database, DatabaseError
from central_platform.storage.models import (
    EnrolmentToken,
    Grant,
    HandoverAddress,
    IdentityCode,
    StoredAttachment,
    Submission,
)
from kiosk.protocol.messages import RECEIPT_PURPOSE
from kiosk.protocol.wire import SignatureInvalidError, Signed, key_id_of, sha256_hex


@dataclass(frozen=True, slots=True)
class Restored:
    """What is there again."""

    listed: BackupList
    submissions: int
    receipts: int
    """How many of them have a receipt that verifies with a key that is held."""
    papers: int
    """How many papers are there and are what they were."""
    damaged: tuple[str, ...]
    """Papers that the database names and that are not there."""


def restore(
    folder: Path,
    data_dir: Path,
    *,
    db_url: str | None = None,
    progress: Progress = no_progress,
    now: Callable[[], datetime] = lambda: datetime.now(UTC),
) -> Restored:
    """Restore ``folder`` into ``data_dir``, which must be empty or absent, and an empty database.

    Raises ``BackupError``, and whatever opening the platform raises. After a fault a PostgreSQL database may
    be filled: empty it before the next attempt; the data directory is never there in half.
    """
    listed = verify(folder, progress)
    if not empty_or_absent(data_dir):
        raise BackupPlaceError(f"{data_dir}: is not empty")
    partial = data_dir.with_name(data_dir.name + ".partial")
    try:
        shutil.rmtree(partial, ignore_errors=True)
        partial.mkdir(mode=0o700, parents=True)
        _fill(folder, listed, partial, data_dir, db_url, progress)
        sync_tree(partial)
        partial.rename(data_dir)
    except OSError as error:
        raise BackupPlaceError(f"{data_dir}: {error.strerror}") from None
    finally:
        shutil.rmtree(partial, ignore_errors=True)
    platform = open_platform(data_dir, db_url=db_url, now=now)
    try:
        _end_what_was_open(platform)
        return _checked(platform, listed, progress)
    finally:
        platform.close()


def _fill(  # noqa: PLR0917 - from where, what, to where
    folder: Path,
    listed: BackupList,
    partial: Path,
    data_dir: Path,
    db_url: str | None,
    progress: Progress,
) -> None:
    for each in listed.files:
        if each.name.startswith(f"{KEYS}/") or each.name in SETTINGS:
            copy_private(folder / each.name, partial / each.name)
    url = _target(db_url, partial, data_dir)
    if url.get_backend_name() != listed.database:
        raise BackupPlaceError(
            f"the backup is of {listed.database}; {url.get_backend_name()} cannot take it"
        )
    progress("database", 0, 1)
    load(folder / DUMPS[listed.database], url)
    progress("database", 1, 1)
    database = Database(url)
    try:
        with database.engine.connect() as connection:
            if row_counts(connection) != listed.rows:
                raise BackupDamagedError("the database has other rows than the list says")
        _put_papers(folder, listed, partial, database, progress)
    except (SQLAlchemyError, DatabaseError) as error:
        raise BackupError(f"the database: {type(error).__name__}") from None
    finally:
        database.close()


def _target(db_url: str | None, partial: Path, data_dir: Path) -> URL:
    if not db_url:
        return default_database(partial)
    url = make_url(db_url)
    if url.get_backend_name() == "sqlite" and url.database:
        wanted = Path(url.database).absolute()
        if wanted.is_relative_to(data_dir.absolute()):  # it moves in with the directory
            return URL.create(
                "sqlite", database=str(partial / wanted.relative_to(data_dir.absolute()))
            )
    return url


def _put_papers(
    folder: Path, listed: BackupList, partial: Path, database: Database, progress: Progress
) -> None:
    kept = {each.name for each in listed.files}
    store = open_store(partial)
    with database.read() as session:
        papers = session.execute(
            select(
                StoredAttachment.file,
                StoredAttachment.sha256,
                Submission.terminal,
                Submission.id,
            )
            .join(Submission, Submission.key == StoredAttachment.submission)
            .order_by(StoredAttachment.submission)
        ).all()
    for number, (name, sha256, terminal, submission) in enumerate(papers):
        listed_name = f"{ATTACHMENTS}/{name}"
        if listed_name in kept:
            data = (folder / listed_name).read_bytes()
            if store.keep_attachment(terminal, submission, sha256, data) != name:
                raise BackupError(f"{name}: the store would name it otherwise")
        progress("papers", number + 1, len(papers))


def _end_what_was_open(platform: PlatformContext) -> None:
    now = platform.now()
    with platform.database.write() as session:
        for table in (EnrolmentToken, IdentityCode, HandoverAddress, Grant):
            session.execute(update(table).where(table.expires_at > now).values(expires_at=now))


def _checked(platform: PlatformContext, listed: BackupList, progress: Progress) -> Restored:
    keys = {key_id_of(key.public_key()): key.public_key() for key in platform.secrets.all_signing}
    receipts = 0
    with platform.database.read() as session:
        stored = session.scalars(select(Submission.signed_receipt)).all()
        papers = session.execute(
            select(StoredAttachment.file, StoredAttachment.sha256).distinct()
        ).all()
    for number, receipt in enumerate(stored):
        try:
            Signed.model_validate(receipt).verified_body(RECEIPT_PURPOSE, keys)
            receipts += 1
        except (SignatureInvalidError, ValidationError):
            pass  # signed by a key that was revoked: it is signed afresh when it is asked for
        progress("receipts", number + 1, len(stored))
    damaged = tuple(name for name, sha256 in papers if not _is_there(platform, name, sha256))
    return Restored(listed, len(stored), receipts, len(papers) - len(damaged), damaged)


def _is_there(platform: PlatformContext, name: str, sha256: str) -> bool:
    try:
        return sha256_hex(platform.parts.attachment(name)) == sha256
    except OSError:
        return False
