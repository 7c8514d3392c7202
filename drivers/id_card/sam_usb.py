# SPDX-License-Identifier: Apache-2.0
"""Identity cards through a SAM reader on USB, in both framings, chosen from the descriptors.

Source: device-protocols sheet §1.1 (the classic reader is 0400:C35A, vendor-specific class):

* two pipes out and two in: preamble and LEN (7 bytes) go out on the first, the rest on the second, and
  the reply comes back in the same two parts;
* one pair, bulk or interrupt: the whole frame in pieces of at most 64 bytes, the reply in packets until
  LEN is satisfied.

Which of two pipes is the first is inferred from their numbers (02 before 06, 81 before 85 in the one
layout that is published). **No hardware has confirmed this driver yet**: it was tested against made-up
descriptor sets and a played reader. HID readers wrap the frame in envelopes of their vendors; they are
refused with ``dev.no_pipes``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from drivers.core import CommandContext, MisconfiguredError
from drivers.id_card.sam_frame import HEADER_SIZE, MAX_REPLY_LEN, MIN_REPLY_LEN, PREAMBLE
from drivers.id_card.sam_reader import SamReader
from drivers.transports import Transport, UsbTransport
from drivers.transports.usb_pipes import Pipes

if TYPE_CHECKING:
    from usb.backend import IBackend

CLASSIC_URL: Final = "usb://0400:C35A"
PIECE: Final = 64
"""More at once is not documented for any reader."""
_DRAIN_S: Final = 0.0


class SamUsbTransport(UsbTransport):
    """The byte stream of SAM frames over whichever pipes the reader has."""

    def __init__(
        self,
        url: str,
        *,
        backend: IBackend | None = None,
        trace_payload: bool = False,
    ) -> None:
        super().__init__(url, backend=backend, trace_payload=trace_payload)
        self._head_tail = b""
        self._body_left = 0

    @property
    def has_four_pipes(self) -> bool:
        """Tell which framing the open reader gets."""
        return self.pipes is not None and _has_four_pipes(self.pipes)

    def _open(self, context: CommandContext) -> None:
        self._expect_head()
        super()._open(context)

    def _write_some(self, data: memoryview, wait_s: float) -> int:
        port = self._opened()
        if not _has_four_pipes(port.pipes):
            return port.write(port.pipes.outs[0], bytes(data[:PIECE]), wait_s)
        head, body = port.pipes.outs[:2]
        # What follows a head never begins like one: a command is no preamble. So this holds no state,
        # and a request that was cut short in the middle leaves nothing behind on our side.
        if bytes(data[: len(PREAMBLE)]) == PREAMBLE:
            self._expect_head()
            return port.write(head, bytes(data[:HEADER_SIZE]), wait_s)
        return port.write(body, bytes(data[:PIECE]), wait_s)

    def _read_packet(self, wait_s: float) -> bytes:
        port = self._opened()
        if not _has_four_pipes(port.pipes):
            return super()._read_packet(wait_s)
        head, body = port.pipes.ins[:2]
        if not self._body_left:
            return self._through_head(port.read(head, wait_s))
        data = port.read(body, wait_s)
        self._body_left = max(0, self._body_left - len(data))
        return data

    def _through_head(self, data: bytes) -> bytes:
        """Look for preamble and LEN; behind them the other pipe goes on, so what follows is padding."""
        window = self._head_tail + data
        start = window.rfind(PREAMBLE)
        end = start + HEADER_SIZE
        if start >= 0 and len(window) >= end:
            length = int.from_bytes(window[end - 2 : end], "big")
            if MIN_REPLY_LEN <= length <= MAX_REPLY_LEN:
                fresh = window[len(self._head_tail) : end]
                self._head_tail, self._body_left = b"", length
                return fresh
        self._head_tail = window[-(HEADER_SIZE - 1) :]
        return data

    def _drop_some(self) -> int:
        port = self._opened()
        self._rest = b""
        self._expect_head()
        ins = port.pipes.ins[:2] if _has_four_pipes(port.pipes) else port.pipes.ins[:1]
        return sum(len(port.read(pipe, _DRAIN_S)) for pipe in ins)

    def _expect_head(self) -> None:
        self._head_tail, self._body_left = b"", 0


def _has_four_pipes(pipes: Pipes) -> bool:
    return len(pipes.outs) > 1 and len(pipes.ins) > 1


class SamUsbReader(SamReader):
    """A reader at ``usb://VID:PID[/SERIAL]``; see :class:`SamReader` for verbs and errors.

    ``transport`` takes the place of the one that ``url`` names, for tests on a played bus. Raises
    ``MisconfiguredError`` (``dev.bad_url``) for a URL of another kind.
    """

    def __init__(
        self,
        slot: str,
        *,
        url: str = CLASSIC_URL,
        model: str = "",
        transport: Transport | None = None,
    ) -> None:
        super().__init__(slot, transport or _transport_at(url), model)


def _transport_at(url: str) -> Transport:
    try:
        return SamUsbTransport(url)
    except ValueError:
        raise MisconfiguredError("dev.bad_url") from None
