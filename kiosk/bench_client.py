# SPDX-License-Identifier: Apache-2.0
"""Asks the bench to do something to a simulated device.

The bench listens on a unix socket in the data directory and speaks one JSON document a line:

* ``{"slot": "id_card", "action": "place", "args": ["A"]}`` → ``{"ok": true, "result": …}`` or
  ``{"ok": false, "error": "one line"}``;
* ``{"slot": "*", "action": "list"}`` → ``{"ok": true, "slots": [{"slot", "actions": [NAME…], "state": {…}}…]}``.

Errors::

    BenchError
    ├── BenchUnreachableError   nobody listens, the line broke, or no answer in time
    └── BenchRefusedError       the bench answered that it cannot; the text is its reason
"""

from __future__ import annotations

import json
import socket
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from drivers.transports.local_socket import socket_address

SOCKET_NAME: Final = "bench.sock"
_LONGEST_ANSWER: Final = 1 << 20


class BenchError(Exception):
    """The bench did not do it; the text is one line for a tester."""


class BenchUnreachableError(BenchError):
    """Nobody listens at the socket, the connection broke, or no answer came in time."""


class BenchRefusedError(BenchError):
    """The bench answered that it cannot do this now, or not with these arguments."""


@dataclass(frozen=True, slots=True)
class BenchSlot:
    """One simulated device: what can be done to it and how it is."""

    slot: str
    actions: tuple[str, ...]
    state: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class BenchClient:
    """One connection a request: the bench may come and go between two of them.

    ``timeout_s`` bounds connecting and each wait for bytes. An action whose answer did not arrive may
    have happened all the same.
    """

    path: Path
    timeout_s: float = 5.0

    def act(self, slot: str, action: str, *args: str) -> object:
        """Do one action and return its result. Raises :class:`BenchError`."""
        answer = self._ask({"slot": slot, "action": action, "args": list(args)})
        return answer.get("result")

    def slots(self) -> tuple[BenchSlot, ...]:
        """List the simulated devices. Raises :class:`BenchError`."""
        listed = self._ask({"slot": "*", "action": "list"}).get("slots")
        if not isinstance(listed, list):
            raise BenchUnreachableError("bench: the list has no slots")
        return tuple(_slot(entry) for entry in listed)

    def _ask(self, request: Mapping[str, object]) -> dict[str, object]:
        line = json.dumps(request, ensure_ascii=False).encode() + b"\n"
        try:
            with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
                connection.settimeout(self.timeout_s)
                with socket_address(self.path) as address:
                    connection.connect(address)
                connection.sendall(line)
                with connection.makefile("rb") as lines:
                    reply = lines.readline(_LONGEST_ANSWER)
        except TimeoutError as error:
            raise BenchUnreachableError(f"bench: no answer in {self.timeout_s:g} s") from error
        except OSError as error:
            raise BenchUnreachableError(f"bench: {self.path}: {error.strerror or error}") from error
        try:
            answer = json.loads(reply)
        except ValueError as error:
            raise BenchUnreachableError("bench: the answer broke off") from error
        if not isinstance(answer, dict):
            raise BenchUnreachableError("bench: the answer is not an object")
        if answer.get("ok") is not True:
            raise BenchRefusedError(str(answer.get("error") or "refused without a reason"))
        return answer


def _slot(entry: object) -> BenchSlot:
    if not isinstance(entry, dict):
        raise BenchUnreachableError("bench: the list has something that is no slot")
    actions = entry.get("actions")
    state = entry.get("state")
    return BenchSlot(
        slot=str(entry.get("slot", "")),
        actions=tuple(map(str, actions)) if isinstance(actions, list) else (),
        state=state if isinstance(state, dict) else {},
    )
