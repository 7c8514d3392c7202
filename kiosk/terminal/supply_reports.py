# SPDX-License-Identifier: Apache-2.0
"""Supplies between the terminal's parts: the book from the settings, levels for screen and platform."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from drivers.core import Role
from kiosk.config import Settings
from kiosk.flows.settings import CHINA
from kiosk.protocol.fleet import SlotReport, SupplyReport
from kiosk.supplies.book import SupplyBook
from kiosk.supplies.kept import Act
from kiosk.supplies.ledger import Ledger
from kiosk.supplies.levels import Level, SlotSupplies

_MOST_SLOTS = 64
"""Of one heartbeat."""


def book_of(
    settings: Settings,
    wall: Callable[[], float],
    on_change: Callable[[tuple[SlotSupplies, ...]], None],
    audit: Callable[..., None],
) -> SupplyBook:
    """Return the book of a terminal with these settings; it begins to write with ``start``."""
    return SupplyBook(
        Ledger(settings.data_dir),
        {slot.name: Role(slot.role) for slot in settings.slots},
        wall=wall,
        zone=CHINA,
        holds={slot.name: slot.holds for slot in settings.slots if slot.holds is not None},
        on_change=on_change,
        on_act=lambda act: audit("supplies.filled", **act_fields(act)),
    )


def act_fields(act: Act) -> dict[str, str | int]:
    """Return what the event chain says of somebody who filled something in; ``count`` in mm or sheets."""
    return {"account": act.account, "slot": act.slot, "count": round(act.amount)}


def levels_shown(supplies: Iterable[SlotSupplies]) -> tuple[Level, ...]:
    """Return the levels of all slots."""
    return tuple(level for slot in supplies for level in slot.levels)


def reported(supplies: Iterable[SlotSupplies]) -> tuple[SlotReport, ...]:
    """Return what a heartbeat tells; slots that did nothing yet and hold nothing are left out."""
    told = tuple(
        SlotReport(
            slot=each.slot,
            counters=dict(each.counters),
            levels=tuple(_level(level) for level in each.levels),
        )
        for each in supplies
        if each.counters or each.levels
    )
    return told[:_MOST_SLOTS]


def _level(level: Level) -> SupplyReport:
    return SupplyReport(
        kind=level.consumable.value,
        unit=level.unit,
        left=None if level.left is None else round(level.left),
        capacity=None if level.capacity is None else round(level.capacity),
        origin=level.origin,
        state=level.state.value if level.state else "",
        days_left=level.forecast.days,
        unknown_because=level.forecast.reason,
        sample_days=level.forecast.samples,
    )
