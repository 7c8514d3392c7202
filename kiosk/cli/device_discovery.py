# SPDX-License-Identifier: Apache-2.0
"""``kiosk devices --discover``: what is connected, which driver it is probably for, where the slots stand.

It only reports. No device file is opened, no setting is changed; services are asked what they know.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from drivers.discovery.found import Found
    from drivers.discovery.places import Place
    from drivers.discovery.services import Asked
    from kiosk.config import Settings, SlotSettings

_SERVICE_OF: Final = {"pcsc": "pcsc", "sane": "sane", "ipp": "cups"}
_WHY: Final = {
    "network": "on the network: not looked for",
    "service": "has no address",
    "not_fitted": "not fitted",
    "bad_address": "the address cannot be read",
}


def discover(settings: Settings, *, as_json: bool) -> None:
    """Print what is found."""
    from drivers.discovery.services import ask_all  # noqa: PLC0415 - start-up time
    from drivers.discovery.sysfs import connected  # noqa: PLC0415

    on_buses = connected()
    asked = ask_all()
    places = _places(settings, on_buses, asked)
    found = (*on_buses, *(each for service in asked for each in service.found))
    if as_json:
        told = {
            "found": [_facts(each) for each in found],
            "services": {service.service: service.state for service in asked},
            "slots": [_place_facts(place) for place in places],
        }
        print(json.dumps(told, ensure_ascii=False))
    else:
        print("\n".join(_lines(found, asked, places)))


def _places(
    settings: Settings, on_buses: Sequence[Found], asked: Sequence[Asked]
) -> Sequence[Place]:
    from drivers.discovery.places import device_file, place_of  # noqa: PLC0415
    from kiosk.supplies.ledger import Ledger, LedgerError  # noqa: PLC0415

    try:
        stood = Ledger(settings.data_dir).read().stood
    except LedgerError:
        stood = {}
    places = []
    for slot in settings.slots:
        path = device_file(slot.options)
        there = bool(path) and Path(path).exists()
        remembered = stood.get(slot.name, "")
        place = place_of(slot.name, slot.options, on_buses, stood=remembered, exists=there)
        places.append(_at_service(place, slot, asked))
    return places


def _at_service(place: Place, slot: SlotSettings, asked: Sequence[Asked]) -> Place:
    """Look a slot up at the service that serves it; a queue on another machine stays unlooked for."""
    from drivers.discovery.places import place_at_service  # noqa: PLC0415

    service = next((each for each in asked if each.service == _SERVICE_OF.get(slot.driver)), None)
    if service is None or service.state != "ok":
        return place
    if slot.driver == "ipp" and "://localhost/printers/" not in place.address:
        return place
    reader = str(slot.options.get("reader", ""))
    return place_at_service(place, slot.driver, reader, service.found)


def _facts(found: Found) -> Mapping[str, object]:
    from drivers.discovery.known import guesses  # noqa: PLC0415

    return {
        "kind": found.kind.value,
        "path": found.path,
        "stable": found.stable or None,
        "name": found.name or None,
        "usb": found.identity or None,
        "serial": found.serial or None,
        "port": found.port or None,
        "kernel_driver": found.driver or None,
        "probably": [
            {
                "driver": guess.driver or None,
                "sure": guess.sure,
                "what": guess.what,
                "options": dict(guess.options),
                "source": guess.source,
            }
            for guess in guesses(found)
        ],
    }


def _place_facts(place: Place) -> Mapping[str, object]:
    return {
        "slot": place.slot,
        "verdict": place.verdict,
        "address": place.address or None,
        "at": place.found.path if place.found else None,
        "advice": place.advice or None,
        "why": place.why or None,
    }


def _lines(
    found: Sequence[Found], asked: Sequence[Asked], places: Sequence[Place]
) -> Iterator[str]:
    from drivers.discovery.known import guesses  # noqa: PLC0415

    for each in found:
        yield f"{each.kind:<8} {each.stable or each.path:<40} {each.identity:<10} {each.name}".rstrip()
        for guess in guesses(each):
            driver = guess.driver or "no driver of ours"
            yield f"{'':<9}{guess.sure} {driver}: {guess.what} (source: {guess.source})"
    if not found:
        yield "nothing is connected that the kernel tells of"
    for service in asked:
        if service.state != "ok":
            yield f"{service.service:<8} {service.state}"
    for place in places:
        yield _place_line(place)


def _place_line(place: Place) -> str:
    if place.verdict == "not_looked_for":
        return f"slot {place.slot:<18} {_WHY.get(place.why, place.why)} {place.address}".rstrip()
    line = f"slot {place.slot:<18} {place.verdict:<14} {place.address}"
    if place.verdict == "moved" and place.found:
        line += f" -> {place.found.path}"
    return f"{line}; lasting name: {place.advice}" if place.advice else line
