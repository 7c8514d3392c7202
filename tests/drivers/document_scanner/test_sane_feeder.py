# SPDX-License-Identifier: Apache-2.0
"""Sheets out of a feeder: the real ``scanimage`` with SANE's test scanner, which holds ten sheets.

What that scanner cannot do (failing at a later sheet, ending in the middle) is done by a scripted program
that writes to the same pipes.
"""

from __future__ import annotations

import shlex
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from drivers.core import (
    CancelledError,
    CommandContext,
    DeadlineError,
    DeviceError,
    MediaError,
    Progress,
    Role,
    ScannedPage,
    ScannedSheets,
    ScannerTraits,
    ScanPage,
    ScanSheets,
    SheetScanned,
    UnsupportedError,
)
from drivers.document_scanner.sane import SaneScanner
from drivers.document_scanner.scanner_options import AS_REPORTED
from drivers.host import DeviceHost, SlotConfig
from drivers.sim.sane_scanner import SaneScannerBench
from tests.drivers.document_scanner.test_whole_png import HEIGHT, WHOLE, WIDTH, with_rows
from tests.support.running import running

pytestmark = pytest.mark.daemon

FEEDER = "Automatic Document Feeder"
JPEG = b"\xff\xd8\xff"
LONG_S = 60
"""Never waited for in a test that passes."""


def options(folder: Path, **more: str) -> dict[str, str]:
    """Configure SANE's test scanner."""
    (folder / "dll.conf").write_text("test\n")
    (folder / "test.conf").write_text('test-picture "Color pattern"\n')
    return {"device": "test:0", "config_dir": str(folder), "feeder": FEEDER, **more}


def scripted(folder: Path, *lines: str) -> SaneScanner:
    """Make a scanner whose ``scanimage`` runs these lines after ``good(n)``, ``bad(n)`` and ``end(status)``."""
    program = folder / "scanimage-scripted"
    (folder / "whole.png").write_bytes(WHOLE)
    start = [
        f"#!{shlex.quote(sys.executable)}",
        "import os, sys, time",
        "batch = next(a[8:] for a in sys.argv if a.startswith('--batch='))",
        f"whole = open({str(folder / 'whole.png')!r}, 'rb').read()",
        "def bad(n, data=whole):",
        "    with open(batch % n + '.part', 'wb') as pipe: pipe.write(data)",
        "def good(n, data=whole):",
        "    bad(n, data); os.rename(batch % n + '.part', batch % n)",
    ]
    program.write_text("\n".join([*start, *lines, ""]))
    program.chmod(0o700)
    return SaneScanner("document_scanner", device="scripted", feeder="ADF", program=str(program))


def context() -> CommandContext:
    return CommandContext.within(LONG_S)


@pytest.fixture
def bench() -> Iterator[SaneScannerBench]:
    with running(SaneScannerBench("document_scanner")) as simulator:
        yield simulator


def of_bench(bench: SaneScannerBench) -> SaneScanner:
    return SaneScanner("document_scanner", **bench.options)


def pages_of(told: list[Progress]) -> list[ScannedPage]:
    """Return the pages that came with the progress."""
    return [step.page for step in told if isinstance(step, SheetScanned)]


def test_all_sheets_come_until_the_feeder_is_empty(tmp_path: Path) -> None:
    driver = SaneScanner("document_scanner", **options(tmp_path))
    told: list[Progress] = []
    sheets = driver.scan_sheets(ScanSheets(50), replace(context(), on_progress=told.append))
    assert sheets == ScannedSheets(10, feeder_is_empty=True)
    given = pages_of(told)
    assert {(page.width_px, page.height_px) for page in given} == {(157, 196)}
    assert all(page.thumbnail.startswith(JPEG) for page in given)
    assert [step.done for step in told] == [0, *range(1, 11)]


def test_no_more_sheets_than_asked_for_and_then_nobody_claims_that_it_is_empty(
    tmp_path: Path,
) -> None:
    driver = SaneScanner("document_scanner", **options(tmp_path))
    sheets = driver.scan_sheets(ScanSheets(50, most=3), context())
    assert sheets == ScannedSheets(3, feeder_is_empty=None)


