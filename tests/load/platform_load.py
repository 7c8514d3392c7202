# SPDX-License-Identifier: Apache-2.0
"""Many terminals at one platform: heartbeats, and submissions with papers at a steady rate, on PostgreSQL.

``./test --load [MINUTES]`` or ``python -m tests.load.platform_load --seconds 60 --terminals 1000 --rate 50``

In the middle a worker is killed. What counts at the end: every submission that got a receipt is one record and
every record has its receipt; the rate that was really reached; p50 and p99 of the PUT, of the whole delivery,
and of heartbeats. The PostgreSQL is the tests' own and does not wait for the disk (``fsync`` off): figures say
what the platform's own work costs, not what a disk does. Client and server share this machine's processors.
"""

from __future__ import annotations

import argparse
import base64
import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

import requests
import uuid_utils

from central_platform.api.access import access_token
from central_platform.context import PlatformContext, open_platform
from central_platform.listing import listed_submissions
from central_platform.testing import RunningPlatform
from kiosk.platform_client.enrolment import EnrolledTerminal, enrol
from kiosk.protocol.envelope import (
    ClockFacts,
    Payload,
    PlainAttachment,
    SealedSubmission,
    seal_submission,
)
from tests.support.postgresql import own_postgres

PAPERS, PAPER_BYTES = 3, 200_000
HEARTBEAT_S = 30.0
GIVE_UP_S = 60.0


@dataclass
class Figures:
    """What was measured; seconds."""

    puts: list[float] = field(default_factory=list)
    deliveries: list[float] = field(default_factory=list)
    beats: list[float] = field(default_factory=list)
    receipts: dict[str, str] = field(default_factory=dict)
    repeated: int = 0
    refused: list[int] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)


@dataclass
class Terminal:
    """One simulated terminal: its identity and its own connection."""

    enrolled: EnrolledTerminal
    url: str
    token: str
    figures: Figures
    session: requests.Session = field(default_factory=requests.Session)
    busy: threading.Lock = field(default_factory=threading.Lock)

    def ask(self, method: str, path: str, **options: object) -> requests.Response:
        """Ask until there is an answer; every repetition is counted."""
        ends = time.monotonic() + GIVE_UP_S
        headers = {"Authorization": f"Bearer {self.token}", **options.pop("headers", {})}  # type: ignore[dict-item]
        while True:
            try:
                answer = self.session.request(
                    method,
                    f"{self.url}/v1{path}",
                    headers=headers,
                    timeout=30,
                    **options,  # type: ignore[arg-type]
                )
                if answer.status_code < 500:
                    return answer
            except requests.RequestException:
                answer = None
            with self.figures.lock:
                self.figures.repeated += 1
            if time.monotonic() > ends:
                raise TimeoutError(path)
            time.sleep(0.2)  # real time: a terminal waits before it asks again

    def beat(self) -> None:
        started = time.perf_counter()
        with self.busy:
            answer = self.ask("POST", "/heartbeat", json={"software": "load", "queued": 0})
        with self.figures.lock:
            self.figures.beats.append(time.perf_counter() - started)
            if answer.status_code != 200:
                self.figures.refused.append(answer.status_code)

    def deliver(self, number: int) -> None:
        sealed = sealed_case(self.enrolled, number)
        with self.busy:
            started = time.perf_counter()
            for part in sealed.manifest.parts:
                told = {
                    "submission": str(sealed.manifest.id),
                    "part": part.name,
                    "sha256": part.sha256,
                }
                packed = ",".join(
                    f"{key} {base64.b64encode(value.encode()).decode()}"
                    for key, value in told.items()
                )
                self.ask(
                    "POST",
                    "/files",
                    data=sealed.parts[part.name],
                    headers={
                        "Tus-Resumable": "1.0.0",
                        "Upload-Length": str(part.size),
                        "Upload-Metadata": packed,
                        "Content-Type": "application/offset+octet-stream",
                    },
                )
            asked = time.perf_counter()
            answer = self.ask(
                "PUT",
                f"/submissions/{sealed.manifest.id}",
                data=sealed.manifest.canonical(),
                headers={"Content-Type": "application/json"},
            )
            ended = time.perf_counter()
        with self.figures.lock:
            self.figures.puts.append(ended - asked)
            self.figures.deliveries.append(ended - started)
            if answer.status_code == 200:
                self.figures.receipts[str(sealed.manifest.id)] = answer.text
            else:
                self.figures.refused.append(answer.status_code)


def sealed_case(enrolled: EnrolledTerminal, number: int) -> SealedSubmission:
    return seal_submission(
        submission=UUID(str(uuid_utils.uuid7())),
        terminal=enrolled.terminal,
        sequence=number,
        receipt=f"L{number:06d}",
        kind="application",
        item="old-age-allowance",
        item_version="2026.11",
        clock=ClockFacts(wall=datetime.now(UTC), monotonic_s=1.0, boot_id="load"),
        payload=Payload(form={"number": number}),
        attachments=tuple(
            PlainAttachment(
                name=f"{paper}.jpg", media_type="image/jpeg", data=os.urandom(PAPER_BYTES)
            )
            for paper in range(PAPERS)
        ),
        key=enrolled.sealing_key,
    )


