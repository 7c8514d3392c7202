# SPDX-License-Identifier: Apache-2.0
"""The schema, as the steps that led to it. ``PRAGMA user_version`` counts the steps done.

A released step is never edited; a new need is a new step. Each runs in a transaction together with its
count, and before a database that already holds something is changed, a copy is put beside it.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

from offline_cache.errors import StoreVersionError

if TYPE_CHECKING:
    from sqlite_utils import Database

Step = Callable[["Database"], None]


def _first(db: Database) -> None:
    """Submissions, their parts, what happened to them, named facts, kept documents.

    Few indexes on purpose: each costs one more page in every commit that a resident waits for. The last
    row of ``entry`` is never deleted, whatever retention may come: the next sequence follows from it.
    """
    db.table("entry").create(
        {
            "sequence": int,  # the row id: local order, without gaps, never by clock
            "id": str,
            "kind": str,
            "item": str,
            "receipt": str,
            "manifest": bytes,
            "manifest_sha256": str,
            "size": int,
            "wall": float,
            "monotonic_s": float,
            "boot_id": str,
            "server_offset_s": float,
            "fingerprint": str,  # SHA-256 over all columns above: a flipped bit is seen
            "state": str,
            "claimed_from": str,  # where a failed delivery returns to
            "attempts": int,
            "last_attempt_at": float,
            "next_attempt_at": float,
            "last_error": str,
            "case_number": str,
            "receipt_document": bytes,
            "received_at": float,
            "exported_at": float,
            "export_bundle": str,
            "purged_at": float,
        },
        pk="sequence",
        not_null={
            "id",
            "kind",
            "item",
            "receipt",
            "manifest",
            "manifest_sha256",
            "size",
            "wall",
            "monotonic_s",
            "boot_id",
            "fingerprint",
            "state",
            "attempts",
        },
        defaults={"attempts": 0},
        strict=True,
    )
    db.table("entry").create_index(["id"], unique=True)
    db.table("entry").create_index(["receipt"], unique=True)
    db.table("entry").create_index(["state", "sequence"])
    db.table("part").create(
        {
            "sequence": int,
            "name": str,
            "position": int,
            "size": int,
            "sha256": str,
            "in_file": int,  # 1: in the blob directory under its hash; 0: here
            "inline": bytes,  # NULL when it is in a file, or purged
        },
        pk=("sequence", "name"),
        not_null={"position", "size", "sha256", "in_file"},
        foreign_keys=[("sequence", "entry", "sequence")],
        strict=True,
    )
    db.execute("CREATE INDEX part_in_file ON part (sha256) WHERE in_file = 1")
    db.table("event").create(
        {"number": int, "sequence": int, "at": float, "state": str, "code": str},
        pk="number",
        not_null={"sequence", "at", "state"},
        foreign_keys=[("sequence", "entry", "sequence")],
        strict=True,
    )
    db.table("event").create_index(["sequence"])
    db.table("fact").create({"name": str, "value": str}, pk="name", not_null={"value"}, strict=True)
    db.table("shelf").create(
        {"name": str, "etag": str, "body": bytes, "sha256": str, "fetched_at": float},
        pk="name",
        not_null={"etag", "body", "sha256", "fetched_at"},
        strict=True,
    )


STEPS: Final[tuple[Step, ...]] = (_first,)


def migrate(connection: sqlite3.Connection, path: Path, steps: Sequence[Step] = STEPS) -> None:
    """Do the steps that are missing. Raises ``StoreVersionError`` for a file of newer software.

    When a step fails, the file is as it was before that step.
    """
    done: int = connection.execute("PRAGMA user_version").fetchone()[0]
    if done == len(steps):
        return
    if done > len(steps):
        raise StoreVersionError(f"{path} was written by newer software (schema {done})")
    if 0 < done < len(steps):
        _copy_aside(connection, path.with_name(f"{path.name}.before-{len(steps)}"))
    # Imported here because it costs a tenth of a second that only those who migrate should pay.
    from sqlite_utils import Database  # noqa: PLC0415

    db = Database(connection, execute_plugins=False, recursive_triggers=False)
    for number, step in enumerate(steps[done:], start=done + 1):
        with db.atomic():
            step(db)
            connection.execute(f"PRAGMA user_version = {number}")


def _copy_aside(connection: sqlite3.Connection, copy: Path) -> None:
    unfinished = copy.with_name(f"{copy.name}.unfinished")
    unfinished.unlink(missing_ok=True)
    connection.execute("VACUUM INTO ?", (str(unfinished),))
    _flush(unfinished)
    unfinished.replace(copy)
    _flush(copy.parent)


def _flush(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
