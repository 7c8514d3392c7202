# SPDX-License-Identifier: Apache-2.0
"""The power fails: what was begun is finished, nothing new is begun, and the end leaves nothing behind."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest

from drivers.core import Condition, Role, Status
from kiosk.flows import effects, events, views

PROOF = "social-insurance-proof"
ON_BATTERY = Status(Condition.ONLINE, "power.on_battery", details={"power": "battery"})
ON_LINE = Status(Condition.ONLINE, details={"power": "line"})
ENDING = events.TerminalEnding(code="power.low_battery")


def _power(visit: Any, status: Status) -> None:
    visit.send(events.DeviceChanged(role=Role.POWER, status=status))


def test_on_battery_the_idle_screen_says_so_and_takes_nobody_in(visit: Any) -> None:
    _power(visit, ON_BATTERY)
    assert isinstance(visit.view.body, views.OutOfService)
    assert "停电" in visit.view.body.reason
    visit.act("start")
    assert isinstance(visit.view.body, views.OutOfService)
    _power(visit, ON_LINE)
    assert visit.screen == "attract"


def test_what_was_begun_is_finished_on_battery(visit: Any) -> None:
    visit.to("review", PROOF)
    _power(visit, ON_BATTERY)
    visit.act("submit")
    assert visit.all_asked(effects.Submit)
    assert visit.screen != "trouble"


def test_a_resident_who_has_not_begun_reads_why_not(visit: Any) -> None:
    visit.to("item", PROOF)
    _power(visit, ON_BATTERY)
    assert "停电" in visit.view.body.truth
    visit.act("start")
    assert visit.screen == "item"


@pytest.mark.parametrize(
    "status",
    [Status(Condition.NO_DEVICE, "dev.not_present"), Status(Condition.OFFLINE, "power.stale")],
)
def test_a_silent_ups_stops_nothing(visit: Any, status: Status) -> None:
    _power(visit, status)
    assert visit.screen == "attract"


@pytest.mark.parametrize("page", ["home", "identity", "consent", "review"])
def test_the_end_of_the_battery_wipes_first_and_then_ends_the_terminal(
    visit: Any, page: str
) -> None:
    visit.to(page, PROOF)
    visit.send(ENDING)
    names = [type(effect).__name__ for effect in visit.asked]
    assert names.index("Wipe") < names.index("EndTerminal")
    assert visit.all_asked(effects.Wipe)[-1].reason == "power"
    assert isinstance(visit.view.body, views.OutOfService)
    visit.tick(3)
    assert len(visit.all_asked(effects.EndTerminal)) == 1


def test_a_submission_on_its_way_is_kept_before_the_terminal_ends(visit: Any) -> None:
    visit.answers["Submit"] = None
    visit.to("review", PROOF)
    visit.act("submit")
    visit.send(ENDING)
    assert not visit.all_asked(effects.EndTerminal)
    submit = visit.all_asked(effects.Submit)[-1]
    visit.send(events.Finalized(submit.session, UUID(int=1), "ZG-1", "application"))
    assert [effect.reason for effect in visit.all_asked(effects.EndTerminal)] == [ENDING.code]


def test_an_empty_terminal_ends_at_once(visit: Any) -> None:
    visit.send(ENDING)
    visit.send(ENDING)
    assert len(visit.all_asked(effects.EndTerminal)) == 1
