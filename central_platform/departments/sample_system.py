# SPDX-License-Identifier: Apache-2.0
"""A department's system as small as can be: the other end of ``http_adapter``, for tests and the demo.

It keeps one record for each id, looks at a case for a while and then answers in the order in which things
were decided. What it can do wrong is what real ones do: be slow, be away, answer with a page of its own,
take a message and lose the connection before saying so. Everything is in memory; invented people only.
"""

from __future__ import annotations

import hashlib
import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

_MOST_BYTES = 64 * 1024 * 1024
_LOOKING = {"zh": "业务部门已受理，正在审查", "en": "The department has it and is looking at it"}
_GRANTED = {"zh": "业务部门审查通过", "en": "The department has approved it"}

Fault = Callable[[str, str], int | None]
"""Given method and path: a status to answer instead, 0 to cut the line after the work, ``None`` for no fault."""


@dataclass
class SampleDepartment:
    """What the department knows. Thread-safe; ``think_s`` is how long it looks at a case."""

    think_s: float = 0.0
    token: str = ""
    clock: Callable[[], float] = time.monotonic
    fault: Fault = lambda _method, _path: None
    messages: dict[str, dict[str, Any]] = field(default_factory=dict)
    """By id, in the order in which they came first."""
    attempts: list[str] = field(default_factory=list)
    """The id of every delivery, repetitions too."""
    materials: dict[str, bytes] = field(default_factory=dict)
    _answers: list[tuple[float, dict[str, Any]]] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def take(self, message: dict[str, Any]) -> None:
        """Keep a message; the same id again changes nothing."""
        with self._lock:
            self.attempts.append(message["id"])
            if message["id"] in self.messages:
                return
            self.messages[message["id"]] = message
            if message["kind"] != "decided" and message["state"] == "in_review":
                self._answer_later(message["case_number"], "progress", _LOOKING, 0.0)
                self._answer_later(message["case_number"], "approved", _GRANTED, self.think_s)

    def say(self, case_number: str, state: str, reason: dict[str, str], *wanted: str) -> None:
        """Give an answer as a person of the department would."""
        with self._lock:
            self._answer_later(case_number, state, reason, 0.0, wanted)

    def answers(self, after: str) -> dict[str, Any]:
        """Return the answers behind a place whose time has come, in their order."""
        start = int(after or "0")
        with self._lock:
            now, page = self.clock(), []
            for due, answer in self._answers[start : start + 100]:
                if due > now:
                    break
                page.append(answer)
            return {"answers": page, "next": str(start + len(page))}

    def _answer_later(
        self,
        case_number: str,
        state: str,
        reason: dict[str, str],
        after_s: float,
        wanted: tuple[str, ...] = (),
    ) -> None:
        number = len(self._answers) + 1
        answer = {
            "id": f"answer-{number}",
            "case_number": case_number,
            "state": state,
            "reason": reason,
            "wanted": list(wanted),
        }
        self._answers.append((self.clock() + after_s, answer))


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    timeout = 5  # a line on which nothing is said
    department: SampleDepartment

    def do_PUT(self) -> None:
        """Take a paper, if it is what its name says."""
        body = self._body()
        digest = urlsplit(self.path).path.rpartition("/")[2]
        if hashlib.sha256(body).hexdigest() != digest:
            self._answer(400, {"code": "material.hash"})
            return
        self.department.materials[digest] = body
        self._answer(201, {})

    def do_POST(self) -> None:
        """Take a message."""
        message = json.loads(self._body())
        if self.headers.get("Idempotency-Key") != message.get("id"):
            self._answer(400, {"code": "message.id"})
            return
        missing = [
            paper["sha256"]
            for paper in message["papers"]
            if paper["sha256"] not in self.department.materials
        ]
        if missing:
            self._answer(422, {"code": "message.papers"})
            return
        self.department.take(message)
        self._answer(202, {"id": message["id"]})

    def do_GET(self) -> None:
        """Give answers."""
        asked = parse_qs(urlsplit(self.path).query)
        self._answer(200, self.department.answers(asked.get("after", [""])[0]))

    def log_message(self, *_: object) -> None:
        """Say nothing."""

    def _body(self) -> bytes:
        return self.rfile.read(min(int(self.headers.get("Content-Length", "0")), _MOST_BYTES))

    def _answer(self, status: int, told: dict[str, Any]) -> None:
        token = self.department.token
        if token and self.headers.get("Authorization") != f"Bearer {token}":
            status, told = 401, {"code": "unauthorized"}
        fault = self.department.fault(self.command, urlsplit(self.path).path)
        if fault == 0:
            self.close_connection = True
            return
        raw = json.dumps(told).encode("utf-8") if fault is None else b"<html>a page</html>"
        self.send_response(status if fault is None else fault)
        self.send_header("Content-Type", "application/json" if fault is None else "text/html")
        self.send_header("Content-Length", str(len(raw)))
        self.end_headers()
        self.wfile.write(raw)


class _Server(ThreadingHTTPServer):
    daemon_threads = False  # closing the server waits for them

    def handle_error(self, *_: object) -> None:
        """Say nothing of a line that was cut."""


@contextmanager
def serving_department(department: SampleDepartment, port: int = 0) -> Iterator[str]:
    """Serve on loopback until the block ends; give the address."""
    handler = type("Handler", (_Handler,), {"department": department})
    server = _Server(("127.0.0.1", port), handler)
    thread = threading.Thread(
        target=server.serve_forever, kwargs={"poll_interval": 0.05}, name="sample-department"
    )
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
