# SPDX-License-Identifier: Apache-2.0
"""Modbus questions over one of our transports; pymodbus makes and checks the messages.

pymodbus's own clients are not used: their calls cannot be cancelled, and each has its own idea of
closing and retrying. Its framers and messages are; our transports send, wait and are cut short.
Source of the protocol: Modbus Application Protocol 1.1b3, Modbus over Serial Line 1.02.

::

    nothing comes back                       NotReadyError       dev.mute
    something comes, but no valid message    ProtocolError       dev.garbage
    a valid answer to another question       ProtocolError       dev.wrong_answer
    exception 1, 2, 3: not with this map     MisconfiguredError  modbus.refused
    exception 5, 6: busy                     NotReadyError       modbus.busy
    other exceptions: the board's defect     HardwareFaultError  modbus.failed
"""

from __future__ import annotations

import itertools
import logging
import struct
from collections.abc import Callable
from enum import Enum
from typing import Final

from pymodbus.exceptions import ModbusException
from pymodbus.framer import FramerBase, FramerRTU, FramerSocket
from pymodbus.pdu import DecodePDU, ExceptionResponse, ModbusPDU
from pymodbus.pdu.bit_message import (
    ReadCoilsRequest,
    ReadDiscreteInputsRequest,
    WriteSingleCoilRequest,
)

from drivers.core import (
    CommandContext,
    DeviceError,
    HardwareFaultError,
    MisconfiguredError,
    NotReadyError,
    ProtocolError,
    Recovery,
)
from drivers.transports import Transport

# It logs frames and tracebacks of its own; what matters is raised here.
logging.getLogger("pymodbus.logging").setLevel(logging.CRITICAL)

ATTEMPTS: Final = 2
ANSWER_S: Final = 0.3
_FRAME_GAP_S: Final = 0.004
"""Silence before a message on a serial line: 3.5 characters at 9600 baud."""
_LONGEST_ANSWER: Final = 600
"""Twice the longest message, so that noise before one is survived."""
_LAST_TRANSACTION: Final = 0xFFFF

_OUR_MISTAKE: Final = frozenset({1, 2, 3})
_BUSY: Final = frozenset({5, 6})


class Framing(Enum):
    """How messages are wrapped."""

    TCP = "tcp"
    """Modbus TCP: a header with a transaction number."""
    RTU = "rtu"
    """Unit, message and CRC, on serial lines and through plain serial servers."""


class ModbusLine:
    """Asks one unit. All questions may be repeated without harm, so a damaged answer is asked for again.

    It neither opens nor closes the transport. After a cancel, deadline or unplug a write may have
    happened or not; the next answer is never mistaken for the one before.
    """

    def __init__(self, transport: Transport, *, framing: Framing, unit: int) -> None:
        self._transport = transport
        self._unit = unit
        self._is_tcp = framing is Framing.TCP
        kind = FramerSocket if self._is_tcp else FramerRTU
        self._framer: FramerBase = kind(DecodePDU(is_server=False))
        self._numbers = itertools.cycle(range(1, _LAST_TRANSACTION + 1))

    def read_coils(self, address: int, count: int, context: CommandContext) -> tuple[bool, ...]:
        """Ask for outputs (function 1). Raises the errors of the module's table."""
        return self._read_bits(ReadCoilsRequest, address, count, context)

    def read_inputs(self, address: int, count: int, context: CommandContext) -> tuple[bool, ...]:
        """Ask for discrete inputs (function 2). Raises the errors of the module's table."""
        return self._read_bits(ReadDiscreteInputsRequest, address, count, context)

    def write_coil(self, address: int, context: CommandContext, *, on: bool) -> None:
        """Switch one output (function 5). Raises the errors of the module's table.

        What the answer says of the new state is not trusted: some boards echo the question. Read it back.
        """
        answer = self._ask(
            lambda number: WriteSingleCoilRequest(
                address=address, bits=[on], dev_id=self._unit, transaction_id=number
            ),
            context,
        )
        if answer.address != address:
            raise ProtocolError("dev.wrong_answer")

    def _read_bits(
        self,
        kind: type[ReadCoilsRequest],
        address: int,
        count: int,
        context: CommandContext,
    ) -> tuple[bool, ...]:
        answer = self._ask(
            lambda number: kind(
                address=address, count=count, dev_id=self._unit, transaction_id=number
            ),
            context,
        )
        # Bits come in whole bytes; anything but the smallest number of them is another answer.
        if len(answer.bits) != -(-count // 8) * 8:
            raise ProtocolError("dev.wrong_answer")
        return tuple(answer.bits[:count])

    def _ask(self, question: Callable[[int], ModbusPDU], context: CommandContext) -> ModbusPDU:
        attempts_left = ATTEMPTS
        while True:
            attempts_left -= 1
            try:
                return self._ask_once(question(next(self._numbers)), context)
            except (NotReadyError, ProtocolError):
                if not attempts_left or not self._transport.is_open:
                    raise

    def _ask_once(self, request: ModbusPDU, context: CommandContext) -> ModbusPDU:
        self._transport.drain()
        if not self._is_tcp:
            context.pause(_FRAME_GAP_S)
        self._transport.write(self._framer.buildFrame(request), context)
        heard, total = b"", 0
        until = context.clock() + ANSWER_S
        while (left_s := until - context.clock()) > 0 and total < _LONGEST_ANSWER:
            piece = self._transport.read(256, context, timeout_s=left_s)
            heard += piece
            total += len(piece)
            answer, heard = self._unwrapped(heard, request)
            if answer is not None:
                return _checked(answer, request)
        if not total:
            raise NotReadyError("dev.mute", recovery=Recovery.RESET)
        raise ProtocolError("dev.garbage")

    def _unwrapped(self, heard: bytes, request: ModbusPDU) -> tuple[ModbusPDU | None, bytes]:
        """Return the message that answers, and what is left of what was heard."""
        number = request.transaction_id if self._is_tcp else 0
        try:
            used, answer = self._framer.handleFrame(heard, self._unit, number)
        except (ModbusException, ValueError, IndexError, KeyError, struct.error):
            # A frame that is whole but means nothing.
            raise ProtocolError("dev.garbage") from None
        return answer, heard[used:]


def _checked(answer: ModbusPDU, request: ModbusPDU) -> ModbusPDU:
    if isinstance(answer, ExceptionResponse):
        raise _refusal(answer.exception_code)
    if answer.function_code != request.function_code:
        raise ProtocolError("dev.wrong_answer")
    return answer


def _refusal(number: int) -> DeviceError:
    if number in _OUR_MISTAKE:
        return MisconfiguredError.because("modbus.refused", exception=number)
    if number in _BUSY:
        return NotReadyError.because("modbus.busy", exception=number)
    return HardwareFaultError.because("modbus.failed", exception=number)
