# SPDX-License-Identifier: Apache-2.0
"""An A4 printer of our own: IPP over real HTTP on a real socket, with every fault a tester can think of.

``ippeveprinter`` (:mod:`drivers.sim.ipp_everywhere_printer`) is CUPS's and keeps us honest about IPP; it can
run out of paper and toner, but not jam, open its cover, abort a job, lose an answer, lose its power after
the second sheet, or speak slowly. This one can.
"""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Final

from drivers.core import ProtocolError
from drivers.page_printer.ipp_message import Code, JobState, Operation, decode_question, response
from drivers.sim.ipp_answers import IppAnswers
from drivers.sim.ipp_machine import CAPACITY, LETTER, PrinterMachine, Stop
from drivers.sim.simulator import ActionError, Value

_NONSENSE: Final = b"\x02\x00\x00\x00 no printer \xff\xfe"
_SLOW_BYTE_S: Final = 0.0005
_LARGEST: Final = 64 << 20
_STOPS: Final = {
    "jam": (Stop.JAM, True),
    "clear_jam": (Stop.JAM, False),
    "open_cover": (Stop.COVER, True),
    "close_cover": (Stop.COVER, False),
    "take_tray": (Stop.TRAY, True),
    "put_tray": (Stop.TRAY, False),
    "fill_output": (Stop.OUTPUT, True),
    "empty_output": (Stop.OUTPUT, False),
    "overheat": (Stop.HOT, True),
    "cool_down": (Stop.HOT, False),
    "defect": (Stop.DEFECT, True),
    "repair": (Stop.DEFECT, False),
    "pause": (Stop.PAUSED, True),
    "resume": (Stop.PAUSED, False),
}


class IppPrinterSimulator:
    """See :class:`drivers.sim.simulator.Simulator`. ``sheet_s``: seconds a sheet takes."""

    def __init__(self, name: str = "page_printer", *, port: int = 0, sheet_s: float = 0.05) -> None:
        self.name = name
        self.machine = PrinterMachine(sheet_s=sheet_s)
        self._port = port
        self._server: _Server | None = None
        self._thread: threading.Thread | None = None
        self._watch: threading.Thread | None = None
        self.thawed = threading.Event()
        self.thawed.set()
        self.talks = "sense"
        self.swallows_next_answer = False
        self.is_gone = threading.Event()

    @property
    def endpoint(self) -> str:
        """The printer's URI; known after ``start``."""
        return f"ipp://127.0.0.1:{self._port}/ipp/print"

    def start(self) -> None:
        """Switch it on."""
        if self._server is not None:
            return
        self.is_gone.clear()
        self._server = _Server(("127.0.0.1", self._port), self)
        self._port = self._server.server_address[1]
        self.machine.start()
        self._thread = threading.Thread(
            target=self._server.serve_forever, args=(0.02,), name=f"sim-{self.name}", daemon=True
        )
        self._thread.start()
        self._watch = threading.Thread(target=self._die_when_planned, name="sim-power", daemon=True)
        self._watch.start()

    def stop(self) -> None:
        """Cut its power. Jobs are lost, as in a real one; paper and counters stay as they are."""
        server, self._server = self._server, None
        if server is None:
            return
        self.is_gone.set()
        self.machine.died.set()
        server.shutdown()
        server.hang_up()
        server.server_close()
        for thread in (self._thread, self._watch):
            if thread is not None and thread is not threading.current_thread():
                thread.join()
        self.machine.stop()

    def actions(self) -> Mapping[str, Callable[..., object]]:
        """Name what can be done."""
        return {
            **{name: self._stopper(*found) for name, found in _STOPS.items()},
            "paper_out": lambda: self.machine.load(0),
            "paper_low": lambda: self.machine.load(5),
            "load_paper": self.load_paper,
            "load_letter": lambda: self.machine.load(CAPACITY, LETTER),
            "toner_low": lambda: self.machine.fill_toner(5),
            "toner_out": lambda: self.machine.fill_toner(0),
            "new_toner": lambda: self.machine.fill_toner(100),
            "jam_after": lambda sheets: self.machine.plan(jam_after=_count(sheets)),
            "die_after": lambda sheets: self.machine.plan(die_after=_count(sheets)),
            "abort_after": lambda sheets: self.machine.plan(abort_after=_count(sheets)),
            "refuse_jobs": lambda: setattr(self.machine, "accepts", False),
            "accept_jobs": lambda: setattr(self.machine, "accepts", True),
            "swallow_answer": lambda: setattr(self, "swallows_next_answer", True),
            "garbage": lambda: setattr(self, "talks", "nonsense"),
            "web_page": lambda: setattr(self, "talks", "web_page"),
            "cut_short": lambda: setattr(self, "talks", "cut_short"),
            "slow": lambda: setattr(self, "talks", "slow"),
            "sense": lambda: setattr(self, "talks", "sense"),
            "freeze": self.thawed.clear,
            "thaw": self.thawed.set,
            "unplug": self.stop,
            "replug": self.start,
            "jobs": lambda: len(self.machine.jobs()),
            "save": self.save,
        }

    def state(self) -> Mapping[str, Value]:
        """Tell how it is."""
        machine = self.machine
        return {
            "plugged": self._server is not None,
            "frozen": not self.thawed.is_set(),
            "talks": self.talks,
            "sheets": machine.sheets,
            "media": machine.media,
            "toner": round(machine.toner),
            "printed": machine.printed,
            "stops": " ".join(sorted(machine.stops())),
            "jobs": len(machine.jobs()),
        }

    def load_paper(self, sheets: str | int = CAPACITY) -> None:
        """Fill the tray with A4."""
        self.machine.load(_count(sheets))

    def save(self, folder: str) -> str:
        """Write the last printed document as ``proof.pdf``; return its path."""
        printed = [job for job in self.machine.jobs() if job.state is JobState.COMPLETED]
        if not printed:
            raise ActionError("nothing was printed yet")
        target = Path(folder) / "proof.pdf"
        target.write_bytes(printed[-1].document)
        return str(target)

    def _stopper(self, stop: Stop, on: bool) -> Callable[[], None]:  # noqa: FBT001 - a row of the table
        return lambda: self.machine.set_stop(stop, on=on)

    def _die_when_planned(self) -> None:
        self.machine.died.wait()
        if not self.is_gone.is_set():
            self.stop()


