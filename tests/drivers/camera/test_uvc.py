# SPDX-License-Identifier: Apache-2.0
"""The camera driver: previews, captures, and nothing of a person left afterwards."""

from __future__ import annotations

import pickle
import struct
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import cv2
import numpy as np
import pytest

from drivers.camera.face_gate import FaceGate, FaceHint
from drivers.camera.frame_ring import STALE_S, Frame, FrameReader, RingError
from drivers.camera.uvc import UvcCamera
from drivers.camera.v4l2_node import ask_node, read_capability
from drivers.core import (
    CapturedFace,
    CaptureFace,
    CommandContext,
    Condition,
    DeviceError,
    FaceError,
    MisconfiguredError,
    Preview,
    Progress,
    Role,
    StartPreview,
    StopPreview,
    Verdict,
)
from drivers.host import DeviceHost, SlotConfig
from drivers.host.registry import build_driver
from drivers.sim.camera import FaceCameraSimulator, write_recording

Eventually = Callable[..., None]


@pytest.fixture
def simulator() -> Iterator[FaceCameraSimulator]:
    simulator = FaceCameraSimulator("camera")
    simulator.start()
    yield simulator
    simulator.stop()


@pytest.fixture
def camera(simulator: FaceCameraSimulator) -> Iterator[UvcCamera]:
    camera = UvcCamera("camera", device=simulator.endpoint)
    yield camera
    camera.close()


def within(seconds: float) -> CommandContext:
    return CommandContext.within(seconds)


def reader_of(preview: Preview) -> FrameReader:
    return FrameReader(preview.place, preview.token)


def start(camera: UvcCamera, longest_s: float = 60.0) -> Preview:
    return camera.start_preview(StartPreview(longest_s), within(5))


def as_picture(frame: Frame) -> np.ndarray[tuple[int, ...], np.dtype[np.uint8]]:
    return np.frombuffer(frame.pixels, np.uint8).reshape(frame.height_px, frame.width_px, 3)


# --- preview --------------------------------------------------------------------------------------


def test_a_preview_shows_what_the_camera_sees(
    simulator: FaceCameraSimulator, camera: UvcCamera
) -> None:
    simulator.scene("face")
    with reader_of(start(camera)) as reader:
        frame = reader.newest()
        assert frame is not None
        assert (frame.width_px, frame.height_px) == (640, 480)
        assert time.monotonic() - frame.taken_at < STALE_S
        assert FaceGate().examine(as_picture(frame)).hint is FaceHint.OK
        details = camera.status(within(1)).details
        assert (details["checked"], details["preview"]) == ("pictures", "on")
        assert details["liveness_by"] == "no_liveness_detection"
        assert details["comparison_by"] == "no_face_comparison"


def test_a_second_start_prolongs_the_same_preview(camera: UvcCamera) -> None:
    first = start(camera)
    assert start(camera) == first


def test_a_wide_camera_is_shown_smaller(tmp_path: Path) -> None:
    device = write_recording(tmp_path, "face")
    camera = UvcCamera("camera", device=device, preview_width=320)
    preview = start(camera)
    assert (preview.width_px, preview.height_px) == (320, 240)
    assert camera.info.simulated
    camera.close()


@pytest.mark.parametrize(
    "end",
    [
        lambda camera: camera.stop_preview(StopPreview(), within(2)),
        lambda camera: camera.close(),
        lambda camera: camera.reset(within(3)),
    ],
    ids=["stop_preview", "close", "reset"],
)
def test_after_every_end_no_picture_is_in_shared_memory(
    simulator: FaceCameraSimulator, camera: UvcCamera, end: Callable[[UvcCamera], None]
) -> None:
    simulator.scene("face")
    preview = start(camera)
    with reader_of(preview) as reader:
        assert reader.newest() is not None
        end(camera)
        assert reader.is_over
        assert reader.newest() is None
        assert not any(reader._memory[48:])
    with pytest.raises(RingError):
        reader_of(preview)


def test_a_forgotten_preview_ends_by_itself(camera: UvcCamera, eventually: Eventually) -> None:
    with reader_of(start(camera, longest_s=0.3)) as reader:
        eventually(lambda: reader.is_over)
        assert not any(reader._memory[48:])
    assert camera.status(within(2)).details["preview"] == "off"


