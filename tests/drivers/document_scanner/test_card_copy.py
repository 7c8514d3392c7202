# SPDX-License-Identifier: Apache-2.0
"""Both sides of a card: found on a table and on glass, told apart, put on one A4 in true size."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import cv2
import numpy as np
import pypdfium2
import pytest

from drivers.camera.picture import Picture
from drivers.core import (
    CardSide,
    CommandContext,
    DeviceError,
    MediaError,
    Progress,
    ProtocolError,
    Recovery,
    ScanCard,
    ScannedCard,
)
from drivers.document_scanner.card_copy import both_on_a4, card_on_glass, likeness, only_card
from drivers.document_scanner.overhead_camera import OverheadCamera
from drivers.document_scanner.page_scan import decode, encode_png, scan_picture
from drivers.document_scanner.sane import SaneScanner
from drivers.sim.mjpeg_camera import MjpegCameraSimulator
from drivers.sim.sane_scanner import SaneScannerBench
from kiosk.words import all_words
from tests.support.photographed_pages import photograph
from tests.support.running import running
from tests.support.synthetic_papers import draw_card

SIZE = (1200, 900)
GLASS_DPI = 200
POINTS_PER_MM = 72 / 25.4
LONG_S = 60
"""Never waited for in a test that passes."""


@cache
def card(seed: int, *, backs: bool = False, size: tuple[int, int] = SIZE) -> Picture:
    return only_card(
        scan_picture(photograph("card", seed, size, backs=backs).picture)
    ).straight.picture


def on_glass(seed: int, *, corner: bool, lid: int, turned_deg: float = 0.0) -> Picture:
    """Draw an A4 of glass with a card on it: under a lid of that grey, and with a thin shadow."""
    rng = np.random.default_rng(seed)
    per_mm = GLASS_DPI / 25.4
    drawn = draw_card(rng, is_front=True, pixels_per_mm=per_mm)
    size = (round(210 * per_mm), round(297 * per_mm))
    way = cv2.getRotationMatrix2D((drawn.shape[1] / 2, drawn.shape[0] / 2), turned_deg, 1)
    if not corner:
        way[:, 2] += (60 * per_mm, 110 * per_mm)
    lies = cv2.warpAffine(np.full(drawn.shape[:2], 255, np.uint8), way, size)[..., None] / 255
    shift = np.array([[1, 0, 2], [0, 1, 3]], np.float64)
    shadow = cv2.GaussianBlur(cv2.warpAffine(lies, shift, size), (0, 0), 2)[..., None]
    glass = (lid + rng.normal(0, 1.2, (size[1], size[0], 1))) * (1 - 0.1 * shadow)
    seen = glass * (1 - lies) + cv2.warpAffine(drawn, way, size) * lies
    return np.clip(seen, 0, 255).astype(np.uint8)


# --- the sheet ------------------------------------------------------------------------------------


def test_both_sides_lie_on_one_a4_in_the_true_size_of_a_card_front_above() -> None:
    red = np.full((630, 1000, 3), (40, 40, 200), np.uint8)
    blue = np.full((630, 1000, 3), (200, 60, 40), np.uint8)
    pdf = both_on_a4(red, blue)
    places = [
        [float(value) for value in each.split()] for each in re.findall(rb"q ([-0-9. ]+) cm", pdf)
    ]
    for width, _, _, height, left, _bottom in places:
        assert (width, height) == pytest.approx(
            (85.6 * POINTS_PER_MM, 53.98 * POINTS_PER_MM), abs=0.01
        )
        assert left == pytest.approx((210 - 85.6) / 2 * POINTS_PER_MM, abs=0.01)
    front, back = (place[5] + place[3] / 2 for place in places)
    assert front > back
    assert (front + back) / 2 == pytest.approx(297 / 2 * POINTS_PER_MM, abs=0.01)
    document = pypdfium2.PdfDocument(pdf)
    (page,) = document
    assert page.get_size() == pytest.approx((595.28, 841.89), abs=0.1)
    drawn = page.render(scale=2).to_numpy()  # BGR
    above, below = (round((841.89 - middle) * 2) for middle in (front, back))
    assert drawn[above, 595].tolist() == pytest.approx([40, 40, 200], abs=8)
    assert drawn[below, 595].tolist() == pytest.approx([200, 60, 40], abs=8)
    document.close()


# --- the same side again ------------------------------------------------------------------------------


def test_two_pictures_of_one_side_are_alike_and_those_of_two_sides_are_not() -> None:
    """The figures of the module's text: at least 0.93 and at most 0.15, with the limit at 0.6."""
    seeds = range(6)
    fronts = [card(seed) for seed in seeds] + [card(6, size=(640, 480))]
    backs = [card(seed + 20, backs=True) for seed in seeds] + [card(9, backs=True, size=(640, 480))]
    same = [
        likeness(one, other)
        for side in (fronts, backs)
        for one, other in itertools.combinations(side, 2)
    ]
    others = [likeness(one, other) for one in fronts for other in backs]
    assert min(same) > 0.9
    assert max(others) < 0.3


def test_a_card_turned_half_round_is_still_the_same_side() -> None:
    front = card(1)
    assert likeness(front, np.ascontiguousarray(front[::-1, ::-1])) > 0.95


# --- on glass -------------------------------------------------------------------------------------


