# SPDX-License-Identifier: Apache-2.0
"""The outbox's questions and changes in SQL. Each runs inside one transaction on the store thread."""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import Collection
from dataclasses import dataclass, replace
from typing import Final
from uuid import UUID

from offline_cache import rows
from offline_cache.errors import (
    PartMissingError,
    PartPurgedError,
    ReceiptMissingError,
    TransitionError,
    UnknownEntryError,
)
from offline_cache.model import (
    TRANSITIONS,
    UNDELIVERED,
    WAITING,
    DeliveryReceipt,
    Entry,
    Happening,
    PartFacts,
    State,
)

_log = logging.getLogger("hall24.outbox")

LONGEST_WAIT_S: Final = 86_400.0 + 900.0
"""No retry is ever planned further ahead. One that is was planned by a clock since set back: it is due."""
_WAITING: Final = "state IN ('" + "', '".join(sorted(WAITING)) + "')"
_COUNT_UNDELIVERED: Final = (
    "SELECT count(*) FROM entry WHERE state IN ('" + "', '".join(sorted(UNDELIVERED)) + "')"  # noqa: S608 - our own names
)
_OCCUPIED: Final = (
    "SELECT coalesce(sum(size), 0) FROM entry WHERE state IN ('"  # noqa: S608 - our own names
    + "', '".join(sorted(frozenset(State) - {State.SETTLED}))
    + "')"
)
_ENTRY: Final = f"SELECT {rows.COLUMNS} FROM entry WHERE "  # noqa: S608 - our own column names


@dataclass(frozen=True, slots=True)
class Recovered:
    """What a start finds."""

    needed: frozenset[str]
    """Hashes of the blobs that unpurged submissions name."""
    server_offset_s: float | None
    last_contact_at: float | None


def recover(connection: sqlite3.Connection) -> Recovered:
    """Let interrupted deliveries wait again; say what else is remembered."""
    return_claims(connection)
    _restore_states(connection)
    found = connection.execute(
        "SELECT part.sha256 FROM part JOIN entry USING (sequence)"
        " WHERE part.in_file = 1 AND entry.purged_at IS NULL"
    )
    needed = frozenset(row[0] for row in found)
    return Recovered(
        needed, _number(connection, "server_offset_s"), _number(connection, "last_contact_at")
    )


def _number(connection: sqlite3.Connection, name: str) -> float | None:
    row = connection.execute("SELECT value FROM fact WHERE name = ?", (name,)).fetchone()
    return None if row is None else float(row[0])


def return_claims(connection: sqlite3.Connection) -> None:
    """Let every submission that is ``sending`` wait again, as it did before."""
    connection.execute(
        "UPDATE entry SET state = coalesce(claimed_from, 'queued'), claimed_from = NULL"
        " WHERE state = 'sending'"
    )


def _restore_states(connection: sqlite3.Connection) -> None:
    """Give a submission whose state is no state any more one that its other columns bear out.

    Else nobody would ever look at it again. One delivered twice is one record: the platform knows its id.
    """
    known = ", ".join(f"'{state.value}'" for state in State)
    connection.execute(
        "UPDATE entry SET claimed_from = NULL, last_error = 'local.state_corrupt', state = CASE"  # noqa: S608 - our own words
        " WHEN receipt_document IS NULL THEN 'queued' WHEN purged_at IS NULL THEN 'received'"
        f" ELSE 'settled' END WHERE state NOT IN ({known})"
    )


def keep_contact(connection: sqlite3.Connection, offset_s: float, at: float) -> None:
    """Remember how far the platform's clock is from ours, and when it last answered."""
    connection.executemany(
        "INSERT INTO fact (name, value) VALUES (?, ?)"
        " ON CONFLICT (name) DO UPDATE SET value = excluded.value",
        (("server_offset_s", repr(offset_s)), ("last_contact_at", repr(at))),
    )


# --- looking ------------------------------------------------------------------------------------


def find(connection: sqlite3.Connection, submission: UUID) -> Entry:
    """Return a submission; raise ``UnknownEntryError``."""
    return rows.find(connection, submission)


def by_receipt(connection: sqlite3.Connection, receipt: str) -> Entry:
    """Return the submission of a local receipt number; raise ``UnknownEntryError``."""
    row = connection.execute(_ENTRY + "receipt = ?", (receipt,)).fetchone()
    if row is None:
        raise UnknownEntryError(receipt)
    return rows.decode(row)


def exists(connection: sqlite3.Connection, submission: UUID) -> bool:
    """Tell whether it was stored."""
    row = connection.execute("SELECT 1 FROM entry WHERE id = ?", (str(submission),)).fetchone()
    return row is not None


def last_sequence(connection: sqlite3.Connection) -> int:
    """Return the last sequence given; 0 before the first."""
    row = connection.execute("SELECT max(sequence) FROM entry").fetchone()
    return int(row[0] or 0)


