# SPDX-License-Identifier: Apache-2.0
"""The overhead camera waits for a still page, refuses what can be put right, and keeps nothing."""

from __future__ import annotations

import pickle
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import cv2
import numpy as np
import pytest

from drivers.camera.frame_ring import FrameReader
from drivers.core import (
    CancelledError,
    CommandContext,
    Condition,
    DeviceError,
    MediaError,
    MisconfiguredError,
    NotPresentError,
    Progress,
    Recovery,
    Role,
    ScannedPage,
    ScanPage,
    StartPreview,
    StopPreview,
    Verdict,
)
from drivers.document_scanner.overhead_camera import OverheadCamera
from drivers.document_scanner.page_scan import decode
from drivers.host import DeviceHost, SlotConfig
from drivers.sim.mjpeg_camera import MjpegCameraSimulator
from drivers.sim.simulator import ActionError
from kiosk.words import all_words
from tests.support.page_figures import corner_error
from tests.support.photographed_pages import photograph
from tests.support.running import running

SIZE = (1000, 750)


@pytest.fixture
def table() -> Iterator[MjpegCameraSimulator]:
    with running(MjpegCameraSimulator()) as simulator:
        yield simulator


def recording(folder: Path, scene: str, seed: int = 1) -> str:
    """Write one picture; a recording of one frame, played again and again."""
    path = folder / "page.png"
    cv2.imwrite(str(path), photograph(scene, seed, SIZE).picture)
    return str(path)


def test_a_page_under_a_live_camera_comes_straight(table: MjpegCameraSimulator) -> None:
    truth = photograph("dark_table", 1, SIZE)
    table.show_picture(truth.picture)
    camera = OverheadCamera("scanner", device=table.endpoint)
    steps: list[Progress] = []
    context = CommandContext.within(60)
    context = CommandContext(context.deadline, on_progress=steps.append)
    page = camera.scan_page(ScanPage(100), context)
    camera.close()
    assert decode(page.png).shape == (page.height_px, page.width_px, 3)
    inches = (page.width_px / page.resolution_dpi, page.height_px / page.resolution_dpi)
    assert inches == pytest.approx((210 / 25.4, 297 / 25.4), rel=0.01)
    (place,) = page.pages
    assert (place.format, place.warnings) == ("a4", ())
    assert corner_error(np.array(place.corners), truth.pages[0].corners) < 0.01
    assert [step.code for step in steps] == ["page.looking", "page.scanning"]


