# SPDX-License-Identifier: Apache-2.0
# ruff: noqa: PLC0415 - a group that is not asked for need not be installed
"""Devices on real wires: cards, the camera's preview, memory of each device process, pages."""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from drivers.core import (
    CommandContext,
    Preview,
    ReadCard,
    ReadSocialCard,
    ResetDevice,
    Role,
    StartPreview,
    StopPreview,
)
from drivers.host import DeviceHost, SlotConfig
from tests.bench.figures import ENVIRONMENT, HERE, ROOT, Figure, cpu_s, pss_mb, steady

CARDS: Final = 15
PREVIEW_FPS: Final = 25
PREVIEW_S: Final = 6.0


def id_card() -> list[Figure]:
    """Read an identity card at 115200 baud, against the time its bytes need on the wire."""
    from drivers.id_card.sam_serial import SamSerialReader
    from drivers.sim.sam_reader import SamReaderSimulator
    from tests.bench.test_bench_id_card import ANSWERS, wire_time_s

    figures = []
    for key, kind in (("worker", "none"), ("moved", "appended")):
        with tempfile.TemporaryDirectory() as folder:
            simulator = SamReaderSimulator("id_card", Path(folder) / "port", paced=True)
            simulator.start()
            driver = SamSerialReader("id_card", url=simulator.endpoint)
            times = []
            try:
                driver.open(CommandContext.within(10))
                for _ in range(CARDS):
                    simulator.place(key)
                    begun = time.perf_counter()
                    driver.read_card(ReadCard(), CommandContext.within(10))
                    times.append(time.perf_counter() - begun)
            finally:
                driver.close()
                simulator.stop()
        mine, wire = statistics.median(times) * 1000, wire_time_s(ANSWERS[kind]) * 1000
        words = "with an address added later" if kind == "appended" else "four commands"
        figures.append(
            Figure(
                f"identity card on the reader → fields ({words})",
                f"{mine:.1f} ms",
                "its bytes at 115200 baud",
                f"{wire:.1f} ms",
                round(mine / wire, 2),
                "≤ 1.10",
            )
        )
    return figures


def preview() -> list[Figure]:
    """Camera over the network, device process, shared memory, screen drawn by software."""
    from drivers.sim.camera import FaceCameraSimulator

    simulator = FaceCameraSimulator("camera", fps=PREVIEW_FPS, size=(1280, 720))
    simulator.start()
    simulator.scene("face")
    try:
        with _hosted(Role.CAMERA, "uvc", {"device": simulator.endpoint}) as (host, pid):
            shown = host.submit("slot", StartPreview(), deadline_s=30).result(30)
            assert isinstance(shown, Preview)
            screen = [sys.executable, str(HERE / "preview_screen.py")]
            used, begun = cpu_s(pid), time.monotonic()
            ended = subprocess.run(
                [*screen, shown.place, str(shown.token), str(PREVIEW_S)],
                env=ENVIRONMENT,
                cwd=ROOT,
                capture_output=True,
                text=True,
                timeout=90,
                check=True,
            )
            camera = (cpu_s(pid) - used) / (time.monotonic() - begun)
            host.submit("slot", StopPreview(), deadline_s=10).result(10)
    finally:
        simulator.stop()
    told = json.loads(ended.stdout.splitlines()[-1])
    fps, drawing = told["frames_per_s"], told["cpu_share"]
    return [
        Figure(
            "preview of 1280 × 720 on the scanning screen",
            f"{fps:.1f} frames/s",
            "what the camera gives",
            f"{PREVIEW_FPS} frames/s",
            round(fps / PREVIEW_FPS, 2),
            f"≥ 15 frames/s, {'kept' if fps >= 15 else 'NOT kept'}",
        ),
        Figure(
            "… processor of the camera's process and of the screen",
            f"{camera:.0%} + {drawing:.0%} of one core",
            "",
        ),
    ]