def test_unplugged_the_preview_is_wiped_and_goes_on_when_the_camera_is_back(
    simulator: FaceCameraSimulator, camera: UvcCamera, eventually: Eventually
) -> None:
    with reader_of(start(camera)) as reader:
        simulator.unplug()
        eventually(lambda: not any(reader._memory[48:]))
        gone = camera.status(within(1))
        assert (gone.condition, gone.code) == (Condition.NO_DEVICE, "dev.not_present")
        simulator.replug()
        eventually(lambda: reader.newest() is not None)
        assert camera.status(within(1)).condition is Condition.ONLINE
        assert not reader.is_over


def test_a_frozen_camera_leaves_no_picture_standing(
    simulator: FaceCameraSimulator, camera: UvcCamera, eventually: Eventually
) -> None:
    with reader_of(start(camera)) as reader:
        simulator.actions()["freeze"]()
        eventually(lambda: reader.newest() is None)
        status = camera.status(within(1))
        assert status.condition is Condition.OFFLINE
        assert status.code in {"camera.stalled", "camera.no_frames"}
        simulator.actions()["thaw"]()
        eventually(lambda: reader.newest() is not None)


def test_a_cancelled_start_leaves_no_preview(
    simulator: FaceCameraSimulator, camera: UvcCamera
) -> None:
    simulator.actions()["freeze"]()
    context = within(10)
    timer = threading.Timer(0.1, context.cancelled.set)
    timer.start()
    with pytest.raises(DeviceError):
        camera.start_preview(StartPreview(), context)
    timer.join()
    assert camera._running_feed() is None
    simulator.actions()["thaw"]()


# --- capture --------------------------------------------------------------------------------------


def test_a_good_face_is_captured_without_the_room(
    simulator: FaceCameraSimulator, camera: UvcCamera
) -> None:
    simulator.scene("face")
    face = camera.capture_face(CaptureFace(), within(10))
    picture = cv2.imdecode(np.frombuffer(face.jpeg, np.uint8), cv2.IMREAD_COLOR)
    assert picture is not None
    assert picture.shape[:2] == (face.height_px, face.width_px)
    assert face.width_px < 500
    assert (face.liveness_by, face.liveness_assurance) == ("no_liveness_detection", "none")
    assert face.alive is None
    assert camera._running_feed() is None, "the camera streams although nobody looks"


def test_the_result_shows_no_picture_in_its_repr() -> None:
    face = CapturedFace(jpeg=b"secret-picture", width_px=2, height_px=2)
    assert "secret" not in repr(face)
    assert pickle.loads(pickle.dumps(face)) == face  # noqa: S301 - our own bytes


def test_hints_come_as_progress_and_change_with_what_is_seen(
    simulator: FaceCameraSimulator, camera: UvcCamera
) -> None:
    simulator.scene("eyes_closed")
    codes: list[str] = []

    def step(progress: Progress) -> None:
        codes.append(progress.code)
        if progress.code == "face.eyes_closed":
            simulator.scene("face")

    context = CommandContext(time.monotonic() + 10, on_progress=step)
    camera.capture_face(CaptureFace(), context)
    assert codes == ["face.waiting", "face.eyes_closed", "face.ok"]


@pytest.mark.parametrize(
    "scene",
    [
        "no_face",
        pytest.param("two_faces", marks=pytest.mark.slow),
        pytest.param("dark", marks=pytest.mark.slow),
    ],
)
def test_what_stood_in_the_way_is_told_at_the_deadline(
    simulator: FaceCameraSimulator, camera: UvcCamera, scene: str
) -> None:
    hints = {"two_faces": "many_faces", "dark": "too_dark"}
    simulator.scene(scene)
    with pytest.raises(FaceError) as refused:
        camera.capture_face(CaptureFace(), within(0.8))
    assert refused.value.code == f"face.{hints.get(scene, scene)}"


def test_a_capture_during_a_preview_leaves_it_running(
    simulator: FaceCameraSimulator, camera: UvcCamera
) -> None:
    simulator.scene("face")
    with reader_of(start(camera)) as reader:
        assert camera.capture_face(CaptureFace(), within(10)).jpeg
        assert not reader.is_over


