# SPDX-License-Identifier: Apache-2.0
"""One IPP question and its answer over HTTP (RFC 8010 §4), each on a connection of its own.

``http.client`` speaks the HTTP; underneath is a socket that waits in slices, so that a cancel, a deadline
and ``close`` from another thread end it at once, and an answer that comes byte by byte is still an answer.
"""

from __future__ import annotations

import errno
import http.client
import select
import socket
from collections.abc import Callable
from typing import Final

from drivers.core import (
    CancelledError,
    CommandContext,
    DeadlineError,
    DeviceError,
    MisconfiguredError,
    NotPresentError,
    NotReadyError,
    ProtocolError,
    Recovery,
)

SILENCE_S: Final = 3.0
"""How long a printer may be silent before it counts as mute; each byte that comes begins the time anew."""

UPLOAD_SILENCE_S: Final = 30.0
"""The same while the document goes out: a printer with little memory takes it as fast as it prints."""

LARGEST_ANSWER: Final = 1 << 20
"""Bytes. Printers answer with a few thousand; more is no answer, and memory is not endless."""

_SLICE_S: Final = 0.05
_WRONG_PLACE: Final = {
    http.client.NOT_FOUND: "ipp.no_such_queue",
    http.client.UNAUTHORIZED: "ipp.not_allowed",
    http.client.FORBIDDEN: "ipp.not_allowed",
    http.client.UPGRADE_REQUIRED: "ipp.needs_tls",
}


class IppExchange:
    """Asks one printer, one question at a time. ``close`` may come from another thread."""

    def __init__(self, host: str, port: int, path: str, clock: Callable[[], float]) -> None:
        self._host = host
        self._port = port
        self._path = path
        self._clock = clock
        self.closings = 0
        """How often ``close`` was called: work that began before one of them has to end."""

    def close(self) -> None:
        """Break what another thread asks now. Never raises."""
        self.closings += 1

    def ask(self, body: bytes, context: CommandContext, *, began: int | None = None) -> bytes:
        """Send one question and return what was answered.

        ``began`` is ``closings`` at the beginning of the work this belongs to. Raises ``CancelledError``,
        ``DeadlineError`` (``dev.mute``: silent, or the context's deadline passed while waiting),
        ``NotPresentError`` (nobody there, hung up; ``dev.closed`` after ``close``), ``ProtocolError``,
        ``MisconfiguredError``. The printer may have carried out a question whose answer was lost.
        """
        context.check()
        began = self.closings if began is None else began
        wire = _PatientSocket.connected(
            self._host, self._port, _Patience(self, began, context, self._clock)
        )
        connection = http.client.HTTPConnection(self._host, self._port)
        connection.sock = wire
        try:
            connection.request(
                "POST", self._path, body, headers={"Content-Type": "application/ipp"}
            )
            response = connection.getresponse()
            data = response.read(LARGEST_ANSWER + 1)
        except http.client.RemoteDisconnected as error:
            raise NotPresentError("dev.unplugged") from error
        except http.client.HTTPException as error:
            raise ProtocolError("ipp.not_http") from error
        except OSError as error:
            raise NotPresentError("dev.unplugged") from error
        finally:
            connection.close()
            wire.close()
        if len(data) > LARGEST_ANSWER:
            raise ProtocolError("ipp.too_long")
        if response.length:
            raise ProtocolError("dev.truncated", params={"missing": response.length})
        _check_http(response.status)
        return data


def _check_http(status: int) -> None:
    if status == http.client.OK:
        return
    wrong = _WRONG_PLACE.get(http.HTTPStatus(status)) if status in set(http.HTTPStatus) else None
    if wrong is not None:
        raise MisconfiguredError(wrong)
    if status == http.client.SERVICE_UNAVAILABLE:
        raise NotReadyError("printer.busy")
    raise ProtocolError("ipp.http_status", params={"status": status})


class _Patience:
    """How long one exchange may go on waiting, and why it ends."""

    def __init__(
        self,
        exchange: IppExchange,
        began: int,
        context: CommandContext,
        clock: Callable[[], float],
    ) -> None:
        self._exchange = exchange
        self._began = began
        self._context = context
        self._clock = clock

    def wait(self, wire: socket.socket, event: int, silence_s: float) -> None:
        """Wait until the socket is ready. Raises when the time, the context or ``close`` ends it."""
        poller = select.poll()
        poller.register(wire, event)
        until = self._clock() + silence_s
        while True:
            if self._context.cancelled.is_set():
                raise CancelledError
            if self._exchange.closings != self._began:
                raise NotPresentError("dev.closed", recovery=Recovery.RESET)
            left = min(until - self._clock(), self._context.remaining_s())
            if left <= 0:
                raise DeadlineError("dev.mute")
            if poller.poll(min(left, _SLICE_S) * 1000):
                return


class _PatientSocket(socket.socket):
    """A TCP socket for ``http.client`` that never blocks for longer than a slice."""

    _patience: _Patience

    @classmethod
    def connected(cls, host: str, port: int, patience: _Patience) -> _PatientSocket:
        """Connect to the first address that answers. Looking a name up cannot be broken off."""
        failure: DeviceError = NotPresentError()
        try:
            addresses = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except OSError as error:
            raise NotPresentError from error
        for family, kind, protocol, _, address in addresses:
            wire = cls(family, kind, protocol)
            try:
                wire._patience = patience
                wire._connect(address)
            except OSError as error:
                wire.close()
                failure = NotPresentError(params={"errno": error.errno or 0})
            except BaseException:
                wire.close()
                raise
            else:
                return wire
        raise failure

    def _connect(self, address: object) -> None:
        self.setblocking(False)
        number = self.connect_ex(address)  # type: ignore[arg-type]  # as getaddrinfo gave it
        if number == errno.EINPROGRESS:
            self._patience.wait(self, select.POLLOUT, SILENCE_S)
            number = self.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
        if number:
            raise OSError(number, "connect")

    def sendall(self, data: object, flags: int = 0) -> None:
        """Send all of it; a part may have gone out when this raises."""
        rest = memoryview(data).cast("B")  # type: ignore[arg-type]  # http.client sends bytes
        while rest:
            self._patience.wait(self, select.POLLOUT, UPLOAD_SILENCE_S)
            try:
                rest = rest[self.send(rest, flags) :]
            except BlockingIOError:
                continue

    def recv_into(self, buffer: object, nbytes: int = 0, flags: int = 0) -> int:
        """Wait for what comes first."""
        while True:
            self._patience.wait(self, select.POLLIN, SILENCE_S)
            try:
                return super().recv_into(buffer, nbytes, flags)  # type: ignore[arg-type]
            except BlockingIOError:
                continue
