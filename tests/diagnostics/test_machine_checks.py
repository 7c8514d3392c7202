# SPDX-License-Identifier: Apache-2.0
"""The machine is judged from the kernel's own files; a machine that tells nothing is not in order."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from drivers.core import Recovery, Verdict
from kiosk.diagnostics import Finding, ready, worst
from kiosk.diagnostics.machine_checks import (
    Machine,
    clock,
    disk_health,
    disk_space,
    machine_checks,
    memory,
    swap,
    temperature,
)

MB = 1_000_000
GOOD_MEMORY = (
    "MemTotal:        8000000 kB\nMemFree:  1 kB\nMemAvailable:    6000000 kB\nHugePages_Total: 0\n"
)
SWAPS = "Filename\t\tType\t\tSize\tUsed\tPriority\n"


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    root = tmp_path / "root"
    data = tmp_path / "data"
    data.mkdir()
    (root / "proc").mkdir(parents=True)
    (root / "proc/meminfo").write_text(GOOD_MEMORY)
    (root / "proc/swaps").write_text(SWAPS)
    zone = root / "sys/class/thermal/thermal_zone0"
    zone.mkdir(parents=True)
    (zone / "temp").write_text("48000\n")
    device = data.stat().st_dev
    disk = root / "sys/devices/sda1"
    disk.mkdir(parents=True)
    place = root / "sys/dev/block"
    place.mkdir(parents=True)
    (place / f"{os.major(device)}:{os.minor(device)}").symlink_to(disk)
    counters = root / "sys/fs/ext4/sda1"
    counters.mkdir(parents=True)
    (counters / "errors_count").write_text("0\n")
    return Machine(
        data,
        production=True,
        root=root,
        disk_usage=lambda _: (1000 * MB, 200 * MB, 800 * MB),
        clock_status=lambda: 0x2001,
    )


def judged(found: Finding) -> tuple[Verdict, str, str]:
    return found.verdict, found.reason, found.recovery


def test_a_machine_in_order_passes_every_check(machine: Machine) -> None:
    findings = list(machine_checks(machine, least_free_mb=128))
    assert [found.check for found in findings] == [
        "disk_space",
        "disk_health",
        "memory",
        "swap",
        "temperature",
        "clock",
    ]
    assert worst(findings) is Verdict.PASS
    assert ready(findings)


def test_a_full_disk_fails_with_its_figures(machine: Machine) -> None:
    found = disk_space(replace(machine, disk_usage=lambda _: (1000 * MB, 900 * MB, 100 * MB)), 128)
    assert judged(found) == (Verdict.FAIL, "disk.full", Recovery.SERVICE)
    assert found.figures == {"free_mb": 100, "total_mb": 1000}
    assert not ready([found])


def test_a_disk_that_cannot_be_read_fails(machine: Machine) -> None:
    def broken(_: Path) -> tuple[int, int, int]:
        raise OSError(5, "Input/output error")

    assert disk_space(replace(machine, disk_usage=broken), 1).reason == "disk.unreadable"


def test_a_file_system_that_met_errors_fails(machine: Machine) -> None:
    (machine.root / "sys/fs/ext4/sda1/errors_count").write_text("3\n")
    found = disk_health(machine)
    assert judged(found) == (Verdict.FAIL, "disk.errors", Recovery.SERVICE)
    assert found.figures == {"errors": 3}


def test_little_memory_fails(machine: Machine) -> None:
    (machine.root / "proc/meminfo").write_text("MemTotal: 4000000 kB\nMemAvailable: 120000 kB\n")
    assert judged(memory(machine)) == (Verdict.FAIL, "memory.low", Recovery.RESET)


@pytest.mark.parametrize(
    ("line", "uuid", "private"),
    [
        ("/dev/sda2 partition 1000 0 -2", None, False),
        ("/swapfile file 1000 0 -2", None, False),
        ("/dev/zram0 partition 1000 0 100", None, True),
        ("/dev/dm-1 partition 1000 0 -2", "CRYPT-PLAIN-swap\n", True),
        ("/dev/dm-1 partition 1000 0 -2", "LVM-abcdef\n", False),
    ],
)
def test_swap_that_could_be_read_fails_in_production_only(
    machine: Machine, line: str, uuid: str | None, *, private: bool
) -> None:
    (machine.root / "proc/swaps").write_text(f"{SWAPS}{line}\n")
    if uuid is not None:
        place = machine.root / "sys/block/dm-1/dm"
        place.mkdir(parents=True)
        (place / "uuid").write_text(uuid)
    assert swap(machine).verdict is (Verdict.PASS if private else Verdict.FAIL)
    elsewhere = swap(replace(machine, production=False))
    assert elsewhere.verdict is (Verdict.PASS if private else Verdict.UNKNOWN)


def test_the_hottest_sensor_is_judged_by_its_own_critical_point(machine: Machine) -> None:
    hot = machine.root / "sys/class/thermal/thermal_zone1"
    hot.mkdir()
    (hot / "temp").write_text("71000\n")
    (hot / "trip_point_0_type").write_text("passive\n")
    (hot / "trip_point_0_temp").write_text("60000\n")
    assert temperature(machine).verdict is Verdict.PASS
    (hot / "trip_point_1_type").write_text("critical\n")
    (hot / "trip_point_1_temp").write_text("75000\n")
    found = temperature(machine)
    assert judged(found) == (Verdict.FAIL, "temperature.high", Recovery.SERVICE)
    assert found.figures == {"degrees_c": 71.0}


def test_a_clock_without_a_time_server_needs_a_person(machine: Machine) -> None:
    found = clock(replace(machine, clock_status=lambda: 0x2041))
    assert judged(found) == (Verdict.UNKNOWN, "clock.not_synchronised", Recovery.CONFIGURE)


@pytest.mark.parametrize("look", [disk_health, memory, swap, temperature, clock])
def test_what_a_machine_does_not_tell_is_unknown(
    machine: Machine, tmp_path: Path, look: Callable[[Machine], Finding]
) -> None:
    mute = replace(machine, root=tmp_path / "nowhere", clock_status=lambda: None)
    found = look(mute)
    assert found.verdict is Verdict.UNKNOWN
    assert found.reason.endswith(".not_told")


@pytest.mark.parametrize("nonsense", ["", "\xff", "MemAvailable: many kB", "no colon at all"])
def test_nonsense_in_the_kernels_files_is_unknown_too(machine: Machine, nonsense: str) -> None:
    (machine.root / "proc/meminfo").write_text(nonsense, encoding="latin-1")
    assert memory(machine).verdict is Verdict.UNKNOWN


def test_this_machine_can_be_asked(tmp_path: Path) -> None:
    findings = list(machine_checks(Machine(tmp_path, production=False), least_free_mb=0))
    by_check = {found.check: found for found in findings}
    assert by_check["memory"].figures["total_mb"] > 100
    assert by_check["disk_space"].verdict is Verdict.PASS
