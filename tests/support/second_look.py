# SPDX-License-Identifier: Apache-2.0
"""Name the few tests that failed in a whole run, so that ``./test`` may look at them again, alone.

Some 4,000 tests run among real daemons, processes and wires, and now and then one meets a moment that it did
not foresee. What fails alone again is broken; what passes alone is *unstable*:
``./test`` names it in its last lines, and it is to be mended like any other defect.

A pytest plugin: ``-p tests.support.second_look``, with ``HALL24_SECOND_LOOK`` naming the file to write.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

import pytest

MOST: Final = 3
"""With more failures than this nobody looks again: that is no accident."""

_failed: set[str] = set()


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    if report.failed:
        _failed.add(report.nodeid)


def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    told = exitstatus == pytest.ExitCode.TESTS_FAILED and len(_failed) == session.testsfailed
    if told and len(_failed) <= MOST:
        place = Path(os.environ["HALL24_SECOND_LOOK"])
        place.write_text("".join(f"{name}\n" for name in sorted(_failed)), encoding="utf-8")