def test_no_page_is_made_much_finer_than_the_camera_saw_it(tmp_path: Path) -> None:
    sizes = []
    for width in (800, 1600):
        truth = photograph("dark_table", 1, (width, width * 3 // 4))
        cv2.imwrite(str(tmp_path / "page.png"), truth.picture)
        camera = OverheadCamera("scanner", device=str(tmp_path / "page.png"), refuses=False)
        page = camera.scan_page(ScanPage(150), CommandContext.within(60))
        camera.close()
        edges = np.linalg.norm(
            np.roll(truth.pages[0].corners, -1, axis=0) - truth.pages[0].corners, axis=1
        )
        assert page.height_px <= 1.6 * edges.max()
        sizes.append(page.height_px)
    assert sizes[0] < sizes[1] <= 1754


def test_two_cards_come_on_one_sheet(tmp_path: Path) -> None:
    camera = OverheadCamera("scanner", device=recording(tmp_path, "two_cards"))
    page = camera.scan_page(ScanPage(100), CommandContext.within(60))
    camera.close()
    assert [place.format for place in page.pages] == ["id1", "id1"]
    assert (page.width_px, page.height_px) == (827, 1169)


@pytest.mark.parametrize(
    ("scene", "code"),
    [
        ("blur", "media.blurred"),
        ("glare", "media.glare"),
        ("low_light", "media.too_dark"),
        ("hand", "media.covered"),
        ("blank", "media.no_documents"),
    ],
)
def test_what_the_resident_can_put_right_is_asked_for(
    tmp_path: Path, scene: str, code: str
) -> None:
    device = recording(tmp_path, scene)
    camera = OverheadCamera("scanner", device=device, patience_s=0.2)
    with pytest.raises(MediaError) as refused:
        camera.scan_page(ScanPage(100), CommandContext.within(60))
    camera.close()
    assert refused.value.code == code
    assert f"code.{code}" in all_words()
    if code == "media.no_documents":
        return
    assert refused.value.recovery is Recovery.NONE
    lenient = OverheadCamera("scanner", device=device, patience_s=0.2, refuses=False)
    page = lenient.scan_page(ScanPage(100), CommandContext.within(60))
    assert page.pages[0].warnings
    lenient.close()


class LooksCounted:
    """A clock of the camera: it reads it once before the first look and once after each."""

    def __init__(self, then: Callable[[], object], after: int = 2) -> None:
        self._left = after + 1
        self._then = then

    def __call__(self) -> float:
        self._left -= 1
        if self._left == 0:
            self._then()
        return time.monotonic()


def test_a_page_laid_down_late_is_waited_for(table: MjpegCameraSimulator) -> None:
    page = photograph("dark_table", 1, SIZE).picture
    camera = OverheadCamera(
        "scanner",
        device=table.endpoint,
        patience_s=50,
        clock=LooksCounted(lambda: table.show_picture(page)),
    )
    scanned = camera.scan_page(ScanPage(100), CommandContext.within(60))
    camera.close()
    assert len(scanned.pages) == 1


def test_what_lay_there_before_is_not_what_is_scanned(
    table: MjpegCameraSimulator, eventually: Callable[..., None]
) -> None:
    """Frames of the last resident may wait in a buffer while nobody reads."""
    table.show_picture(photograph("dark_table", 1, SIZE).picture)
    camera = OverheadCamera("scanner", device=table.endpoint, patience_s=0.5)
    camera.scan_page(ScanPage(75), CommandContext.within(60))

    def more_frames_went_out() -> None:
        sent = int(table.state()["frames_sent"])
        eventually(lambda: int(table.state()["frames_sent"]) >= sent + 4, 30)

    more_frames_went_out()
    table.clear()
    more_frames_went_out()
    with pytest.raises(MediaError) as nothing:
        camera.scan_page(ScanPage(75), CommandContext.within(60))
    camera.close()
    assert nothing.value.code == "media.no_documents"


def test_a_cancel_keeps_nothing(table: MjpegCameraSimulator) -> None:
    context = CommandContext.within(60)
    camera = OverheadCamera(
        "scanner", device=table.endpoint, patience_s=50, clock=LooksCounted(context.cancelled.set)
    )
    with pytest.raises(CancelledError):
        camera.scan_page(ScanPage(100), context)
    camera.close()


def test_a_recording_plays_in_a_loop(tmp_path: Path) -> None:
    for number in range(3):
        picture = photograph("dark_table", 1, (640, 480)).picture
        cv2.imwrite(str(tmp_path / f"f{number:03d}.png"), picture)
    camera = OverheadCamera("scanner", device=str(tmp_path / "f%03d.png"), refuses=False)
    for _ in range(3):
        assert camera.scan_page(ScanPage(75), CommandContext.within(60)).pages
    camera.close()


@pytest.mark.parametrize(
    ("device", "kind"),
    [
        ("/dev/video987", NotPresentError),
        ("987", NotPresentError),
        ("/nowhere/at/all.avi", NotPresentError),
        ("http://127.0.0.1:1/x", NotPresentError),
        ("/dev/sda_is_a_file", NotPresentError),
    ],
)
def test_a_camera_that_is_not_there_is_said_so(device: str, kind: type[DeviceError]) -> None:
    camera = OverheadCamera("scanner", device=device)
    with pytest.raises(kind):
        camera.open(CommandContext.within(3))
    status = camera.status(CommandContext.within(3))
    assert (status.condition, status.recovery) == (Condition.NO_DEVICE, Recovery.CLEAR)
    first = camera.diagnose(CommandContext.within(3))[0]
    assert (first.verdict, first.reason) == (Verdict.FAIL, "dev.not_present")
    camera.close()


@pytest.mark.parametrize(
    "options", [{"device": ""}, {"device": "gopher://x"}, {"size": "big"}, {"size": "10x"}]
)
def test_what_can_never_work_is_told_at_once(options: dict[str, str]) -> None:
    with pytest.raises(MisconfiguredError):
        OverheadCamera("scanner", **options)


def test_an_address_is_told_without_its_password() -> None:
    camera = OverheadCamera("scanner", device="http://user:hush@127.0.0.1:8080/a.mjpg")
    assert "hush" not in camera.info.model
    assert "127.0.0.1" in camera.info.model


def test_a_file_that_is_no_picture_is_an_error_without_its_content(tmp_path: Path) -> None:
    (tmp_path / "x.avi").write_bytes(b"a name that nobody may read" * 50)
    camera = OverheadCamera("scanner", device=str(tmp_path / "x.avi"))
    with pytest.raises(DeviceError) as broken:
        camera.scan_page(ScanPage(), CommandContext.within(5))
    assert broken.value.code == "camera.no_frames"
    assert "name" not in str(pickle.dumps(broken.value))
    camera.close()


def test_the_simulator_refuses_what_is_no_picture(
    table: MjpegCameraSimulator, tmp_path: Path
) -> None:
    with pytest.raises(ActionError):
        table.show(str(tmp_path / "none.png"))
    (tmp_path / "text.png").write_text("no picture")
    with pytest.raises(ActionError):
        table.show(str(tmp_path / "text.png"))


def test_behind_the_host_a_page_crosses_the_process_border(tmp_path: Path) -> None:
    device = recording(tmp_path, "dark_table")
    host = DeviceHost(
        [SlotConfig("scanner", Role.DOCUMENT_SCANNER, "overhead_camera", {"device": device})],
        on_status=lambda _slot, _status: None,
    )
    host.start()
    page = host.submit("scanner", ScanPage(100), deadline_s=30).result(35)
    host.stop()
    assert isinstance(page, ScannedPage)
    assert page.pages[0].format == "a4"
    assert "png" not in repr(page)


def test_the_live_picture_shows_the_found_page_and_a_hint_until_it_is_clear(
    table: MjpegCameraSimulator,
) -> None:
    table.show_picture(photograph("hand", 1, SIZE).picture)
    clear = photograph("dark_table", 1, SIZE).picture
    camera = OverheadCamera("scanner", device=table.endpoint)
    preview = camera.start_preview(StartPreview(), CommandContext.within(60))
    steps: list[str] = []
    outlined = 0

    def hear(step: Progress) -> None:
        nonlocal outlined
        steps.append(step.code)
        if step.code == "media.covered":
            with FrameReader(preview.place, preview.token) as reader:
                number = 0
                while not outlined:  # the outline is in one of the next pictures
                    frame = reader.newest(number)
                    if frame is not None:
                        number = frame.number
                        pixels = np.frombuffer(frame.pixels, np.uint8).reshape(-1, 3)
                        outlined = int((np.abs(pixels - np.array([0, 230, 255])).max(1) < 4).sum())
            table.show_picture(clear)

    context = CommandContext(CommandContext.within(60).deadline, on_progress=hear)
    page = camera.scan_page(ScanPage(100, patient=True), context)
    assert outlined > 500
    assert page.pages[0].warnings == ()
    assert steps[:2] == ["page.looking", "media.covered"]
    assert steps[-2:] == ["page.hold_still", "page.scanning"]
    assert all(code == "page.looking" or f"code.{code}" in all_words() for code in steps)
    reader = FrameReader(preview.place, preview.token)
    camera.stop_preview(StopPreview(), CommandContext.within(60))
    assert reader.is_over
    assert reader.newest() is None
    reader.close()