@pytest.mark.parametrize("corner", [False, True], ids=["anywhere", "corner"])
@pytest.mark.parametrize("lid", [255, 235, 30])
def test_a_card_on_the_glass_is_cut_out_wherever_it_lies(lid: int, *, corner: bool) -> None:
    glass = on_glass(lid, corner=corner, lid=lid, turned_deg=0 if corner else 25)
    scan = card_on_glass(glass, GLASS_DPI, GLASS_DPI)
    height, width = scan.straight.picture.shape[:2]
    assert width / height == pytest.approx(85.6 / 53.98, rel=0.02)
    truth = draw_card(np.random.default_rng(lid), is_front=True, pixels_per_mm=GLASS_DPI / 25.4)
    assert likeness(scan.straight.picture, truth) > 0.9


def test_what_has_the_shape_of_a_card_and_not_its_size_is_none() -> None:
    glass = on_glass(1, corner=False, lid=250)
    with pytest.raises(MediaError) as caught:
        card_on_glass(glass, GLASS_DPI * 2, GLASS_DPI)  # then it would be 43 mm wide
    assert caught.value.code == "media.no_card"


@pytest.fixture
def bench() -> Iterator[SaneScannerBench]:
    with running(SaneScannerBench("document_scanner")) as simulator:
        yield simulator


def flatbed(bench: SaneScannerBench) -> SaneScanner:
    return SaneScanner("document_scanner", **bench.options)


@pytest.mark.daemon
def test_a_flatbed_takes_one_side_then_the_other(bench: SaneScannerBench) -> None:
    driver, lay = flatbed(bench), bench.actions()["lay"]
    lay("nothing")
    with pytest.raises(MediaError) as caught:
        driver.scan_card(ScanCard(), CommandContext.within(LONG_S))
    assert caught.value.code == "media.no_card"
    lay("card_front")
    front = driver.scan_card(ScanCard(), CommandContext.within(LONG_S))
    assert (front.pdf, front.placed is not None) == (b"", True)
    back = ScanCard(CardSide.BACK, other=front.png)
    with pytest.raises(MediaError) as caught:
        driver.scan_card(back, CommandContext.within(LONG_S))
    assert (caught.value.code, caught.value.recovery) == ("media.same_side", Recovery.NONE)
    sure = ScanCard(CardSide.BACK, other=front.png, surely_other=True)
    assert driver.scan_card(sure, CommandContext.within(LONG_S)).pdf.startswith(b"%PDF-")
    lay("card_back")
    both = driver.scan_card(back, CommandContext.within(LONG_S))
    assert both.pdf.startswith(b"%PDF-")
    assert both.pdf.count(b"/Subtype /Image") == 2


def test_what_is_no_picture_of_a_side_is_refused_as_a_mistake(tmp_path: Path) -> None:
    cv2.imwrite(str(tmp_path / "card.png"), photograph("card", 1, SIZE).picture)
    camera = OverheadCamera("scanner", device=str(tmp_path / "card.png"))
    with pytest.raises(ProtocolError) as caught:
        camera.scan_card(ScanCard(other=b"none"), CommandContext.within(LONG_S))
    camera.close()
    assert caught.value.code == "scan.other_side"


# --- on the table ---------------------------------------------------------------------------------


@pytest.fixture
def table() -> Iterator[MjpegCameraSimulator]:
    with running(MjpegCameraSimulator()) as simulator:
        yield simulator


def test_a_camera_waits_until_the_card_is_turned_over(table: MjpegCameraSimulator) -> None:
    table.show_picture(photograph("card", 1, SIZE).picture)
    camera = OverheadCamera("scanner", device=table.endpoint)
    front = camera.scan_card(ScanCard(patient=True), CommandContext.within(LONG_S))
    steps: list[str] = []

    def turn_it_over(step: Progress) -> None:
        steps.append(step.code)
        if step.code == "media.same_side":
            table.show_picture(photograph("card", 3, SIZE, backs=True).picture)

    limit = CommandContext.within(LONG_S)
    context = CommandContext(limit.deadline, on_progress=turn_it_over)
    both = camera.scan_card(ScanCard(CardSide.BACK, other=front.png, patient=True), context)
    camera.close()
    assert isinstance(both, ScannedCard)
    assert both.pdf.startswith(b"%PDF-")
    assert likeness(decode(both.png), decode(front.png)) < 0.3
    assert steps[:2] == ["page.looking", "media.same_side"]
    assert steps[-1] == "page.scanning"


@pytest.mark.parametrize(
    ("scene", "code"),
    [
        ("blank", "media.no_card"),
        ("dark_table", "media.no_card"),
        ("two_cards", "media.many_cards"),
        ("card", "media.same_side"),
    ],
)
def test_what_is_not_the_one_card_is_asked_for(tmp_path: Path, scene: str, code: str) -> None:
    cv2.imwrite(str(tmp_path / "page.png"), photograph(scene, 1, SIZE).picture)
    camera = OverheadCamera("scanner", device=str(tmp_path / "page.png"), patience_s=0.2)
    command = ScanCard(CardSide.BACK, other=encode_png(card(5)))
    with pytest.raises(DeviceError) as caught:
        camera.scan_card(command, CommandContext.within(LONG_S))
    camera.close()
    assert caught.value.code == code
    assert f"code.{code}" in all_words()
