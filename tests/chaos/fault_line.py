# SPDX-License-Identifier: Apache-2.0
"""A bad line to a real platform: a TCP proxy of ours that spoils one exchange after the other, as scheduled.

It reads just enough HTTP/1.1 to know where a request and its answer end; the bytes between are the real
ones. Each request takes the next fault of the schedule; when that is used up, the line is good.
"""

from __future__ import annotations

import random
import socket
import struct
import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from enum import StrEnum
from urllib.parse import urlsplit

PIECE_BYTES = 64 * 1024
_PAUSE_S = 0.002
_GONE_S = 10.0
"""How long the platform may take to notice that its caller has gone."""


class Fault(StrEnum):
    """What happens to one exchange."""

    NONE = "none"
    LATENCY = "latency"
    SLOW = "slow"
    REFUSED = "refused"
    """The line breaks before a byte went through."""
    RESET = "reset"
    """A reset somewhere in the request's body, or in its head."""
    CUT_64K = "cut_64k"
    """The line breaks after each 64 KiB: this exchange and the next few."""
    HALF_CLOSE = "half_close"
    """The request goes through whole; where the answer should be, the line only ends."""
    CUT_ANSWER = "cut_answer"
    """The platform did what was asked; its answer breaks off."""
    FREEZE = "freeze"
    """Nothing comes back, the line stays open: only the client's own time-out ends it."""
    CAPTIVE = "captive"
    HTML_200 = "html_200"
    EMPTY_204 = "empty_204"
    REDIRECT_307 = "redirect_307"
    BUSY_429 = "busy_429"
    BUSY_503 = "busy_503"
    GATEWAY_502 = "gateway_502"


FAULTS = tuple(fault for fault in Fault if fault is not Fault.NONE)
_SPOKEN = {
    Fault.CAPTIVE: b"HTTP/1.1 302 Found\r\nLocation: http://{elsewhere}/login\r\nContent-Length: 0\r\n\r\n",
    Fault.HTML_200: b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 26\r\n\r\n"
    b"<html>Please log in</html>",
    Fault.EMPTY_204: b"HTTP/1.1 204 No Content\r\n\r\n",
    Fault.REDIRECT_307: b"HTTP/1.1 307 Temporary Redirect\r\nHall24-Protocol: 1\r\n"
    b"Location: http://{elsewhere}/v1/\r\nContent-Length: 0\r\n\r\n",
    Fault.BUSY_429: b"HTTP/1.1 429 Too Many Requests\r\nRetry-After: {wait}\r\nContent-Length: 0\r\n\r\n",
    Fault.BUSY_503: b"HTTP/1.1 503 Service Unavailable\r\nRetry-After: {wait}\r\n"
    b"Content-Type: text/html\r\nContent-Length: 20\r\n\r\n<h1>Maintenance</h1>",
    Fault.GATEWAY_502: b"HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n",
}
"""What somebody in between says in place of the platform; the request does not get further."""


@dataclass(frozen=True, slots=True)
class Exchange:
    """One request as the line saw it: for the fault log, without anything of its content."""

    at: float
    method: str
    what: str
    """First step of the path below the protocol's prefix."""
    fault: Fault
    wait_s: float = 0.0
    """What was asked with ``Retry-After``."""


@dataclass(slots=True)
class _Line:
    near: socket.socket
    far: socket.socket | None = None
    kept: bytearray = field(default_factory=bytearray)
    """Read from ``near`` and not used yet."""


class _BrokenError(Exception):
    """This connection is over."""


