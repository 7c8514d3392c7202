# SPDX-License-Identifier: Apache-2.0
"""The SANE driver against the real ``scanimage`` with SANE's own fault injection."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest

from drivers.core import (
    CancelledError,
    CommandContext,
    Condition,
    DeadlineError,
    DeviceError,
    MisconfiguredError,
    ScanPage,
)
from drivers.document_scanner.sane import SaneScanner
from drivers.sim.sane_scanner import SaneScannerBench
from tests.support.running import running

pytestmark = pytest.mark.daemon

LONG_S = 60
"""Never waited for in a test that passes."""


@pytest.fixture
def bench() -> Iterator[SaneScannerBench]:
    with running(SaneScannerBench("document_scanner")) as simulator:
        yield simulator


def _driver(bench: SaneScannerBench) -> SaneScanner:
    return SaneScanner("document_scanner", **bench.options)


def test_a_page_comes_whole_and_in_its_size(bench: SaneScannerBench) -> None:
    page = _driver(bench).scan_page(ScanPage(), CommandContext.within(LONG_S))
    assert (page.width_px, page.height_px) == (1240, 1754)
    assert page.png.startswith(b"\x89PNG")


@pytest.mark.parametrize(
    ("fault", "code"),
    [
        ("jam", "media.jam"),
        ("cover_open", "media.cover_open"),
        ("no_documents", "media.no_documents"),
        ("io_error", "scan.io_error"),
        ("unplug", "dev.not_present"),
    ],
)
def test_each_fault_has_its_own_code_and_clears(
    bench: SaneScannerBench, fault: str, code: str
) -> None:
    driver = _driver(bench)
    bench.actions()[fault]()
    with pytest.raises(DeviceError) as caught:
        driver.scan_page(ScanPage(), CommandContext.within(LONG_S))
    assert caught.value.code == code
    bench.actions()["clear"]()
    bench.actions()["replug"]()
    assert driver.scan_page(ScanPage(), CommandContext.within(LONG_S)).width_px == 1240


def test_a_frozen_scan_ends_at_its_deadline_and_leaves_no_process(bench: SaneScannerBench) -> None:
    bench.actions()["freeze"]()
    driver = _driver(bench)
    with pytest.raises(DeadlineError):  # the frozen one would stay for an hour
        driver.scan_page(ScanPage(), CommandContext.within(0.3))
    assert driver._child is None


def test_a_cancel_ends_the_scan_without_a_picture(bench: SaneScannerBench) -> None:
    bench.actions()["freeze"]()
    context = CommandContext.within(LONG_S)
    timer = threading.Timer(0.1, context.cancelled.set)
    timer.start()
    with pytest.raises(CancelledError):
        _driver(bench).scan_page(ScanPage(), context)
    timer.join()


def test_the_status_tells_plugged_from_unplugged(bench: SaneScannerBench) -> None:
    driver = _driver(bench)
    assert driver.status(CommandContext.within(LONG_S)).condition is Condition.ONLINE
    bench.actions()["unplug"]()
    assert driver.status(CommandContext.within(LONG_S)).condition is Condition.NO_DEVICE


def test_a_machine_without_sane_is_a_matter_of_configuration() -> None:
    scanner = SaneScanner("document_scanner", device="pnm:0", program="no-such-scanimage")
    with pytest.raises(MisconfiguredError) as caught:
        scanner.open(CommandContext.within(1))
    assert caught.value.code == "scan.no_sane"
