# SPDX-License-Identifier: Apache-2.0
"""Reads the chain and tells whether anybody touched it. Changes nothing."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from kiosk.audit import files
from kiosk.audit.chain import BEGINNING, Checkpoint, Event, NotAnEventError, parse_line

Kind = Literal["changed", "unreadable", "gap", "truncated", "rewritten"]


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is not as it was written.

    ``changed``: the content does not fit its hash. ``unreadable``: no event at all. ``gap``: it does not
    follow the line before, so something was removed, put in or moved here. ``truncated``: a checkpoint
    knows events that are not there any more. ``rewritten``: at a checkpoint's place stands another event.
    """

    kind: Kind
    file: str
    line: int
    sequence: int | None

    def __str__(self) -> str:
        """Return one line for people."""
        return f"{self.file}:{self.line}: {self.kind}"


@dataclass(frozen=True, slots=True)
class Report:
    """What verification found."""

    events: int
    place: Checkpoint
    findings: tuple[Finding, ...]
    torn_bytes: int
    """Of a last line that was cut off by a power failure: not a finding, it was never acknowledged."""

    @property
    def intact(self) -> bool:
        """True when the chain is whole."""
        return not self.findings


def read_events(directory: Path) -> Iterator[Event]:
    """Yield every readable event in order, verified or not. Raises ``OSError``."""
    for path in files.chain_files(directory):
        for _number, line, whole in files.lines(path):
            if whole:
                try:
                    yield parse_line(line)
                except NotAnEventError:
                    continue


def verify(directory: Path, known: Checkpoint | None = None) -> Report:
    """Check the whole chain, against the stored checkpoint and against one ``known`` from elsewhere.

    Only a checkpoint kept elsewhere finds an end that was cut off together with the stored one.
    Raises ``OSError`` when the files cannot be read.
    """
    findings: list[Finding] = []
    place, events, torn, where = BEGINNING, 0, 0, ("", 0)
    paths = files.chain_files(directory)
    wanted = [point for point in (files.read_checkpoint(directory), known) if point is not None]
    for path in paths:
        where = (path.name, 0)
        for number, line, whole in files.lines(path):
            where = (path.name, number)
            if not whole and path == paths[-1]:
                torn = len(line)
                continue
            try:
                event = parse_line(line)
            except NotAnEventError:
                findings.append(Finding("unreadable", path.name, number, None))
                continue
            events += 1
            findings += _judge(event, place, where)
            findings += [
                Finding("rewritten", *where, event.sequence)
                for point in wanted
                if point.sequence == event.sequence and point.hash != event.hash
            ]
            place = event.place
    if any(point.sequence > place.sequence for point in wanted):
        findings.append(Finding("truncated", *where, place.sequence))
    return Report(events, place, tuple(findings), torn)


def _judge(event: Event, after: Checkpoint, where: tuple[str, int]) -> list[Finding]:
    # Each line is then taken as it stands, so that one deed is not told again with every later line.
    found = []
    if event.expected_hash() != event.hash:
        found.append(Finding("changed", *where, event.sequence))
    if event.previous != after.hash or event.sequence != after.sequence + 1:
        found.append(Finding("gap", *where, event.sequence))
    return found
