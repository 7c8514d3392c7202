# SPDX-License-Identifier: Apache-2.0
"""What a stored heartbeat says of paper, toner and counters."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from pydantic import TypeAdapter, ValidationError

from kiosk.protocol.fleet import SlotReport

_REPORTS: Final = TypeAdapter[tuple[SlotReport, ...]](tuple[SlotReport, ...])


def slot_reports(beat: Mapping[str, Any]) -> tuple[SlotReport, ...]:
    """Return what a stored heartbeat says of its devices' work; nothing where it is of another version."""
    try:
        return _REPORTS.validate_python(beat.get("supplies") or ())
    except ValidationError:
        return ()
