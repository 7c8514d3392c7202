# SPDX-License-Identifier: Apache-2.0
"""Supplies as a terminal's last heartbeat told them: what is left, and how long it lasts.

Terminals that do not tell have none here, and the page says so.
"""

from __future__ import annotations

from dataclasses import dataclass

from kiosk.protocol.fleet import SlotReport, SupplyReport


@dataclass(frozen=True, slots=True)
class SupplyLevel:
    """One supply of one device."""

    slot: str
    told: SupplyReport

    @property
    def share(self) -> int | None:
        """How much is left, in percent of full."""
        full = 100 if self.told.unit == "percent" else self.told.capacity
        if self.told.left is None or not full:
            return None
        return max(0, min(100, round(100 * self.told.left / full)))


def supply_levels(reports: tuple[SlotReport, ...]) -> tuple[SupplyLevel, ...]:
    """Return the levels, what is out, then what ends first; those without a forecast last."""
    levels = [SupplyLevel(report.slot, level) for report in reports for level in report.levels]
    return tuple(sorted(levels, key=_ends))


def _ends(level: SupplyLevel) -> tuple[bool, bool, int, bool, int, str]:
    days, share = level.told.days_left, level.share
    is_out = level.told.state == "out"
    return not is_out, days is None, days or 0, share is None, share or 0, level.slot