def enrolled_terminals(
    url: str, platform: PlatformContext, folder: Path, count: int, figures: Figures
) -> list[Terminal]:
    running = RunningPlatform(url, platform)

    def one(number: int) -> Terminal:
        enrolled = enrol(url, running.enrolment_token(), folder / str(number))
        return Terminal(enrolled, url, access_token(platform, enrolled.terminal), figures)

    with ThreadPoolExecutor(4) as pool:
        return list(pool.map(one, range(count)))


def share(values: list[float], part: float) -> float:
    """Return a percentile in milliseconds."""
    ordered = sorted(values)
    return (
        round(1000 * ordered[min(len(ordered) - 1, int(part * len(ordered)))], 1) if ordered else 0
    )


def run(seconds: float, count: int, rate: float, workers: int, *, kill: bool) -> dict[str, object]:
    figures = Figures()
    with tempfile.TemporaryDirectory() as temporary, own_postgres() as postgres:
        folder = Path(temporary)
        database = postgres.url(postgres.create())
        server = subprocess.Popen(
            [
                *(sys.executable, "-m", "central_platform", "serve", "--port", "0"),
                *("--data-dir", str(folder / "data"), "--db", database),
                *("--workers", str(workers)),
            ],
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        assert server.stdout is not None
        url = json.loads(server.stdout.readline())["url"]
        platform = open_platform(folder / "data", db_url=database)
        try:
            terminals = enrolled_terminals(url, platform, folder, count, figures)
            reached_s = _drive(terminals, seconds, rate, server.pid if kill else None)
            rows = listed_submissions(platform.database)
        finally:
            platform.close()
            server.send_signal(signal.SIGTERM)
            server.wait(60)
    ids = [str(row["id"]) for row in rows]
    return {
        "terminals": count,
        "seconds": round(reached_s, 1),
        "workers": workers,
        "worker_killed": kill,
        "rate_asked": rate,
        "rate_reached": round(len(figures.receipts) / reached_s, 1),
        "submissions": len(figures.receipts),
        "lost": len(set(figures.receipts) - set(ids)),
        "doubled": len(ids) - len(set(ids)),
        "without_receipt": len(set(ids) - set(figures.receipts)),
        "refused": len(figures.refused),
        "repeated": figures.repeated,
        "put_ms": {"p50": share(figures.puts, 0.5), "p99": share(figures.puts, 0.99)},
        "delivery_ms": {
            "p50": share(figures.deliveries, 0.5),
            "p99": share(figures.deliveries, 0.99),
        },
        "heartbeat_ms": {"p50": share(figures.beats, 0.5), "p99": share(figures.beats, 0.99)},
        "heartbeats": len(figures.beats),
    }


def _drive(terminals: list[Terminal], seconds: float, rate: float, parent: int | None) -> float:
    """Send at the rate asked, as far as this machine can; return how long it really took."""
    started = time.monotonic()
    stop = threading.Event()

    def heartbeats() -> None:
        pause = HEARTBEAT_S / len(terminals)
        with ThreadPoolExecutor(4) as pool:
            number = 0
            while not stop.wait(pause):
                pool.submit(terminals[number % len(terminals)].beat)
                number += 1

    beating = threading.Thread(target=heartbeats)
    beating.start()
    killed = parent is None
    with ThreadPoolExecutor(16) as pool:
        futures = []
        for number in range(int(seconds * rate)):
            due = started + number / rate
            time.sleep(max(0.0, due - time.monotonic()))  # real time: a steady rate
            futures.append(pool.submit(terminals[number % len(terminals)].deliver, number))
            if not killed and number >= seconds * rate / 2:
                children = Path(f"/proc/{parent}/task/{parent}/children").read_text().split()
                os.kill(int(children[0]), signal.SIGKILL)
                killed = True
        for future in futures:
            future.result()
    took = time.monotonic() - started
    stop.set()
    beating.join()
    return took


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--seconds", type=float, default=60)
    options.add_argument("--terminals", type=int, default=1000)
    options.add_argument("--rate", type=float, default=50)
    options.add_argument("--workers", type=int, default=2)
    options.add_argument("--no-kill", action="store_true")
    asked = options.parse_args()
    told = run(asked.seconds, asked.terminals, asked.rate, asked.workers, kill=not asked.no_kill)
    sys.stdout.write(json.dumps(told, indent=1) + "\n")
    sys.exit(1 if told["lost"] or told["doubled"] or told["refused"] else 0)


if __name__ == "__main__":
    main()