class _Server(ThreadingHTTPServer):
    """HTTP of the printer; remembers its connections so that they can be cut."""

    allow_reuse_address = True
    daemon_threads = False

    def __init__(self, address: tuple[str, int], printer: IppPrinterSimulator) -> None:
        self.printer = printer
        self._peers: set[socket.socket] = set()
        self._lock = threading.Lock()
        super().__init__(address, _Handler)

    def process_request(self, request: object, client_address: object) -> None:
        """Remember the connection, then serve it in a thread of its own."""
        if isinstance(request, socket.socket):
            with self._lock:
                self._peers.add(request)
        super().process_request(request, client_address)  # type: ignore[arg-type]

    def shutdown_request(self, request: object) -> None:
        """Forget the connection."""
        if isinstance(request, socket.socket):
            with self._lock:
                self._peers.discard(request)
        super().shutdown_request(request)  # type: ignore[arg-type]

    def handle_error(self, request: object, client_address: object) -> None:
        """Keep quiet: a client that hung up is no news."""
        del request, client_address

    def hang_up(self) -> None:
        """Cut every connection."""
        with self._lock:
            peers = list(self._peers)
        for peer in peers:
            with suppress(OSError):
                peer.shutdown(socket.SHUT_RDWR)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    timeout = 30
    server: _Server

    def log_message(self, *_: object) -> None:
        """Say nothing on standard error."""

    def do_POST(self) -> None:
        """Answer one IPP question."""
        printer = self.server.printer
        body = self._body()
        while not printer.thawed.wait(0.02):
            if printer.is_gone.is_set():
                return
        try:
            question = decode_question(body)
        except ProtocolError:
            self._send(response(Code.BAD_REQUEST, 0))
            return
        answer = IppAnswers(printer.machine, printer.endpoint).answer(question)
        if printer.swallows_next_answer and question.operation == Operation.PRINT_JOB:
            printer.swallows_next_answer = False
            self.close_connection = True
            return
        self._send(answer)

    def _body(self) -> bytes:
        if self.headers.get("Transfer-Encoding", "").lower() == "chunked":
            return b"".join(self._chunks())
        return self.rfile.read(min(int(self.headers.get("Content-Length", "0")), _LARGEST))

    def _chunks(self) -> Iterator[bytes]:
        while size := int(self.rfile.readline(32).split(b";")[0], 16):
            yield self.rfile.read(min(size, _LARGEST))
            self.rfile.readline(4)
        self.rfile.readline(4)

    def _send(self, answer: bytes) -> None:
        talks = self.server.printer.talks
        if talks == "nonsense":
            answer = _NONSENSE
        if talks == "web_page":
            answer = b"<html><body>Welcome to the printer</body></html>"
        self.send_response(200)
        self.send_header("Content-Type", "application/ipp")
        self.send_header("Content-Length", str(len(answer)))
        if talks == "slow":
            self.close_connection = True
            head = b"".join(self._headers_buffer) + b"\r\n"  # type: ignore[attr-defined]
            for byte in head + answer:
                self.wfile.write(bytes([byte]))
                if self.server.printer.is_gone.wait(_SLOW_BYTE_S):
                    return
            return
        self.end_headers()
        if talks == "cut_short":
            self.close_connection = True
            answer = answer[: len(answer) // 2]
        self.wfile.write(answer)


def _count(text: str | int) -> int:
    try:
        count = int(text)
    except ValueError:
        raise ActionError(f"{text}: a number of sheets") from None
    if count < 0:
        raise ActionError(f"{text}: a number of sheets")
    return count