def test_every_examined_picture_is_overwritten(
    simulator: FaceCameraSimulator, camera: UvcCamera, monkeypatch: pytest.MonkeyPatch
) -> None:
    simulator.scene("face")
    seen = []
    examine = FaceGate.examine

    def remember(gate: FaceGate, picture: np.ndarray) -> object:  # type: ignore[type-arg]  # any picture
        seen.append(picture)
        return examine(gate, picture)

    monkeypatch.setattr(FaceGate, "examine", remember)
    camera.capture_face(CaptureFace(), within(10))
    assert seen
    assert not any(picture.any() for picture in seen)


# --- configuration and places ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("device", "code"),
    [
        ("/dev/video97", "dev.not_present"),
        ("97", "dev.not_present"),
        ("/dev/null", "camera.not_a_camera"),
        ("/nowhere/f%03d.png", "dev.not_present"),
        ("http://127.0.0.1:9/x", "dev.not_present"),
    ],
)
def test_a_camera_that_is_not_there_is_told_plainly(device: str, code: str) -> None:
    camera = UvcCamera("camera", device=device)
    status = camera.status(within(2))
    assert (status.condition, status.code) == (Condition.NO_DEVICE, code)
    with pytest.raises(DeviceError) as absent:
        camera.open(within(2))
    assert absent.value.code == code
    camera.close()


@pytest.mark.parametrize("options", [{"width": 0}, {"device": "ftp://x"}, {"colour": "red"}])
def test_options_that_can_never_work_are_misconfigured(options: dict[str, str | int]) -> None:
    with pytest.raises(MisconfiguredError):
        build_driver("drivers.camera.uvc:UvcCamera", "camera", options)


def test_a_model_file_that_is_missing_fails_the_capture_and_the_diagnosis(
    simulator: FaceCameraSimulator,
) -> None:
    camera = UvcCamera("camera", device=simulator.endpoint, face_model="/nowhere/model.onnx")
    with pytest.raises(MisconfiguredError):
        camera.capture_face(CaptureFace(), within(2))
    checks = {check.name: check for check in camera.diagnose(within(5))}
    assert checks["face_gate"].verdict is Verdict.FAIL
    assert checks["picture"].verdict is Verdict.PASS
    camera.close()


def test_the_kernel_tells_pictures_from_metadata() -> None:
    def node(capabilities: int) -> bool:
        answer = struct.pack(
            "<16s32s32sIII12x", b"uvcvideo", b"Face camera", b"usb-1", 1, 0x84A00001, capabilities
        )
        found = read_capability(answer)
        assert (found.name, found.bus) == ("Face camera", "usb-1")
        return found.gives_pictures

    assert node(0x04200001)
    assert not node(0x04A00000)
    with pytest.raises(OSError, match="ioctl"):
        ask_node("/dev/null")


# --- behind the host ------------------------------------------------------------------------------


@pytest.mark.expected_logs("slot=camera out of service: offline code=dev.process_lost")
def test_behind_the_host_a_killed_process_takes_its_pictures_with_it(
    simulator: FaceCameraSimulator, eventually: Eventually
) -> None:
    simulator.scene("face")
    host = DeviceHost(
        [SlotConfig("camera", Role.CAMERA, "uvc", {"device": simulator.endpoint})],
        on_status=lambda _slot, _status: None,
    )
    host.start()
    preview = host.submit("camera", StartPreview(), deadline_s=10).result(60)
    assert isinstance(preview, Preview)
    with reader_of(preview) as reader:
        eventually(lambda: reader.newest() is not None)
    face = host.submit("camera", CaptureFace(), deadline_s=10).result(60)
    assert isinstance(face, CapturedFace)
    first = host.process_id("camera")
    host.kill("camera")
    eventually(lambda: host.process_id("camera") not in {None, first})
    with pytest.raises(RingError):
        reader_of(preview)
    again = host.submit("camera", StartPreview(), deadline_s=10).result(60)
    assert isinstance(again, Preview)
    assert again.token != preview.token
    host.submit("camera", StopPreview(), deadline_s=5).result(60)
    host.stop()
