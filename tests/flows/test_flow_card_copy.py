# SPDX-License-Identifier: Apache-2.0
"""Both sides of a card: asked for in turn, looked at, taken again, handed in as one sheet."""

from __future__ import annotations

from typing import Any

import pytest

from central_platform.items import shipped_items
from drivers.core import CardSide, Condition, Role, Status
from kiosk.flows import effects, events, intents
from kiosk.protocol.catalogue import Catalogue

ITEM = next(item for item in shipped_items() if item.code == "residence-permit")
PAPER = "identity-card"
WALL = 1_795_000_000.0
PDF = b"%PDF-both"


def opened(visit: Any, details: dict[str, str]) -> Any:
    """Open the desk for a card, at a scanner that tells this of itself."""
    catalogue = Catalogue(version="2", items=(ITEM.model_copy(update={"rank": 1}),))
    visit.send(events.CatalogueLoaded(catalogue, WALL, fresh=True))
    scanner = Status(Condition.ONLINE, details=details)
    visit.send(events.DeviceChanged(Role.DOCUMENT_SCANNER, scanner))
    visit.to("materials", ITEM.code)
    visit.answers["ScanMaterial"] = None
    visit.answers["ShowLivePicture"] = None
    visit.act(f"scan:{PAPER}")
    return visit


@pytest.fixture
def camera(visit: Any) -> Any:
    return opened(visit, {"starts": "by itself"})


@pytest.fixture
def flatbed(visit: Any) -> Any:
    return opened(visit, {"starts": "when told"})


def wanted(desk: Any) -> effects.OneCardSide:
    what = desk.all_asked(effects.ScanMaterial)[-1].what
    assert isinstance(what, effects.OneCardSide)
    return what


def side(desk: Any, name: str, pdf: bytes = b"") -> None:
    session = desk.all_asked(effects.ScanMaterial)[-1].session
    desk.send(events.CardSideScanned(session, PAPER, name.encode(), b"jpeg", pdf))


def failed(desk: Any, code: str) -> None:
    session = desk.all_asked(effects.ScanMaterial)[-1].session
    desk.send(events.Failed(session, "ScanMaterial", code, PAPER))


def ids(desk: Any) -> list[str]:
    body = desk.view.body
    return [each.id for each in body.actions] + [
        each.id for sheet in body.sheets for each in sheet.actions
    ]


def handed_in(desk: Any) -> list[tuple[str, str, bytes]]:
    desk.act("scan_done")
    paper = desk.flow.state.session.draft.materials[PAPER]
    return [(scan.name, scan.media_type, scan.data) for scan in paper.scans]


def test_a_camera_takes_the_portrait_then_the_emblem_and_both_are_one_sheet(camera: Any) -> None:
    assert wanted(camera) == effects.OneCardSide(CardSide.FRONT)
    assert camera.view.body.help == "请把有照片的一面朝上放好"
    side(camera, "front")
    assert wanted(camera) == effects.OneCardSide(CardSide.BACK, other=b"front")
    assert camera.view.body.help == "请翻过来，国徽一面朝上"
    assert [each.label for each in camera.view.body.sheets] == ["人像面"]
    side(camera, "back", PDF)
    assert [each.label for each in camera.view.body.sheets] == ["人像面", "国徽面"]
    assert ids(camera) == ["scan_done", "page_retake:0", "page_retake:1"]
    assert handed_in(camera) == [("身份证（正反面）.pdf", "application/pdf", PDF)]


def test_at_a_flatbed_each_side_is_taken_when_the_resident_says_so(flatbed: Any) -> None:
    assert flatbed.view.body.help == "请把有照片的一面朝下放好"
    assert ids(flatbed) == ["scan_stop", "scan_more"]
    flatbed.act("scan_more")
    side(flatbed, "front")
    assert flatbed.view.body.help == "请翻过来，国徽一面朝下"
    assert "scan_done" not in ids(flatbed)
    flatbed.act("scan_more")
    side(flatbed, "back", PDF)
    assert handed_in(flatbed) == [("身份证（正反面）.pdf", "application/pdf", PDF)]


@pytest.mark.parametrize("desk", ["camera", "flatbed"])
def test_the_same_side_again_is_refused_with_two_ways_on(
    desk: str, request: pytest.FixtureRequest
) -> None:
    visit = request.getfixturevalue(desk)
    if desk == "flatbed":
        visit.act("scan_more")
    side(visit, "front")
    if desk == "flatbed":
        visit.act("scan_more")
    failed(visit, "media.same_side")
    assert visit.view.body.notice == "像是同一面，请把证件翻过来"
    assert ids(visit) == ["scan_stop", "card_surely", "scan_more", "page_retake:0"]
    visit.act("scan_more")
    failed(visit, "media.same_side")
    visit.act("card_surely")
    assert wanted(visit) == effects.OneCardSide(CardSide.BACK, b"front", surely_other=True)
    side(visit, "back", PDF)
    assert handed_in(visit)[0][2] == PDF


@pytest.mark.parametrize(("number", "taken"), [(0, CardSide.FRONT), (1, CardSide.BACK)])
def test_a_side_taken_again_makes_a_new_sheet(camera: Any, number: int, taken: CardSide) -> None:
    side(camera, "front")
    side(camera, "back", PDF)
    camera.act(f"page_retake:{number}")
    other = b"back" if number == 0 else b"front"
    assert wanted(camera) == effects.OneCardSide(taken, other=other)
    failed(camera, "media.glare")
    assert "scan_done" in ids(camera)  # the sheet of before is still there
    camera.act("scan_more")
    assert wanted(camera).side is taken
    side(camera, "better", b"%PDF-new")
    assert [each.label for each in camera.view.body.sheets] == ["人像面", "国徽面"]
    assert handed_in(camera)[0][2] == b"%PDF-new"


def test_half_a_card_is_no_paper(camera: Any) -> None:
    side(camera, "front")
    camera.touch(intents.Back())
    assert camera.screen == "materials"
    paper = next(each for each in camera.view.body.materials if each.code == PAPER)
    assert paper.state == "open"


def test_no_card_at_all_leads_back_with_a_word(camera: Any) -> None:
    failed(camera, "media.no_card")
    assert (camera.screen, camera.view.body.notice) == ("materials", "没有看到证件，请放好再扫")
