# SPDX-License-Identifier: Apache-2.0
"""The record of faults, ``docs/drivers-faults.json``: what really came when each was played.

``HALL24_RECORD_FAULTS=1 ./test tests/drivers/test_fault_record.py`` plays all of them and writes it anew;
without that the quick ones are played and have to agree with it. ``docs/drivers.md`` is made from it
(:mod:`tests.support.fault_table`).
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from drivers.core import Status
from tests.support.fault_acts import Seen

RECORD: Final = Path(__file__).parents[2] / "docs" / "drivers-faults.json"
Row = Mapping[str, Any]


def is_recording() -> bool:
    """Tell whether everything is to be played and written."""
    return os.environ.get("HALL24_RECORD_FAULTS") == "1"


def row_of(seen: Seen) -> Row:
    """Return what was seen as it is written."""
    row: dict[str, Any] = {"result": seen.result, "code": seen.code, "recovery": seen.recovery}
    if seen.status is not None:
        row["status"] = _told(seen.status)
    return row


def read() -> dict[str, Any]:
    """Return the record: by stand ``faults`` and ``does_not_apply``."""
    found: dict[str, Any] = json.loads(RECORD.read_text("utf-8")) if RECORD.exists() else {}
    return found


def write(key: str, faults: Mapping[str, Row], does_not_apply: Mapping[str, str]) -> None:
    """Replace what stands there of one stand."""
    record = read() | {key: {"faults": faults, "does_not_apply": does_not_apply}}
    RECORD.write_text(
        json.dumps(record, indent=1, ensure_ascii=False, sort_keys=True) + "\n", "utf-8"
    )


def _told(status: Status) -> Row:
    told: dict[str, Any] = {"condition": status.condition.value, "code": status.code}
    told["recovery"] = status.recovery.value
    for name in ("paper", "toner", "media"):
        value = getattr(status, name)
        if value is not None:
            told[name] = value.value
    if status.cover_open:
        told["cover_open"] = True
    return told
