# SPDX-License-Identifier: Apache-2.0
"""Every driver with its simulator, ready for the contract suite and for the record of faults.

A stand is a function that yields a :class:`Subject` whose simulator runs. One driver may have several, one
a wire; ``STANDS`` names the one that stands for the driver in tables.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Final

from drivers.core import (
    CaptureFace,
    Command,
    CommandContext,
    Device,
    Media,
    ReadCard,
    ReadPower,
    ReadSocialCard,
    Role,
    ScanCode,
    ScanPage,
    SetLight,
)
from drivers.host.registry import OptionValue
from drivers.id_card.sam_usb import SamUsbReader, SamUsbTransport
from drivers.sim.camera import FaceCameraSimulator
from drivers.sim.code_camera import CodeCameraSimulator
from drivers.sim.code_scanner import CodeScannerSimulator
from drivers.sim.mjpeg_camera import MjpegCameraSimulator
from drivers.sim.modbus_board import BEEPER, INPUTS, LIGHTS, ModbusBoardSimulator
from drivers.sim.nut_ups import UPS, NutDummyUps
from drivers.sim.sam_reader import SamReaderSimulator
from drivers.sim.sam_usb_reader import SamUsbSimulator
from drivers.sim.sane_scanner import SaneScannerBench
from drivers.sim.social_card import SocialCardSimulator
from drivers.sim.usb_descriptors import CLASSIC_FOUR_PIPES, INTERRUPT_PAIR, DescriptorSet
from drivers.testing.subject import DoesNotApply, Subject
from tests.support.photographed_pages import photograph
from tests.support.printer_stands import escpos, escpos_on_pty, ipp
from tests.support.stand_parts import (
    ONE_WIRE_IS_HOSTED,
    PICTURE_PIECE,
    SEVERAL,
    Options,
    Stand,
    slowly,
)

__all__ = ["STANDS", "escpos_on_pty"]


@contextmanager
def sam_serial(folder: Path) -> Iterator[Subject]:
    """On a pty."""
    simulator = SamReaderSimulator("id_card", folder / "port")
    simulator.start()

    def options() -> Options:
        return {"url": simulator.endpoint}

    yield Subject(
        driver="sam_serial",
        simulator=simulator,
        options=options,
        work=ReadCard(),
        make_ready=lambda: simulator.place("worker"),
        talk_nonsense=lambda: simulator.set_mode("garbage"),
        talk_sense=lambda: simulator.set_mode("healthy"),
        slow=slowly("sam_serial", options, folder),
    )
    simulator.stop()


@contextmanager
def sam_usb(folder: Path, descriptors: DescriptorSet = CLASSIC_FOUR_PIPES) -> Iterator[Subject]:
    """On a played bus under the real pyusb."""
    del folder
    simulator = SamUsbSimulator("id_card", descriptors=descriptors)
    simulator.start()
    url = simulator.endpoint

    def make() -> Device:
        return SamUsbReader(
            "id_card", url=url, transport=SamUsbTransport(url, backend=simulator.bus)
        )

    @contextmanager
    def slow() -> Iterator[Device]:
        simulator.actions()["short_packets"]()
        yield make()

    subject = Subject(
        driver="sam_usb",
        simulator=simulator,
        options=lambda: {"url": url},
        work=ReadCard(),
        make_ready=lambda: simulator.place("worker"),
        talk_nonsense=lambda: simulator.set_mode("garbage"),
        talk_sense=lambda: simulator.set_mode("healthy"),
        slow=slow,
        hosted=DoesNotApply("the played USB bus is in the test's own process"),
        make_by_hand=make,
    )
    yield subject
    subject.device.close()
    assert simulator.bus.open_handles == 0
    simulator.stop()


def sam_usb_pair(folder: Path) -> AbstractContextManager[Subject]:
    """One pair of pipes: the other framing."""
    return sam_usb(folder, INTERRUPT_PAIR)


@contextmanager
def serial_scanner(folder: Path) -> Iterator[Subject]:
    """On a pty."""
    simulator = CodeScannerSimulator("code_scanner", folder / "port")
    simulator.start()

    def options() -> Options:
        return {"url": simulator.endpoint, "profile": "syn"}

    yield Subject(
        driver="serial_scanner",
        simulator=simulator,
        options=options,
        work=ScanCode(),
        make_ready=lambda: simulator.present("GFM-0042"),
        talk_nonsense=lambda: simulator.set_mode("garbage"),
        talk_sense=lambda: simulator.set_mode("healthy"),
        slow=slowly("serial_scanner", options, folder),
    )
    simulator.stop()


def camera_scanner(folder: Path) -> AbstractContextManager[Subject]:
    """On a network camera."""
    simulator = CodeCameraSimulator()
    return _camera(
        "camera_scanner", simulator, folder, ScanCode(), lambda: simulator.present("GFM-0042")
    )


def uvc(folder: Path) -> AbstractContextManager[Subject]:
    """On a network camera."""
    simulator = FaceCameraSimulator("camera")
    return _camera("uvc", simulator, folder, CaptureFace(), lambda: simulator.scene("face"))


def overhead_camera(folder: Path) -> AbstractContextManager[Subject]:
    """On a network camera."""
    simulator = MjpegCameraSimulator()
    page = photograph("dark_table", 1, (800, 600)).picture
    return _camera(
        "overhead_camera", simulator, folder, ScanPage(100), lambda: simulator.show_picture(page)
    )


@contextmanager
def _camera(
    driver: str,
    simulator: MjpegCameraSimulator,
    folder: Path,
    work: Command,
    make_ready: Callable[[], object],
) -> Iterator[Subject]:
    simulator.start()

    def options() -> Options:
        return {"device": simulator.endpoint}

    yield Subject(
        driver=driver,
        simulator=simulator,
        options=options,
        work=work,
        make_ready=make_ready,
        talk_nonsense=simulator.actions()["garbage"],
        talk_sense=simulator.actions()["sense"],
        slow=slowly(driver, options, folder, key="device", piece=PICTURE_PIECE),
        exclusive=DoesNotApply(
            "a network camera serves several; a USB camera is one's by the kernel"
        ),
    )
    simulator.stop()


@contextmanager
def modbus_board(folder: Path, *, on_pty: bool = False) -> Iterator[Subject]:
    """On TCP, or as RTU on a pty."""
    simulator = ModbusBoardSimulator("signals", link=folder / "port" if on_pty else None)
    simulator.start()

    def options() -> Options:
        wiring: dict[str, OptionValue] = {"lights": LIGHTS, "inputs": INPUTS, "beeper": BEEPER}
        return {"url": simulator.endpoint, **wiring}

    yield Subject(
        driver="modbus_board",
        simulator=simulator,
        options=options,
        work=SetLight(Role.ID_CARD),
        make_ready=lambda: None,
        talk_nonsense=lambda: simulator.set_mode("garbage"),
        talk_sense=lambda: simulator.set_mode("healthy"),
        slow=slowly("modbus_board", options, folder),
        exclusive=True if on_pty else DoesNotApply(SEVERAL),
        hosted=DoesNotApply(ONE_WIRE_IS_HOSTED) if on_pty else True,
    )
    simulator.stop()


def modbus_board_on_pty(folder: Path) -> AbstractContextManager[Subject]:
    """As RTU on a pty."""
    return modbus_board(folder, on_pty=True)


@contextmanager
def nut_ups(folder: Path) -> Iterator[Subject]:
    """Behind the real ``upsd`` with ``dummy-ups``."""
    simulator = NutDummyUps("ups")
    simulator.start()

    def options() -> Options:
        return {"url": simulator.endpoint, "ups": UPS}

    yield Subject(
        driver="nut_ups",
        simulator=simulator,
        options=options,
        work=ReadPower(),
        make_ready=lambda: None,
        talk_nonsense=simulator.babble,
        talk_sense=simulator.calm,
        slow=slowly("nut_ups", options, folder),
        exclusive=DoesNotApply(SEVERAL),
    )
    simulator.stop()


@contextmanager
def pcsc(folder: Path) -> Iterator[Subject]:
    """Behind a real ``pcscd`` of its own, with a scripted chip on ``vpcd``."""
    del folder
    simulator = SocialCardSimulator("smart_card")
    simulator.start()

    def options() -> Options:
        return {"reader": "Virtual PCD", "socket": simulator.socket}

    def talk_nonsense() -> None:
        simulator.place_mute()
        watching = subject.make()
        end, pause = time.monotonic() + 20, threading.Event()
        while not watching.status(CommandContext.within(1)).code and time.monotonic() < end:
            pause.wait(0.05)
        assert watching.status(CommandContext.within(1)).media is Media.PRESENT
        watching.close()

    subject = Subject(
        driver="pcsc",
        simulator=simulator,
        options=options,
        work=ReadSocialCard(),
        make_ready=lambda: simulator.place("worker"),
        talk_nonsense=talk_nonsense,
        talk_sense=lambda: simulator.place("worker"),
        slow=DoesNotApply("the bytes between card and reader are the service's, not the driver's"),
        exclusive=DoesNotApply("the service shares its readers; only the card belongs to one"),
    )
    yield subject
    simulator.stop()


@contextmanager
def sane(folder: Path) -> Iterator[Subject]:
    """Behind the real ``scanimage`` with SANE's ``pnm`` backend."""
    del folder
    simulator = SaneScannerBench("document_scanner")
    simulator.start()

    def options() -> Options:
        return {
            "device": simulator.endpoint,
            "config_dir": simulator.config_dir,
            "program": simulator.program,
        }

    @contextmanager
    def slow() -> Iterator[Device]:
        simulator.actions()["slow"]()
        yield subject.make()

    subject = Subject(
        driver="sane",
        simulator=simulator,
        options=options,
        work=ScanPage(100),
        make_ready=lambda: None,
        talk_nonsense=simulator.actions()["garbage"],
        talk_sense=simulator.actions()["clear"],
        slow=slow,
        exclusive=DoesNotApply(
            "the device is held for one scan only; a second then gets scan.busy"
        ),
    )
    yield subject
    simulator.stop()


STANDS: Final[Mapping[str, Stand]] = {
    "sam_serial": sam_serial,
    "sam_usb": sam_usb,
    "serial_scanner": serial_scanner,
    "camera_scanner": camera_scanner,
    "uvc": uvc,
    "pcsc": pcsc,
    "nut_ups": nut_ups,
    "modbus_board": modbus_board,
    "escpos": escpos,
    "ipp": ipp,
    "sane": sane,
    "overhead_camera": overhead_camera,
}
