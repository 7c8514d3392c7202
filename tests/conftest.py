# SPDX-License-Identifier: Apache-2.0
"""What holds for every test of the house.

- Nothing is logged at WARNING or above unless the test announces it with ``expected_logs``.
- Nothing is left behind: threads, child processes, sockets, ptys.
- Nothing waits for real time: ``clock`` is a clock that the test moves; ``eventually`` waits for other
  threads and processes, no longer than needed.
- The screen is drawn without a display, in Chinese, and the caller's configuration is not read.

A broken promise is an error at the test's teardown and says what to do. A test that failed by itself
is not reported twice, and of one that was left out nothing is expected.
"""

from __future__ import annotations

import gc
import logging
import multiprocessing
import multiprocessing.forkserver
import multiprocessing.resource_tracker
import os
import re
import select
import sys
import threading
import time
from collections.abc import Callable, Generator, Iterator
from contextlib import suppress
from pathlib import Path

# Before anything of Qt or of ours is imported.
os.environ.update(QT_QPA_PLATFORM="offscreen", QT_QUICK_BACKEND="software", LANG="zh_CN.UTF-8")
for _name in ("LC_ALL", "LANGUAGE", "KIOSK_CONFIG", "KIOSK_DATA_DIR", "QT_IM_MODULE"):
    os.environ.pop(_name, None)

import hypothesis  # noqa: E402 - after the environment is set
import pytest  # noqa: E402

_LIVES_AS_LONG_AS_THE_PROCESS = "typesetter"
"""The one thread that is never told to stop (``central_platform.html_pages``); Python ends it at exit."""
GRACE_S = 5.0
"""How long a thread or process that was told to stop may take to be gone."""

# The same examples everywhere and every time: what is green here is green elsewhere. HALL24_EXPLORE=1
# draws new ones; what that finds becomes an @example.
hypothesis.settings.register_profile("house", deadline=None, print_blob=True, derandomize=True)
hypothesis.settings.register_profile("explore", deadline=None, print_blob=True)
hypothesis.settings.load_profile("explore" if os.environ.get("HALL24_EXPLORE") else "house")

_ENDED_EARLY = pytest.StashKey[bool]()


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line(
        "markers", "expected_logs(*patterns): log lines at WARNING or above that this test causes"
    )


@pytest.hookimpl(trylast=True)
def pytest_unconfigure() -> None:
    """End although a test left a thread that would not: Python would wait for it for ever."""
    left = [
        thread
        for thread in threading.enumerate()
        if not thread.daemon
        and thread is not threading.main_thread()
        and not thread.name.startswith(_LIVES_AS_LONG_AS_THE_PROCESS)
    ]
    if left and _exit_status is not None:
        sys.stdout.flush()
        sys.stderr.write(f"\nended in spite of threads: {', '.join(each.name for each in left)}\n")
        sys.stderr.flush()
        os._exit(_exit_status or 1)


_exit_status: int | None = None


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(exitstatus: int) -> None:
    global _exit_status  # noqa: PLW0603 - handed from one hook to the other
    _exit_status = int(exitstatus)


WAITING_MODULES = frozenset(
    {
        "test_alerts",
        "test_answering",
        "test_byte_parsers",
        "test_backups",
        "test_camera_scanner",
        "test_camera_scanner_contract",
        "test_capture_thread",
        "test_cases",
        "test_cli_id_card",
        "test_console_browser",
        "test_console_login",
        "test_console_pages",
        "test_cut_deliveries",
        "test_foreign_tus_client",
        "test_object_store",
        "test_departments",
        "test_enrolment_files",
        "test_escpos_behind_the_host",
        "test_escpos_contract",
        "test_escpos_on_wires",
        "test_every_item",
        "test_face_gate",
        "test_fault_record",
        "test_fleet",
        "test_flow_endings",
        "test_identity_codes",
        "test_intake_faults",
        "test_ipp_contract",
        "test_ipp_faults",
        "test_items_command",
        "test_modbus_board",
        "test_modbus_board_contract",
        "test_outbox_command",
        "test_outbox_stick",
        "test_overhead_camera",
        "test_overhead_camera_contract",
        "test_page_finding",
        "test_page_pipeline",
        "test_pcsc_scripted_service",
        "test_platform_keys",
        "test_platform_visits",
        "test_presenter",
        "test_print_truth",
        "test_published_api",
        "test_receipt_command",
        "test_real_cups",
        "test_registers",
        "test_robot",
        "test_run_command",
        "test_sam_reader_behind_the_host",
        "test_sam_serial_contract",
        "test_sam_usb_contract",
        "test_sane_contract",
        "test_scan_command",
        "test_scanner_and_board_behind_the_host",
        "test_serial_scanner",
        "test_serial_scanner_contract",
        "test_services",
        "test_supervision",
        "test_terminal_access",
        "test_text_pad",
        "test_transports",
        "test_usb_transport",
        "test_uvc",
        "test_uvc_contract",
    }
)
"""Modules that wait for wires or look at many pictures: left to the whole suite, so that
``./test --quick`` stays under a minute. Each of them has a quick sibling for its room."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if item.path.stem in WAITING_MODULES:
            item.add_marker(pytest.mark.slow)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport]:
    report: pytest.TestReport = yield
    if report.when != "teardown" and (report.failed or report.skipped):
        item.stash[_ENDED_EARLY] = True
    return report


# --- helpers for tests --------------------------------------------------------------------------


class FakeClock:
    """Seconds that pass only when the test says so; call it where a clock is injected."""

    def __init__(self, now: float = 1_000.0) -> None:
        self.now = now

    def __call__(self) -> float:
        return self.now

    def advance(self, seconds: float) -> None:
        """Let ``seconds`` pass."""
        if seconds < 0:
            pytest.fail("time does not run backwards; set .now for a clock that was put back")
        self.now += seconds


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def eventually() -> Callable[..., None]:
    """``eventually(lambda: thing.done, within_s=5)``: for what other threads and processes do."""

    def wait(condition: Callable[[], object], within_s: float = 20.0) -> None:
        end = time.monotonic() + within_s
        pause = threading.Event()
        while not condition():
            if time.monotonic() >= end:
                pytest.fail(f"did not become true within {within_s} s")
            pause.wait(0.005)

    return wait


# --- guard: log lines ---------------------------------------------------------------------------


class ExpectedLogs(logging.Handler):
    """Collects what is logged at WARNING or above; call it with patterns of lines to expect."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.lines: list[str] = []
        self._patterns: list[str] = []

    def __call__(self, *patterns: str) -> None:
        self._patterns.extend(patterns)

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(f"{record.levelname} {record.name}: {record.getMessage()}")

    def complaints(self) -> list[str]:
        unexpected = [
            line for line in self.lines if not any(re.search(p, line) for p in self._patterns)
        ]
        absent = [p for p in self._patterns if not any(re.search(p, line) for line in self.lines)]
        return [f"unexpected log line: {line}" for line in unexpected] + [
            f"expected log line never came: {pattern!r}" for pattern in absent
        ]


