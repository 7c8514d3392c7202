# SPDX-License-Identifier: Apache-2.0
"""Levels, counters and forecasts of all slots, as staff and the platform read them. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from types import MappingProxyType
from typing import Final, Literal

from drivers.core import Role, Supply
from kiosk.supplies.forecast import Forecast, days_left
from kiosk.supplies.kept import PAPER_OF, Kept
from kiosk.supplies.paper_watch import Consumable

Origin = Literal["told", "counted", "unknown"]
UNITS: Final[Mapping[Consumable, str]] = MappingProxyType(
    {Consumable.ROLL: "mm", Consumable.SHEETS: "sheets", Consumable.TONER: "percent"}
)
_DOUBTED_ABOVE: Final = 0.25
"""The sensor says low and the count says that more than this share is left: then the count is wrong."""


@dataclass(frozen=True, slots=True)
class Level:
    """One supply of one slot."""

    slot: str
    role: Role
    consumable: Consumable
    left: float | None
    """In the unit of the consumable; ``None``: nobody knows."""
    capacity: float | None
    origin: Origin
    """Who says what is left: the device, our count since it was filled, or nobody."""
    state: Supply | None
    """What the sensor said last."""
    forecast: Forecast

    @property
    def unit(self) -> str:
        """``mm``, ``sheets`` or ``percent``."""
        return UNITS[self.consumable]


@dataclass(frozen=True, slots=True)
class SlotSupplies:
    """What one slot did and has."""

    slot: str
    role: Role
    counters: Mapping[str, int] = field(default_factory=lambda: MappingProxyType({}))
    levels: tuple[Level, ...] = ()


def supplies_of(
    kept: Kept, slots: Iterable[tuple[str, Role]], today: date
) -> tuple[SlotSupplies, ...]:
    """Return every slot in the order given; slots that are not configured any more are left out."""
    return tuple(
        SlotSupplies(
            slot,
            role,
            MappingProxyType(
                {
                    counter.value: count
                    for (of, counter), count in kept.counters.items()
                    if of == slot
                }
            ),
            tuple(_level(kept, slot, role, each, today) for each in _consumables(kept, slot, role)),
        )
        for slot, role in slots
    )


def _consumables(kept: Kept, slot: str, role: Role) -> tuple[Consumable, ...]:
    """Return what this slot uses up; toner only where the printer ever told its level."""
    paper = PAPER_OF.get(role)
    toner = (slot, Consumable.TONER) in kept.stocks
    return (*([paper] if paper else []), *([Consumable.TONER] if toner else []))


def _level(kept: Kept, slot: str, role: Role, consumable: Consumable, today: date) -> Level:
    stock = kept.stock(slot, consumable)
    left = stock.left
    doubted = (
        stock.told is None
        and stock.seen.state is Supply.LOW
        and left is not None
        and stock.capacity is not None
        and left > stock.capacity * _DOUBTED_ABOVE
    )
    if doubted:
        left = None
    use = {
        day: amount
        for (of, what, day), amount in kept.use.items()
        if of == slot and what is consumable
    }
    origin: Origin = "counted"
    if left is None:
        origin = "unknown"
    elif stock.told is not None or stock.seen.state is Supply.OUT:
        origin = "told"
    return Level(
        slot,
        role,
        consumable,
        left,
        stock.capacity,
        origin,
        stock.seen.state if consumable is not Consumable.TONER else None,
        days_left(left, use, kept.watched, today),
    )
