# SPDX-License-Identifier: Apache-2.0
"""A wall clock that says anything at any moment: everything arrives, once, and nothing waits longer."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from offline_cache import DeliveryReceipt, Entry, OpenPart, State
from tests.chaos.far_platform import FarPlatform, TwoClocks, far_platform, far_terminal
from tests.chaos.fault_line import Fault, FaultLine
from tests.chaos.record import Record

NOW = TwoClocks().wall
TEN_YEARS_S = 10 * 365 * 86_400.0
LONGEST_WAIT_S = 910.0
"""No wait is longer than the cap of one submission's retries, whatever the wall clock did in between."""
QUICK, LONG = 15, 200

WALLS = st.one_of(
    st.sampled_from([0.0, NOW - TEN_YEARS_S, NOW + TEN_YEARS_S, NOW - 3_600.0, NOW + 3_600.0]),
    st.floats(0.0, NOW + TEN_YEARS_S),
)
FAULTS = st.sampled_from(
    [Fault.NONE, Fault.RESET, Fault.CUT_ANSWER, Fault.HTML_200, Fault.REFUSED, Fault.GATEWAY_502]
)
STORIES = st.tuples(
    st.lists(st.tuples(WALLS, st.booleans()), min_size=1, max_size=5),  # wall; submit then
    st.lists(FAULTS, max_size=8),
    st.lists(WALLS, max_size=4),  # set in the middle of the sends to come
    st.lists(WALLS, max_size=4),  # set between two steps
)


@pytest.fixture(scope="module")
def platform() -> Iterator[FarPlatform]:
    with far_platform() as running:
        yield running


def tell(platform: FarPlatform, folder: Path, story: Any) -> dict[str, int]:
    """Play one story; return what to count."""
    before, faults, in_the_middle, between = story
    clocks = TwoClocks()
    middle, steps = list(in_the_middle), list(between)
    line = FaultLine(platform.url, faults, clock=clocks.monotonic)
    with (
        closing(line),
        far_terminal(platform, line.url, folder / uuid4().hex, clocks=clocks) as terminal,
    ):
        deliver = terminal.engine._deliver

        def interrupted(entry: Entry, open_part: OpenPart) -> DeliveryReceipt:
            if middle:
                clocks.wall = middle.pop()
            return deliver(entry, open_part)

        terminal.engine._deliver = interrupted
        for at, (wall, submit) in enumerate(before):
            clocks.wall = wall
            if submit or at == 0:
                terminal.submit({"at": at})
        while (wait_s := terminal.engine.step()) is not None:
            assert wait_s <= LONGEST_WAIT_S, "a clock that was set delays what waits"
            clocks.advance(wait_s)
            if steps:
                clocks.wall = steps.pop()
        verdict = terminal.judge(platform)
        assert verdict.kept, verdict
        entries = terminal.cache.outbox.entries()
        assert {entry.state for entry in entries} <= {State.RECEIVED, State.SETTLED}
        assert [entry.sequence for entry in entries] == list(range(1, len(entries) + 1))
        return {"submissions": len(entries), "jumps": len(before) + len(in_the_middle + between)}


def _stories(platform: FarPlatform, folder: Path, examples: int) -> dict[str, int]:
    total = {"stories": 0, "submissions": 0, "jumps": 0}

    @settings(
        max_examples=examples, deadline=None, suppress_health_check=list(HealthCheck), database=None
    )
    @given(STORIES)
    def every(story: Any) -> None:
        met = tell(platform, folder, story)
        total["stories"] += 1
        for name, count in met.items():
            total[name] += count

    every()
    return total


def test_no_clock_loses_or_delays_anything(platform: FarPlatform, tmp_path: Path) -> None:
    assert _stories(platform, tmp_path, QUICK)["jumps"] >= QUICK


@pytest.mark.chaos
@pytest.mark.timeout(1_800)
def test_clocks_the_long_set(platform: FarPlatform, tmp_path: Path, record: Record) -> None:
    met = _stories(platform, tmp_path, LONG)
    record.keep(
        "12-clocks",
        {**met, "lost": 0, "doubled": 0, "delayed": 0},
        command="./test --chaos -k clocks",
        seed="hypothesis, derandomised",
    )
