# SPDX-License-Identifier: Apache-2.0
"""Where a gate's figures go: one JSON file a gate under docs/durability, and its fault log beside it.

Nothing is written unless ``HALL24_CHAOS_RECORD`` names a directory (``./test --chaos`` does), so that a
plain test run changes no file of the tree.
"""

from __future__ import annotations

import hashlib
import json
import os
import platform
import sqlite3
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

GATES: Final[Mapping[str, str]] = {
    "01-crash-states": "Power cut at every durable call",
    "02-kill": "kill -9",
    "03-lost-answers": "Answers cut after the platform committed, twins, and the same id with another hash",
    "04-network": "Network schedules",
    "05-disk-errors": "Disk full and I/O errors at every write and flush",
    "06-long-offline": "400 days offline, refused and damaged submissions among good ones",
    "07-bit-flips": "Bit flips",
    "08-usb": "USB export and import",
    "09-planted-bugs": "Planted bugs: every gate can fail",
    "10-speed": "Speed beside what one would use instead",
    "11-migrations": "Migrations killed at each step",
    "12-clocks": "Clocks that jump",
    "13-full-disk": "A really full disk",
}
"""Every gate and what it is called in docs/durability.md."""
EXCERPT: Final = 40
"""Lines of a fault log that are kept; the seed makes the rest again, and the hash tells whether it is the same."""


@dataclass(frozen=True, slots=True)
class Record:
    """Keeps what one gate measured. ``directory`` is ``None`` when nobody asked for records."""

    directory: Path | None

    def keep(
        self,
        gate: str,
        figures: Mapping[str, object],
        *,
        command: str,
        seed: int | str = "",
        faults: Iterable[str] = (),
        part: str = "",
    ) -> None:
        """Write the figures of a gate; ``part`` when several tests share it. ``faults``: one line each.

        Of a long list only the beginning is kept, with the number and the hash of all lines.
        """
        if gate not in GATES:
            raise KeyError(gate)
        if self.directory is None:
            return
        self.directory.mkdir(parents=True, exist_ok=True)
        name = f"{gate}.{part}" if part else gate
        lines = list(faults)
        document: dict[str, object] = {
            "gate": gate,
            "part": part,
            "measured": datetime.now(UTC).date().isoformat(),
            "command": command,
            "seed": seed,
            "machine": machine(),
            "figures": dict(figures),
        }
        if lines:
            text = "".join(f"{line}\n" for line in lines)
            document["faults"] = {
                "lines": len(lines),
                "sha256": hashlib.sha256(text.encode()).hexdigest(),
            }
            shown = (
                text if len(lines) <= EXCERPT else "".join(f"{line}\n" for line in lines[:EXCERPT])
            )
            (self.directory / f"{name}.faults.log").write_text(shown, "utf-8")
        (self.directory / f"{name}.json").write_text(
            json.dumps(document, ensure_ascii=False, indent=2) + "\n", "utf-8"
        )


def machine() -> str:
    """Return what the figures were measured on, without naming it."""
    return (
        f"{os.cpu_count()} cores, {platform.system()} {platform.machine()},"
        f" Python {platform.python_version()}, SQLite {sqlite3.sqlite_version}"
    )


def asked_for() -> Record:
    """Return the record that the environment asks for."""
    directory = os.environ.get("HALL24_CHAOS_RECORD")
    return Record(Path(directory) if directory else None)
