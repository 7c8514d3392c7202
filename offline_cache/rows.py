# SPDX-License-Identifier: Apache-2.0
"""How a submission lies in the database, and how a damaged row is told from a whole one.

SQLite does not notice a flipped bit inside a value. Everything that never changes after finalization is
therefore covered by a fingerprint in the row, the manifest and the parts by hashes of their own.
"""

from __future__ import annotations

import hashlib
import json
import sqlite3
from collections.abc import Mapping
from typing import Final
from uuid import UUID

from offline_cache.blobs import sha256_hex
from offline_cache.errors import SealedInvalidError, UnknownEntryError
from offline_cache.model import (
    ClockReading,
    Entry,
    PartFacts,
    Reservation,
    Sealed,
    State,
)

INLINE_LIMIT: Final = 16 * 1024
"""Parts up to this many bytes lie in the row: one write instead of a file, its flush and its name's."""
ROW_CORRUPT: Final = "local.row_corrupt"

COLUMNS: Final = (
    "sequence, id, kind, item, receipt, manifest, manifest_sha256, size, wall, monotonic_s, boot_id,"
    " server_offset_s, fingerprint, state, attempts, last_attempt_at, next_attempt_at, last_error,"
    " case_number, receipt_document, received_at, exported_at, purged_at"
)


def frozen_entry(reservation: Reservation, sealed: Sealed) -> Entry:
    """Return the entry to be stored. Raises ``SealedInvalidError``."""
    if sha256_hex(sealed.manifest) != sealed.manifest_sha256:
        raise SealedInvalidError("the manifest is not the one that was hashed")
    if not all(sealed.parts):
        raise SealedInvalidError("a part has no name")
    return Entry(
        id=reservation.id,
        sequence=reservation.sequence,
        kind=reservation.kind,
        item=reservation.item,
        receipt=reservation.receipt,
        state=State.QUEUED,
        manifest=sealed.manifest,
        manifest_sha256=sealed.manifest_sha256,
        size=len(sealed.manifest) + sum(len(data) for data in sealed.parts.values()),
        clock=reservation.clock,
    )


def hashed(parts: Mapping[str, bytes]) -> tuple[PartFacts, ...]:
    """Return name, size and hash of every part, in order."""
    return tuple(PartFacts(name, len(data), sha256_hex(data)) for name, data in parts.items())


def insert(
    connection: sqlite3.Connection,
    entry: Entry,
    facts: tuple[PartFacts, ...],
    parts: Mapping[str, bytes],
) -> None:
    """Write a new submission. Its first line of history is the row itself."""
    connection.execute(
        "INSERT INTO entry (sequence, id, kind, item, receipt, manifest, manifest_sha256, size, wall,"
        " monotonic_s, boot_id, server_offset_s, fingerprint, state, attempts)"
        " VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,0)",
        (
            entry.sequence,
            str(entry.id),
            entry.kind,
            entry.item,
            entry.receipt,
            entry.manifest,
            entry.manifest_sha256,
            entry.size,
            entry.clock.wall,
            entry.clock.monotonic_s,
            entry.clock.boot_id,
            entry.clock.server_offset_s,
            _fingerprint(entry),
            State.QUEUED.value,
        ),
    )
    connection.executemany(
        "INSERT INTO part (sequence, name, position, size, sha256, in_file, inline)"
        " VALUES (?,?,?,?,?,?,?)",
        [
            (
                entry.sequence,
                fact.name,
                position,
                fact.size,
                fact.sha256,
                fact.size > INLINE_LIMIT,
                parts[fact.name] if fact.size <= INLINE_LIMIT else None,
            )
            for position, fact in enumerate(facts)
        ],
    )


def note(
    connection: sqlite3.Connection, sequence: int, at: float, state: State, code: str | None
) -> None:
    """Add a line to a submission's history."""
    connection.execute(
        "INSERT INTO event (sequence, at, state, code) VALUES (?,?,?,?)",
        (sequence, at, state.value, code),
    )


