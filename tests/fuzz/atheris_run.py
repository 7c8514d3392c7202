# SPDX-License-Identifier: Apache-2.0
"""Coverage-guided fuzzing of one parser: ``python -m tests.fuzz.atheris_run PARSER SECONDS [FOLDER]``.

Needs the extra ``fuzz`` (atheris). Starts from the samples of the table and from past findings; what it finds
it writes into FOLDER and says; ``./test --fuzz`` runs every parser. Prints one JSON line of figures.
"""

from __future__ import annotations

import json
import os
import shutil
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

import atheris

with atheris.instrument_imports(include=["kiosk", "drivers", "central_platform", "tests.fuzz"]):
    from tests.fuzz.byte_parsers import PARSERS, check

FINDINGS = Path(__file__).parent / "findings"
LONGEST = 4096
SLOW_S = 2.0
"""A parser that takes longer for so few bytes hangs, for a resident."""


def main() -> int:
    """Fuzz until the time is over; report and go on at each new kind of finding."""
    name, seconds = sys.argv[1], int(sys.argv[2])
    folder = Path(sys.argv[3]) if len(sys.argv) > 3 else None
    seen: Counter[str] = Counter()
    runs, slowest = 0, 0.0
    corpus = tempfile.mkdtemp(prefix="hall24-fuzz-")
    ends = time.monotonic() + seconds

    def one(data: bytes) -> None:
        nonlocal runs, slowest
        runs += 1
        started = time.perf_counter()
        kind = ""
        try:
            check(name, data)
        except Exception as error:  # noqa: BLE001 - that is what is looked for
            place = error.__traceback__
            while place is not None and place.tb_next is not None:
                place = place.tb_next
            where = (
                f"{Path(place.tb_frame.f_code.co_filename).name}:{place.tb_lineno}" if place else ""
            )
            kind = f"{type(error).__name__} at {where}"
        took = time.perf_counter() - started
        slowest = max(slowest, took)
        if took > SLOW_S:
            kind = kind or "slow"
        if kind:
            if not seen[kind] and folder is not None:
                (folder / f"{name}-{len(seen)}").write_bytes(data)
            seen[kind] += 1
        if time.monotonic() > ends:
            # The fuzzer's own end leaves the process without coming back here.
            figures = {
                "parser": name,
                "seconds": seconds,
                "executions": runs,
                "slowest_ms": round(slowest * 1000),
                "samples_kept": len(list(Path(corpus).iterdir())),
                "findings": dict(seen),
            }
            sys.stdout.write(json.dumps(figures) + "\n")
            sys.stdout.flush()
            shutil.rmtree(corpus, ignore_errors=True)
            os._exit(1 if seen else 0)

    for number, sample in enumerate(PARSERS[name].samples()):
        (Path(corpus) / str(number)).write_bytes(sample)
    for past in FINDINGS.glob(f"{name}-*"):
        (Path(corpus) / past.name).write_bytes(past.read_bytes())
    longest = max(LONGEST, *(len(sample) for sample in PARSERS[name].samples()))
    # One thread, one seed: the same machine finds the same things again.
    options = [
        f"-max_total_time={seconds + 60}",
        "-seed=24",
        f"-max_len={longest}",
        "-rss_limit_mb=1024",
    ]
    options += ["-verbosity=0", "-timeout=20", f"-artifact_prefix={folder or corpus}/{name}-"]

    atheris.Setup([sys.argv[0], *options, corpus], one)
    atheris.Fuzz()
    return 0


if __name__ == "__main__":
    sys.exit(main())
