# SPDX-License-Identifier: Apache-2.0
"""Whatever the line does, in whatever order: one record each, and a cut costs one chunk at most."""

from __future__ import annotations

import itertools
import random
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest

from tests.chaos.far_platform import CHUNK_BYTES, FarPlatform, TwoClocks, far_platform, far_terminal
from tests.chaos.fault_line import FAULTS, Exchange, Fault, FaultLine
from tests.chaos.record import Record

QUICK = 60
LONG = 600
AT_ONCE = 3
"""Most of a bad line is waiting."""
_BUSY = frozenset({Fault.BUSY_429, Fault.BUSY_503})
_WEIGHTS = [*(0.3 if fault is Fault.FREEZE else 1.0 for fault in FAULTS), 3.0]
"""A frozen line costs a time-out for real."""
_COMMAND = "./test --chaos -k network"


@pytest.fixture(scope="module")
def platform() -> Iterator[FarPlatform]:
    with far_platform() as running:
        yield running


def schedule_of(seed: int) -> list[Fault]:
    """Return the faults of one schedule, good exchanges between them."""
    rng = random.Random(seed)  # noqa: S311 - a test's dice
    length = rng.randint(3, 14)
    return rng.choices((*FAULTS, Fault.NONE), _WEIGHTS, k=length)


def run_schedule(platform: FarPlatform, folder: Path, seed: int) -> Counter[str]:
    """Send one to three submissions through one schedule; return what to add to the figures."""
    rng = random.Random(seed)  # noqa: S311 - a test's dice
    clocks = TwoClocks()
    line = FaultLine(platform.url, schedule_of(seed), clock=clocks.monotonic, seed=seed)
    with (
        closing(line),
        far_terminal(platform, line.url, folder, seed=seed, clocks=clocks) as terminal,
    ):
        for at in range(rng.randint(1, 3)):
            papers = [rng.randbytes(rng.randint(1, 400_000)) for _ in range(rng.randint(0, 2))]
            terminal.submit({"seed": seed, "at": at}, *papers)
        terminal.drain()
        verdict = terminal.judge(platform)
        assert verdict.kept, f"seed {seed}: {verdict}"
        assert len(platform.records(terminal.enrolled.terminal)) == len(terminal.ledger.submitted)
        assert line.visitors_elsewhere == 0, f"seed {seed}: a redirect was followed"
        again = terminal.uploads.handed_out - terminal.sealed_bytes
        assert 0 <= again <= CHUNK_BYTES * terminal.uploads.failed, f"seed {seed}: {again} again"
        _nobody_hurried(line.exchanges, seed)
        met = Counter(exchange.fault.value for exchange in line.exchanges)
        return Counter(
            {
                "records": len(terminal.ledger.submitted),
                "exchanges": len(line.exchanges),
                "failed uploads": terminal.uploads.failed,
                "bytes": terminal.sealed_bytes,
                "bytes again": again,
                "asked to wait": sum(exchange.wait_s > 0 for exchange in line.exchanges),
                **{f"fault {name}": count for name, count in met.items() if name != "none"},
            }
        )


def _nobody_hurried(exchanges: list[Exchange], seed: int) -> None:
    """See that nothing came before the time that was asked for had passed."""
    for before, after in itertools.pairwise(exchanges):
        if before.fault in _BUSY:
            assert after.at - before.at >= before.wait_s, f"seed {seed}: {after} after {before}"


def _run(platform: FarPlatform, folder: Path, seeds: range) -> Counter[str]:
    total: Counter[str] = Counter()
    with ThreadPoolExecutor(AT_ONCE) as pool:
        for met in pool.map(lambda seed: run_schedule(platform, folder / str(seed), seed), seeds):
            total += met
            total["schedules"] += 1
    return total


def test_whatever_the_line_does_there_is_one_record_each(
    platform: FarPlatform, tmp_path: Path
) -> None:
    total = _run(platform, tmp_path, range(QUICK))
    met = {name for name in total if name.startswith("fault ")}
    assert met == {f"fault {fault}" for fault in FAULTS}  # every kind of harm was done
    assert total["asked to wait"]


@pytest.mark.chaos
@pytest.mark.timeout(3_600)
def test_network_schedules_the_long_set(
    platform: FarPlatform, tmp_path: Path, record: Record
) -> None:
    total = _run(platform, tmp_path, range(QUICK, QUICK + LONG))
    faults = {name: total[name] for name in sorted(total) if name.startswith("fault ")}
    record.keep(
        "04-network",
        {
            "schedules": total["schedules"],
            "submissions": total["records"],
            "records at the platform": total["records"],
            "lost": 0,
            "doubled": 0,
            "altered": 0,
            "exchanges": total["exchanges"],
            "of these spoiled": sum(faults.values()),
            "uploads cut or refused": total["failed uploads"],
            "sealed bytes": total["bytes"],
            "bytes sent again": total["bytes again"],
            f"most that was allowed again ({CHUNK_BYTES} a cut)": CHUNK_BYTES
            * total["failed uploads"],
            "Retry-After obeyed": total["asked to wait"],
            "redirects followed": 0,
            **faults,
        },
        command=_COMMAND,
        seed=f"{QUICK}…{QUICK + LONG - 1}, one a schedule",
    )
