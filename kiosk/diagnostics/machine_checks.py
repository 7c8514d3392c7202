# SPDX-License-Identifier: Apache-2.0
"""The machine the terminal runs on: disk, memory, swap, temperature, clock.

Everything is read from files of the kernel below a root that a test may choose. What a machine does not
tell is ``unknown``, never ``pass``. Sources: proc(5), Linux ``Documentation/ABI`` (``sysfs-fs-ext4``,
``sysfs-class-thermal``), adjtimex(2).
"""

from __future__ import annotations

import ctypes
import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from drivers.core import Recovery
from kiosk.diagnostics.finding import TERMINAL, Finding, failed, not_known, passed, timed

_MB: Final = 1_000_000
LEAST_MEMORY_MB: Final = 300
"""Below this the kernel may begin to end processes while a page is scanned (12 megapixels take about 150)."""
HOT_C: Final = 90.0
"""Where the machine names no critical temperature itself."""
_BELOW_CRITICAL_C: Final = 5.0
_UNSYNCHRONISED: Final = 0x0040  # STA_UNSYNC of adjtimex(2)


class _Timex(ctypes.Structure):
    """The first fields of ``struct timex``; only ``status`` is read."""

    _fields_ = (
        ("modes", ctypes.c_uint),
        ("offset", ctypes.c_long),
        ("freq", ctypes.c_long),
        ("maxerror", ctypes.c_long),
        ("esterror", ctypes.c_long),
        ("status", ctypes.c_int),
        ("rest", ctypes.c_char * 256),
    )


def _clock_status() -> int | None:
    asked = _Timex()  # all zero: change nothing
    try:
        answer = ctypes.CDLL(None, use_errno=True).adjtimex(ctypes.byref(asked))
    except (OSError, AttributeError):
        return None
    return None if answer < 0 else int(asked.status)


@dataclass(frozen=True, slots=True)
class Machine:
    """Where to look."""

    data_dir: Path
    production: bool
    root: Path = Path("/")
    disk_usage: Callable[[Path], tuple[int, int, int]] = shutil.disk_usage
    """Bytes: total, used, free."""
    clock_status: Callable[[], int | None] = _clock_status
    """``status`` of adjtimex(2); ``None`` where it cannot be asked."""


def machine_checks(machine: Machine, *, least_free_mb: int) -> Iterator[Finding]:
    """Yield the findings one by one. ``least_free_mb`` is what must be free for new work. Raises nothing."""
    looks: tuple[Callable[[], Finding], ...] = (
        lambda: disk_space(machine, least_free_mb),
        lambda: disk_health(machine),
        lambda: memory(machine),
        lambda: swap(machine),
        lambda: temperature(machine),
        lambda: clock(machine),
    )
    yield from map(timed, looks)


def disk_space(machine: Machine, least_free_mb: int) -> Finding:
    """Judge the room where the queue, the records and the log are kept."""
    try:
        total, _, free = machine.disk_usage(machine.data_dir)
    except OSError:
        return failed(TERMINAL, "disk_space", "disk.unreadable", Recovery.SERVICE)
    figures = {"free_mb": round(free / _MB), "total_mb": round(total / _MB)}
    if free < least_free_mb * _MB:
        return failed(TERMINAL, "disk_space", "disk.full", Recovery.SERVICE, **figures)
    return passed(TERMINAL, "disk_space", **figures)


def disk_health(machine: Machine) -> Finding:
    """Judge what the file system has counted: an ext4 that met an error says so until it is repaired."""
    try:
        device = machine.data_dir.stat().st_dev
    except OSError:
        return failed(TERMINAL, "disk_health", "disk.unreadable", Recovery.SERVICE)
    node = machine.root / "sys/dev/block" / f"{os.major(device)}:{os.minor(device)}"
    name = node.resolve().name if node.exists() else ""
    errors = _number(machine.root / "sys/fs/ext4" / name / "errors_count") if name else None
    if errors is None:
        return not_known(TERMINAL, "disk_health", "disk.not_told")
    if errors:
        return failed(TERMINAL, "disk_health", "disk.errors", Recovery.SERVICE, errors=errors)
    return passed(TERMINAL, "disk_health", errors=0)


