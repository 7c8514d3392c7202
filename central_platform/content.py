# SPDX-License-Identifier: Apache-2.0
"""What everybody may read: policies, notices, regions, life events, helpers. Data files, checked when read.

All of it is invented for the demonstration and says so; a city puts its own feeds behind these functions.
"""

from __future__ import annotations

from collections import Counter
from datetime import date, timedelta
from functools import cache
from importlib.resources import files
from typing import Any

import yaml

from central_platform.life_events import shipped_life_events
from kiosk.protocol.catalogue import Catalogue
from kiosk.protocol.services import (
    Bundle,
    IntermediaryNotice,
    Policy,
    RegionOffer,
)
from kiosk.protocol.wire import Text

_LATELY = timedelta(days=60)


def policies_in_force(today: date) -> tuple[Policy, ...]:
    """Return the policies of today, the one that ends first first."""
    known = tuple(Policy.model_validate(entry) for entry in _read("policies")["policies"])
    return tuple(
        sorted(
            (policy for policy in known if policy.starts <= today <= policy.ends),
            key=lambda policy: (policy.ends, policy.code),
        )
    )


def notices_open(today: date) -> tuple[IntermediaryNotice, ...]:
    """Return notices that are not closed, and those without an end that were published lately."""
    known = tuple(
        IntermediaryNotice.model_validate(each) for each in _read("intermediaries")["notices"]
    )
    return tuple(
        notice
        for notice in sorted(
            known, key=lambda notice: (notice.published, notice.code), reverse=True
        )
        if notice.published <= today and _is_open(notice, today)
    )


def regions_for(item: str) -> tuple[RegionOffer, ...]:
    """Return, for every region, how this item is done for it; never a dead end."""
    data = _read("regions")
    offered = data["items"].get(item, {})
    nowhere = Text(**data["nowhere"])
    found = []
    for code, region in data["regions"].items():
        offer = offered.get(code)
        if offer is None and item not in data["items"] and code == data["home"]:
            offer = {"mode": "online", "fee": {"zh": "见办事指南", "en": "See the guide"}}
        found.append(
            RegionOffer(
                region=code,
                name=Text(zh=region["zh"], en=region["en"]),
                scope=region["scope"],
                mode=offer["mode"] if offer else "not_yet",
                fee=Text(**offer["fee"]) if offer else Text(zh="—", en="—"),
                instead=None if offer else nowhere,
            )
        )
    return tuple(found)


def bundles(catalogue: Catalogue) -> tuple[Bundle, ...]:
    """Return the life events whose matters are all in the catalogue, with the questions they share."""
    found = []
    for event in shipped_life_events():
        items = [item for code in event.items if (item := catalogue.item(code)) is not None]
        if len(items) < len(event.items):
            continue
        asked = Counter(
            key
            for item in items
            for key in {field.key for group in item.form.groups for field in group.fields}
        )
        found.append(
            Bundle(
                code=event.code,
                name=event.name,
                summary=event.summary,
                items=event.items,
                shared_fields=tuple(sorted(key for key, times in asked.items() if times > 1)),
            )
        )
    return tuple(found)


def helpers() -> dict[str, str]:
    """Return registered helpers: number to name."""
    known: dict[str, str] = _read("helpers")["helpers"]
    return known


def _is_open(notice: IntermediaryNotice, today: date) -> bool:
    if notice.closes is not None:
        return today <= notice.closes
    return today - notice.published <= _LATELY


@cache
def _read(name: str) -> dict[str, Any]:
    source = files("central_platform").joinpath("data", "content", f"{name}.yaml")
    data: dict[str, Any] = yaml.safe_load(source.read_text("utf-8"))
    return data
