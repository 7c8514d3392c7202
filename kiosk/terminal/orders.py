# SPDX-License-Identifier: Apache-2.0
"""What the platform ordered, done while nobody uses the terminal, each step in the audit.

An order begins only on an idle screen and is cancelled when somebody touches it: a resident never waits for
a technician. It is done once in a run of the program; its result is told again with every heartbeat until
the platform has it. After a restart an order that was not acknowledged comes again: a self-test or a
restart of a device twice is no harm, and nothing else is done here.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from typing import Protocol
from uuid import UUID

from drivers.core import Command as DeviceCommand
from drivers.core import DeviceError, ResetDevice, SelfTest, Verdict
from kiosk.flows.views import View
from kiosk.platform_client.port import PlatformError, RefusedError
from kiosk.protocol.fleet import Command, CommandKind, CommandResult, Outcome

_log = logging.getLogger("hall24.orders")

DEADLINE_S = 60.0
_IDLE_SCREENS = frozenset({"attract", "out_of_service"})
_VERBS: dict[CommandKind, type[DeviceCommand]] = {
    "self_test": SelfTest,
    "restart_device": ResetDevice,
}


class Job(Protocol):
    """A command on its way through the device host."""

    def cancel(self) -> None:
        """Ask for an early end."""

    def result(self, timeout_s: float | None = None) -> object:
        """Return the result or raise ``DeviceError``."""


class Host(Protocol):
    """The device host, as far as orders need it."""

    def submit(
        self,
        slot: str,
        command: DeviceCommand,
        *,
        deadline_s: float,
        on_done: Callable[[Job], None],
    ) -> Job:
        """Queue a command; it ends exactly once."""


class Orders:
    """Any thread may call. ``audit(event, **fields)`` and ``acknowledge(id, result)`` are the caller's."""

    def __init__(
        self,
        host: Host,
        *,
        audit: Callable[..., None],
        acknowledge: Callable[[UUID, CommandResult], object],
        wall: Callable[[], float],
    ) -> None:
        self._host = host
        self._audit = audit
        self._acknowledge = acknowledge
        self._wall = wall
        self._lock = threading.Lock()
        self._idle = False
        self._known: set[UUID] = set()
        self._running: dict[UUID, Job] = {}
        self._results: dict[UUID, CommandResult] = {}

    @property
    def idle(self) -> bool:
        """Whether nobody uses the terminal and no order is under way."""
        with self._lock:
            return self._idle and not self._running

    def seen(self, view: View) -> None:
        """Note what is on the glass; somebody who comes ends what is under way."""
        idle = view.body.screen in _IDLE_SCREENS
        with self._lock:
            self._idle = idle
            running = () if idle else tuple(self._running.values())
        for job in running:
            job.cancel()

    def take(self, commands: Iterable[Command]) -> None:
        """Begin what is new and may be done now; what may not is handed over again later."""
        for command in commands:
            with self._lock:
                if command.id in self._known or not self._idle:
                    continue
                self._known.add(command.id)
            self._begin(command)

    def tell(self) -> None:
        """Tell the platform the results it does not have; what cannot be told now is told next time."""
        with self._lock:
            waiting = list(self._results.items())
        for command, result in waiting:
            try:
                self._acknowledge(command, result)
            except RefusedError as error:
                _log.warning("an order's result was refused", extra={"code": error.code})
            except PlatformError:
                continue
            with self._lock:
                del self._results[command]

    def _begin(self, command: Command) -> None:
        verb = _VERBS.get(command.kind)
        if self._wall() > command.not_after.timestamp():
            self._end(command, "refused", "command.expired")
        elif verb is None or command.slot is None:
            self._end(command, "refused", "command.unsupported")
        else:
            self._audit("order.begun", action=command.kind, slot=command.slot)
            try:
                job = self._host.submit(
                    command.slot,
                    verb(),
                    deadline_s=DEADLINE_S,
                    on_done=lambda job: self._done(command, job),
                )
            except DeviceError as error:
                self._end(command, "failed", error.code)
                return
            with self._lock:
                if command.id not in self._results:
                    self._running[command.id] = job

    def _done(self, command: Command, job: Job) -> None:
        try:
            found = job.result(0)
        except DeviceError as error:
            self._end(command, "failed", error.code)
            return
        checks = found if isinstance(found, tuple) else ()
        bad = [check for check in checks if check.verdict == Verdict.FAIL]
        self._end(command, "failed" if bad else "done", bad[0].reason if bad else "")

    def _end(self, command: Command, outcome: Outcome, code: str) -> None:
        at = datetime.fromtimestamp(self._wall(), UTC)
        result = CommandResult(outcome=outcome, code=_stable(code), at=at)
        with self._lock:
            self._running.pop(command.id, None)
            self._results[command.id] = result
        self._audit(
            "order.ended", action=command.kind, slot=command.slot, result=outcome, code=result.code
        )


def _stable(code: str) -> str:
    """Return a code as the wire takes it; a driver's free words stay in its own diagnosis."""
    plain = all(c.isascii() and (c.islower() or c.isdigit() or c in "_.-") for c in code)
    return code[:64] if plain else "check.failed"
