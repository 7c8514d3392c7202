# SPDX-License-Identifier: Apache-2.0
"""Everything that is known of supplies and counters, and how one change alters it. Pure and frozen.

::

    Kept ── counters   (slot, counter) → how often
         ├─ use        (slot, consumable, day) → how much on that day
         ├─ watched    days on which the terminal ran
         ├─ stocks     (slot, consumable) → Stock: what was put in, what was used since, what was seen
         ├─ acts       what staff did and the event chain does not have yet
         └─ stood      slot → which USB device stood there when it last worked
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from types import MappingProxyType
from typing import Final

from drivers.core import USABLE, Role, Status, Supply
from kiosk.supplies.paper_watch import Consumable, Filled, PaperSeen, look
from kiosk.supplies.tally import Counter, Tally

KEPT_DAYS: Final = 60
"""Use that is older is dropped; the forecast looks at 14 days, the rest is for people."""

SlotAndCounter = tuple[str, Counter]
SlotAndConsumable = tuple[str, Consumable]
UseOfDay = tuple[str, Consumable, date]

PAPER_OF: Final[Mapping[Role, Consumable]] = MappingProxyType(
    {Role.RECEIPT_PRINTER: Consumable.ROLL, Role.PAGE_PRINTER: Consumable.SHEETS}
)
_MARKS_PAPER: Final = frozenset({"toner", "tonercartridge", "ink", "inkcartridge", "inkribbon"})
"""Kinds of supplies as IPP printers name them (``drivers.page_printer.ipp``); a waste box is none."""
_NEW_TONER_PERCENT: Final = 5.0
"""A rise by less is a printer that guesses, and no new cartridge."""


@dataclass(frozen=True, slots=True)
class Stock:
    """What lies in one slot, in the consumable's unit."""

    capacity: float | None = None
    """How much was there when it was filled; ``None``: nobody knows."""
    used: float = 0.0
    """Since then."""
    filled_at: float | None = None
    """Wall seconds; ``None``: not since somebody watches."""
    told: float | None = None
    """What the device itself said last that is left; it counts more than what we counted."""
    seen: PaperSeen = field(default_factory=PaperSeen)

    @property
    def left(self) -> float | None:
        """What is left, ``None`` when nobody knows."""
        if self.seen.state is Supply.OUT:
            return 0.0
        if self.told is not None:
            return self.told
        return None if self.capacity is None else max(0.0, self.capacity - self.used)


@dataclass(frozen=True, slots=True)
class Act:
    """Somebody filled something in. It waits here until it stands in the event chain, which one process writes."""

    at: float
    slot: str
    consumable: Consumable
    amount: float
    account: str
    """A staff account, never a resident."""


@dataclass(frozen=True, slots=True)
class Kept:
    """See the module. Absent is the same as zero."""

    counters: Mapping[SlotAndCounter, int] = field(default_factory=lambda: MappingProxyType({}))
    use: Mapping[UseOfDay, float] = field(default_factory=lambda: MappingProxyType({}))
    watched: frozenset[date] = frozenset()
    stocks: Mapping[SlotAndConsumable, Stock] = field(default_factory=lambda: MappingProxyType({}))
    acts: frozenset[Act] = frozenset()
    stood: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    """As ``drivers.discovery.found.Found.same_as``: so that a device under another name is found again."""

    def stock(self, slot: str, consumable: Consumable) -> Stock:
        """Return what lies there, as far as it is known."""
        return self.stocks.get((slot, consumable), Stock())


# --- changes --------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Change:
    """Base of changes; ``day`` and ``at`` (wall seconds) are of the hall's time."""

    day: date
    at: float


@dataclass(frozen=True, slots=True)
class Worked(Change):
    """A command ended."""

    slot: str
    tally: Tally


@dataclass(frozen=True, slots=True)
class Spoke(Change):
    """A slot published a status; ``before`` is the one it published before that, in this run."""

    slot: str
    role: Role
    status: Status
    before: Status | None = None
    holds: float | None = None
    """What a full roll or tray of this slot holds, by the configuration."""


@dataclass(frozen=True, slots=True)
class PutIn(Change):
    """Staff said that they filled something in."""

    slot: str
    consumable: Consumable
    amount: float
    account: str

    @property
    def act(self) -> Act:
        """The same for the event chain."""
        return Act(self.at, self.slot, self.consumable, self.amount, self.account)


@dataclass(frozen=True, slots=True)
class Audited(Change):
    """An act stands in the event chain."""

    act: Act


@dataclass(frozen=True, slots=True)
class Stood(Change):
    """A slot works, and this device is at its place."""

    slot: str
    same_as: str


@dataclass(frozen=True, slots=True)
class Ran(Change):
    """The terminal runs on that day."""


def changed(kept: Kept, change: Change) -> Kept:
    """Return what is known after one change."""
    if change.day not in kept.watched and not isinstance(change, PutIn | Audited):
        kept = _new_day(kept, change.day)
    match change:
        case Worked(slot=slot, tally=tally):
            kept = _counted(kept, slot, tally.counts)
            for consumable, amount in tally.used.items():
                kept = _used(kept, slot, consumable, amount, change.day)
            return kept
        case Spoke():
            return _spoke(kept, change)
        case PutIn(slot=slot, consumable=consumable, amount=amount):
            old = kept.stock(slot, consumable)
            stock = Stock(amount, filled_at=change.at, told=old.told, seen=_not_out(old.seen))
            kept = replace(kept, acts=kept.acts | {change.act})
            return _with_stock(kept, slot, consumable, stock)
        case Audited(act=act):
            return replace(kept, acts=kept.acts - {act})
        case Stood(slot=slot, same_as=same_as):
            return replace(kept, stood=MappingProxyType({**kept.stood, slot: same_as}))
    return kept