def select(
    connection: sqlite3.Connection, states: Collection[State] | None, after: int, limit: int
) -> list[Entry]:
    """Return submissions by sequence."""
    if states is None:
        found = connection.execute(
            _ENTRY + "sequence > ? ORDER BY sequence LIMIT ?", (after, limit)
        )
    else:
        marks = ",".join("?" * len(states))
        found = connection.execute(
            _ENTRY + f"state IN ({marks}) AND sequence > ? ORDER BY sequence LIMIT ?",
            (*(state.value for state in states), after, limit),
        )
    return [rows.decode(row) for row in found]


def history(connection: sqlite3.Connection, submission: UUID) -> list[Happening]:
    """Return the lines of a submission's history, oldest first."""
    entry = find(connection, submission)
    found = connection.execute(
        "SELECT at, state, code FROM event WHERE sequence = ? ORDER BY number", (entry.sequence,)
    )
    begun = Happening(entry.created_at, State.QUEUED.value, None)
    return [begun, *(Happening(*row) for row in found)]


def parts(connection: sqlite3.Connection, submission: UUID) -> tuple[PartFacts, ...]:
    """Return the parts in the order of the manifest."""
    sequence = find(connection, submission).sequence
    found = connection.execute(
        "SELECT name, size, sha256 FROM part WHERE sequence = ? ORDER BY position", (sequence,)
    )
    return tuple(PartFacts(*row) for row in found)


def locate_part(
    connection: sqlite3.Connection, submission: UUID, name: str
) -> tuple[str, bytes | None]:
    """Return a part's hash, and its bytes; ``None`` when they lie in a file."""
    entry = find(connection, submission)
    if entry.purged_at is not None:
        raise PartPurgedError(name)
    row = connection.execute(
        "SELECT sha256, in_file, inline FROM part WHERE sequence = ? AND name = ?",
        (entry.sequence, name),
    ).fetchone()
    if row is None or (not row[1] and row[2] is None):
        raise PartMissingError(name)
    return row[0], None if row[1] else row[2]


def blob_needed(connection: sqlite3.Connection, sha256: str) -> bool | None:
    """Tell whether a row needs that blob (``True``), only purged ones name it (``False``), or none (``None``)."""
    row = connection.execute(
        "SELECT max(entry.purged_at IS NULL) FROM part JOIN entry USING (sequence)"
        " WHERE part.sha256 = ? AND part.in_file = 1",
        (sha256,),
    ).fetchone()
    return None if row[0] is None else bool(row[0])


def unneeded(connection: sqlite3.Connection, names: Collection[str]) -> list[str]:
    """Return those blobs of ``names`` that no unpurged submission names."""
    return [name for name in names if not blob_needed(connection, name)]


def counts(connection: sqlite3.Connection) -> dict[State, int]:
    """Return how many submissions are in each state."""
    known = dict(connection.execute("SELECT state, count(*) FROM entry GROUP BY state").fetchall())
    return {state: known.get(state.value, 0) for state in State}


def undelivered(connection: sqlite3.Connection) -> int:
    """Return how many submissions the platform has not confirmed, quarantined ones aside."""
    row = connection.execute(_COUNT_UNDELIVERED).fetchone()
    return int(row[0])


def occupied(connection: sqlite3.Connection) -> int:
    """Return how many bytes the payloads take that were not purged."""
    row = connection.execute(_OCCUPIED).fetchone()
    return int(row[0])


def next_due(connection: sqlite3.Connection, now: float) -> float | None:
    """Return when the next delivery may begin, ``now`` for at once; ``None`` when nothing waits."""
    row = connection.execute(
        "SELECT min(CASE WHEN next_attempt_at <= ? THEN next_attempt_at ELSE 0 END)"  # noqa: S608 - our own names
        " FROM entry WHERE " + _WAITING,
        (now + LONGEST_WAIT_S,),
    ).fetchone()
    return None if row[0] is None else max(now, float(row[0]))


# --- changes ------------------------------------------------------------------------------------


def claim(connection: sqlite3.Connection, now: float, after: int) -> Entry | None:
    """Take the first waiting submission that is due into ``sending``, setting damaged rows aside."""
    while True:
        row = connection.execute(
            _ENTRY + _WAITING + " AND sequence > ? AND (next_attempt_at IS NULL"
            " OR next_attempt_at <= ? OR next_attempt_at > ?) ORDER BY sequence LIMIT 1",
            (after, now, now + LONGEST_WAIT_S),
        ).fetchone()
        if row is None:
            return None
        entry = rows.decode(row)
        if entry.last_error != rows.ROW_CORRUPT:
            break
        _log.error("damaged row set aside", extra={"sequence": entry.sequence})
        set_state(connection, entry.sequence, now, State.QUARANTINED, rows.ROW_CORRUPT)
    connection.execute(
        "UPDATE entry SET state = ?, claimed_from = ? WHERE sequence = ?",
        (State.SENDING.value, entry.state.value, entry.sequence),
    )
    return replace(entry, state=State.SENDING)


