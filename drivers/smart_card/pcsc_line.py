# SPDX-License-Identifier: Apache-2.0
"""One connection to the PC/SC service, with every call on a thread of its own.

The library's calls block until the service answers, and a card or a service may never answer. Here a
caller gets away within a slice of time whatever happens: it hangs up. Hanging up shuts the library's
socket down, which ends the blocked call with an error, so that no thread and no file stays behind.
(``SCardCancel`` would end one kind of call only, and blocks itself when the service is frozen.)
"""

from __future__ import annotations

import os
import queue
import socket
import stat
import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Final, Generic, TypeVar

from smartcard import scard

from drivers.core import (
    CommandContext,
    DeviceError,
    NotPresentError,
    NotReadyError,
    ProtocolError,
    Recovery,
)
from drivers.smart_card.pcsc_errors import error_of

SOCKET_VARIABLE: Final = "PCSCLITE_CSOCK_NAME"
"""Where the library looks for another socket than the system's; it reads it once a process."""

CLOSED: Final = "dev.closed"
"""The code of what a verb raises when another thread closes the device."""

_SOCKET_NAME: Final = "pcscd.comm"
_SLICE_S: Final = 0.02
_GOODBYE_S: Final = 0.1
_HANG_UP_S: Final = 0.5

Result = TypeVar("Result")


class ServiceLine:
    """The line to the service that listens at ``socket_path`` (empty: the system's).

    ``open``, ``call`` and ``is_open`` belong to one thread; ``close`` may come from any.
    """

    def __init__(self, socket_path: str = "") -> None:
        self._socket_path = socket_path
        self._session: _Session | None = None
        self._left: _Session | None = None
        self.closings = 0
        """How often ``close`` was called."""

    @property
    def is_open(self) -> bool:
        """Whether the service answered and nobody hung up since."""
        return self._session is not None

    def open(self, context: CommandContext) -> None:
        """Connect, unless open. Raises ``NotReadyError`` (``reader.no_service``, ``dev.frozen``) and others."""
        if self._session is not None:
            return
        if self._left is not None and self._left.is_alive():
            # One stuck thread is enough: no second one before it is gone.
            raise NotReadyError("dev.frozen", recovery=Recovery.RESET)
        if self._socket_path:
            os.environ[SOCKET_VARIABLE] = self._socket_path
        session = self._session = _Session()
        session.start()
        try:
            self._wait(session, session.opening, context)
        except DeviceError:
            self._leave(session, orderly=False)
            raise

    def close(self) -> None:
        """Hang up for good: what waits for a call in another thread ends, too. Never raises."""
        self.closings += 1
        self.hang_up()

    def hang_up(self) -> None:
        """End the connection, in order when the service is quick, otherwise at once. Never raises."""
        session = self._session
        if session is not None:
            self._leave(session, orderly=not session.is_busy)

    def call(self, function: Callable[[int], Result], context: CommandContext) -> Result:
        """Run ``function`` with the context handle on the line's thread.

        Raises what it raises, ``CancelledError`` and ``DeadlineError`` in time (then the line is closed,
        and what the function still returns is dropped), and ``dev.closed`` when another thread closes.
        """
        context.check()
        session = self._session
        if session is None:
            raise closed()
        call = _Call(function)
        session.enqueue(call)
        return self._wait(session, call, context)

    def _wait(self, session: _Session, call: _Call[Result], context: CommandContext) -> Result:
        while not call.done.wait(context.remaining_s(_SLICE_S)):
            if self._session is not session:
                raise closed()
            try:
                context.check()
            except DeviceError:
                self._leave(session, orderly=False)
                raise
        if self._session is not session:
            raise closed()
        return call.outcome()

    def _leave(self, session: _Session, *, orderly: bool) -> None:
        if self._session is session:
            self._session = None
        session.end(orderly=orderly)
        self._left = session


class _Call(Generic[Result]):
    """One call and how it ended."""

    def __init__(self, function: Callable[[int], Result]) -> None:
        self._function = function
        self._results: list[Result] = []
        self._error: DeviceError | None = None
        self.done = threading.Event()

    def run(self, handle: int) -> None:
        try:
            self._results.append(self._function(handle))
        except DeviceError as error:
            self._error = error
        except Exception as mistake:  # noqa: BLE001 - the binding raises TypeError, OverflowError …
            self._error = ProtocolError(
                "dev.software", recovery=Recovery.SOFTWARE, params={"kind": type(mistake).__name__}
            )
        self.done.set()

    def fail(self, error: DeviceError) -> None:
        self._error = error
        self.done.set()

    def outcome(self) -> Result:
        if self._error is not None:
            raise self._error
        return self._results[0]


class _Session(threading.Thread):
    """One context of the library: established, used and released by this thread."""

    def __init__(self) -> None:
        super().__init__(name="pcsc-line", daemon=True)
        self.opening: _Call[None] = _Call(lambda _handle: None)
        self._calls: queue.SimpleQueue[Callable[[int], None] | None] = queue.SimpleQueue()
        self._lock = threading.Lock()
        self._before = _service_sockets()
        self._own: set[int] | None = None
        self._is_released = False
        self.is_busy = True

    def enqueue(self, call: _Call[Result]) -> None:
        self.is_busy = True
        self._calls.put(call.run)

    def run(self) -> None:
        result, handle = scard.SCardEstablishContext(scard.SCARD_SCOPE_SYSTEM)
        if result != scard.SCARD_S_SUCCESS:
            self._is_released = True
            self.opening.fail(error_of(result))
            return
        with self._lock:
            self._own = _service_sockets() - self._before
        self.is_busy = False
        self.opening.run(handle)
        while (call := self._calls.get()) is not None:
            call(handle)
            self.is_busy = False
        scard.SCardReleaseContext(handle)
        with self._lock:
            self._is_released = True

    def end(self, *, orderly: bool) -> None:
        """Let the thread end; join it, unless it is stuck beyond our reach."""
        self._calls.put(None)
        if orderly:
            self.join(_GOODBYE_S)
        if self.is_alive():
            self._hang_up()
            self.join(_HANG_UP_S)

    def _hang_up(self) -> None:
        with self._lock:
            if self._is_released:
                return
            own = self._own if self._own is not None else _service_sockets() - self._before
        for number in own:
            _shut_down(number)


def closed() -> DeviceError:
    """Make the error of a verb whose device another thread closed."""
    return NotPresentError(CLOSED, recovery=Recovery.RESET)


def _service_sockets() -> set[int]:
    """List our descriptors whose other end is the service."""
    found = set()
    for entry in Path("/proc/self/fd").iterdir():
        handle = _as_service_socket(int(entry.name))
        if handle is not None:
            handle.close()
            found.add(int(entry.name))
    return found


def _as_service_socket(number: int) -> socket.socket | None:
    """Return a second handle of the socket ``number``, when its other end is the service."""
    try:
        if not stat.S_ISSOCK(os.fstat(number).st_mode):
            return None
        handle = socket.socket(fileno=os.dup(number))
    except OSError:
        # Closed meanwhile by the thread it belongs to.
        return None
    with suppress(OSError):
        if handle.family == socket.AF_UNIX and str(handle.getpeername()).endswith(_SOCKET_NAME):
            return handle
    handle.close()
    return None


def _shut_down(number: int) -> None:
    # The number may belong to another file by now; the handle is only given for the service's socket.
    handle = _as_service_socket(number)
    if handle is None:
        return
    with handle, suppress(OSError):
        handle.shutdown(socket.SHUT_RDWR)