@pytest.fixture(autouse=True)
def expected_logs(request: pytest.FixtureRequest) -> Iterator[ExpectedLogs]:
    """``expected_logs("pattern", …)``, or the marker of that name; every pattern must be met."""
    guard = ExpectedLogs()
    for marker in request.node.iter_markers("expected_logs"):
        guard(*marker.args)
    root = logging.getLogger()
    root.addHandler(guard)
    yield guard
    root.removeHandler(guard)
    guard.close()
    _complain(
        request,
        guard.complaints(),
        'announce it: expected_logs("a pattern of that line"), or mend what causes it',
    )


# --- guard: what is left behind -----------------------------------------------------------------


@pytest.fixture(autouse=True)
def _leaves_nothing_behind(
    request: pytest.FixtureRequest, expected_logs: ExpectedLogs
) -> Iterator[None]:
    del expected_logs  # only there to be set up first, so that stopping is heard, too
    threads, children, handles = set(threading.enumerate()), _children(), _sockets_and_ptys()
    yield
    left = [f"thread still running: {thread.name}" for thread in _new_threads(threads)]
    left += [f"child process left: {_command(pid)}" for pid in _new_children(children)]
    left += [f"still open: {name}" for _handle, name in sorted(_new_handles(handles))]
    _complain(request, left, "close, stop and join it in the test or in its fixture")


def _new_threads(before: set[threading.Thread]) -> list[threading.Thread]:
    end = time.monotonic() + GRACE_S
    left = []
    for thread in set(threading.enumerate()) - before:
        # A thread that Qt or a C library started has a stand-in here that never ends; AnyIO's belong
        # to a server of a wider fixture, which keeps them for its next request.
        if isinstance(thread, threading._DummyThread) or thread.name.startswith(
            ("AnyIO worker thread", _LIVES_AS_LONG_AS_THE_PROCESS)
        ):
            continue
        thread.join(max(0.0, end - time.monotonic()))
        if thread.is_alive():
            left.append(thread)
    return left


def _children() -> set[int]:
    multiprocessing.active_children()  # collects those that ended
    found: set[int] = set()
    for task in Path("/proc/self/task").iterdir():
        with suppress(OSError):  # the thread ended meanwhile
            found.update(map(int, (task / "children").read_text("ascii").split()))
    # multiprocessing keeps these two for the life of the process.
    found.discard(getattr(multiprocessing.resource_tracker._resource_tracker, "_pid", None) or 0)
    found.discard(getattr(multiprocessing.forkserver._forkserver, "_forkserver_pid", None) or 0)
    return found


def _new_children(before: set[int]) -> list[int]:
    end = time.monotonic() + GRACE_S
    for pid in _children() - before:
        with suppress(OSError):
            handle = os.pidfd_open(pid)
            select.select([handle], [], [], max(0.0, end - time.monotonic()))
            os.close(handle)
    return sorted(_children() - before)


def _command(pid: int) -> str:
    try:
        words = Path(f"/proc/{pid}/cmdline").read_bytes().decode("utf-8", "replace").split("\0")
    except OSError:
        words = []
    return " ".join(words).strip()[:120] or f"{pid}, ended but never waited for"


def _sockets_and_ptys() -> set[tuple[str, str]]:
    found = set()
    for handle in os.listdir("/proc/self/fd"):  # noqa: PTH208 - names only, and cheap
        with suppress(OSError):  # the handle of this listing
            target = os.readlink(f"/proc/self/fd/{handle}")  # noqa: PTH115 - not always a path
            if target.startswith(("socket:", "/dev/pts/", "/dev/ptmx", "/dev/pts/ptmx")):
                found.add((handle, target))
    return found


def _new_handles(before: set[tuple[str, str]]) -> set[tuple[str, str]]:
    if not _sockets_and_ptys() - before:
        return set()
    gc.collect()  # an unclosed one that only waits to be collected warns for itself
    # A server of a wider fixture needs a moment to see that its client has gone.
    end, pause = time.monotonic() + GRACE_S, threading.Event()
    while (left := _sockets_and_ptys() - before) and time.monotonic() < end:
        pause.wait(0.01)
    return left


def _complain(request: pytest.FixtureRequest, complaints: list[str], advice: str) -> None:
    if complaints and not request.node.stash.get(_ENDED_EARLY, False):
        pytest.fail("\n".join([*complaints, f"→ {advice}"]), pytrace=False)