def record_attempt(
    connection: sqlite3.Connection,
    submission: UUID,
    code: str,
    now: float,
    next_attempt_at: float | None,
) -> Entry:
    """Count a failed delivery; the submission waits again, as it did before."""
    entry = find(connection, submission)
    _require(entry, State.SENDING)
    connection.execute(
        "UPDATE entry SET state = claimed_from, claimed_from = NULL, attempts = attempts + 1,"
        " last_attempt_at = ?, next_attempt_at = ?, last_error = ? WHERE sequence = ?",
        (now, next_attempt_at, code, entry.sequence),
    )
    return find(connection, submission)


def record_receipt(
    connection: sqlite3.Connection, submission: UUID, receipt: DeliveryReceipt, now: float
) -> Entry:
    """Store the platform's receipt, however it came: it ends every way of waiting."""
    entry = find(connection, submission)
    _allow(entry, State.RECEIVED)
    connection.execute(
        "UPDATE entry SET attempts = attempts + ?, last_attempt_at = ?, next_attempt_at = NULL,"
        " case_number = ?, receipt_document = ?, received_at = ? WHERE sequence = ?",
        (
            entry.state is State.SENDING,
            now,
            receipt.case_number,
            receipt.document,
            now,
            entry.sequence,
        ),
    )
    set_state(connection, entry.sequence, now, State.RECEIVED, None)
    return find(connection, submission)


def record_export(
    connection: sqlite3.Connection, submission: UUID, bundle: str, now: float
) -> Entry:
    """Write down that a submission lies whole in a bundle; the last bundle is the one that is named."""
    entry = find(connection, submission)
    if entry.state is not State.EXPORTED:
        _allow(entry, State.EXPORTED)
    connection.execute(
        "UPDATE entry SET exported_at = ?, export_bundle = ? WHERE sequence = ?",
        (now, bundle, entry.sequence),
    )
    set_state(connection, entry.sequence, now, State.EXPORTED, None)
    return find(connection, submission)


def settle(connection: sqlite3.Connection, submission: UUID, now: float) -> tuple[Entry, list[str]]:
    """Purge the payload from the rows; return the blobs that nobody needs any more."""
    entry = find(connection, submission)
    if entry.receipt_document is None:
        raise ReceiptMissingError(str(submission))
    _allow(entry, State.SETTLED)
    found = connection.execute(
        "SELECT sha256 FROM part WHERE sequence = ? AND in_file = 1", (entry.sequence,)
    )
    names = [row[0] for row in found]
    connection.execute("UPDATE part SET inline = NULL WHERE sequence = ?", (entry.sequence,))
    connection.execute("UPDATE entry SET purged_at = ? WHERE sequence = ?", (now, entry.sequence))
    set_state(connection, entry.sequence, now, State.SETTLED, None)
    return find(connection, submission), unneeded(connection, names)


def move(
    connection: sqlite3.Connection, submission: UUID, state: State, code: str | None, now: float
) -> Entry:
    """Change the state as the table allows; a submission that is there already stays as it is."""
    entry = find(connection, submission)
    if entry.state is state:
        return entry
    if state is State.RESEND_ASKED and entry.purged_at is not None:
        raise PartPurgedError(str(submission))
    _allow(entry, state)
    connection.execute(
        "UPDATE entry SET next_attempt_at = NULL WHERE sequence = ?", (entry.sequence,)
    )
    set_state(connection, entry.sequence, now, state, code)
    return find(connection, submission)


def note(connection: sqlite3.Connection, submission: UUID, code: str, now: float) -> Entry:
    """Write a line of history that changes no state."""
    entry = find(connection, submission)
    connection.execute("UPDATE entry SET last_error = ? WHERE sequence = ?", (code, entry.sequence))
    rows.note(connection, entry.sequence, now, entry.state, code)
    return find(connection, submission)


def hurry(connection: sqlite3.Connection, submission: UUID | None = None) -> None:
    """Make everything that waits, or one submission, due now."""
    connection.execute(
        "UPDATE entry SET next_attempt_at = NULL WHERE next_attempt_at IS NOT NULL"  # noqa: S608 - our own names
        " AND id = coalesce(?, id) AND " + _WAITING,
        (None if submission is None else str(submission),),
    )


def set_state(
    connection: sqlite3.Connection, sequence: int, now: float, state: State, code: str | None
) -> None:
    """Write a state and a line of history."""
    connection.execute(
        "UPDATE entry SET state = ?, claimed_from = NULL, last_error = ? WHERE sequence = ?",
        (state.value, code, sequence),
    )
    rows.note(connection, sequence, now, state, code)


def _require(entry: Entry, *states: State) -> None:
    if entry.state not in states:
        raise TransitionError(f"{entry.id} is {entry.state}")


def _allow(entry: Entry, state: State) -> None:
    if state not in TRANSITIONS[entry.state]:
        raise TransitionError(f"{entry.id} is {entry.state}, it cannot become {state}")
