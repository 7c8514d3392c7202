# SPDX-License-Identifier: Apache-2.0
"""Every item that ships reaches its end, done by a resident who reads only the screens."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from central_platform.items import shipped_items
from kiosk.flows import effects, events, views
from kiosk.protocol.catalogue import Catalogue, ServiceItem

WALL = 1_795_000_000.0
KEPT = next(item for item in shipped_items() if item.requires.platform == "queue")
ITEMS = pytest.mark.parametrize("item", shipped_items(), ids=lambda item: item.code)


def offered(visit: Any, *items: ServiceItem) -> Any:
    chosen = {item.code: item.model_copy(update={"rank": 1}) for item in reversed(items)}
    catalogue = Catalogue(version="2", items=tuple(chosen.values()))
    visit.send(events.CatalogueLoaded(catalogue, WALL, fresh=True))
    return visit


@ITEMS
def test_online_it_ends_with_a_number_and_a_wipe(
    item: ServiceItem, new_visit: Callable[..., Any]
) -> None:
    visit = offered(new_visit(), item).walk(item.code)
    (submitted,) = [each for each in visit.all_asked(effects.Submit) if each.kind == "application"]
    assert submitted.item == item.code
    assert visit.wiped == 1
    assert "receipt" in visit.screens


@ITEMS
def test_offline_it_is_kept_or_refused_before_anybody_logs_in(
    item: ServiceItem, new_visit: Callable[..., Any]
) -> None:
    # Beside an item that may be kept: a terminal that can do nothing at all is out of service.
    visit = offered(new_visit(online=False), item, KEPT)
    if item.requires.platform == "queue":
        visit.to("receipt", item.code)
        assert visit.view.body.provisional
        return
    visit.to("item", item.code)
    assert not any(action.id == "start" for action in visit.view.body.actions)
    assert visit.view.body.truth_tone is views.Tone.WRONG
    assert not visit.all_asked(effects.ReadIdCard)


@pytest.mark.parametrize(
    "item",
    [item for item in shipped_items() if item.depth in ("query", "print")],
    ids=lambda item: item.code,
)
def test_what_can_be_had_at_once_takes_few_touches(
    item: ServiceItem, new_visit: Callable[..., Any]
) -> None:
    """≤ 6 from the first screen to paper for a print, and for a query to its answer."""
    visit = offered(new_visit(), item)
    visit.to("receipt", item.code)
    touches = sum(isinstance(event, events.Touch) for event in visit.heard)
    assert touches <= 6