class FaultLine:
    """The proxy, listening at :attr:`url`. ``clock`` dates the exchanges; ``seed`` chooses where cuts fall.

    ``cut_commits`` drops the answer to the first accepted ``PUT`` of each submission, for good measure.
    """

    def __init__(
        self,
        upstream: str,
        schedule: Sequence[Fault] = (),
        *,
        clock: Callable[[], float] = lambda: 0.0,
        seed: int = 0,
        cut_commits: bool = False,
    ) -> None:
        there = urlsplit(upstream)
        self._there = (there.hostname or "", there.port or 0)
        self._schedule = list(schedule)
        self._clock = clock
        self._rng = random.Random(seed)  # noqa: S311 - a test's dice
        self._cut_commits = cut_commits
        self._committed: set[str] = set()
        self.exchanges: list[Exchange] = []
        self.visitors_elsewhere = 0
        """Who followed a redirect to another host."""
        self._ended = threading.Event()
        self._lines: list[_Line] = []
        self._threads: list[threading.Thread] = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._elsewhere = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        self._start(self._accept)
        self._start(self._watch_elsewhere)

    def close(self) -> None:
        """End every connection and thread."""
        self._ended.set()
        for listener in (self._listener, self._elsewhere):
            with suppress(OSError):
                listener.shutdown(socket.SHUT_RDWR)
            listener.close()
        for line in self._lines:
            _reset(line.near)
            if line.far is not None:
                _reset(line.far)
        for thread in self._threads:
            thread.join()

    def used_up(self) -> bool:
        """Tell whether the line is good from now on."""
        return not self._schedule

    # --- threads --------------------------------------------------------------------------------

    def _start(self, work: Callable[..., None], *args: object) -> None:
        thread = threading.Thread(target=work, args=args, name="fault-line")
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        while True:
            try:
                near, _ = self._listener.accept()
            except OSError:
                return
            near.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            line = _Line(near)
            self._lines.append(line)
            self._start(self._serve, line)

    def _watch_elsewhere(self) -> None:
        while True:
            try:
                visitor, _ = self._elsewhere.accept()
            except OSError:
                return
            self.visitors_elsewhere += 1
            visitor.close()

    def _serve(self, line: _Line) -> None:
        try:
            while True:
                self._exchange(line)
        except (OSError, _BrokenError):
            pass
        finally:
            _reset(line.near)
            if line.far is not None:
                line.far.close()

    # --- one exchange ---------------------------------------------------------------------------

    def _exchange(self, line: _Line) -> None:
        head = _head(line.near, line.kept)
        method, path = head.split(b" ", 2)[:2]
        length = _length(head)
        fault = self._schedule.pop(0) if self._schedule else Fault.NONE
        if fault is Fault.CUT_64K and self._rng.random() < 0.8:
            self._schedule.insert(0, Fault.CUT_64K)
        wait = self._rng.randint(1, 120) if fault in {Fault.BUSY_429, Fault.BUSY_503} else 0
        what = path.decode().split("/")[2] if path.count(b"/") > 1 else ""
        self.exchanges.append(Exchange(self._clock(), method.decode(), what, fault, float(wait)))
        if fault is Fault.REFUSED:
            raise _BrokenError
        if fault in _SPOKEN:
            _body(line, length)
            elsewhere = f"127.0.0.1:{self._elsewhere.getsockname()[1]}"
            spoken = _SPOKEN[fault].replace(b"{wait}", str(wait).encode())
            line.near.sendall(spoken.replace(b"{elsewhere}", elsewhere.encode()))
            return
        limit = {Fault.RESET: self._rng.randint(0, length), Fault.CUT_64K: PIECE_BYTES}.get(fault)
        self._send_on(line, head, length, limit, slow=fault is Fault.SLOW)
        answer = self._answer(line, method)
        self._give_back(line, fault, answer, f"{method.decode()} {path.decode()}")

    def _send_on(
        self, line: _Line, head: bytes, length: int, limit: int | None, *, slow: bool
    ) -> None:
        """Pass the request on, its body only up to ``limit`` bytes; then the line breaks."""
        if line.far is None:
            line.far = socket.create_connection(self._there)
            line.far.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        line.far.sendall(head)
        left = length if limit is None else min(length, limit)
        whole = left == length and limit is None
        while left:
            piece = _some(line, min(left, 4096 if slow else PIECE_BYTES))
            line.far.sendall(piece)
            left -= len(piece)
            if slow:
                self._ended.wait(_PAUSE_S)
        if whole or (limit == PIECE_BYTES and length < PIECE_BYTES):
            return
        self._hang_up(line)

    def _hang_up(self, line: _Line) -> None:
        """Break the line: to the platform politely, so that what was sent arrives; to the terminal hard."""
        assert line.far is not None
        with suppress(OSError):
            line.far.shutdown(socket.SHUT_WR)
        if self._rng.random() < 0.5:
            line.far.settimeout(_GONE_S)
            with suppress(OSError):
                while line.far.recv(PIECE_BYTES):
                    pass
        raise _BrokenError

    def _answer(self, line: _Line, method: bytes) -> bytes:
        assert line.far is not None
        kept = bytearray()
        head = _head(line.far, kept)
        status = head.split(b" ", 2)[1]
        body = b""
        if method != b"HEAD" and status not in {b"204", b"304"}:
            length = _length(head)
            while len(kept) < length:
                kept += _received(line.far, PIECE_BYTES)
            body = bytes(kept[:length])
        return head + body

    def _give_back(self, line: _Line, fault: Fault, answer: bytes, request: str) -> None:
        if (
            self._cut_commits
            and answer.startswith(b"HTTP/1.1 200")
            and request.startswith("PUT /v1/submissions/")
            and request not in self._committed
        ):
            self._committed.add(request)
            raise _BrokenError
        if fault is Fault.FREEZE:
            with suppress(OSError):
                while line.near.recv(PIECE_BYTES):
                    pass
            raise _BrokenError
        if fault is Fault.HALF_CLOSE:
            line.near.shutdown(socket.SHUT_WR)
            with suppress(OSError):
                while line.near.recv(PIECE_BYTES):
                    pass
            raise _BrokenError
        if fault is Fault.CUT_ANSWER:
            line.near.sendall(answer[: self._rng.randint(0, len(answer) - 1)])
            raise _BrokenError
        if fault is Fault.LATENCY:
            self._ended.wait(self._rng.uniform(0.0, 10 * _PAUSE_S))
        if fault is Fault.SLOW:
            for start in range(0, len(answer), 64):
                line.near.sendall(answer[start : start + 64])
                self._ended.wait(_PAUSE_S)
            return
        line.near.sendall(answer)


def _head(source: socket.socket, kept: bytearray) -> bytes:
    while b"\r\n\r\n" not in kept:
        kept += _received(source, PIECE_BYTES)
    end = kept.index(b"\r\n\r\n") + 4
    head = bytes(kept[:end])
    del kept[:end]
    return head


def _length(head: bytes) -> int:
    for line in head.split(b"\r\n"):
        name, _, value = line.partition(b":")
        if name.lower() == b"content-length":
            return int(value)
        if name.lower() == b"transfer-encoding":
            raise AssertionError("neither side sends chunks")
    return 0


def _some(line: _Line, most: int) -> bytes:
    if not line.kept:
        line.kept += _received(line.near, most)
    piece = bytes(line.kept[:most])
    del line.kept[:most]
    return piece


def _body(line: _Line, length: int) -> None:
    while length:
        length -= len(_some(line, length))


def _received(source: socket.socket, most: int) -> bytes:
    data = source.recv(most)
    if not data:
        raise _BrokenError
    return data


def _reset(line: socket.socket) -> None:
    with suppress(OSError):
        line.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    with suppress(OSError):
        line.shutdown(socket.SHUT_RDWR)
    line.close()