@pytest.mark.parametrize(
    ("fault", "code"),
    [
        ("jam", "media.jam"),
        ("no_documents", "media.no_documents"),
        ("cover_open", "media.cover_open"),
        ("io_error", "scan.io_error"),
        ("unplug", "dev.not_present"),
    ],
)
def test_what_the_scanner_answers_is_told_apart(
    bench: SaneScannerBench, fault: str, code: str
) -> None:
    """With SANE's ``pnm`` backend: the test scanner's own faults race with its reading thread."""
    driver = of_bench(bench)
    bench.actions()[fault]()
    with pytest.raises(DeviceError) as caught:
        driver.scan_sheets(ScanSheets(), context())
    assert caught.value.code == code
    assert not caught.value.params.get("whole_sheets")
    bench.actions()["clear"]()
    bench.actions()["replug"]()
    assert driver.scan_sheets(ScanSheets(most=1), context()).count == 1


def test_one_page_comes_from_the_place_of_the_slot(tmp_path: Path) -> None:
    for source in ("Flatbed", FEEDER):
        driver = SaneScanner("document_scanner", **options(tmp_path, source=source))
        assert driver.scan_page(ScanPage(50), context()).height_px == 196
    driver = SaneScanner("document_scanner", **options(tmp_path, source="Somewhere"))
    with pytest.raises(DeviceError):
        driver.scan_page(ScanPage(50), context())


def test_a_scanner_without_a_feeder_says_so(tmp_path: Path) -> None:
    driver = SaneScanner("document_scanner", **options(tmp_path) | {"feeder": ""})
    assert driver.capabilities == ("scan_page", "scan_card")
    with pytest.raises(UnsupportedError):
        driver.scan_sheets(ScanSheets(50), context())


def test_a_jam_at_the_third_sheet_leaves_the_first_two_and_tells_how_many_went_through(
    tmp_path: Path,
) -> None:
    driver = scripted(tmp_path, "good(1); good(2); bad(3, whole[:90]); sys.exit(6)")
    told: list[Progress] = []
    with pytest.raises(DeviceError) as caught:
        driver.scan_sheets(ScanSheets(), replace(context(), on_progress=told.append))
    assert (caught.value.code, caught.value.params) == ("media.jam", {"whole_sheets": 2})
    assert [page.png for page in pages_of(told)] == [WHOLE] * 2


def test_status_0_with_a_sheet_that_ended_early_is_no_success(tmp_path: Path) -> None:
    driver = scripted(tmp_path, "good(1); bad(2, whole[:90]); sys.exit(0)")
    with pytest.raises(DeviceError) as caught:
        driver.scan_sheets(ScanSheets(), context())
    assert (caught.value.code, caught.value.params) == ("scan.truncated", {"whole_sheets": 1})


@pytest.mark.parametrize("status", [0, 7])
def test_the_end_of_a_batch_is_told_by_the_sheets_not_by_the_status(
    tmp_path: Path, status: int
) -> None:
    driver = scripted(tmp_path, f"good(1); good(2); sys.exit({status})")
    told: list[Progress] = []
    sheets = driver.scan_sheets(ScanSheets(), replace(context(), on_progress=told.append))
    assert sheets == ScannedSheets(2, feeder_is_empty=True)
    assert [(page.width_px, page.height_px) for page in pages_of(told)] == [(WIDTH, HEIGHT)] * 2
    assert [page.png for page in pages_of(told)] == [WHOLE] * 2


def test_a_feeder_that_runs_empty_in_the_middle_of_a_sheet(tmp_path: Path) -> None:
    driver = scripted(tmp_path, "good(1); bad(2, whole[:90]); sys.exit(7)")
    with pytest.raises(DeviceError) as caught:
        driver.scan_sheets(ScanSheets(), context())
    assert (caught.value.code, caught.value.params) == ("media.no_documents", {"whole_sheets": 1})


@pytest.mark.parametrize(("status", "code"), [(7, "media.no_documents"), (0, "scan.truncated")])
def test_nothing_at_all_is_an_empty_feeder_only_if_the_scanner_says_so(
    tmp_path: Path, status: int, code: str
) -> None:
    with pytest.raises(DeviceError) as caught:
        scripted(tmp_path, f"sys.exit({status})").scan_sheets(ScanSheets(), context())
    assert caught.value.code == code


def test_a_sheet_called_good_with_rows_missing_is_truncated(tmp_path: Path) -> None:
    (tmp_path / "short.png").write_bytes(with_rows(HEIGHT, HEIGHT - 5))
    driver = scripted(tmp_path, f"good(1, open({str(tmp_path / 'short.png')!r}, 'rb').read())")
    with pytest.raises(DeviceError) as caught:
        driver.scan_sheets(ScanSheets(), context())
    assert caught.value.code == "scan.truncated"