def processes() -> list[Figure]:
    """Memory of each kind of device process after work: what its libraries cost it."""
    from drivers.core import CaptureFace, ScanCard, ScanPage
    from drivers.sim.camera import FaceCameraSimulator
    from drivers.sim.mjpeg_camera import MjpegCameraSimulator
    from drivers.sim.sane_scanner import SaneScannerBench
    from tests.support.photographed_pages import photograph

    figures = []
    camera = FaceCameraSimulator("camera", fps=PREVIEW_FPS, size=(1280, 720))
    table = MjpegCameraSimulator()
    scanner = SaneScannerBench("document_scanner")
    for simulator in (camera, table, scanner):
        simulator.start()
    camera.scene("face")
    table.show_picture(photograph("card", 1, (1600, 1200)).picture)
    scanner.actions()["lay"]("card_front")
    sane = dict(scanner.options)
    work = (
        ("uvc", Role.CAMERA, {"device": camera.endpoint}, CaptureFace(), "a face"),
        (
            "overhead_camera",
            Role.DOCUMENT_SCANNER,
            {"device": table.endpoint},
            ScanCard(),
            "a card on the table",
        ),
        ("sane", Role.DOCUMENT_SCANNER, sane, ScanPage(), "a page"),
        ("sane", Role.DOCUMENT_SCANNER, sane, ScanCard(), "a card on the glass"),
    )
    try:
        for driver, role, options, command, words in work:
            with _hosted(role, driver, options) as (host, pid):
                (before,) = steady(lambda pid=pid: [pss_mb(pid)], driver)  # type: ignore[misc]
                host.submit("slot", command, deadline_s=60).result(60)
                (after,) = steady(lambda pid=pid: [pss_mb(pid)], driver)  # type: ignore[misc]
            figures.append(
                Figure(
                    f"memory of the process of `{driver}` after {words} (PSS)",
                    f"{after:.0f} MB",
                    "the same process at rest",
                    f"{before:.0f} MB",
                    round(after / before, 2),
                )
            )
    finally:
        for simulator in (camera, table, scanner):
            simulator.stop()
    return figures


@contextmanager
def _hosted(role: Role, driver: str, options: dict[str, str]) -> Iterator[tuple[DeviceHost, int]]:
    """Run one driver in its process; yields the host and the number of the process."""
    host = DeviceHost(
        [SlotConfig("slot", role, driver, options)], on_status=lambda _slot, _status: None
    )
    host.start()
    try:
        host.submit("slot", ResetDevice(), deadline_s=30).result(30)
        pid = host.process_id("slot")
        assert pid is not None
        yield host, pid
    finally:
        host.stop()


def smart_card() -> list[Figure]:
    """Read a card through pcscd, against pyscard sending the very same commands."""
    from drivers.sim.social_card import SocialCardSimulator
    from drivers.smart_card.pcsc import PcscReader
    from drivers.smart_card.social_card import read_social_card

    simulator = SocialCardSimulator("smart_card")
    simulator.start()
    device = PcscReader("smart_card", reader="Virtual PCD", socket=simulator.socket)
    try:
        simulator.place(simulator.people()[0])
        device.read_social_card(ReadSocialCard(), CommandContext.within(20))
        from smartcard.System import readers

        reader = next(each for each in readers() if "Virtual PCD" in str(each))
        commands: list[list[int]] = []

        def noting(command: bytes) -> bytes:
            commands.append(list(command))
            data, first, second = line.transmit(list(command))
            return bytes(data) + bytes((first, second))

        line = reader.createConnection()
        line.connect()
        read_social_card(noting)
        line.disconnect()
        ours, theirs = [], []
        for _ in range(CARDS):
            begun = time.perf_counter()
            device.read_social_card(ReadSocialCard(), CommandContext.within(20))
            ours.append(time.perf_counter() - begun)
            begun = time.perf_counter()
            line = reader.createConnection()
            line.connect()
            for command in commands:
                line.transmit(command)
            line.disconnect()
            theirs.append(time.perf_counter() - begun)
    finally:
        line.disconnect()
        line.release()
        device.close()
        simulator.stop()
    mine, bare = statistics.median(ours) * 1000, statistics.median(theirs) * 1000
    return [
        Figure(
            f"social card → fields, through pcscd ({len(commands)} commands)",
            f"{mine:.1f} ms",
            "pyscard sending the same commands",
            f"{bare:.1f} ms",
            round(mine / bare, 2),
        )
    ]


def pages() -> list[Figure]:
    """Make the A4 PDF of a 12-megapixel JPEG, scene by scene and all together."""
    from tests.bench.page_pipeline import measured

    return [
        Figure(
            f"12-megapixel page → A4 PDF ({each.scene})",
            f"{each.whole_ms:.0f} ms",
            "decoding and encoding that picture",
            f"{each.plain_ms:.0f} ms",
            round(each.ratio, 2),
            ("≤ 2, kept" if each.ratio <= 2 else "≤ 2, NOT kept")
            if each.scene == "together"
            else "",
        )
        for each in measured()
    ]
