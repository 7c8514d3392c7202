# SPDX-License-Identifier: Apache-2.0
"""Run the real ``kiosk outbox submit --stdin`` and kill it with SIGKILL, again and again.

``python outbox_crash_driver.py DATA_DIR LINES ROUNDS SEED`` appends what each run acknowledged to
``DATA_DIR/acknowledged``. Everything is imported once and every round is a fork, so that a round costs
milliseconds. No test helper is imported: what runs is what a user runs.
"""

from __future__ import annotations

import os
import random
import select
import signal
import sys
from pathlib import Path

import kiosk.cli.outbox
import kiosk.cli.outbox_submissions
import kiosk.documents.numbers
import kiosk.platform_client.delivery
import kiosk.terminal.intake
import kiosk.terminal.kept_configuration
import offline_cache
from kiosk.cli import main

_PRELOADED = (
    kiosk.cli.outbox_submissions,
    kiosk.documents.numbers,
    kiosk.terminal.intake,
    kiosk.terminal.kept_configuration,
    offline_cache,
)


def round_of(data_dir: Path, lines: Path, kill_after: int, delay_s: float) -> bytes:
    """Let one child acknowledge ``kill_after`` lines, wait ``delay_s`` more, kill it; return all it said."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.dup2(os.open(lines, os.O_RDONLY), 0)
        os.dup2(writing, 1)
        os.close(reading)
        sys.stdin = os.fdopen(0, "r")
        sys.stdout = os.fdopen(1, "w")
        try:
            main(["outbox", "submit", "--stdin", "--data-dir", str(data_dir)])
        finally:
            os._exit(70)
    os.close(writing)
    said = b""
    while said.count(b"\n") < kill_after and (piece := os.read(reading, 65536)):
        said += piece
    select.select([], [], [], delay_s)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    while piece := os.read(reading, 65536):
        said += piece
    os.close(reading)
    return said


def run(data_dir: Path, lines: Path, rounds: int, seed: int) -> None:
    """Do all rounds."""
    dice = random.Random(seed)  # noqa: S311 - when to kill
    with (data_dir / "acknowledged").open("ab") as acknowledged:
        for _ in range(rounds):
            # Also before the first: while opening, migrating, sweeping.
            acknowledged.write(
                round_of(
                    data_dir, lines, dice.randrange(6), dice.random() * dice.choice([0.004, 0.03])
                )
            )


if __name__ == "__main__":
    run(Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4]))
