# SPDX-License-Identifier: Apache-2.0
"""What a backup is: a folder with a list of everything in it.

::

    hall24-backup.json     what, when, how many rows of each table, size and SHA-256 of every other file
    database.sqlite3       by SQLite's own backup interface, or
    database.dump          by ``pg_dump``, custom format
    keys/                  the platform's keys: a backup opens everything, keep it as you keep them
    attachments/           every paper that the snapshot of the database names
    departments.toml …     what the operator set; secrets are not in there

Uploads on their way are left out: a terminal has no receipt for them and sends them again.

::

    BackupError
    ├── BackupPlaceError     where it should go is not empty, or cannot be used
    ├── BackupDamagedError   a file is missing or differs from the list; nothing was changed
    └── BackupToolError      pg_dump or pg_restore is missing or failed
"""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Callable, Iterable
from datetime import datetime
from pathlib import Path
from typing import Annotated, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError

LIST = "hall24-backup.json"
DUMPS = {"sqlite": "database.sqlite3", "postgresql": "database.dump"}
SETTINGS = ("departments.toml", "blobs.toml")
"""Files of the data directory that an operator writes."""
KEYS = "keys"
ATTACHMENTS = "attachments"
_BLOCK = 1024 * 1024

Progress = Callable[[str, int, int], None]
"""Told what is being done, how much of it is done, and how much there is."""


class BackupError(Exception):
    """One plain line without secrets."""


class BackupPlaceError(BackupError):
    """The place cannot take it."""


class BackupDamagedError(BackupError):
    """The backup is not what its list says."""


class BackupToolError(BackupError):
    """PostgreSQL's own program could not do it."""


class BackedUpFile(BaseModel):
    """One file, by its path below the backup."""

    model_config = ConfigDict(frozen=True)

    name: Annotated[str, Field(pattern=r"^[^/\x00][^\x00]*$")]
    size: int
    sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


class BackupList(BaseModel):
    """The list."""

    model_config = ConfigDict(frozen=True)

    format: Literal[1] = 1
    taken_at: AwareDatetime
    """Everything that was committed then is in it, nothing that came later."""
    database: Literal["sqlite", "postgresql"]
    revision: str
    """The migration that the tables stand at."""
    rows: dict[str, int]
    files: tuple[BackedUpFile, ...]
    missing: tuple[str, ...] = ()
    """Papers that the database names and the store did not have, or had damaged."""


def no_progress(_what: str, _done: int, _total: int) -> None:
    """Say nothing."""


def described(folder: Path, names: Iterable[str]) -> tuple[BackedUpFile, ...]:
    """Return size and hash of files as they lie on the disk."""
    return tuple(
        BackedUpFile(name=name, size=(folder / name).stat().st_size, sha256=_sha256(folder / name))
        for name in names
    )


def read_list(folder: Path) -> BackupList:
    """Read a backup's list. Raises :class:`BackupDamagedError`."""
    try:
        return BackupList.model_validate_json((folder / LIST).read_bytes())
    except OSError as error:
        raise BackupDamagedError(f"{folder / LIST}: {error.strerror}") from None
    except ValidationError:
        raise BackupDamagedError(f"{folder / LIST}: not the list of a backup") from None


def verify(folder: Path, progress: Progress = no_progress) -> BackupList:
    """Compare every file with the list. Raises :class:`BackupDamagedError` naming the first that differs."""
    listed = read_list(folder)
    for number, each in enumerate(listed.files):
        path = (folder / each.name).resolve()
        if not path.is_relative_to(folder.resolve()):
            raise BackupDamagedError(f"{each.name}: lies outside the backup")
        try:
            good = path.stat().st_size == each.size and _sha256(path) == each.sha256
        except OSError as error:
            raise BackupDamagedError(f"{each.name}: {error.strerror}") from None
        if not good:
            raise BackupDamagedError(f"{each.name}: differs from the list")
        progress("verify", number + 1, len(listed.files))
    return listed


def copy_private(source: Path, target: Path) -> None:
    """Copy a file for the owner's eyes only, onto the disk."""
    target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    descriptor = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as out, source.open("rb") as file:
        shutil.copyfileobj(file, out, _BLOCK)
        out.flush()
        os.fsync(out.fileno())


def write_private(target: Path, data: bytes) -> None:
    """Write a file for the owner's eyes only, onto the disk."""
    target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    descriptor = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as out:
        out.write(data)
        out.flush()
        os.fsync(out.fileno())


def sync_tree(folder: Path) -> None:
    """Put the names of everything below a folder onto the disk."""
    for path in (folder, *(path for path in folder.rglob("*") if path.is_dir()), folder.parent):
        descriptor = os.open(path, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def empty_or_absent(folder: Path) -> bool:
    """Tell whether nothing lies there."""
    try:
        return not any(folder.iterdir())
    except FileNotFoundError:
        return True
    except NotADirectoryError:
        return False


def shown_time(at: datetime) -> str:
    """Return a time as people compare it."""
    return at.astimezone().isoformat(timespec="seconds")


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
