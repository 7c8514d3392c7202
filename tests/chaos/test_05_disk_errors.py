# SPDX-License-Identifier: Apache-2.0
"""Gate 5: the disk is full, answers with an I/O error, or takes half, at every write and flush."""

from __future__ import annotations

import errno
import random
import shutil
from collections import Counter
from pathlib import Path

import pytest

from tests.chaos.disk_faults import Fault, tell
from tests.chaos.record import Record

SEED = 20261124
NEVER = 1 << 30
LOGS = ("store failed, reopening", "store reopened and verified", "outbox swept")


@pytest.mark.timeout(3600)
@pytest.mark.expected_logs(*LOGS)
@pytest.mark.parametrize("most", [120, pytest.param(NEVER, marks=pytest.mark.chaos)])
def test_a_failing_disk_loses_nothing_that_was_acknowledged(
    tmp_path: Path, record: Record, most: int, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("CRITICAL", "hall24.blobs")
    no_fault = Fault(NEVER, errno.EIO, sticky=False)
    whole = tell(tmp_path / "whole", no_fault)
    assert (whole.acknowledged, whole.refused) == (6, 0)
    assert whole.wrong(no_fault) == []
    faults = [
        Fault(at, code, sticky)
        for at in range(1, whole.operations + 1)
        for code in (errno.ENOSPC, errno.EIO)
        for sticky in (False, True)
    ] + [Fault(at, 0, sticky=False) for at in range(1, whole.operations + 1)]
    if len(faults) > most:
        faults = random.Random(SEED).sample(faults, most)  # noqa: S311 - which faults
    totals: Counter[str] = Counter()
    wrong: list[str] = []
    lines: list[str] = []
    for fault in faults:
        told = tell(tmp_path / "story", fault)
        shutil.rmtree(tmp_path / "story")
        totals["faults"] += 1
        totals["faults that hit a flush"] += told.flush_failed
        totals["acknowledged all the same"] += told.acknowledged
        totals["refused with a reason"] += told.refused
        first = told.hit[0] if told.hit else None
        lines.append(f"{fault}: {first.kind if first else 'nothing'}, {told.acknowledged} kept")
        totals["short writes"] += fault.code == 0 and bool(told.hit)
        wrong += told.wrong(fault)
    assert not wrong, (len(wrong), wrong[:6])
    assert totals["refused with a reason"] > 0
    if most == NEVER:
        figures = {
            "durable calls in the story": whole.operations,
            **totals,
            "lost, altered, half there, or accepted after a failed flush": len(wrong),
        }
        record.keep(
            "05-disk-errors", figures, command="./test --chaos -k 05", seed=SEED, faults=lines
        )
