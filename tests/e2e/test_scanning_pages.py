# SPDX-License-Identifier: Apache-2.0
"""A paper of several pages under the overhead camera: taken, removed, taken again, handed in, gone."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import cv2
import numpy as np
import pytest
from terminal_rig import Rig, fitted

from drivers.camera.frame_ring import FrameReader
from drivers.sim.mjpeg_camera import MjpegCameraSimulator, bare_table
from drivers.sim.sane_scanner import SaneScannerBench
from kiosk.flows.views import Materials, Scanning, View
from tests.support.running import running

pytestmark = [pytest.mark.daemon, pytest.mark.slow]

PAPER = "household-register"
WITHIN_S = 60.0
HALF = 127


@pytest.fixture
def table() -> Iterator[MjpegCameraSimulator]:
    with running(MjpegCameraSimulator()) as simulator:
        yield simulator


def lay_page(table: MjpegCameraSimulator, left: int) -> None:
    """Lay a made-up page on the table, a little turned."""
    page = np.full((760, 540, 3), 250, np.uint8)
    for line in range(18):
        words = f"{line:02d} specimen of a paper, nobody's"
        cv2.putText(
            page, words, (50, 70 + line * 36), cv2.FONT_HERSHEY_SIMPLEX, 0.7, (40, 40, 40), 2
        )
    turn = cv2.getRotationMatrix2D((270, 380), 3, 1)
    turn[:, 2] += (left + 300, 100)
    scene = cv2.warpAffine(page, turn, (1280, 960))
    lies = cv2.warpAffine(np.full_like(page, 255), turn, (1280, 960))
    picture = np.where(lies > HALF, scene, bare_table() // 2)
    table.show_picture(np.asarray(picture, dtype=np.uint8))


def pages(view: View, count: int) -> bool:
    """Tell whether so many pages lie on the desk and none is looked for."""
    body = view.body
    return isinstance(body, Scanning) and len(body.sheets) == count and not body.lit_slot


def test_pages_are_taken_removed_taken_again_and_handed_in(
    make_rig: Callable[..., Rig],
    table: MjpegCameraSimulator,
    eventually: Callable[..., None],
) -> None:
    before = set(Path(tempfile.gettempdir()).iterdir())
    rig = make_rig(slots=(fitted("document_scanner", "overhead_camera", device=table.endpoint),))
    eventually(lambda: rig.terminal.devices.status("document_scanner").condition == "online", 60)
    rig.ready()
    rig.open_item("old-age-allowance")
    rig.show_card()
    rig.walk_until("materials")
    rig.press(f"scan:{PAPER}")
    looking = rig.wait(
        lambda view: getattr(getattr(view.body, "live", None), "place", ""), WITHIN_S
    )
    live = looking.body.live  # type: ignore[attr-defined]
    with FrameReader(live.place, int(live.token)) as reader:
        assert reader.newest() is not None
        lay_page(table, 40)
        rig.wait(lambda view: pages(view, 1), WITHIN_S)
        rig.press("scan_more")
        rig.wait(lambda view: pages(view, 2), WITHIN_S)
        rig.press("page_delete:0")
        rig.wait(lambda view: pages(view, 1))
        rig.press("scan_more")
        rig.wait(lambda view: pages(view, 2), WITHIN_S)
        lay_page(table, 90)
        rig.press("page_retake:0")
        rig.wait(lambda view: not pages(view, 2))
        rig.wait(lambda view: pages(view, 2), WITHIN_S)
        assert all(sheet.picture for sheet in rig.view.body.sheets)  # type: ignore[attr-defined]
        rig.press("scan_done")
        rig.wait_for("materials")
        eventually(lambda: reader.is_over, 30)
        assert reader.newest() is None
    body = rig.view.body
    assert isinstance(body, Materials)
    assert body.materials[0].state_words == "已扫描2页"
    rig.walk_until("receipt")
    eventually(lambda: len(rig.platform.submissions()) == 1, 30)
    [case] = rig.platform.submissions()
    assert [part["name"] for part in case["attachments"]] == [
        "居民户口簿（首页和本人页）-1.png",
        "居民户口簿（首页和本人页）-2.png",
        "签名.png",
    ]
    rig.terminal.stop()
    left = [*rig.data_dir.rglob("*"), *(set(Path(tempfile.gettempdir()).iterdir()) - before)]
    pictures = [path.name for path in left if path.is_file() and holds_a_picture(path.read_bytes())]
    assert pictures == []


def holds_a_picture(data: bytes) -> bool:
    """Three bytes of a JPEG's head come about by chance in a sealed megabyte; its marker segments do not."""
    return any(
        head in data
        for head in (
            b"\x89PNG\r\n\x1a\n",
            b"\xff\xd8\xff\xe0\x00\x10JFIF",
            b"\xff\xd8\xff\xdb\x00C",
        )
    )


@pytest.fixture
def scanner() -> Iterator[SaneScannerBench]:
    with running(SaneScannerBench("document_scanner")) as simulator:
        yield simulator


def sheets(view: View, count: int) -> bool:
    """Tell whether so many pages or sides lie on the desk and the scanner is at rest."""
    body = view.body
    is_at_rest = isinstance(body, Scanning) and not body.waiting
    return is_at_rest and len(body.sheets) == count  # type: ignore[attr-defined]


def test_a_card_on_glass_and_a_stack_that_jams_are_handed_in(
    make_rig: Callable[..., Rig], scanner: SaneScannerBench, eventually: Callable[..., None]
) -> None:
    act = scanner.actions()
    slot = fitted(
        "document_scanner",
        "sane",
        **scanner.options,
    )
    rig = make_rig(slots=(slot,))
    eventually(lambda: rig.terminal.devices.status("document_scanner").condition == "online", 60)
    rig.ready()
    rig.open_item("residence-permit")
    rig.show_card()
    rig.walk_until("materials")
    act["lay"]("card_front")
    rig.press("scan:identity-card")
    rig.wait(lambda view: sheets(view, 0), WITHIN_S)
    rig.press("scan_more")
    rig.wait(lambda view: sheets(view, 1), WITHIN_S)
    rig.press("scan_more")  # nobody turned it over
    rig.wait(lambda view: "同一面" in getattr(view.body, "notice", ""), WITHIN_S)
    act["lay"]("card_back")
    rig.press("scan_more")
    rig.wait(lambda view: sheets(view, 2), WITHIN_S)
    rig.press("scan_done")
    rig.wait_for("materials")
    act["load"]("3")
    act["jam_after"]("2")
    rig.press("scan:home-or-work")
    rig.wait(lambda view: sheets(view, 0), WITHIN_S)
    rig.press("scan_stack")
    rig.wait(lambda view: "卡纸" in getattr(view.body, "notice", ""), WITHIN_S)
    assert sheets(rig.view, 2)
    act["clear"]()
    rig.press("scan_stack")
    rig.wait(lambda view: sheets(view, 3), WITHIN_S)
    rig.press("scan_done")
    rig.wait_for("materials")
    rig.walk_until("receipt")
    eventually(lambda: len(rig.platform.submissions()) == 1, 30)
    [case] = rig.platform.submissions()
    assert [part["name"] for part in case["attachments"]] == [
        "身份证（正反面）.pdf",
        "住房或就业证明-1.png",
        "住房或就业证明-2.png",
        "住房或就业证明-3.png",
        "签名.png",
    ]
