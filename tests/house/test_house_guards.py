# SPDX-License-Identifier: Apache-2.0
"""The guards of tests/conftest.py do catch what they promise to catch, and nothing else."""

from __future__ import annotations

from pathlib import Path

import pytest

pytestmark = pytest.mark.slow
pytest_plugins = ["pytester"]

CONFTEST = Path(__file__).parents[1] / "conftest.py"


@pytest.fixture
def house(pytester: pytest.Pytester) -> pytest.Pytester:
    pytester.makeconftest(CONFTEST.read_text("utf-8").replace("GRACE_S = 5.0", "GRACE_S = 0.2"))
    return pytester


def outcome(house: pytest.Pytester, body: str) -> pytest.RunResult:
    house.makepyfile("import logging, os, socket, subprocess, threading, sys\n" + body)
    return house.runpytest_subprocess(
        "-q", "-p", "no:cacheprovider", "-p", "no:qt", "-p", "no:xdist"
    )


BROKEN = """
stop, kept = threading.Event(), []
def test_log(): logging.getLogger("a").warning("oh")
def test_absent(expected_logs): expected_logs("never")
def test_thread(): threading.Thread(target=stop.wait, name="lost", daemon=True).start()
def test_process(): kept.append(subprocess.Popen(["sleep", "1.5"]))
def test_zombie():
    kept.append(subprocess.Popen(["true"])); os.waitid(os.P_PID, kept[-1].pid, os.WEXITED | os.WNOWAIT)
def test_socket(): kept.append(socket.socket())
def test_pty(): os.openpty()
"""


def test_each_broken_promise_is_an_error(house: pytest.Pytester) -> None:
    result = outcome(house, BROKEN)
    result.assert_outcomes(passed=7, errors=7)
    said = result.stdout.str()
    for words in (
        "unexpected log line: WARNING a: oh",
        "expected log line never came: 'never'",
        "thread still running: lost",
        "child process left: sleep 1.5",
        "ended but never waited for",
        "still open: socket:",
        "still open: /dev/p",
    ):
        assert words in said
    # Where CI is set, pytest's summary repeats each message: only the reports are counted.
    assert said.partition("short test summary")[0].count("→") == 7


def test_a_tidy_test_passes(house: pytest.Pytester) -> None:
    outcome(
        house,
        """
import pytest
@pytest.mark.expected_logs("^WARNING a: paper")
def test_announced_by_marker(): logging.getLogger("a").warning("paper low")
def test_announced_by_fixture(expected_logs):
    expected_logs("paper"); logging.getLogger("a").warning("paper low")
def test_stopped():
    stop = threading.Event(); thread = threading.Thread(target=stop.wait); thread.start()
    stop.set()
    with socket.socket(): pass
    subprocess.run(["true"], check=True)
@pytest.fixture(scope="module")
def shared():
    stop = threading.Event(); thread = threading.Thread(target=stop.wait); thread.start()
    with socket.socket() as one: yield one
    stop.set(); thread.join()
def test_may_use_what_a_wider_fixture_holds(shared): pass
def test_clock(clock, eventually):
    start = clock(); clock.advance(5); assert clock() == start + 5
    ready = threading.Event(); timer = threading.Timer(0.02, ready.set); timer.start()
    eventually(ready.is_set); timer.join()
from hypothesis import given, strategies as st
@given(st.integers())
def test_hypothesis_runs(number): assert number == number
def test_that_fails_is_not_reported_twice():
    logging.getLogger("a").warning("oh")
    assert False
""",
    ).assert_outcomes(passed=6, failed=1)
