# SPDX-License-Identifier: Apache-2.0
"""Every byte parser: damaged samples, past findings and noise bring out its own errors and nothing else."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.fuzz.byte_parsers import PARSERS, check

FINDINGS = Path(__file__).parent / "findings"
ROOT = Path(__file__).parents[2]
_SECONDS = int(os.environ.get("HALL24_FUZZ_SECONDS", "0"))


def damaged(name: str) -> st.SearchStrategy[bytes]:
    """Cut, change, repeat and splice valid samples; or make noise."""
    samples = PARSERS[name].samples()

    @st.composite
    def one(draw: st.DrawFn) -> bytes:
        data = bytearray(draw(st.sampled_from(samples)))
        for _ in range(draw(st.integers(0, 4))):
            at = draw(st.integers(0, len(data)))
            match draw(st.sampled_from(["cut", "change", "insert", "repeat", "splice"])):
                case "cut":
                    del data[at : at + draw(st.integers(1, 64))]
                case "change" if at < len(data):
                    data[at] = draw(st.integers(0, 255))
                case "insert":
                    data[at:at] = draw(st.binary(max_size=16))
                case "repeat":
                    data[at:at] = data[at : at + 32] * draw(st.integers(1, 8))
                case "splice":
                    data[at:] = draw(st.sampled_from(samples))[at:]
                case _:
                    pass
        return bytes(data)

    return st.one_of(one(), st.binary(max_size=300))


@pytest.mark.parametrize("name", PARSERS)
def test_whole_samples_and_their_every_beginning(name: str) -> None:
    for sample in PARSERS[name].samples():
        check(name, sample)
        step = max(1, len(sample) // (20 if PARSERS[name].slow else 200))
        for end in range(0, len(sample), step):
            check(name, sample[:end])


@pytest.mark.parametrize("name", PARSERS)
def test_damaged_bytes_bring_out_only_the_parsers_own_errors(name: str) -> None:
    @settings(
        max_examples=25 if PARSERS[name].slow else 100, suppress_health_check=list(HealthCheck)
    )
    @given(damaged(name))
    def run(data: bytes) -> None:
        check(name, data)

    run()


@pytest.mark.parametrize("path", sorted(FINDINGS.iterdir()), ids=lambda path: path.name)
def test_what_was_once_found_stays_mended(path: Path) -> None:
    check(path.name.rpartition("-")[0], path.read_bytes())


@pytest.mark.skipif(not _SECONDS, reason="long: ./test --fuzz [SECONDS]")
@pytest.mark.parametrize("name", PARSERS)
@pytest.mark.timeout(_SECONDS * 2 + 120)
def test_coverage_guided(name: str, tmp_path: Path) -> None:
    pytest.importorskip("atheris", reason="the extra `fuzz`: .venv/bin/pip install atheris==3.0.0")
    started = time.monotonic()
    ended = subprocess.run(
        [sys.executable, "-m", "tests.fuzz.atheris_run", name, str(_SECONDS), str(tmp_path)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 0, (
        f"{ended.stdout[-2000:]}\n{ended.stderr[-2000:]}\nbytes in {tmp_path}"
    )
    figures = json.loads(ended.stdout.splitlines()[-1])
    assert figures["executions"] > 0
    assert time.monotonic() - started < _SECONDS + 100, "a parser that hangs"
    print(json.dumps(figures))  # noqa: T201 - the figures
