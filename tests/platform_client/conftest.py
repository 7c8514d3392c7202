# SPDX-License-Identifier: Apache-2.0
"""A real platform behind a line that can be cut, and servers that are no platform at all."""

from __future__ import annotations

import socket
import struct
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit
from uuid import UUID

import pytest
import uuid_utils

from central_platform.testing import RunningPlatform, running_platform
from kiosk.platform_client.enrolment import EnrolledTerminal, enrol
from kiosk.platform_client.v1 import PlatformV1
from kiosk.protocol.envelope import (
    ClockFacts,
    Payload,
    PlainAttachment,
    SealedSubmission,
    seal_submission,
)

CHUNK = 64 * 1024


def reset(line: socket.socket) -> None:
    """Cut without a goodbye (RST), as a line that breaks does."""
    with suppress(OSError):
        line.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    with suppress(OSError):
        line.shutdown(socket.SHUT_RDWR)
    line.close()


class CutLine:
    """A TCP proxy that breaks where the test says.

    ``cut_patches``: for each PATCH to come, after how many of its bytes the line breaks; ``None`` lets it
    pass. ``cut_answers``: requests (method) whose next 200 is read from the platform and never delivered.
    """

    def __init__(self, upstream: str) -> None:
        there = urlsplit(upstream)
        self._there = (there.hostname or "", there.port or 0)
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        self.cut_patches: list[int | None] = []
        self.cut_answers: list[bytes] = []
        self.patched = 0
        """Bytes of PATCH requests that were let through, heads included."""
        self.requests: list[bytes] = []
        self._lines: list[socket.socket] = []
        self._threads: list[threading.Thread] = []
        self._start(self._accept)

    def close(self) -> None:
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for line in self._lines:
            reset(line)
        for thread in self._threads:
            thread.join()

    def _start(self, work: Callable[..., None], *args: object) -> None:
        thread = threading.Thread(target=work, args=args, name="cut-line")
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        while True:
            try:
                near, _ = self._listener.accept()
            except OSError:
                return
            far = socket.create_connection(self._there)
            self._lines += [near, far]
            pair = _Pair(near, far)
            self._start(self._upwards, pair)
            self._start(self._downwards, pair)

    def _upwards(self, pair: _Pair) -> None:
        left: int | None = None
        with suppress(OSError):
            while data := pair.near.recv(16 * 1024):
                if data.split(b" ", 1)[0] in {b"PATCH", b"PUT", b"POST", b"GET", b"HEAD"}:
                    pair.method = data.split(b" ", 1)[0]
                    self.requests.append(pair.method)
                    cut = pair.method == b"PATCH" and self.cut_patches
                    left = self.cut_patches.pop(0) if cut else None
                if left is not None:
                    data = data[:left]
                    left -= len(data)
                pair.far.sendall(data)
                if pair.method == b"PATCH":
                    self.patched += len(data)
                if left == 0:
                    break
        pair.cut()

    def _downwards(self, pair: _Pair) -> None:
        with suppress(OSError):
            while data := pair.far.recv(64 * 1024):
                if data.startswith(b"HTTP/1.1 200") and pair.method in self.cut_answers:
                    self.cut_answers.remove(pair.method)
                    break
                pair.near.sendall(data)
        pair.cut()


@dataclass
class _Pair:
    near: socket.socket
    far: socket.socket
    method: bytes = b""

    def cut(self) -> None:
        # The platform's side ends politely, so that what was sent arrives before the end.
        with suppress(OSError):
            self.far.shutdown(socket.SHUT_RDWR)
        reset(self.near)


class Somebody:
    """A server that answers every request with the same bytes; it is not a platform."""

    def __init__(self, answer: bytes) -> None:
        self._answer = answer
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        self._thread = threading.Thread(target=self._serve, name="somebody")
        self._thread.start()

    def _serve(self) -> None:
        while True:
            try:
                line, _ = self._listener.accept()
            except OSError:
                return
            with line, suppress(OSError):
                line.settimeout(2)
                line.recv(64 * 1024)
                line.sendall(self._answer)
                line.shutdown(socket.SHUT_WR)
                while line.recv(64 * 1024):
                    pass

    def close(self) -> None:
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._thread.join()


@pytest.fixture
def somebody() -> Iterator[Callable[..., Somebody]]:
    """Give a maker of servers: ``somebody(answer)`` answers every request with these bytes."""
    opened: list[Somebody] = []

    def answer(text: bytes) -> Somebody:
        opened.append(Somebody(text))
        return opened[-1]

    yield answer
    for one in opened:
        one.close()


@pytest.fixture
def platform(tmp_path: Path) -> Iterator[RunningPlatform]:
    with running_platform(tmp_path / "platform") as running:
        yield running


@pytest.fixture
def enrolled(platform: RunningPlatform, tmp_path: Path) -> EnrolledTerminal:
    return enrol(platform.url, platform.enrolment_token(), tmp_path / "terminal")


@pytest.fixture
def line(platform: RunningPlatform) -> Iterator[CutLine]:
    line = CutLine(platform.url)
    yield line
    line.close()


@pytest.fixture
def client(line: CutLine, enrolled: EnrolledTerminal) -> Iterator[PlatformV1]:
    """Give the client, through the line that can be cut."""
    client = PlatformV1(enrolled, base_url=line.url, chunk_bytes=CHUNK)
    yield client
    client.close()


@pytest.fixture
def seal(enrolled: EnrolledTerminal) -> Callable[..., SealedSubmission]:
    """Give a maker of submissions: ``seal(size, …)`` has attachments of these sizes."""

    def make(*sizes: int) -> SealedSubmission:
        return seal_submission(
            submission=UUID(str(uuid_utils.uuid7())),
            terminal=enrolled.terminal,
            sequence=1,
            receipt="L000001",
            kind="application",
            item="old-age-allowance",
            item_version="2026.11",
            clock=ClockFacts(wall=datetime.now(UTC), monotonic_s=1.0, boot_id="boot"),
            payload=Payload(form={"answer": 42}),
            attachments=[
                PlainAttachment(f"{number}.bin", "application/octet-stream", bytes(size))
                for number, size in enumerate(sizes)
            ],
            key=enrolled.sealing_key,
        )

    return make
