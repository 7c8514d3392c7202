# SPDX-License-Identifier: Apache-2.0
"""One running platform: its database, keys, catalogue, files and clock."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from sqlalchemy.engine import URL
from sqlalchemy.orm import Session

from central_platform.departments.routing import Departments, read_departments
from central_platform.items import PublishedCatalogue, publish, shipped_items
from central_platform.keys import PlatformSecrets, load_or_create_keys
from central_platform.policy import STRICT, PlatformPolicy
from central_platform.residents import put_synthetic_companies, put_synthetic_residents
from central_platform.storage.blobs import PartStore
from central_platform.storage.database import Database
from central_platform.storage.object_store import ObjectStore, read_settings
from central_platform.storage.parts import PartFiles
from central_platform.storage.schema import bring_up_to_date

HALL_TIME = ZoneInfo("Asia/Shanghai")
"""Dates that residents read are the hall's."""


class DataDirError(Exception):
    """The data directory cannot be used; one plain line."""


@dataclass(frozen=True, slots=True)
class PlatformContext:
    """What every endpoint works on. :meth:`close` gives the database back."""

    database: Database
    secrets: PlatformSecrets
    published: PublishedCatalogue
    parts: PartStore
    data_dir: Path
    now: Callable[[], datetime]
    public_url: str = ""
    """How phones reach this platform; empty: as the terminal reached it."""
    policy: PlatformPolicy = STRICT
    departments: Departments = field(default_factory=Departments)

    def today(self) -> date:
        """Return today's date in the hall."""
        return self.now().astimezone(HALL_TIME).date()

    def close(self) -> None:
        """Close the database."""
        self.database.close()


def open_platform(
    data_dir: Path,
    *,
    db_url: str | None = None,
    public_url: str = "",
    policy: PlatformPolicy = STRICT,
    now: Callable[[], datetime] = lambda: datetime.now(UTC),
) -> PlatformContext:
    """Open a platform in ``data_dir``, making keys and tables where there are none.

    Raises :class:`DataDirError`, ``DatabaseError``, ``KeysDamagedError``, ``DepartmentSetUpError``,
    ``ObjectStoreSetUpError``: each one plain line.
    """
    try:
        data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
        if not os.access(data_dir, os.W_OK | os.X_OK):
            raise PermissionError(13, "Permission denied")
        secrets = load_or_create_keys(data_dir)
        parts = open_store(data_dir)
        departments = read_departments(data_dir)
    except OSError as error:
        raise DataDirError(f"{data_dir}: cannot be used ({error.strerror})") from None
    database = Database(db_url or default_database(data_dir))
    try:
        bring_up_to_date(database)
        with database.set_up() as connection, Session(connection) as session:
            put_synthetic_residents(session)
            session.flush()
            put_synthetic_companies(session)
            session.flush()
    except BaseException:
        database.close()
        raise
    return PlatformContext(
        database=database,
        secrets=secrets,
        published=publish(shipped_items(), secrets.signing),
        parts=parts,
        data_dir=data_dir,
        now=now,
        public_url=public_url.rstrip("/"),
        policy=policy,
        departments=departments,
    )


def open_store(data_dir: Path) -> PartStore:
    """Return what keeps the large bytes: the folder itself, or what its ``blobs.toml`` names.

    Raises :class:`ObjectStoreSetUpError`, ``OSError``.
    """
    settings = read_settings(data_dir)
    return PartFiles(data_dir) if settings is None else ObjectStore(settings)


def default_database(data_dir: Path) -> URL:
    """Return the address of the SQLite file in the data directory, whatever characters its path has."""
    return URL.create("sqlite", database=str((data_dir / "platform.sqlite3").absolute()))
