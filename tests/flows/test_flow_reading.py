# SPDX-License-Identifier: Apache-2.0
"""Life events, policies, other machines: from the kept copies, with their date."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from kiosk.flows import effects, events
from kiosk.protocol.messages import NearbyPoint
from kiosk.protocol.services import (
    Bundle,
    BundleList,
    MapPoint,
    Policy,
    PolicyList,
    ServiceMap,
)
from kiosk.protocol.wire import Text


def words(zh: str) -> Text:
    return Text(zh=zh, en="words")


def today(visit: Any) -> date:
    state = visit.flow.state
    return datetime.fromtimestamp(state.wall, state.settings.zone).date()


def load(visit: Any, name: Any, document: Any) -> None:
    visit.send(events.ContentLoaded(name, document, as_of=visit.flow.state.wall, fresh=False))


def opened(visit: Any, service: str) -> Any:
    visit.act("start")
    visit.act("service:more")
    visit.act(f"choose:{service}")
    return visit.view.body


def bundle(code: str, *items: str) -> Bundle:
    return Bundle(
        code=code, name=words(code), summary=words("一起办"), items=items, shared_fields=()
    )


def test_a_life_event_leads_to_its_matters_and_back(visit: Any) -> None:
    both = bundle("elder-care", "social-insurance-proof", "old-age-allowance")
    load(visit, "bundles", BundleList(bundles=(both, bundle("unknown", "no-such-item"))))
    assert [option.id for option in opened(visit, "life_events").options] == ["elder-care"]
    visit.act("choose:elder-care")
    assert [each.id for each in visit.view.body.options] == list(both.items)
    visit.act("choose:old-age-allowance")
    assert visit.screen == "item"
    assert visit.flow.state.item.code == "old-age-allowance"


def test_a_policy_that_ended_is_never_shown_whatever_the_copy_says(visit: Any) -> None:
    day = today(visit)

    def policy(code: str, ends: date) -> Policy:
        return Policy(
            code=code,
            title=words(code),
            summary=words("补贴"),
            handling="without_application",
            department=words("市工信局"),
            starts=day - timedelta(days=9),
            ends=ends,
        )

    known = (policy("over", day - timedelta(days=1)), policy("last-day", day))
    load(visit, "policies", PolicyList(as_of=day, policies=known))
    assert [option.id for option in opened(visit, "policies").options] == ["last-day"]
    assert "截至" in visit.view.body.help  # of when the copy is
    visit.act("choose:over")
    assert visit.view.body.heading == "现在有效的政策"
    visit.act("choose:last-day")
    assert {row.label for row in visit.view.body.facts} == {"怎么享受", "部门", "截止"}


def test_machines_that_work_stand_first_the_nearest_of_them_before_all(visit: Any) -> None:
    def point(terminal: str, distance: int, health: Any) -> MapPoint:
        return MapPoint(
            terminal=terminal,
            point=NearbyPoint(name=words("邮政"), distance_m=distance, direction=words("东边")),
            place=words(terminal),
            region="360702",
            host_type="post",
            health=health,
            can_do=health == "working",
            why_not=() if health == "working" else ("page_printer",),
            as_of=datetime(2026, 11, 23, tzinfo=UTC),
        )

    points = (point("T3", 90, "down"), point("T2", 900, "working"), point("T1", 320, "working"))
    load(visit, "map", ServiceMap(points=points))
    shown = opened(visit, "map")
    assert [option.id for option in shown.options] == ["T1", "T2", "T3"]
    assert shown.options[0].detail == "东边320米"
    assert [option.status for option in shown.options] == ["现在能用", "现在能用", "现在不能用"]
    visit.act("choose:T3")
    assert "证明打印机现在用不了" in [row.value for row in visit.view.body.facts]


@pytest.mark.parametrize("service", ["life_events", "policies", "map"])
def test_without_a_copy_and_without_a_link_it_says_why(offline_visit: Any, service: str) -> None:
    offline_visit.act("start")
    offline_visit.act("service:more")
    option = next(each for each in offline_visit.view.body.options if each.id == service)
    assert not option.available
    assert option.status
    offline_visit.act(f"choose:{service}")
    assert offline_visit.screen == "choices"
    assert offline_visit.all_asked(effects.AskPlatform) == []
