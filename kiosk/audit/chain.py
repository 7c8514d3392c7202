# SPDX-License-Identifier: Apache-2.0
"""One event and its hash. Pure: no files here.

An event is one line of JSON::

    {"seq":7,"at":"2026-11-21T01:02:03.004Z","event":"session.wiped","fields":{"code":"exit"},
     "prev":"…hash of line 6…","hash":"…"}

``hash`` is the SHA-256 of the RFC 8785 form of the other five, so it covers the whole past through
``prev``. Who changes, removes or moves a line has to rewrite all that follow, and who does that or cuts
the end off is found by a checkpoint kept elsewhere.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

import rfc8785

from kiosk.redaction import WITHHELD, looks_personal

START: Final = "0" * 64
"""``prev`` of the first event."""

FIELDS: Final = frozenset(
    {
        "account",  # staff account name, never a resident
        "action",
        "attempts",
        "bundle",
        "bytes",
        "case_number",
        "checkpoint",
        "code",
        "condition",
        "consent",
        "count",
        "item",
        "manifest_sha256",
        "paper",
        "reason",  # why a member of staff did it: one of a list, never free text
        "receipt",
        "recovery",
        "result",
        "role",
        "screen",
        "sequence",
        "slot",
        "software",
        "state",
        "submission",
        "text_sha256",
        "version",
        "way",
    }
)
"""Everything an event may say. None of it describes a resident; keep it that way."""

Value = str | int | bool

_EVENT = re.compile(r"[a-z][a-z0-9_]*(\.[a-z0-9_]+)*")
_KEYS = {"seq", "at", "event", "fields", "prev", "hash"}
_HASH = re.compile(r"[0-9a-f]{64}")
_LONGEST = 128
_LARGEST = 2**53


class AuditFieldError(ValueError):
    """Our code tried to write something that the chain does not take: a mistake the tests must find."""


class NotAnEventError(ValueError):
    """A line is not an event of this format."""


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A place in the chain: that many events, the last one with this hash."""

    sequence: int
    hash: str


BEGINNING: Final = Checkpoint(0, START)


@dataclass(frozen=True, slots=True)
class Event:
    """One event as it stands in the file."""

    sequence: int
    at: str
    """UTC, ISO 8601 with milliseconds: the terminal's clock, which may be wrong; order is by sequence."""
    event: str
    fields: Mapping[str, Value]
    previous: str
    hash: str

    @property
    def place(self) -> Checkpoint:
        """Where the chain stands after this event."""
        return Checkpoint(self.sequence, self.hash)

    def expected_hash(self) -> str:
        """Return the hash that this content ought to have."""
        return _digest(self.sequence, self.at, self.event, self.fields, self.previous)

    def line(self) -> bytes:
        """Return the line as it is written, with its end."""
        return (
            json.dumps(
                {
                    "seq": self.sequence,
                    "at": self.at,
                    "event": self.event,
                    "fields": dict(self.fields),
                    "prev": self.previous,
                    "hash": self.hash,
                },
                separators=(",", ":"),
            ).encode("ascii")
            + b"\n"
        )


def next_event(after: Checkpoint, wall: float, event: str, fields: Mapping[str, object]) -> Event:
    """Make the event that follows. Empty strings and ``None`` are left out.

    A value that looks like a person is withheld and the event is kept. Raises :class:`AuditFieldError`
    for an unknown field, a bad event name or a value of another type.
    """
    if not _EVENT.fullmatch(event):
        raise AuditFieldError(f"not an event name: {event!r}")
    unknown = sorted(fields.keys() - FIELDS)
    if unknown:
        raise AuditFieldError(f"{event}: unknown fields: {', '.join(unknown)}")
    kept = {
        name: _value(event, name, value)
        for name, value in sorted(fields.items())
        if value is not None and value != ""
    }
    at = datetime.fromtimestamp(wall, UTC).isoformat(timespec="milliseconds")
    at = at.replace("+00:00", "Z")
    sequence = after.sequence + 1
    digest = _digest(sequence, at, event, kept, after.hash)
    return Event(sequence, at, event, kept, after.hash, digest)


def parse_line(line: bytes) -> Event:
    """Read one line. Raises :class:`NotAnEventError`; does not check the hash."""
    try:
        found: Any = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise NotAnEventError("not JSON") from error
    if not isinstance(found, dict) or found.keys() != _KEYS:
        raise NotAnEventError("not an event")
    sequence, fields = found["seq"], found["fields"]
    fits = (
        type(sequence) is int
        and 0 < sequence < _LARGEST
        and isinstance(found["at"], str)
        and isinstance(found["event"], str)
        and isinstance(fields, dict)
        and all(isinstance(value, str | int) for value in fields.values())
        and all(_is_hash(found[name]) for name in ("prev", "hash"))
    )
    if not fits:
        raise NotAnEventError("not an event")
    event = Event(sequence, found["at"], found["event"], fields, found["prev"], found["hash"])
    if event.line() != line + b"\n":
        # The same event in other letters, or a key that stands twice: readers could differ about it.
        raise NotAnEventError("not as it is written")
    return event


def _is_hash(digest: object) -> bool:
    return isinstance(digest, str) and _HASH.fullmatch(digest) is not None


def _value(event: str, name: str, value: object) -> Value:
    if isinstance(value, bool):
        return value
    if isinstance(value, int) and abs(value) < _LARGEST:
        return value
    if isinstance(value, str):
        harmless = value.isascii() and value.isprintable() and not looks_personal(value)
        return value[:_LONGEST] if harmless else WITHHELD
    raise AuditFieldError(f"{event}: {name} is {type(value).__name__}, not text or a whole number")


def _digest(sequence: int, at: str, event: str, fields: Mapping[str, Value], previous: str) -> str:
    try:
        covered = rfc8785.dumps(
            {"seq": sequence, "at": at, "event": event, "fields": dict(fields), "prev": previous}
        )
    except rfc8785.CanonicalizationError:
        return "no form of JSON"  # only a forged line comes here; it equals no hash
    return hashlib.sha256(covered).hexdigest()