def find(connection: sqlite3.Connection, submission: UUID) -> Entry:
    """Return a submission; raise ``UnknownEntryError``."""
    row = connection.execute(
        f"SELECT {COLUMNS} FROM entry WHERE id = ?",  # noqa: S608 - our own column names
        (str(submission),),
    ).fetchone()
    if row is None:
        raise UnknownEntryError(str(submission))
    return decode(row)


def decode(row: tuple[object, ...]) -> Entry:
    """Return the entry of a row; a damaged one comes out quarantined with ``local.row_corrupt``."""
    try:
        entry = _decoded(row)
    except (ValueError, TypeError, AttributeError):
        return _damaged(row)
    whole = row[12] == _fingerprint(entry) and sha256_hex(entry.manifest) == entry.manifest_sha256
    return entry if whole else _damaged(row)


def _decoded(row: tuple[object, ...]) -> Entry:
    (
        sequence, submission, kind, item, receipt, manifest, manifest_sha256, size, wall, monotonic_s,
        boot_id, server_offset_s, _stored_fingerprint, state, attempts, last_attempt_at, next_attempt_at,
        last_error, case_number, receipt_document, received_at, exported_at, purged_at,
    ) = row  # fmt: skip
    return Entry(
        id=_uuid(submission),
        sequence=_whole(sequence),
        kind=_text(kind),
        item=_text(item),
        receipt=_text(receipt),
        state=State(_text(state)),
        manifest=_bytes(manifest),
        manifest_sha256=_text(manifest_sha256),
        size=_whole(size),
        clock=ClockReading(
            wall=_real(wall),
            monotonic_s=_real(monotonic_s),
            boot_id=_text(boot_id),
            server_offset_s=_real_or_none(server_offset_s),
        ),
        attempts=_whole(attempts),
        last_attempt_at=_real_or_none(last_attempt_at),
        next_attempt_at=_real_or_none(next_attempt_at),
        last_error=_text_or_none(last_error),
        case_number=_text_or_none(case_number),
        receipt_document=None if receipt_document is None else _bytes(receipt_document),
        received_at=_real_or_none(received_at),
        exported_at=_real_or_none(exported_at),
        purged_at=_real_or_none(purged_at),
    )


def _damaged(row: tuple[object, ...]) -> Entry:
    """Keep what can still be read, so that a person finds the submission again."""
    try:
        submission = UUID(str(row[1]))
    except ValueError:
        submission = UUID(int=0)
    return Entry(
        id=submission,
        sequence=_whole(row[0]),
        kind=str(row[2]),
        item=str(row[3]),
        receipt=str(row[4]),
        state=State.QUARANTINED,
        manifest=row[5] if isinstance(row[5], bytes) else b"",
        manifest_sha256=str(row[6]),
        size=0,
        clock=ClockReading(wall=0.0, monotonic_s=0.0, boot_id=""),
        last_error=ROW_CORRUPT,
    )


def _fingerprint(entry: Entry) -> str:
    facts = [
        entry.sequence,
        str(entry.id),
        entry.kind,
        entry.item,
        entry.receipt,
        entry.manifest_sha256,
        entry.size,
        entry.clock.wall,
        entry.clock.monotonic_s,
        entry.clock.boot_id,
        entry.clock.server_offset_s,
    ]
    return hashlib.sha256(json.dumps(facts, ensure_ascii=True).encode("ascii")).hexdigest()


def _uuid(value: object) -> UUID:
    found = UUID(_text(value))
    if (
        str(found) != value
    ):  # one flipped bit makes a capital of a letter: the same id, and never found
        raise ValueError
    return found


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError
    return value


def _text_or_none(value: object) -> str | None:
    return None if value is None else _text(value)


def _bytes(value: object) -> bytes:
    if not isinstance(value, bytes):
        raise TypeError
    return value


def _whole(value: object) -> int:
    if not isinstance(value, int):
        raise TypeError
    return value


def _real(value: object) -> float:
    if not isinstance(value, float):
        raise TypeError
    return value


def _real_or_none(value: object) -> float | None:
    return None if value is None else _real(value)
