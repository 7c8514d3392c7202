# SPDX-License-Identifier: Apache-2.0
"""Writing a backup while the platform works: the database first, then what its snapshot names.

Papers are on the disk before a row names them and are never removed, so every paper that the snapshot names
is there, whatever comes in meanwhile. The folder appears under its name when it is whole.
"""

from __future__ import annotations

import shutil
from pathlib import Path

from sqlalchemy import Connection, func, inspect, select, table

from central_platform.backups.databases import snapshot
from central_platform.backups.format import (
    ATTACHMENTS,
    DUMPS,
    KEYS,
    LIST,
    SETTINGS,
    BackupList,
    BackupPlaceError,
    Progress,
    copy_private,
    described,
    no_progress,
    sync_tree,
    write_private,
)
from central_platform.context import PlatformContext
from central_platform.storage.models import StoredAttachment
from central_platform.storage.schema import current_revision
from kiosk.protocol.wire import sha256_hex


def back_up(platform: PlatformContext, out: Path, progress: Progress = no_progress) -> BackupList:
    """Write a backup to ``out``, which must not be there yet; return its list.

    A paper that the store lacks or has damaged is named in ``missing`` and does not keep the rest from being
    saved. Raises ``BackupError``; then nothing is left behind.
    """
    partial = out.with_name(out.name + ".partial")
    try:
        if out.exists():
            raise BackupPlaceError(f"{out}: is there already")
        shutil.rmtree(partial, ignore_errors=True)
        partial.mkdir(mode=0o700, parents=True)
    except OSError as error:
        raise BackupPlaceError(f"{out}: {error.strerror}") from None
    try:
        listed = _write(platform, partial, progress)
        sync_tree(partial)
        partial.rename(out)
    except OSError as error:
        raise BackupPlaceError(f"{out}: {error.strerror}") from None
    finally:
        shutil.rmtree(partial, ignore_errors=True)
    return listed


def _write(platform: PlatformContext, folder: Path, progress: Progress) -> BackupList:
    kind = "sqlite" if platform.database.engine.dialect.name == "sqlite" else "postgresql"
    dump = DUMPS[kind]
    taken_at = platform.now()
    progress("database", 0, 1)
    with snapshot(platform.database, folder / dump) as connection:
        progress("database", 1, 1)
        rows = row_counts(connection)
        revision = current_revision(connection) or ""
        papers = connection.execute(
            select(StoredAttachment.file, StoredAttachment.sha256).distinct()
        ).all()
    names = [dump, *_copy_settings(platform.data_dir, folder)]
    missing = []
    for number, (name, sha256) in enumerate(papers):
        if _copy_paper(platform, folder, name, sha256):
            names.append(f"{ATTACHMENTS}/{name}")
        else:
            missing.append(name)
        progress("papers", number + 1, len(papers))
    listed = BackupList(
        taken_at=taken_at,
        database=kind,
        revision=revision,
        rows=rows,
        files=described(folder, sorted(set(names))),
        missing=tuple(missing),
    )
    write_private(folder / LIST, listed.model_dump_json(indent=1).encode("utf-8"))
    return listed


def row_counts(connection: Connection) -> dict[str, int]:
    """Return how many rows each table has."""
    return {
        name: connection.execute(select(func.count()).select_from(table(name))).scalar_one()
        for name in sorted(inspect(connection).get_table_names())
    }


def _copy_settings(data_dir: Path, folder: Path) -> list[str]:
    names = [f"{KEYS}/{path.name}" for path in sorted((data_dir / KEYS).iterdir())]
    names += [name for name in SETTINGS if (data_dir / name).exists()]
    for name in names:
        copy_private(data_dir / name, folder / name)
    return names


def _copy_paper(platform: PlatformContext, folder: Path, name: str, sha256: str) -> bool:
    try:
        data = platform.parts.attachment(name)
    except OSError:
        return False
    if sha256_hex(data) != sha256:
        return False
    target = folder / ATTACHMENTS / name
    if not target.resolve().is_relative_to(folder.resolve()):
        return False
    write_private(target, data)
    return True
