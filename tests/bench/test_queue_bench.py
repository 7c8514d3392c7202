# SPDX-License-Identifier: Apache-2.0
"""How fast a submission becomes durable, beside the queues that somebody would take instead.

All of them write one SQLite file each on the same disk and flush on every put (WAL, ``synchronous=FULL``). They
take turns, so that a neighbour's load falls on all. Two of ours: as it is, sealing included, and the same outbox
given bytes that are sealed already, which is what the others do.
"""

from __future__ import annotations

import hashlib
import json
import os
import sqlite3
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from http import HTTPStatus
from itertools import count
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from unittest import mock

import persistqueue
import pytest
import requests
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from diskcache import Cache, Deque
from huey import SqliteHuey
from sqlite_utils import Database

from central_platform.app import API_PREFIX
from kiosk.platform_client.delivery import seal_for
from kiosk.protocol.envelope import Payload, PlainAttachment
from offline_cache import OfflineCache, Reservation, Sealed
from tests.chaos.far_platform import far_platform, far_terminal
from tests.chaos.record import asked_for

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]
LONG = bool(os.environ.get("HALL24_BENCH"))
"""``./test --bench`` sets it; else a short round shows that it still runs."""
ROUNDS = 12 if LONG else 2
FULL = 2
ROOT = Path(__file__).parents[2]
COMMAND = "HALL24_BENCH=1 ./test tests/bench/test_queue_bench.py"
Put = Callable[[], object]


def ours_sealed(folder: Path, form: bytes, scans: list[bytes], stack: ExitStack) -> Put:
    cache = stack.enter_context(_cache(folder))
    key = X25519PrivateKey.generate().public_key()
    prepare = seal_for(
        SimpleNamespace(terminal="T-0001", sealing_key=key, recovery_key=None)  # type: ignore[arg-type]  # all that is used
    )
    payload = Payload(form={"text": form.hex()[: len(form)]})
    papers = tuple(PlainAttachment(f"{n}.jpg", "image/jpeg", scan) for n, scan in enumerate(scans))

    def put() -> object:
        seal = prepare(
            kind="application", item="bench", item_version="", payload=payload, attachments=papers
        )
        return cache.outbox.finalize(kind="application", item="bench", seal=seal)

    return put


def ours_unsealed(folder: Path, form: bytes, scans: list[bytes], stack: ExitStack) -> Put:
    cache = stack.enter_context(_cache(folder))
    parts = {"payload": form, **{f"scan-{n}": scan for n, scan in enumerate(scans)}}

    def seal(reservation: Reservation) -> Sealed:
        manifest = f"{reservation.id} {reservation.sequence}".encode()
        return Sealed(manifest, hashlib.sha256(manifest).hexdigest(), parts)

    return lambda: cache.outbox.finalize(kind="application", item="bench", seal=seal)


def persist_queue(folder: Path, form: bytes, scans: list[bytes], stack: ExitStack) -> Put:
    queue = persistqueue.SQLiteQueue(str(folder), auto_commit=True)
    stack.callback(queue.close)
    queue._putter.execute("PRAGMA synchronous = FULL")
    _flushes(queue._putter)
    return lambda: queue.put({"form": form, "scans": scans})


def huey(folder: Path, form: bytes, scans: list[bytes], stack: ExitStack) -> Put:
    queue = SqliteHuey(filename=str(folder / "huey.db"), fsync=True)
    stack.callback(queue.storage.close)
    _flushes(queue.storage.conn)
    task = queue.task()(lambda body: body)
    return lambda: task({"form": form, "scans": scans})


def diskcache(folder: Path, form: bytes, scans: list[bytes], stack: ExitStack) -> Put:
    # Larger values go to files that it never flushes; as rows they are as durable as the rest.
    cache = stack.enter_context(
        Cache(
            str(folder), sqlite_synchronous=FULL, disk_min_file_size=1 << 30, eviction_policy="none"
        )
    )
    _flushes(cache._con)
    queue = Deque.fromcache(cache)
    return lambda: queue.append({"form": form, "scans": scans})


def sqlite_utils(folder: Path, form: bytes, scans: list[bytes], stack: ExitStack) -> Put:
    connection = stack.enter_context(closing(sqlite3.connect(folder / "utils.db")))
    database = Database(connection)
    database.enable_wal()
    connection.execute("PRAGMA synchronous = FULL")
    _flushes(connection)
    row = {"form": form, **{f"scan_{n}": scan for n, scan in enumerate(scans)}}
    return lambda: database["queue"].insert(row)


OTHERS = (persist_queue, huey, diskcache, sqlite_utils)


def _cache(folder: Path) -> OfflineCache:
    numbers = count()
    return OfflineCache(folder, number=lambda _s, _w: f"N{next(numbers)}")


def _flushes(connection: Any) -> None:
    assert connection.execute("PRAGMA synchronous").fetchone()[0] == FULL
    assert connection.execute("PRAGMA journal_mode").fetchone()[0] == "wal"


@pytest.fixture
def opened() -> Iterator[ExitStack]:
    with ExitStack() as stack:
        yield stack


