# SPDX-License-Identifier: Apache-2.0
"""The fleet as people look at it: what is wrong, why, what still works, the worst first."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy.orm import Session

from central_platform.console.sessions import Visitor
from central_platform.operations.fleet import (
    GOOD_CONDITIONS,
    Health,
    TerminalNow,
    fleet_with_devices,
)
from central_platform.service_map import missing_devices
from central_platform.storage.fleet import DeviceState
from kiosk.protocol.catalogue import ServiceItem

WORST_FIRST: Final[tuple[Health, ...]] = ("down", "refused", "impaired", "never_seen", "working")
TROUBLE: Final = frozenset({"down", "refused", "impaired"})
_LONG_AGO = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Fault:
    """One device that does not work."""

    slot: str
    role: str
    condition: str
    code: str
    recovery: str


@dataclass(frozen=True, slots=True)
class FleetRow:
    """One terminal in the list."""

    now: TerminalNow
    faults: tuple[Fault, ...]
    can: int
    """How many matters can be finished there now."""
    of: int
    without: tuple[str, ...]
    """Roles of devices that other matters would need."""


class FleetFilter(BaseModel):
    """What somebody wants to see of it; the address of the page carries it."""

    model_config = ConfigDict(frozen=True)

    text: str = Field(default="", max_length=64)
    health: str = Field(default="", max_length=64)
    region: str = Field(default="", max_length=64)

    def fits(self, row: FleetRow) -> bool:
        """Tell whether a terminal is wanted; ``trouble`` stands for everything that needs somebody."""
        now = row.now
        text = self.text.strip().casefold()
        named = (now.id, now.place.zh, now.place.en, now.region, now.host_type)
        return (
            (not text or any(text in each.casefold() for each in named))
            and (not self.region or now.region == self.region)
            and (
                not self.health
                or now.health == self.health
                or (self.health == "trouble" and now.health in TROUBLE)
            )
        )


def fleet_rows(
    session: Session, visitor: Visitor, items: Sequence[ServiceItem], now: datetime
) -> tuple[FleetRow, ...]:
    """Return the terminals that this visitor may see, the worst first and the longest so before others."""
    needs = Needs(items)
    rows = [
        as_row(terminal, states, needs)
        for terminal, states in fleet_with_devices(session, now, visitor.only)
    ]
    return tuple(sorted(rows, key=_order))


class Needs:
    """Which devices the items still need beside those that work; most terminals have the same ones."""

    def __init__(self, items: Sequence[ServiceItem]) -> None:
        self._items = items
        self._known: dict[frozenset[str], tuple[tuple[str, ...], ...]] = {}

    def beside(self, good: frozenset[str]) -> tuple[tuple[str, ...], ...]:
        """Return the roles that each item lacks."""
        if good not in self._known:
            self._known[good] = tuple(missing_devices(item, good) for item in self._items)
        return self._known[good]


def as_row(now: TerminalNow, devices: Iterable[DeviceState], needs: Needs) -> FleetRow:
    """Return one terminal with its faults and what can be done there."""
    states = tuple(devices)
    good = frozenset(
        state.role or state.slot
        for state in states
        if state.condition in GOOD_CONDITIONS and state.condition != "not_fitted"
    )
    lacking = needs.beside(good)
    serves = now.health in {"working", "impaired"}
    return FleetRow(
        now=now,
        faults=tuple(
            Fault(state.slot, state.role or state.slot, state.condition, state.code, state.recovery)
            for state in states
            if state.condition not in GOOD_CONDITIONS
        ),
        can=sum(not each for each in lacking) if serves else 0,
        of=len(lacking),
        without=tuple(sorted({role for each in lacking for role in each})) if serves else (),
    )


def _order(row: FleetRow) -> tuple[int, datetime, str]:
    return WORST_FIRST.index(row.now.health), row.now.since or _LONG_AGO, row.now.id
