# SPDX-License-Identifier: Apache-2.0
"""Where the chain lies: ``events-000001.jsonl`` and on, and ``checkpoint.json`` beside them."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path

from kiosk.audit.chain import BEGINNING, Checkpoint, NotAnEventError, parse_line

_PATTERN = "events-*.jsonl"


def chain_files(directory: Path) -> list[Path]:
    """Return the files of the chain in order."""
    return sorted(directory.glob(_PATTERN))


def file_number(directory: Path, number: int) -> Path:
    """Return the path of a file of the chain; numbers start at 1."""
    return directory / f"events-{number:06d}.jsonl"


def lines(path: Path) -> Iterator[tuple[int, bytes, bool]]:
    """Yield (line number, line without its end, whole): a torn last line is not whole."""
    with path.open("rb") as source:
        for number, line in enumerate(source, start=1):
            yield number, line.rstrip(b"\n"), line.endswith(b"\n")


def last_place(directory: Path) -> Checkpoint:
    """Return where the chain ends: at its last readable line."""
    for path in reversed(chain_files(directory)):
        *whole, _torn_or_empty = path.read_bytes().split(b"\n")
        for line in reversed(whole):
            try:
                return parse_line(line).place
            except NotAnEventError:
                continue  # evidence of damage: it stays, and verification tells of it
    return BEGINNING


def torn_bytes(path: Path) -> int:
    """Return how many bytes of a line without an end stand at the end of the file."""
    content = path.read_bytes()
    return len(content) - (content.rfind(b"\n") + 1)


def read_checkpoint(directory: Path) -> Checkpoint | None:
    """Return the stored checkpoint; ``None`` when there is none that can be read."""
    try:
        found = json.loads((directory / "checkpoint.json").read_bytes())
        return Checkpoint(int(found["seq"]), str(found["hash"]))
    except (OSError, ValueError, KeyError, TypeError):
        return None


def write_checkpoint(directory: Path, place: Checkpoint) -> None:
    """Replace the checkpoint in one step. Raises ``OSError``; then the old one still stands."""
    temporary = directory / "checkpoint.json.new"
    with temporary.open("wb") as target:
        target.write(json.dumps({"seq": place.sequence, "hash": place.hash}).encode("ascii"))
        target.flush()
        os.fsync(target.fileno())
    temporary.replace(directory / "checkpoint.json")
    sync_directory(directory)


def sync_directory(directory: Path) -> None:
    """Make names in the directory durable."""
    handle = os.open(directory, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