def test_a_crash_of_scanimage_is_named(tmp_path: Path) -> None:
    with pytest.raises(DeviceError) as caught:
        scripted(tmp_path, "good(1); os.abort()").scan_sheets(ScanSheets(), context())
    assert (caught.value.code, caught.value.params) == ("scan.crashed", {"signal": 6})


def test_a_cancel_between_two_sheets_ends_it_and_leaves_no_process(
    tmp_path: Path,
) -> None:
    driver = scripted(tmp_path, "good(1); time.sleep(3600)")
    cancelled = context()

    def cancel_after_the_first(step: Progress) -> None:
        if step.done:
            cancelled.cancelled.set()

    running = replace(cancelled, on_progress=cancel_after_the_first)
    with pytest.raises(CancelledError):
        driver.scan_sheets(ScanSheets(), running)
    assert driver._child is None


def test_a_feeder_that_stands_still_ends_at_the_deadline(tmp_path: Path) -> None:
    driver = scripted(tmp_path, "good(1); time.sleep(3600)")
    with pytest.raises(DeadlineError):
        driver.scan_sheets(ScanSheets(), CommandContext.within(1))
    assert driver._child is None


def test_no_picture_is_ever_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "scratch"))
    (tmp_path / "scratch").mkdir()
    lines = (
        "import stat",
        "good(1)",
        "kinds = {stat.S_ISFIFO(e.stat().st_mode) for e in os.scandir(os.path.dirname(batch))}",
        "sys.exit(0 if kinds == {True} else 9)",
    )
    assert scripted(tmp_path, *lines).scan_sheets(ScanSheets(), context()).count == 1
    assert list((tmp_path / "scratch").iterdir()) == []


def test_ten_sheets_come_through_the_device_process(tmp_path: Path) -> None:
    slot = SlotConfig("document_scanner", Role.DOCUMENT_SCANNER, "sane", options(tmp_path))
    host = DeviceHost([slot], on_status=lambda _slot, _status: None)
    told: list[Progress] = []
    host.start()
    try:
        job = host.submit(
            "document_scanner", ScanSheets(50), deadline_s=LONG_S, on_progress=told.append
        )
        assert job.result(LONG_S) == ScannedSheets(10, feeder_is_empty=True)
    finally:
        host.stop()
    assert len(pages_of(told)) == 10


def test_what_the_device_lists_tells_whether_it_has_a_feeder(tmp_path: Path) -> None:
    listed = SaneScanner("document_scanner", **options(tmp_path) | {"feeder": AS_REPORTED})
    traits = ScannerTraits.of(listed.status(context()))
    assert traits == ScannerTraits(sees=False, has_feeder=True, scans_both_sides=False)
    assert listed.scan_sheets(ScanSheets(50, most=1), context()).count == 1
    with pytest.raises(UnsupportedError):
        listed.scan_sheets(ScanSheets(50, most=2, both_sides=True), context())
    without = SaneScanner("document_scanner", **options(tmp_path) | {"feeder": ""})
    assert not ScannerTraits.of(without.status(context())).has_feeder


def test_both_sides_of_each_sheet_come_where_the_device_lists_it(bench: SaneScannerBench) -> None:
    driver = of_bench(bench)
    assert ScannerTraits.of(driver.status(context())).scans_both_sides
    bench.actions()["load"]("2")
    told: list[Progress] = []
    command = ScanSheets(both_sides=True)
    sheets = driver.scan_sheets(command, replace(context(), on_progress=told.append))
    assert sheets == ScannedSheets(4, feeder_is_empty=True)
    pictures = [page.png for page in pages_of(told)]
    assert len(set(pictures)) == 4
    bench.actions()["load"]("2")
    told.clear()
    assert driver.scan_sheets(ScanSheets(), replace(context(), on_progress=told.append)).count == 2
    assert [page.png for page in pages_of(told)] == [pictures[0], pictures[2]]


def test_a_jam_is_cleared_and_the_rest_of_the_stack_comes(bench: SaneScannerBench) -> None:
    driver = of_bench(bench)
    bench.actions()["load"]("3")
    bench.actions()["jam_after"]("2")
    told: list[Progress] = []
    running = replace(context(), on_progress=told.append)
    with pytest.raises(MediaError) as caught:
        driver.scan_sheets(ScanSheets(), running)
    assert (caught.value.code, len(pages_of(told))) == ("media.jam", 2)
    bench.actions()["clear"]()
    assert driver.scan_sheets(ScanSheets(), running) == ScannedSheets(1, feeder_is_empty=True)
    assert len({page.png for page in pages_of(told)}) == 3
