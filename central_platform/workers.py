# SPDX-License-Identifier: Apache-2.0
"""Several workers on one address: processes that share a listening socket, a database and a blob folder.

Workers hold no state that another one lacks, so any of them may answer any request, and one that dies
costs only the requests that it was answering. The parent answers nothing: it starts workers, replaces
those that die (with a growing pause, so that a fault at start does not burn the machine), and ends them.
"""

from __future__ import annotations

import ctypes
import logging
import multiprocessing
import multiprocessing.connection
import os
import signal
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from multiprocessing.context import ForkProcess
from types import FrameType

from central_platform.context import PlatformContext
from central_platform.departments.worker import department_worker
from central_platform.serving import PlatformServer, warm_up_documents

_log = logging.getLogger("central_platform.workers")

_PR_SET_PDEATHSIG = 1
_ENDING = (signal.SIGTERM, signal.SIGINT)
_END_S = 10.0
_FIRST_PAUSE_S = 0.2
_LONGEST_PAUSE_S = 30.0
_STEADY_S = 60.0
"""A worker that lived this long was not a fault at start."""

OpenPlatform = Callable[[], PlatformContext]


@dataclass
class _Place:
    """One of the workers: a process now, another one after it died."""

    process: ForkProcess
    ready: Connection
    started: float
    pause_s: float = _FIRST_PAUSE_S
    due: float | None = None
    """When to start it again, monotonic; ``None`` while it runs."""


@dataclass
class Workers:
    """``count`` workers on ``listener``; :meth:`run` blocks until a signal or :meth:`stop`.

    ``open_platform`` is called in each worker: connections do not survive a fork.
    """

    open_platform: OpenPlatform
    listener: socket.socket
    count: int
    clock: Callable[[], float] = time.monotonic
    _places: list[_Place] = field(default_factory=list)
    _wake: tuple[int, int] = field(default_factory=os.pipe)

    def run(self, on_ready: Callable[[], None] = lambda: None) -> None:
        """Serve; ``on_ready`` is called once every worker answers."""
        try:
            with _told_to_end(self.stop):
                self._places = [self._start() for _ in range(self.count)]
                if self._all_ready():
                    on_ready()
                while not self._told_to_end():
                    self._replace_the_dead()
        finally:
            self._end_all()
            self.listener.close()
            for end in self._wake:
                os.close(end)

    def stop(self) -> None:
        """End soon; may be called from any thread or a signal handler."""
        os.write(self._wake[1], b"x")

    def _start(self) -> _Place:
        fork = multiprocessing.get_context("fork")
        ready, say_ready = fork.Pipe(duplex=False)
        process = fork.Process(target=self._work, args=(say_ready, os.getpid()), name="worker")
        process.start()
        say_ready.close()
        return _Place(process, ready, self.clock())

    def _work(self, say_ready: Connection, parent: int) -> None:
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
        if os.getppid() != parent:
            return
        for each in _ENDING:
            signal.signal(each, signal.SIG_DFL)
        platform = self.open_platform()
        try:

            def ready() -> None:
                say_ready.send_bytes(b"ready")
                warm_up_documents()

            with department_worker(platform):
                PlatformServer(platform, listener=self.listener).run(ready)
        finally:
            platform.close()

    def _all_ready(self) -> bool:
        for place in self._places:
            while not place.ready.poll():
                waited = multiprocessing.connection.wait(
                    [place.ready, place.process.sentinel, self._wake[0]]
                )
                if self._wake[0] in waited:
                    return False
                if place.process.sentinel in waited and not place.ready.poll():
                    return True  # it died at start: replaced like any other
        return True

    def _told_to_end(self) -> bool:
        """Wait for the next death, the next start that is due, or the end; tell whether it is the end."""
        due = [place.due for place in self._places if place.due is not None]
        timeout = max(0.0, min(due) - self.clock()) if due else None
        running = [place.process.sentinel for place in self._places if place.due is None]
        return self._wake[0] in multiprocessing.connection.wait([*running, self._wake[0]], timeout)

    def _replace_the_dead(self) -> None:
        now = self.clock()
        for number, place in enumerate(self._places):
            if place.due is None and not place.process.is_alive():
                steady = now - place.started >= _STEADY_S
                place.pause_s = _FIRST_PAUSE_S if steady else place.pause_s
                place.due = now + place.pause_s
                _log.error(
                    "worker ended with %s; the next starts in %.1f s",
                    place.process.exitcode,
                    place.pause_s,
                )
                place.process.join()
                place.process.close()
                place.ready.close()
            elif place.due is not None and place.due <= now:
                fresh = self._start()
                fresh.pause_s = min(_LONGEST_PAUSE_S, place.pause_s * 2)
                self._places[number] = fresh

    def _end_all(self) -> None:
        running = [place for place in self._places if place.due is None]
        for place in running:
            place.process.terminate()
        end = time.monotonic() + _END_S
        for place in running:
            place.process.join(max(0.0, end - time.monotonic()))
            if place.process.is_alive():
                place.process.kill()
                place.process.join()
            place.process.close()
            place.ready.close()


@contextmanager
def _told_to_end(stop: Callable[[], None]) -> Iterator[None]:
    def handler(_signal: int, _frame: FrameType | None) -> None:
        stop()

    before = {each: signal.signal(each, handler) for each in _ENDING}
    try:
        yield
    finally:
        for each, earlier in before.items():
            signal.signal(each, earlier)
