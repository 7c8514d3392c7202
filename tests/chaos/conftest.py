# SPDX-License-Identifier: Apache-2.0
"""What every gate shares: where figures go, a directory in memory, and the long set left out."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.chaos.record import Record, asked_for

LONG = bool(os.environ.get("HALL24_CHAOS"))
"""``./test --chaos`` sets it."""


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    for item in items:
        if item.path.parent == Path(__file__).parent:
            item.add_marker(pytest.mark.slow)  # none of this is for every save
    if LONG:
        return
    left_out = [item for item in items if item.get_closest_marker("chaos")]
    if left_out:
        items[:] = [item for item in items if item not in left_out]
        config.hook.pytest_deselected(items=left_out)


@pytest.fixture
def record() -> Record:
    """Keep a gate's figures: ``record.keep("02-kill", {…}, command="./test --chaos", seed=7)``."""
    return asked_for()


@pytest.fixture
def tmp_path(tmp_path: Path) -> Iterator[Path]:
    """Work in memory where there is a place for it: harm is modelled above the disk, not waited for."""
    memory = Path("/dev/shm")  # noqa: S108 - a fresh directory of our own in it
    if not os.access(memory, os.W_OK):
        yield tmp_path
        return
    with tempfile.TemporaryDirectory(dir=memory, prefix="hall24-chaos-") as directory:
        yield Path(directory)
