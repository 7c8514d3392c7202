# SPDX-License-Identifier: Apache-2.0
"""The readiness gate: can this machine finish this item now, and if not, why and where else.

One pure function, asked before anybody proves who they are and again before anything is sent. A
device that has not spoken yet is not ready: unknown is never counted as working.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from drivers.core import USABLE, Condition, Role, Status, Supply
from kiosk.protocol.catalogue import Material, ServiceItem
from kiosk.protocol.messages import Assurance, NearbyPoint, at_least

STARTING = "dev.starting"
BATTERY_CODES = frozenset({"power.on_battery", "power.low_battery"})
"""A UPS says one of these while it feeds the terminal from its battery."""
NOT_FITTED = "dev.not_fitted"
PAPER_MAY_NOT_LAST = "media.may_not_last"
MOST_SHEETS = 5
"""A result has hardly ever more: while so many are left, low paper is of no concern to a resident."""
_OTHER_WAYS: Mapping[Role, Assurance] = MappingProxyType(
    {Role.SMART_CARD: "social_card", Role.CODE_SCANNER: "code"}
)
"""What may stand in for the reader of identity cards, and what a log-in by it is worth."""


@dataclass(frozen=True, slots=True)
class Reason:
    """One thing that stands in the way. ``code`` is stable; ``about`` is a role or a material's code."""

    code: str
    about: str = ""


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What the gate looks at besides the item."""

    statuses: Mapping[str, Status]
    online: bool
    link_code: str = ""
    accepting: bool = True
    store_code: str = ""
    nearest: tuple[NearbyPoint, ...] = ()
    sheets_left: float | None = None
    """Of A4, as told by the printer or counted; ``None``: nobody knows."""


@dataclass(frozen=True, slots=True)
class Readiness:
    """The gate's answer."""

    ready: bool
    """The item can be finished, or taken in provisionally, here and now."""
    provisional: bool = False
    """Ready, but only to be kept and delivered later."""
    reasons: tuple[Reason, ...] = ()
    """Why not; empty when ready."""
    notices: tuple[Reason, ...] = ()
    """Ready, but something goes another way: the result to the phone, no slip …"""
    alternatives: tuple[NearbyPoint, ...] = ()
    """Where else, nearest first; empty when ready or unknown."""


def device_trouble(status: Status | None) -> Reason | None:
    """Return why that device cannot work now, or ``None`` when it can."""
    if status is None or status.condition is Condition.STARTING:
        return Reason(STARTING)
    if status.condition is Condition.NOT_FITTED:
        return Reason(NOT_FITTED)
    if status.condition in USABLE:
        return None
    return Reason(status.code or f"condition.{status.condition.value}")


def paper_trouble(status: Status | None) -> Reason | None:
    """Return why that printer cannot print now: the device, its paper or its cover.

    Paper that the sensor does not know of is no reason: the job itself will tell.
    """
    trouble = device_trouble(status)
    if status is None:
        return trouble
    if status.paper is Supply.OUT:
        return Reason(status.code if status.code.startswith("media.") else "media.out")
    if status.paper is Supply.JAMMED:
        return Reason("media.jam")
    if status.cover_open:
        return Reason("media.cover_open")
    return trouble


def power_trouble(status: Status | None) -> Reason | None:
    """Return why nothing new is begun: the terminal runs on battery.

    A UPS that is not there, or cannot tell, is no reason: that says nothing about the power.
    """
    if status is not None and status.condition in USABLE and status.code in BATTERY_CODES:
        return Reason(status.code, Role.POWER)
    return None


def material_ways(material: Material, here: Surroundings) -> tuple[str, ...]:
    """Return the ways in which this paper can be settled now: ``licence``, ``scan``, ``later``."""
    ways: list[str] = []
    if material.licence and here.online:
        ways.append("licence")
    if material.scan and device_trouble(here.statuses.get(Role.DOCUMENT_SCANNER)) is None:
        ways.append("scan")
    if material.deferrable:
        ways.append("later")
    return tuple(ways)


def readiness(item: ServiceItem, here: Surroundings) -> Readiness:
    """Tell whether the item can be finished here and now."""
    reasons: list[Reason] = []
    notices: list[Reason] = []
    if not here.online and item.requires.platform == "online":
        reasons.append(Reason(here.link_code or "link.down"))
    if not here.accepting:
        reasons.append(Reason(here.store_code or "store.failed"))
    power = power_trouble(here.statuses.get(Role.POWER))
    if power is not None:
        reasons.append(power)
    for role in item.requires.devices:
        trouble = device_trouble(here.statuses.get(role))
        if trouble is not None and not (role == Role.ID_CARD and _known_without_card(item, here)):
            reasons.append(Reason(trouble.code, role))
    if item.requires.assurance == "card+face":
        camera = device_trouble(here.statuses.get(Role.CAMERA))
        if camera is not None:
            reasons.append(Reason(camera.code, Role.CAMERA))
    _check_delivery(item, here, reasons, notices)
    reasons.extend(
        Reason("material.no_way", material.code)
        for material in item.materials
        if not material_ways(material, here)
    )
    slip = paper_trouble(here.statuses.get(Role.RECEIPT_PRINTER))
    if slip is not None:
        notices.append(Reason(slip.code, Role.RECEIPT_PRINTER))
    if reasons:
        return Readiness(
            ready=False,
            reasons=tuple(reasons),
            notices=tuple(notices),
            alternatives=tuple(sorted(here.nearest, key=lambda point: point.distance_m)),
        )
    return Readiness(ready=True, provisional=not here.online, notices=tuple(notices))


def _known_without_card(item: ServiceItem, here: Surroundings) -> bool:
    """Tell whether a resident can prove who they are by something else than the identity card.

    What is read there means nothing without the platform, and has to be worth what the item wants.
    """
    return here.online and any(
        device_trouble(here.statuses.get(role)) is None and at_least(worth, item.requires.assurance)
        for role, worth in _OTHER_WAYS.items()
    )


def _paper_may_not_last(here: Surroundings) -> bool:
    """Tell whether a result may need more A4 than lies there. Slips need so little that they are never held up."""
    status = here.statuses.get(Role.PAGE_PRINTER)
    if here.sheets_left is not None:
        return here.sheets_left < MOST_SHEETS
    return status is not None and status.paper is Supply.LOW


def _check_delivery(
    item: ServiceItem, here: Surroundings, reasons: list[Reason], notices: list[Reason]
) -> None:
    """One of the ways in which the result reaches the resident has to work."""
    delivery = item.requires.delivery
    if not delivery:
        return
    printer = paper_trouble(here.statuses.get(Role.PAGE_PRINTER))
    by_printer = "page_printer" in delivery and printer is None
    by_phone = "handover" in delivery and here.online
    if "page_printer" in delivery and printer is not None:
        (notices if by_phone else reasons).append(Reason(printer.code, Role.PAGE_PRINTER))
    if by_printer and _paper_may_not_last(here):
        notices.append(Reason(PAPER_MAY_NOT_LAST, Role.PAGE_PRINTER))
    if not by_printer and not by_phone and "page_printer" not in delivery:
        reasons.append(Reason(here.link_code or "link.down"))
