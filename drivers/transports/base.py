# SPDX-License-Identifier: Apache-2.0
"""The base of all transports: final public verbs here, small hooks in the subclasses.

Every wait is cut into slices of 50 ms, so a verb ends within 100 ms of a cancel, of its deadline
and of ``close`` from another thread. Foreign exceptions (``OSError``, of which ``SerialException`` is
one) are mapped to ``drivers.core`` errors in this module and nowhere else.

::

    no such port, nobody listens, no route          NotPresentError     dev.not_present
    it was there and went away, peer hung up        NotPresentError     dev.unplugged
    another program holds the port                  NotReadyError       dev.port_taken
    no right to open it                             MisconfiguredError  dev.no_permission
    that path is not a port, bad URL                MisconfiguredError  dev.not_a_port, dev.bad_url
    USB: no libusb, two alike, no byte pipes        MisconfiguredError  dev.no_libusb, dev.several, dev.no_pipes
    USB: stalls again and again                     ProtocolError       dev.stalled
    nothing at all came                             NotReadyError       dev.mute
    the answer ended too early                      ProtocolError       dev.truncated
    closed by us, also during a verb                NotPresentError     dev.closed
"""

from __future__ import annotations

import errno
import threading
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Final, final

from drivers.core import (
    CommandContext,
    DeviceError,
    MisconfiguredError,
    NotPresentError,
    NotReadyError,
    ProtocolError,
    Recovery,
)

SLICE_S: Final = 0.05
"""The longest uninterruptible wait."""

_DRAIN_LIMIT: Final = 1 << 16
"""A device that never stops talking must not hold ``drain`` for ever."""

_ABSENT: Final = frozenset(
    {
        errno.ENOENT,
        errno.ENODEV,
        errno.ENXIO,
        errno.EIO,
        errno.ECONNREFUSED,
        errno.ECONNRESET,
        errno.EHOSTUNREACH,
        errno.ENETUNREACH,
        errno.EHOSTDOWN,
        errno.ETIMEDOUT,
    }
)
_TAKEN: Final = frozenset({errno.EBUSY, errno.EAGAIN, errno.EWOULDBLOCK})
_FORBIDDEN: Final = frozenset({errno.EACCES, errno.EPERM})


@dataclass(frozen=True, slots=True)
class TraceEvent:
    """One thing that happened on the wire. ``payload`` is ``None`` unless a test asked for it."""

    action: str
    """``open``, ``close``, ``write``, ``read`` or ``drain``."""
    size: int
    at: float
    payload: bytes | None = field(default=None, repr=False)


Trace = Callable[[TraceEvent], None]


