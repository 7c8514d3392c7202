# SPDX-License-Identifier: Apache-2.0
"""The bench's door: a unix socket that takes one JSON document a line and answers with one.

``{"slot", "action", "args"}`` → ``{"ok": true, "result"}`` or ``{"ok": false, "error"}``;
``{"slot": "*", "action": "list"}`` → ``{"ok": true, "slots": [{"slot", "actions", "state"}…]}``.
"""

from __future__ import annotations

import errno
import inspect
import json
import socket
import socketserver
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

from drivers.sim.simulator import ActionError, Simulator
from drivers.transports.local_socket import socket_address

_IDLE_S: Final = 30.0
_LONGEST_LINE: Final = 1 << 20


class BenchControl:
    """Serves ``simulators`` at the socket ``path``. It neither starts nor stops them."""

    def __init__(self, path: Path, simulators: Sequence[Simulator]) -> None:
        self._path = path
        self._simulators: Mapping[str, Simulator] = {each.name: each for each in simulators}
        self._server: socketserver.ThreadingUnixStreamServer | None = None
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Listen. Raises ``OSError``; with ``EADDRINUSE`` another bench listens there."""
        _remove_stale(self._path)
        self._path.parent.mkdir(parents=True, exist_ok=True)
        control = self

        class Handler(socketserver.StreamRequestHandler):
            timeout = _IDLE_S

            def handle(self) -> None:
                try:
                    while line := self.rfile.readline(_LONGEST_LINE):
                        answer = json.dumps(control.answer(line), ensure_ascii=False)
                        self.wfile.write(answer.encode() + b"\n")
                except OSError:
                    # The tester went away or said nothing for long.
                    return

        with socket_address(self._path) as address:
            server = socketserver.ThreadingUnixStreamServer(address, Handler)
        server.daemon_threads = True
        self._path.chmod(0o600)
        self._server = server
        self._thread = threading.Thread(
            target=server.serve_forever, args=(0.05,), name="bench-control", daemon=True
        )
        self._thread.start()

    def stop(self) -> None:
        """Stop listening and remove the socket."""
        server, self._server = self._server, None
        if server is None or self._thread is None:
            return
        server.shutdown()
        server.server_close()
        self._thread.join()
        self._path.unlink(missing_ok=True)

    def answer(self, line: bytes) -> dict[str, object]:
        """Carry out one line."""
        try:
            request = json.loads(line)
            slot, action = str(request["slot"]), str(request["action"])
            args = [str(arg) for arg in request.get("args", [])]
        except (ValueError, KeyError, TypeError, AttributeError):
            return {"ok": False, "error": 'one line {"slot", "action", "args"} is needed'}
        if slot == "*" and action == "list":
            return {"ok": True, "slots": [_listed(each) for each in self._simulators.values()]}
        try:
            return {"ok": True, "result": self._act(slot, action, args)}
        except ActionError as refusal:
            return {"ok": False, "error": str(refusal)}
        except Exception as mistake:  # noqa: BLE001 - a tester's tool stays alive and says what broke
            return {"ok": False, "error": f"{type(mistake).__name__}: {mistake}"}

    def _act(self, slot: str, action: str, args: Sequence[str]) -> object:
        simulator = self._simulators.get(slot)
        if simulator is None:
            raise ActionError(f"no slot {slot}; there are: {', '.join(self._simulators)}")
        actions = simulator.actions()
        if action not in actions:
            raise ActionError(f"{slot} has no action {action}; it has: {', '.join(actions)}")
        signature = inspect.signature(actions[action])
        try:
            signature.bind(*args)
        except TypeError:
            words = " ".join(name.upper() for name in signature.parameters)
            raise ActionError(f"usage: {slot} {action} {words}".rstrip()) from None
        return actions[action](*args)


def _listed(simulator: Simulator) -> dict[str, object]:
    return {
        "slot": simulator.name,
        "actions": list(simulator.actions()),
        "state": dict(simulator.state()),
        "endpoint": simulator.endpoint,
    }


def _remove_stale(path: Path) -> None:
    """Remove the socket of a bench that died. Raises ``OSError`` when one lives there."""
    if not path.is_socket():
        return
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
        try:
            with socket_address(path) as address:
                probe.connect(address)
        except ConnectionRefusedError:
            path.unlink()
            return
    raise OSError(errno.EADDRINUSE, "another bench listens there", str(path))
