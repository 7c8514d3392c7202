# SPDX-License-Identifier: Apache-2.0
"""Codes shown to a camera: read whole or not at all, and nothing of the picture is kept."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import cv2
import pytest

from drivers.code_scanner import camera_scanner
from drivers.code_scanner.camera_scanner import CameraScanner
from drivers.core import (
    CodeError,
    CommandContext,
    DeviceError,
    MisconfiguredError,
    Progress,
    Role,
    ScanCode,
    ScannedCode,
)
from drivers.host.registry import DRIVERS, build_driver
from drivers.sim.bench import bay_from
from drivers.sim.code_camera import CodeCameraSimulator
from drivers.sim.mjpeg_camera import bare_table
from drivers.sim.simulator import ActionError


@pytest.fixture
def simulator() -> Iterator[CodeCameraSimulator]:
    simulator = CodeCameraSimulator()
    simulator.start()
    yield simulator
    simulator.stop()


@pytest.fixture
def scanner(simulator: CodeCameraSimulator) -> Iterator[CameraScanner]:
    scanner = CameraScanner("code_scanner", device=simulator.endpoint)
    yield scanner
    scanner.close()


def scan(scanner: CameraScanner, seconds: float = 10) -> ScannedCode:
    return scanner.scan_code(ScanCode(), CommandContext.within(seconds))


def failure(scanner: CameraScanner, seconds: float) -> str:
    with pytest.raises(DeviceError) as error:
        scan(scanner, seconds)
    return error.value.code


@pytest.mark.parametrize("text", ["HALL24DEMO-1", "赣通码示例", "https://example.test/?a=1&b=2"])
def test_what_is_shown_is_read_byte_for_byte(
    simulator: CodeCameraSimulator, scanner: CameraScanner, text: str
) -> None:
    simulator.present(text)
    code = scan(scanner)
    assert (code.format, code.data, code.text) == ("QRCode", text.encode(), text)
    assert text not in repr(code)


def test_the_bytes_of_gbk_are_read_as_what_they_mean(
    simulator: CodeCameraSimulator, scanner: CameraScanner
) -> None:
    simulator.present_bytes("王苗苗".encode("gbk"))
    assert scan(scanner).text == "王苗苗"


def test_a_code_that_comes_while_it_looks_is_seen(
    simulator: CodeCameraSimulator, scanner: CameraScanner
) -> None:
    steps: list[str] = []

    def shown(step: Progress) -> None:
        steps.append(step.code)
        simulator.present("LATER-1")

    base = CommandContext.within(10)
    code = scanner.scan_code(ScanCode(), CommandContext(base.deadline, on_progress=shown))
    assert (code.text, steps) == ("LATER-1", ["code.waiting"])


def test_of_two_codes_at_once_neither_is_taken(
    simulator: CodeCameraSimulator, scanner: CameraScanner
) -> None:
    simulator.present("ONE-1", "TWO-2")
    assert failure(scanner, 1.0) == "code.none"
    simulator.present("TWO-2", "TWO-2")
    assert scan(scanner).text == "TWO-2"


def test_nothing_shown_is_said_at_the_deadline_and_the_camera_is_let_go(
    simulator: CodeCameraSimulator, scanner: CameraScanner, eventually: Callable[..., None]
) -> None:
    assert failure(scanner, 0.7) == "code.none"
    eventually(lambda: simulator.state()["watchers"] == 0)


def test_what_is_no_text_is_refused(simulator: CodeCameraSimulator, scanner: CameraScanner) -> None:
    simulator.present_bytes(bytes(range(1, 32)) + b"\xff\xfe")
    assert failure(scanner, 10) == "code.not_text"


def test_a_camera_that_stands_still_is_not_blamed_on_the_resident(
    simulator: CodeCameraSimulator, scanner: CameraScanner, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(camera_scanner, "STALLED_S", 0.3)
    simulator.actions()["freeze"]()
    assert failure(scanner, 10) in {"camera.stalled", "camera.no_frames"}
    simulator.actions()["thaw"]()


def test_pictures_are_overwritten_after_each_look(
    scanner: CameraScanner, monkeypatch: pytest.MonkeyPatch
) -> None:
    pictures = []

    def fresh(_context: CommandContext) -> object:
        pictures.append(bare_table((64, 48)))
        return pictures[-1]

    monkeypatch.setattr(scanner._frames, "fresh", fresh)
    with pytest.raises(CodeError):
        scan(scanner, 0.3)
    assert pictures
    assert not any(picture.any() for picture in pictures)


def test_a_recording_serves_too_and_says_that_it_is_none(tmp_path: Path) -> None:
    simulator = CodeCameraSimulator()
    simulator.present("RECORDED-1")
    for number in range(3):
        picture = cv2.imdecode(simulator.frame(), cv2.IMREAD_COLOR)
        cv2.imwrite(str(tmp_path / f"f{number:03d}.png"), picture)
    scanner = CameraScanner("code_scanner", device=str(tmp_path / "f%03d.png"))
    assert scanner.info.simulated
    assert scan(scanner).text == "RECORDED-1"


def test_options_that_can_never_work_are_refused() -> None:
    for options in ({"formats": "Qr"}, {"device": ""}, {"width": 0}, {"nonsense": 1}):
        with pytest.raises(MisconfiguredError):
            build_driver(DRIVERS["camera_scanner"].target, "code_scanner", options)  # type: ignore[arg-type]
    assert DRIVERS["camera_scanner"].role is Role.CODE_SCANNER


def test_the_bench_plays_it(tmp_path: Path, simulator: CodeCameraSimulator) -> None:
    bay = bay_from("code_scanner=code_camera", tmp_path)
    bay.simulator.start()
    facts = bay.facts()
    bay.simulator.stop()
    assert facts["driver"] == "camera_scanner"
    assert facts["device"].startswith("http://127.0.0.1:")
    with pytest.raises(ActionError):
        simulator.present()