def _new_day(kept: Kept, day: date) -> Kept:
    """Watch one more day and forget what is too old."""
    begin = day - timedelta(days=KEPT_DAYS)
    return replace(
        kept,
        watched=frozenset({each for each in kept.watched if each >= begin} | {day}),
        use=MappingProxyType({key: used for key, used in kept.use.items() if key[2] >= begin}),
    )


def _counted(kept: Kept, slot: str, counts: Mapping[Counter, int]) -> Kept:
    counters = dict(kept.counters)
    for counter, count in counts.items():
        counters[slot, counter] = counters.get((slot, counter), 0) + count
    return replace(kept, counters=MappingProxyType(counters))


def _used(kept: Kept, slot: str, consumable: Consumable, amount: float, day: date) -> Kept:
    key = (slot, consumable, day)
    use = MappingProxyType({**kept.use, key: kept.use.get(key, 0.0) + amount})
    stock = kept.stock(slot, consumable)
    stock = replace(stock, used=stock.used + amount)
    return _with_stock(replace(kept, use=use), slot, consumable, stock)


def _with_stock(kept: Kept, slot: str, consumable: Consumable, stock: Stock) -> Kept:
    return replace(kept, stocks=MappingProxyType({**kept.stocks, (slot, consumable): stock}))


def _spoke(kept: Kept, change: Spoke) -> Kept:
    kept = _counted(kept, change.slot, _events_of(change.status, change.before))
    consumable = PAPER_OF.get(change.role)
    if consumable is not None:
        kept = _paper(kept, change, consumable)
    if change.role is Role.PAGE_PRINTER:
        kept = _told(kept, change)
    return kept


def _events_of(status: Status, before: Status | None) -> dict[Counter, int]:
    works = status.condition in USABLE
    worked = before is not None and before.condition in USABLE
    counts: dict[Counter, int] = {}
    if works and not worked:
        counts[Counter.OPENS] = 1
    if status.code == "dev.process_lost" and (before is None or before.code != status.code):
        counts[Counter.RESTARTS] = 1
    return counts


def _paper(kept: Kept, change: Spoke, consumable: Consumable) -> Kept:
    status = change.status
    stock = kept.stock(change.slot, consumable)
    seen, filled = look(stock.seen, consumable, status.paper, cover_open=status.cover_open)
    if filled is Filled.NOTHING and seen == stock.seen:
        return kept
    stock = replace(stock, seen=seen)
    if filled is not Filled.NOTHING:
        holds = change.holds if filled is Filled.NEW else None
        stock = replace(stock, capacity=holds, used=0.0, filled_at=change.at)
    return _with_stock(kept, change.slot, consumable, stock)


def _told(kept: Kept, change: Spoke) -> Kept:
    """Take the levels that a page printer tells. What it printed is counted; toner shows only in its level."""
    sheets = _number(change.status.details.get("a4", "").partition("/")[0])
    stock = kept.stock(change.slot, Consumable.SHEETS)
    if sheets != stock.told and _says_anything(change.status):
        stock = replace(stock, told=sheets)
        kept = _with_stock(kept, change.slot, Consumable.SHEETS, stock)
    toner = _emptiest_colour(change.status)
    if toner is None:
        return kept
    stock = kept.stock(change.slot, Consumable.TONER)
    before = stock.told
    if before is None:
        stock = Stock(100.0, 100.0 - toner, told=toner)
    elif toner >= before + _NEW_TONER_PERCENT:
        stock = Stock(100.0, 100.0 - toner, filled_at=change.at, told=toner)
    elif toner < before:
        kept = _used(kept, change.slot, Consumable.TONER, before - toner, change.day)
        stock = replace(kept.stock(change.slot, Consumable.TONER), told=toner)
    return _with_stock(kept, change.slot, Consumable.TONER, stock)


def _says_anything(status: Status) -> bool:
    """Tell whether the printer answered: one that does not tells nothing new of its tray."""
    return status.paper in {Supply.FULL, Supply.LOW, Supply.OUT}


def _emptiest_colour(status: Status) -> float | None:
    """Return the percent of what marks the paper and is used up first: with it the printer stops."""
    kinds = (name.split(".") for name in status.details)
    levels = (
        _number(status.details[".".join(parts)])
        for parts in kinds
        if len(parts) > 1 and parts[0] == "level" and parts[1] in _MARKS_PAPER
    )
    return min((level for level in levels if level is not None), default=None)


def _number(text: str) -> float | None:
    return float(text) if text.isascii() and text.isdigit() else None


def _not_out(seen: PaperSeen) -> PaperSeen:
    """Somebody put paper in: what was out before is not out any more, and its coming back is no second fill."""
    return PaperSeen() if seen.state is Supply.OUT else replace(seen, opened=False)


def all_changed(kept: Kept, changes: Iterable[Change]) -> Kept:
    """Return what is known after several changes."""
    for change in changes:
        kept = changed(kept, change)
    return kept
