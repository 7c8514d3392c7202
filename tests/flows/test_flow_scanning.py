# SPDX-License-Identifier: Apache-2.0
"""Pages of a paper: taken, looked at, moved, taken again, taken away and put back."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pytest

from drivers.core import Condition, Role, Status
from kiosk.flows import effects, events, intents

ALLOWANCE = "old-age-allowance"
PAPER = "household-register"


@pytest.fixture
def desk(visit: Any) -> Any:
    """Return a visit that looks for its first page; the scanner answers when the test says so."""
    visit.to("materials", ALLOWANCE)
    visit.answers["ScanMaterial"] = None
    visit.answers["ShowLivePicture"] = None
    visit.act(f"scan:{PAPER}")
    return visit


def page(desk: Any, name: str) -> None:
    session = desk.all_asked(effects.ScanMaterial)[-1].session
    desk.send(events.PageScanned(session, PAPER, name.encode(), name.encode()))


def pages(desk: Any, *names: str) -> None:
    for place, name in enumerate(names):
        if place:
            desk.act("scan_more")
        page(desk, name)


def ids(desk: Any) -> set[str]:
    body = desk.view.body
    return {each.id for each in body.actions} | {
        each.id for sheet in body.sheets for each in sheet.actions
    }


def names(desk: Any) -> list[bytes]:
    desk.act("scan_done")
    draft = desk.flow.state.session.draft
    return [scan.data for scan in draft.materials[PAPER].scans]


def test_the_live_picture_and_what_to_do_are_shown_while_a_page_is_looked_for(desk: Any) -> None:
    body = desk.view.body
    assert (desk.screen, body.lit_slot, body.live.place) == ("scanning", "document_scanner", "")
    show = desk.all_asked(effects.ShowLivePicture)[-1]
    desk.send(events.LivePictureShown(show.session, "document_scanner", "/proc/1/fd/3", 2**62))
    desk.send(events.ScanProgress(show.session, PAPER, "media.glare"))
    body = desk.view.body
    assert (body.live.place, body.live.token) == ("/proc/1/fd/3", str(2**62))
    assert body.help.startswith("有反光")
    page(desk, "one")
    assert desk.view.body.live.place == ""
    assert desk.view.body.sheets[0].picture.startswith("data:image/jpeg;base64,")


def test_a_scanner_without_a_picture_scans_all_the_same(desk: Any) -> None:
    show = desk.all_asked(effects.ShowLivePicture)[-1]
    desk.send(events.Failed(show.session, "ShowLivePicture", "dev.unsupported", "document_scanner"))
    page(desk, "one")
    assert names(desk) == [b"one"]


@pytest.mark.parametrize(
    ("choices", "left"),
    [
        ([], [b"a", b"b", b"c"]),
        (["page_up:2"], [b"a", b"c", b"b"]),
        (["page_delete:0"], [b"b", b"c"]),
        (["page_delete:1", "page_undo"], [b"a", b"b", b"c"]),
        (["page_delete:1", "page_delete:1", "page_undo"], [b"a", b"c"]),
        (["page_up:0"], [b"a", b"b", b"c"]),
        (["page_delete:7", "page_up:-1", "page_delete:x"], [b"a", b"b", b"c"]),
    ],
)
def test_pages_are_put_in_order_and_taken_away(
    desk: Any, choices: list[str], left: list[bytes]
) -> None:
    pages(desk, "a", "b", "c")
    for choice in choices:
        desk.act(choice)
    assert names(desk) == left


def test_a_page_taken_again_stays_at_its_place(desk: Any) -> None:
    pages(desk, "a", "b")
    desk.act("page_retake:0")
    assert ids(desk) == {"scan_stop"}
    page(desk, "better")
    assert names(desk) == [b"better", b"b"]
    draft = desk.flow.state.session.draft
    assert [scan.name[-6:] for scan in draft.materials[PAPER].scans] == ["-1.png", "-2.png"]


def test_a_page_that_fails_leaves_the_others(desk: Any) -> None:
    pages(desk, "a")
    desk.act("scan_more")
    session = desk.all_asked(effects.ScanMaterial)[-1].session
    desk.send(events.Failed(session, "ScanMaterial", "media.jam", PAPER))
    assert desk.view.body.notice == "扫描仪卡纸"
    assert names(desk) == [b"a"]


@pytest.mark.parametrize(
    "leave", [lambda desk: desk.act("scan_stop"), lambda desk: desk.touch(intents.Back())]
)
def test_stopping_ends_the_scan_and_loses_no_page(desk: Any, leave: Callable[[Any], None]) -> None:
    leave(desk)
    assert (desk.screen, desk.view.body.materials[0].state) == ("materials", "open")
    assert len(desk.all_asked(effects.CancelDevice)) == 1
    assert len(desk.all_asked(effects.HideLivePicture)) == 1
    page(desk, "late")
    assert desk.view.body.materials[0].state == "open"
    desk.act(f"scan:{PAPER}")
    pages(desk, "a")
    desk.act("scan_more")
    leave(desk)
    assert desk.view.body.materials[0].state_words == "已扫描1页"


def test_twelve_pages_are_enough(desk: Any) -> None:
    pages(desk, *"abcdefghijkl")
    assert "scan_more" not in ids(desk)
    assert len(names(desk)) == 12


# --- a scanner with glass and feeder ------------------------------------------------------------------


def flatbed(visit: Any, details: Mapping[str, str]) -> Any:
    """Fit a scanner that tells this of itself, and open the desk."""
    scanner = Status(Condition.ONLINE, details=details)
    visit.send(events.DeviceChanged(Role.DOCUMENT_SCANNER, scanner))
    visit.to("materials", ALLOWANCE)
    visit.answers["ScanMaterial"] = None
    visit.answers["ShowLivePicture"] = None
    visit.act(f"scan:{PAPER}")
    return visit


@pytest.fixture
def feeder(visit: Any) -> Any:
    """Return a visit at a scanner with a feeder of both sides; it answers when the test says so."""
    return flatbed(visit, {"starts": "when told", "feeder": "both sides"})


def wanted(desk: Any) -> Any:
    return desk.all_asked(effects.ScanMaterial)[-1]


def sheet(desk: Any, *names: str) -> None:
    for name in names:
        desk.send(events.SheetScanned(wanted(desk).session, PAPER, name.encode(), b"jpeg"))


def failed(desk: Any, code: str) -> None:
    desk.send(events.Failed(wanted(desk).session, "ScanMaterial", code, PAPER))


def labels(desk: Any) -> list[str]:
    return [each.label for each in desk.view.body.sheets]


def test_a_scanner_that_does_not_see_waits_until_it_is_told(visit: Any) -> None:
    desk = flatbed(visit, {"starts": "when told"})
    assert not desk.all_asked(effects.ScanMaterial)
    assert desk.view.body.lit_slot == "document_scanner"
    assert ids(desk) == {"scan_stop", "scan_more"}
    desk.act("scan_more")
    page(desk, "one")
    assert desk.view.body.lit_slot == ""
    assert names(desk) == [b"one"]


def test_nothing_on_the_glass_is_said_where_it_is_put_right(visit: Any) -> None:
    desk = flatbed(visit, {"starts": "when told"})
    desk.act("scan_more")
    failed(desk, "media.no_documents")
    assert (desk.screen, desk.view.body.notice) == ("scanning", "没有看到材料，请放好再扫")
    desk.act("scan_more")
    failed(desk, "dev.unplugged")
    assert desk.screen == "materials"


def test_a_stack_is_taken_at_once_and_each_page_is_shown(feeder: Any) -> None:
    assert ids(feeder) == {"scan_stop", "scan_stack", "scan_both", "scan_more"}
    feeder.act("scan_stack")
    assert wanted(feeder).what == effects.Stack(12)
    assert ids(feeder) == {"stack_stop"}
    sheet(feeder, "a", "b")
    assert labels(feeder) == ["第1页", "第2页"]
    assert feeder.view.body.help == "已扫2页，请等一等"
    sheet(feeder, "c")
    feeder.send(events.StackScanned(wanted(feeder).session, PAPER))
    assert feeder.view.body.help == "共3页，请看看是否清楚"
    feeder.act("page_delete:1")
    assert names(feeder) == [b"a", b"c"]


def test_both_sides_ask_for_whole_sheets_only(feeder: Any) -> None:
    feeder.act("scan_more")
    page(feeder, "single")
    feeder.act("scan_both")
    assert wanted(feeder).what == effects.Stack(10, both_sides=True)


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("media.jam", "扫描仪卡纸，取出后再扫。已扫的2页都在"),
        ("media.cover_open", "扫描仪的盖子没关好，取出后再扫。已扫的2页都在"),
        ("media.no_documents", "没有看到材料，请放好再扫"),
    ],
)
def test_what_stops_a_stack_keeps_its_pages_and_says_what_to_do(
    feeder: Any, code: str, words: str
) -> None:
    feeder.act("scan_stack")
    sheet(feeder, "a", "b")
    failed(feeder, code)
    assert feeder.view.body.notice == words
    feeder.act("scan_stack")
    assert wanted(feeder).what == effects.Stack(10)
    sheet(feeder, "c")
    feeder.send(events.StackScanned(wanted(feeder).session, PAPER))
    assert names(feeder) == [b"a", b"b", b"c"]


def test_a_stack_longer_than_a_paper_may_be_says_so(feeder: Any) -> None:
    feeder.act("scan_stack")
    sheet(feeder, *"abcdefghijkl", "one too many")
    feeder.send(events.StackScanned(wanted(feeder).session, PAPER, all_taken=False))
    assert feeder.view.body.help == "最多12页，多的请取出"
    assert not ids(feeder) & {"scan_stack", "scan_both", "scan_more"}
    assert len(names(feeder)) == 12


def test_stopping_a_stack_keeps_what_was_taken_and_stays(feeder: Any) -> None:
    feeder.act("scan_stack")
    sheet(feeder, "a")
    feeder.act("stack_stop")
    assert len(feeder.all_asked(effects.CancelDevice)) == 1
    assert (feeder.screen, feeder.view.body.help) == ("scanning", "停下了，扫好的都在")
    feeder.act("scan_more")
    failed(feeder, "dev.cancelled")  # that of the stack
    sheet(feeder, "late")
    page(feeder, "b")
    assert names(feeder) == [b"a", b"b"]