@pytest.mark.parametrize(
    ("name", "scans", "each"), [("1 KB", 0, 60), ("3 × 1 MB", 3, 5)], ids=["1KB", "3MB"]
)
def test_a_durable_put_beside_other_queues(  # noqa: PLR0917 - fixtures and figures
    tmp_path: Path,
    opened: ExitStack,
    record_testsuite_property: Callable[..., None],
    name: str,
    scans: int,
    each: int,
) -> None:
    papers = [os.urandom(1_000_000) for _ in range(scans)]
    form = os.urandom(1_000)
    puts: dict[str, Put] = {}
    for make in (ours_sealed, ours_unsealed, *OTHERS):
        folder = tmp_path / make.__name__
        folder.mkdir()
        puts[make.__name__] = make(folder, form, papers, opened)
        puts[make.__name__]()  # tables are made, threads begun
    seconds: dict[str, list[float]] = {queue: [] for queue in puts}
    for turn in range(ROUNDS):
        order = list(puts)
        for queue in order[turn % len(order) :] + order[: turn % len(order)]:
            for _ in range(each):
                begun = time.perf_counter()
                puts[queue]()
                seconds[queue].append(time.perf_counter() - begun)
    medians = {queue: statistics.median(taken) * 1e3 for queue, taken in seconds.items()}
    fastest = min((queue.__name__ for queue in OTHERS), key=lambda queue: medians[queue])
    ours = {queue: medians.pop(queue) for queue in ("ours_unsealed", "ours_sealed")}
    ratio = round(medians[fastest] / ours["ours_unsealed"], 2)
    told: dict[str, Any] = {
        "ours": {
            "not sealed": f"{ours['ours_unsealed']:.2f} ms",
            "sealed": f"{ours['ours_sealed']:.2f} ms",
        },
        "bare": {queue.replace("_", "-"): f"{ms:.2f} ms" for queue, ms in medians.items()},
        "ratio": ratio,
    }
    record_testsuite_property(f"durable put of {name}", json.dumps(told))
    figures = {
        "submission": name,
        **{f"ours, {how}": taken for how, taken in told["ours"].items()},
        **told["bare"],
        f"the fastest of the others ({fastest.replace('_', '-')}) to ours without sealing": ratio,
        "… with sealing": round(medians[fastest] / ours["ours_sealed"], 2),
        "what sealing costs": f"{ours['ours_sealed'] - ours['ours_unsealed']:.2f} ms",
    }
    asked_for().keep("10-speed", figures, command=COMMAND, part=f"put-{scans}")
    assert all(len(taken) == ROUNDS * each for taken in seconds.values())


def test_draining_beside_the_bare_requests_of_the_same_server(
    tmp_path: Path, record_testsuite_property: Callable[..., None]
) -> None:
    """The ceiling: a session that asks the same platform process for nothing but whether it lives."""
    many = 200 if LONG else 5
    with far_platform() as platform, requests.Session() as session:
        with far_terminal(platform, platform.url, tmp_path / "terminal") as terminal:
            for at in range(many):
                terminal.submit({"at": at})
            asked = 0
            real = terminal.uploads._ask

            def counted(*given: Any, **named: Any) -> Any:
                nonlocal asked
                asked += 1
                return real(*given, **named)

            with mock.patch.object(terminal.uploads, "_ask", counted):
                begun = time.perf_counter()
                terminal.drain()
                drained_s = time.perf_counter() - begun
            assert terminal.judge(platform).kept
        begun = time.perf_counter()
        for _ in range(asked):
            assert (
                session.get(f"{platform.url}{API_PREFIX}/health", timeout=30).status_code
                == HTTPStatus.OK
            )
        bare_s = time.perf_counter() - begun
    figures = {
        "ours": f"{many / drained_s:.0f} submissions/s in {asked / drained_s:.0f} requests/s",
        "bare": f"{asked / bare_s:.0f} requests/s that store nothing",
        "ratio": round(bare_s / drained_s, 2),
    }
    record_testsuite_property("drain", json.dumps(figures))
    words = ("drained by the real client and engine", "the bare requests", "ours to bare")
    shown = dict(zip(words, figures.values(), strict=True))
    asked_for().keep("10-speed", shown, command=COMMAND, part="drain")


_OPEN = """
import sys, time, json
from pathlib import Path
from offline_cache import OfflineCache
begun = time.perf_counter()
with OfflineCache(Path(sys.argv[1]), number=lambda s, w: f"N{s}") as cache:
    started = time.perf_counter()
    cache.outbox.claim_next(time.time())
    claimed = time.perf_counter()
    status = Path("/proc/self/status").read_text()
    kb = next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmRSS"))
    print(json.dumps([(started - begun) * 1e3, (claimed - started) * 1e3, kb / 1024]))
"""


def test_starting_with_few_and_many_waiting(
    tmp_path: Path, record_testsuite_property: Callable[..., None]
) -> None:
    """A process of its own for each, best of five: start, first claim, resident memory."""
    figures: dict[str, str] = {}
    for waiting in (0, 1_000, 10_000) if LONG else (0, 50):
        folder = tmp_path / str(waiting)
        with ExitStack() as stack:
            put = ours_unsealed(folder, bytes(1_000), [], stack)
            for _ in range(waiting):
                put()
        runs = [
            json.loads(
                subprocess.run(
                    [sys.executable, "-c", _OPEN, str(folder)],
                    check=True,
                    capture_output=True,
                    text=True,
                    cwd=ROOT,
                ).stdout
            )
            for _ in range(5 if LONG else 1)
        ]
        start, claim, memory = (min(column) for column in zip(*runs, strict=True))
        figures[f"{waiting:,} waiting"] = (
            f"open {start:.1f} ms, first claim {claim:.1f} ms, {memory:.1f} MB"
        )
    record_testsuite_property("waiting", json.dumps(figures))
    asked_for().keep("10-speed", figures, command=COMMAND, part="waiting")
