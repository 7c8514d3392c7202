# SPDX-License-Identifier: Apache-2.0
"""Supplies as a terminal's last heartbeat told them: paper and toner, how much, how long it will last.

Terminals that do not tell have none here, and the page says so. Read with care: it is what a machine sent.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class SupplyLevel:
    """One supply of one device."""

    slot: str
    consumable: str
    """``roll``, ``sheets``, ``toner`` …"""
    left: float | None
    """In ``unit``; ``None``: nobody knows."""
    capacity: float | None
    unit: str
    days: float | None
    """How many days it will last by the use so far; ``None``: it cannot be told."""

    @property
    def share(self) -> int | None:
        """How much is left, in percent of full."""
        if self.left is None:
            return None
        full = 100.0 if self.unit == "percent" else self.capacity
        if not full:
            return None
        return max(0, min(100, round(100 * self.left / full)))


def supplies_of(beat: Mapping[str, Any]) -> tuple[SupplyLevel, ...]:
    """Return the levels in a heartbeat, the one that ends first before others."""
    levels = [level for told in _dicts(beat.get("supplies")) for level in _levels(told)]
    return tuple(
        sorted(
            levels,
            key=lambda level: (
                level.days is None,
                level.days or 0.0,
                level.share is None,
                level.share or 0,
                level.slot,
            ),
        )
    )


def _levels(told: Mapping[str, Any]) -> Iterator[SupplyLevel]:
    """Yield the levels of an entry: one level itself, or a slot with its levels."""
    nested = list(_dicts(told.get("levels")))
    for level in nested or ([told] if "consumable" in told else []):
        yield SupplyLevel(
            slot=str(level.get("slot") or told.get("slot") or ""),
            consumable=str(level.get("consumable") or ""),
            left=_number(level.get("left")),
            capacity=_number(level.get("capacity")),
            unit=str(level.get("unit") or ""),
            days=_number(level.get("days_left")),
        )


def _dicts(value: object) -> Iterator[Mapping[str, Any]]:
    if isinstance(value, list | tuple):
        yield from (each for each in value if isinstance(each, Mapping))


def _number(value: object) -> float | None:
    good = isinstance(value, int | float) and not isinstance(value, bool)
    return float(value) if good and isinstance(value, int | float) else None