class Transport(ABC):
    """A byte stream to one device. Not open after construction; the constructor does no I/O.

    One thread uses it; ``close`` may come from another and breaks a blocked verb within 100 ms.
    After ``dev.unplugged`` the transport is closed, and ``open`` may be tried again.
    ``read_timeout_s`` is how long a read waits in silence unless the call says otherwise.
    ``trace`` sees sizes and times only; bytes of a resident never reach it unless ``trace_payload``
    is set, which only tests do.
    """

    def __init__(
        self,
        url: str,
        *,
        read_timeout_s: float = 1.0,
        trace: Trace | None = None,
        trace_payload: bool = False,
    ) -> None:
        self.url: Final = url
        self.read_timeout_s = read_timeout_s
        self._trace = trace
        self._trace_payload = trace_payload
        self._io = threading.RLock()
        self._open_now = False
        self._bytes_sent = 0

    @property
    def is_open(self) -> bool:
        """Tell whether ``open`` succeeded and nothing closed it since."""
        return self._open_now

    @property
    def bytes_sent(self) -> int:
        """Bytes the operating system took since the last ``open``; at 0 nothing went out."""
        return self._bytes_sent

    # --- verbs ---------------------------------------------------------------------------------

    @final
    def open(self, context: CommandContext) -> None:
        """Connect, unless open. Raises the errors of the module's table; then it is closed."""
        context.check()
        if self._open_now:
            return
        with self._io:
            try:
                with _opening():
                    self._open(context)
            except DeviceError:
                self._release()
                raise
            self._bytes_sent = 0
            self._open_now = True
        self._note("open", b"")

    @final
    def open_and_greet(
        self, context: CommandContext, greet: Callable[[CommandContext], object]
    ) -> None:
        """Connect, unless open, and let the device answer; what ``greet`` raises closes it again."""
        if self.is_open:
            return
        self.open(context)
        try:
            greet(context)
        except DeviceError:
            self.close()
            raise

    @final
    def close(self) -> None:
        """Release the port. Never raises; silent when closed; breaks a verb in another thread."""
        was_open, self._open_now = self._open_now, False
        with self._io:
            self._release()
        if was_open:
            self._note("close", b"")

    @final
    def write(self, data: bytes, context: CommandContext) -> None:
        """Hand all of ``data`` to the operating system; that is not yet a delivery.

        After a cancel, deadline or unplug a part may have gone out: ``bytes_sent`` tells how much.
        """
        rest = memoryview(data)
        while rest:
            context.check()
            with self._turn():
                sent = self._write_some(rest, context.remaining_s(SLICE_S))
            if sent:
                self._bytes_sent += sent
                self._note("write", bytes(rest[:sent]))
                rest = rest[sent:]

    @final
    def read(
        self, max_bytes: int, context: CommandContext, *, timeout_s: float | None = None
    ) -> bytes:
        """Return what comes first, at most ``max_bytes``; ``b""`` only when nothing came in time.

        The time is ``timeout_s``, or else ``read_timeout_s``. Raises on cancel and deadline.
        """
        patience = self.read_timeout_s if timeout_s is None else timeout_s
        until = context.clock() + patience
        while True:
            context.check()
            wait_s = max(0.0, min(context.remaining_s(SLICE_S), until - context.clock()))
            with self._turn():
                data = self._read_some(max_bytes, wait_s)
            if data:
                self._note("read", data)
                return data
            if context.clock() >= until:
                return b""

    @final
    def read_exactly(
        self, count: int, context: CommandContext, *, timeout_s: float | None = None
    ) -> bytes:
        """Return exactly ``count`` bytes; the time-out counts anew with each byte that comes.

        Raises ``NotReadyError`` (``dev.mute``) when nothing came, ``ProtocolError``
        (``dev.truncated``) when too little came; what came is dropped.
        """
        data = bytearray()
        while len(data) < count:
            piece = self.read(count - len(data), context, timeout_s=timeout_s)
            if not piece:
                if data:
                    raise ProtocolError.because("dev.truncated", got=len(data), wanted=count)
                raise NotReadyError("dev.mute", recovery=Recovery.RESET)
            data += piece
        return bytes(data)

    @final
    def drain(self) -> int:
        """Drop input that already waits, without waiting for more; return its size in bytes."""
        dropped = 0
        while dropped < _DRAIN_LIMIT:
            with self._turn():
                size = self._drop_some()
            if not size:
                break
            dropped += size
        if dropped:
            self._note("drain", b"\0" * dropped)
        return dropped

    # --- hooks: may raise OSError, which is mapped here -------------------------------------------

    @abstractmethod
    def _open(self, context: CommandContext) -> None:
        """Connect, obeying the context."""

    @abstractmethod
    def _close(self) -> None:
        """Release; called when half open or closed, too."""

    @abstractmethod
    def _write_some(self, data: memoryview, wait_s: float) -> int:
        """Wait until something can be written, then write it; return how many bytes, maybe 0."""

    @abstractmethod
    def _read_some(self, max_bytes: int, wait_s: float) -> bytes:
        """Wait until something came and return it; ``b""`` when nothing did. Raise when gone."""

    def _drop_some(self) -> int:
        """Drop a part of what waits and return its size, 0 when nothing waits."""
        return len(self._read_some(4096, 0.0))

    # --- inside ----------------------------------------------------------------------------------

    @contextmanager
    def _turn(self) -> Iterator[None]:
        """Hold the port for one slice: ``close`` never pulls a descriptor from under a read."""
        with self._io:
            if not self._open_now:
                raise NotPresentError("dev.closed", recovery=Recovery.RESET)
            try:
                yield
            except OSError as gone:
                self._open_now = False
                self._release()
                raise NotPresentError.because("dev.unplugged", errno=gone.errno or 0) from None

    def _release(self) -> None:
        try:
            self._close()
        except OSError:
            # The port is gone already; there is nothing left to release.
            self._open_now = False

    def _note(self, action: str, data: bytes) -> None:
        if self._trace is not None:
            payload = data if self._trace_payload and action != "drain" else None
            self._trace(TraceEvent(action, len(data), time.monotonic(), payload))


@contextmanager
def _opening() -> Iterator[None]:
    try:
        yield
    except OSError as failure:
        number = failure.errno
        if number in _TAKEN:
            raise NotReadyError("dev.port_taken", recovery=Recovery.CONFIGURE) from None
        if number in _FORBIDDEN:
            raise MisconfiguredError("dev.no_permission") from None
        if number in _ABSENT:
            raise NotPresentError(params={"errno": number or 0}) from None
        raise MisconfiguredError("dev.not_a_port", params={"errno": number or 0}) from None
