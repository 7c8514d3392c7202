# SPDX-License-Identifier: Apache-2.0
"""Staff see what is left and for how long; a resident is warned only where paper may really not last."""

from __future__ import annotations

import pytest

from drivers.core import Condition, Role, Status, Supply
from kiosk.flows import events, views
from kiosk.flows.intents import Act
from kiosk.supplies.forecast import Forecast
from kiosk.supplies.levels import Level
from kiosk.supplies.paper_watch import Consumable
from kiosk.words import say
from tests.flows.conftest import WALL, Visit

TWELVE_DAYS = Forecast(12, 14)


def level(
    consumable: Consumable = Consumable.ROLL,
    left: float | None = 61_200.0,
    state: Supply | None = Supply.FULL,
    forecast: Forecast = TWELVE_DAYS,
) -> Level:
    role = Role.RECEIPT_PRINTER if consumable is Consumable.ROLL else Role.PAGE_PRINTER
    return Level(role.value, role, consumable, left, 80_000, "counted", state, forecast)


def sheet(visit: Visit, *levels: Level) -> views.DialogOverlay:
    visit.send(events.SuppliesChanged(levels))
    visit.act("terminal_info")
    visit.act("supplies")
    overlay = visit.flow.view.overlay
    assert isinstance(overlay, views.DialogOverlay)
    return overlay


@pytest.mark.parametrize(
    ("told", "words"),
    [
        (level(), "约61米，还能用12天左右"),
        (level(forecast=Forecast(1, 14)), "约61米，还能用1天左右"),
        (level(forecast=Forecast(0, 14)), "约61米，今天可能用完"),
        (level(forecast=Forecast(365, 14)), "约61米，还能用一年以上"),
        (level(forecast=Forecast(None, 2, "too_few_days")), "约61米，用几天后才能估算"),
        (level(forecast=Forecast(None, 14, "not_used")), "约61米，最近没有用过"),
        (level(left=None, forecast=Forecast(None, 14, "level_unknown")), "剩多少不知道"),
        (level(left=0, state=Supply.OUT), "用完了"),
        (level(left=8_000, state=Supply.LOW), "快用完了，约8米"),
        (level(left=None, state=Supply.LOW), "快用完了"),
        (level(Consumable.SHEETS, 120.0), "约120张，还能用12天左右"),
        (level(Consumable.TONER, 55.0, None), "55%，还能用12天左右"),
    ],
)
def test_each_level_is_said_as_far_as_it_is_known(visit: Visit, told: Level, words: str) -> None:
    assert [row.value for row in sheet(visit, told).rows] == [words]


@pytest.mark.parametrize(
    ("told", "advice"),
    [
        (level(), "现在不用处理"),
        (level(forecast=Forecast(2, 14)), "快用完了，请准备更换"),
        (level(state=Supply.LOW), "快用完了，请准备更换"),
        (level(state=Supply.OUT, left=0), "用完了，请更换"),
    ],
)
def test_staff_read_what_to_do(visit: Visit, told: Level, advice: str) -> None:
    assert sheet(visit, told).help == advice


def test_the_sheet_leads_back_and_closes(visit: Visit) -> None:
    sheet(visit, level())
    visit.act("terminal_info")
    overlay = visit.flow.view.overlay
    assert isinstance(overlay, views.DialogOverlay)
    assert overlay.kind == "terminal"
    visit.act("supplies")
    visit.act("close")
    assert visit.flow.view.overlay is None


def test_a_terminal_that_keeps_no_levels_offers_no_sheet(visit: Visit) -> None:
    visit.act("terminal_info")
    overlay = visit.flow.view.overlay
    assert isinstance(overlay, views.DialogOverlay)
    assert "supplies" not in [action.id for action in overlay.actions]


def test_residents_never_reach_the_sheet(visit: Visit) -> None:
    visit.send(events.SuppliesChanged((level(),)))
    visit.act("start")
    visit.act("supplies")
    assert visit.flow.view.overlay is None


def truth(visit: Visit, item: str, paper: Supply, *levels: Level) -> str:
    printer = Status(Condition.ONLINE, paper=paper, cover_open=False)
    visit.send(events.DeviceChanged(role="page_printer", status=printer))
    visit.send(events.SuppliesChanged(levels))
    visit.act("start")
    visit.send(events.Touch(Act(f"item:{item}")))
    body = visit.view.body
    assert isinstance(body, views.ItemPage)
    return body.truth


PRINTED = "social-insurance-proof"
NOT_PRINTED = "old-age-allowance"


@pytest.mark.parametrize(
    ("left", "paper", "warned"),
    [
        (3.0, Supply.LOW, True),
        (40.0, Supply.LOW, False),
        (3.0, Supply.FULL, True),
        (None, Supply.LOW, True),
        (None, Supply.FULL, False),
    ],
)
def test_low_paper_is_said_before_a_matter_that_may_need_more(
    visit: Visit, left: float | None, paper: Supply, *, warned: bool
) -> None:
    said = truth(visit, PRINTED, paper, level(Consumable.SHEETS, left, paper))
    assert (said == say("truth.low_paper")) == warned


def test_low_paper_is_no_news_for_a_matter_that_prints_no_result(visit: Visit) -> None:
    said = truth(visit, NOT_PRINTED, Supply.LOW, level(Consumable.SHEETS, 1.0, Supply.LOW))
    assert said != say("truth.low_paper")


def test_a_roll_that_is_almost_out_stops_no_slip(visit: Visit) -> None:
    slips = Status(Condition.ONLINE, "media.low", paper=Supply.LOW, cover_open=False)
    visit.send(events.DeviceChanged(role="receipt_printer", status=slips))
    full = level(Consumable.SHEETS, 200.0)
    assert truth(visit, PRINTED, Supply.FULL, level(left=40.0, state=Supply.LOW), full) == say(
        "truth.ready"
    )


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        (
            events.PlugChanged(appeared=False, code="1a86:7523", role="id_card", at=WALL),
            "身份证读卡器",
        ),
        (events.PlugChanged(appeared=True, code="05ac:12a8", role="", at=WALL), "05ac:12a8"),
    ],
)
def test_staff_read_what_was_plugged(visit: Visit, changed: events.PlugChanged, words: str) -> None:
    visit.send(changed)
    (row,) = sheet(visit).rows
    verb = "插上" if changed.appeared else "拔出"
    assert row.value == f"11月23日 10:14{verb}：{words}"
