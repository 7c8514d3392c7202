# SPDX-License-Identifier: Apache-2.0
"""Sends the event chain to the platform, which watches over services with it (电子监察).

The number of an event is its number in the chain, so nothing is counted twice and nothing has to be
remembered here: the answer to each heartbeat says which number is wanted next. Only what is on the disk for
good leaves the terminal; an event that a power cut could take back must not be known elsewhere, because its
number will be used again. After months without a link a few batches go with each heartbeat, so that neither
a session nor a submission waits for old events.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import Final, Protocol
from uuid import UUID

from kiosk.audit.chain import Event, NotAnEventError, parse_line
from kiosk.audit.files import chain_files, lines
from kiosk.platform_client.port import PlatformError
from kiosk.protocol.fleet import MOST_EVENTS, EventBatch, EventsAnswer, SupervisionEvent

_log = logging.getLogger("hall24.contact")

BATCHES_A_BEAT: Final = 4
_CODES: Final = ("code", "reason", "condition", "state", "result", "action")
"""Fields of an event of which the first that is there is sent as its code."""
_LONGEST: Final = 64
_ITEM_LETTERS: Final = frozenset("abcdefghijklmnopqrstuvwxyz0123456789-")
_CODE_LETTERS: Final = _ITEM_LETTERS | frozenset("_.")


class Platform(Protocol):
    """Whoever takes events."""

    def report_events(self, batch: EventBatch) -> EventsAnswer:
        """Store what is new and name the number that is wanted next."""


@dataclass(frozen=True, slots=True)
class _Place:
    """Where the next event stands."""

    number: int
    file: Path
    line: int
    """How many lines of the file are before it."""


class Supervision:
    """One terminal's events on their way; belongs to the contact thread."""

    def __init__(self, platform: Platform, directory: Path) -> None:
        self._platform = platform
        self._directory = directory
        self._place: _Place | None = None
        self._said = 0

    def send(self, wanted: int | None, durable: int) -> None:
        """Send what the platform wants, up to the number ``durable``; ``None``: it wants nothing.

        Raises nothing: what cannot be sent now is sent after a later heartbeat.
        """
        for _ in range(BATCHES_A_BEAT):
            if wanted is None or wanted > durable:
                return
            try:
                events = self._events(wanted, durable)
                if not events:
                    self._say("a number that the platform wants is not in the chain", wanted)
                    return
                wanted = self._platform.report_events(EventBatch(events=events)).next
            except PlatformError as error:
                self._say(error.code, wanted)
                return
            except OSError as error:
                self._say(f"errno {error.errno}", wanted)
                return

    def _events(self, first: int, durable: int) -> tuple[SupervisionEvent, ...]:
        """Return the next consecutive events; an unreadable one ends them, damage is never skipped."""
        most = min(MOST_EVENTS, durable - first + 1)
        found: list[SupervisionEvent] = []
        place = None
        for event, behind in islice(self._from(first), most):
            if event.sequence != first + len(found):
                break
            found.append(told(event))
            place = behind
        self._place = place
        return tuple(found)

    def _from(self, first: int) -> Iterator[tuple[Event, _Place]]:
        """Yield events from that number on, each with the place behind it."""
        files = chain_files(self._directory)
        start = self._place
        if start is None or start.number != first or start.file not in files:
            file = _file_of(files, first)
            if file is None:
                return
            start = _Place(first, file, 0)
        for file in files[files.index(start.file) :]:
            skipped = start.line if file == start.file else 0
            for number, line, whole in islice(lines(file), skipped, None):
                if not whole:
                    return
                try:
                    event = parse_line(line)
                except NotAnEventError:
                    return
                if event.sequence >= first:
                    yield event, _Place(event.sequence + 1, file, number)

    def _say(self, why: str, wanted: int) -> None:
        if wanted != self._said:  # once a number, not with every heartbeat
            self._said = wanted
            _log.warning("events not sent", extra={"code": why, "sequence": wanted})


def told(event: Event) -> SupervisionEvent:
    """Return an event of the chain as the platform takes it."""
    fields = event.fields
    code = next((str(fields[name]) for name in _CODES if name in fields), "")
    submission = fields.get("submission")
    return SupervisionEvent(
        sequence=event.sequence,
        kind=event.event,
        at=datetime.fromisoformat(event.at),
        item=_fitting(str(fields.get("item", "")), _ITEM_LETTERS),
        code=_fitting(code, _CODE_LETTERS),
        submission=_identifier(submission) if isinstance(submission, str) else None,
    )


def _fitting(text: str, letters: frozenset[str]) -> str:
    """Return a code as the protocol takes it; anything else stays in the chain only."""
    return text if len(text) <= _LONGEST and letters.issuperset(text) else ""


def _identifier(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


def _file_of(files: list[Path], sequence: int) -> Path | None:
    """Return the file in which that number stands: the last that begins at or before it."""
    for file in reversed(files):
        for _, line, whole in islice(lines(file), 1):
            try:
                if whole and parse_line(line).sequence <= sequence:
                    return file
            except NotAnEventError:
                break
    return None