def memory(machine: Machine) -> Finding:
    """Judge the memory that is free for the next resident."""
    facts = _table(machine.root / "proc/meminfo")
    available, total = facts.get("MemAvailable"), facts.get("MemTotal")
    if available is None or total is None:
        return not_known(TERMINAL, "memory", "memory.not_told")
    figures = {"free_mb": round(available * 1024 / _MB), "total_mb": round(total * 1024 / _MB)}
    if figures["free_mb"] < LEAST_MEMORY_MB:
        return failed(TERMINAL, "memory", "memory.low", Recovery.RESET, **figures)
    return passed(TERMINAL, "memory", **figures)


def swap(machine: Machine) -> Finding:
    """Judge whether what a resident typed could be written to a disk in clear.

    Swap in memory (zram) and on an encrypted volume (dm-crypt) is none. Elsewhere it fails in production.
    """
    try:
        lines = (machine.root / "proc/swaps").read_text("ascii").splitlines()[1:]
    except (OSError, UnicodeDecodeError):
        return not_known(TERMINAL, "swap", "swap.not_told")
    readable = [
        line.split()[0] for line in lines if line and not _is_private(machine, line.split()[0])
    ]
    if not readable:
        return passed(TERMINAL, "swap")
    if machine.production:
        return failed(TERMINAL, "swap", "swap.readable", Recovery.CONFIGURE)
    return not_known(TERMINAL, "swap", "swap.readable", Recovery.CONFIGURE)


def temperature(machine: Machine) -> Finding:
    """Judge the hottest sensor against its own critical point."""
    hottest, limit = None, HOT_C
    for zone in sorted((machine.root / "sys/class/thermal").glob("thermal_zone*")):
        millidegrees = _number(zone / "temp")
        if millidegrees is None or (hottest is not None and millidegrees / 1000 <= hottest):
            continue
        hottest, limit = millidegrees / 1000, _critical(zone)
    if hottest is None:
        return not_known(TERMINAL, "temperature", "temperature.not_told")
    if hottest >= limit:
        return failed(
            TERMINAL, "temperature", "temperature.high", Recovery.SERVICE, degrees_c=hottest
        )
    return passed(TERMINAL, "temperature", degrees_c=hottest)


def clock(machine: Machine) -> Finding:
    """Tell whether the kernel's clock follows a time server; how wrong it is only the platform knows."""
    status = machine.clock_status()
    if status is None:
        return not_known(TERMINAL, "clock", "clock.not_told")
    if status & _UNSYNCHRONISED:
        return not_known(TERMINAL, "clock", "clock.not_synchronised", Recovery.CONFIGURE)
    return passed(TERMINAL, "clock")


def _critical(zone: Path) -> float:
    for kind in sorted(zone.glob("trip_point_*_type")):
        try:
            critical = kind.read_text("ascii").strip() == "critical"
        except (OSError, UnicodeDecodeError):
            continue
        limit = _number(zone / kind.name.replace("_type", "_temp"))
        if critical and limit is not None and limit > 0:
            return limit / 1000 - _BELOW_CRITICAL_C
    return HOT_C


def _is_private(machine: Machine, path: str) -> bool:
    name = (machine.root / path.lstrip("/")).resolve().name
    if name.startswith("zram"):
        return True
    try:
        uuid = (machine.root / "sys/block" / name / "dm/uuid").read_text("ascii")
    except (OSError, UnicodeDecodeError):
        return False
    return uuid.startswith("CRYPT-")


def _number(path: Path) -> int | None:
    try:
        return int(path.read_text("ascii"))
    except (OSError, ValueError):
        return None


def _table(path: Path) -> dict[str, int]:
    """Read lines of ``Name:  number kB``."""
    try:
        lines = path.read_text("ascii").splitlines()
    except (OSError, UnicodeDecodeError):
        return {}
    table = {}
    for line in lines:
        name, _, rest = line.partition(":")
        if rest.split()[:1] and rest.split()[0].isdigit():
            table[name] = int(rest.split()[0])
    return table
