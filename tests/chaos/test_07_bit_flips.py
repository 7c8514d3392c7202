# SPDX-License-Identifier: Apache-2.0
"""Gate 7: one flipped bit anywhere on the disk; somebody notices, or it has no effect."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.chaos.bit_flips import flip_all, lay_down
from tests.chaos.record import Record

SEED = 20261124


@pytest.fixture
def expected_logs() -> None:
    """Take the place of the house's guard: what is logged depends on which bit was hit."""


@pytest.mark.timeout(3600)
@pytest.mark.parametrize("flips", [60, pytest.param(1_000, marks=pytest.mark.chaos)])
@pytest.mark.parametrize("cleanly", [True, False], ids=["stopped", "killed"])
def test_no_flipped_bit_goes_unseen(
    tmp_path: Path, record: Record, flips: int, *, cleanly: bool
) -> None:
    author = lay_down(tmp_path / "base", cleanly=cleanly)
    found = flip_all(tmp_path / "base", author, tmp_path, flips, SEED)
    assert not found.wrong, found.wrong[:5]
    assert found.counts["seen"] > flips // 4
    if flips >= 1_000:
        record.keep(
            "07-bit-flips",
            {
                "flipped bits": flips,
                "left as": "a clean stop leaves it" if cleanly else "a kill leaves it, log and all",
                "seen, and every other submission delivered": found.counts["seen"],
                "seen by the store as a whole, which then opens nothing": found.counts[
                    "seen by the store"
                ],
                "without effect: no stored value was hit, everything reads as it was written": found.counts[
                    "without effect"
                ],
                "unseen": len(found.wrong),
            },
            command="./test --chaos -k 07",
            seed=SEED,
            faults=found.lines,
            part="stopped" if cleanly else "killed",
        )
