# SPDX-License-Identifier: Apache-2.0
"""A signal board: a real pymodbus server with sixteen outputs and sixteen inputs, and a tester's hands on it.

On TCP, or with ``link`` as RTU on a pty: the bytes of the pty then go to and from the same server,
which speaks RTU on a loopback socket.
"""

from __future__ import annotations

import asyncio
import logging
import random
import threading
from collections import deque
from collections.abc import Callable, Coroutine, Mapping
from enum import StrEnum
from pathlib import Path
from typing import Final, TypeVar, cast

from pymodbus.framer import FramerType
from pymodbus.server import ModbusTcpServer
from pymodbus.simulator import DataType, SimData, SimDevice

from drivers.sim.pty_line import PtyLine
from drivers.sim.simulator import ActionError, Value

# Its log lines about damaged frames are what a tester asked for.
logging.getLogger("pymodbus.logging").setLevel(logging.CRITICAL)

LIGHTS: Final = (
    "id_card=0,smart_card=1,code_scanner=2,document_scanner=3,receipt_printer=4,page_printer=5"
)
INPUTS: Final = "presence=0,door=1,tamper=2"
BEEPER: Final = 8

_SIZE: Final = 16
_COILS, _INPUTS = 1, 2
"""The functions by which the server knows its blocks."""
_TIMEOUT_S: Final = 5.0
_HEADER_SIZE: Final = 7
"""Of Modbus TCP: transaction, protocol, length, unit."""

_Answer = TypeVar("_Answer")


class Mode(StrEnum):
    """How the whole board is, until it is changed."""

    HEALTHY = "healthy"
    MUTE = "mute"
    GARBAGE = "garbage"


class Fault(StrEnum):
    """What can be made to go wrong with the next answers."""

    SILENT = "silent"
    DAMAGED = "damaged"
    """Wrong CRC, or on TCP a wrong transaction number."""
    CUT = "cut"
    """Only the first half."""
    OTHER_UNIT = "other_unit"
    OTHER_ANSWER = "other_answer"
    """The right frame with another question's answer."""
    BUSY = "busy"
    """Exception 6."""
    BROKEN = "broken"
    """Exception 4."""


class ModbusBoardSimulator:
    """A board at ``tcp://127.0.0.1:PORT`` or ``serial:LINK``; see :class:`drivers.sim.simulator.Simulator`.

    One thread runs the server's event loop; everything else is handed to it.
    """

    def __init__(
        self, name: str, *, port: int = 0, link: Path | None = None, seed: int = 1, unit: int = 1
    ) -> None:
        self._name = name
        self._port = port
        self._line = PtyLine(link) if link is not None else None
        self._unit = unit
        self._random = random.Random(seed)  # noqa: S311 - repeatable nonsense, no secret
        self._mode = Mode.HEALTHY
        self._frozen = False
        self._stuck = False
        self._faults: deque[Fault] = deque()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread | None = None
        self._server: ModbusTcpServer | None = None
        self._board = self._new_board()
        self._bridge: asyncio.StreamWriter | None = None
        self._bridge_task: asyncio.Task[None] | None = None
        self._plugged = False

    @property
    def name(self) -> str:
        """The slot."""
        return self._name

    @property
    def endpoint(self) -> str:
        """The URL for the driver; with a free TCP port, known after ``start``."""
        if self._line is not None:
            return f"serial:{self._line.path}?baud=9600"
        return f"tcp://127.0.0.1:{self._port}"

    # --- life -------------------------------------------------------------------------------------

    def start(self) -> None:
        """Switch it on. Raises ``ActionError`` when the port is taken."""
        if self._thread is not None:
            return
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(
            target=self._loop.run_forever, name=f"sim-{self._name}", daemon=True
        )
        self._thread.start()
        self._do(self._plug_in())

    def stop(self) -> None:
        """Switch it off and end its thread."""
        thread, self._thread = self._thread, None
        if thread is None or self._loop is None:
            return
        asyncio.run_coroutine_threadsafe(self._pull_out(), self._loop).result(_TIMEOUT_S)
        self._loop.call_soon_threadsafe(self._loop.stop)
        thread.join()
        self._loop.close()
        self._loop = None

    # --- actions ----------------------------------------------------------------------------------

    def actions(self) -> Mapping[str, Callable[..., object]]:
        """Name what can be done."""
        return {
            "set_input": self.set_input,
            "come": lambda: self.set_input(0, "1"),
            "leave": lambda: self.set_input(0, "0"),
            "open_door": lambda: self.set_input(1, "1"),
            "close_door": lambda: self.set_input(1, "0"),
            "tamper": lambda: self.set_input(2, "1"),
            "tamper_clear": lambda: self.set_input(2, "0"),
            "stick": lambda: setattr(self, "_stuck", True),
            "loosen": lambda: setattr(self, "_stuck", False),
            "fail_next": self.fail_next,
            "mode": self.set_mode,
            "mute": lambda: self.set_mode(Mode.MUTE),
            "garbage": lambda: self.set_mode(Mode.GARBAGE),
            "unmute": lambda: self.set_mode(Mode.HEALTHY),
            "freeze": lambda: setattr(self, "_frozen", True),
            "thaw": lambda: setattr(self, "_frozen", False),
            "unplug": lambda: self._do(self._pull_out()),
            "replug": lambda: self._do(self._plug_in()),
            "power_cycle": self.power_cycle,
        }

    def state(self) -> Mapping[str, Value]:
        """Tell how it is; outputs and inputs as rows of 0 and 1."""
        return {
            "plugged": self._plugged,
            "frozen": self._frozen,
            "mode": self._mode.value,
            "outputs": _row(self.outputs()),
            "inputs": _row(self._do(self._read(_INPUTS))),
        }

    def outputs(self) -> tuple[bool, ...]:
        """Return which outputs are on."""
        return self._do(self._read(_COILS))

    def set_input(self, number: str | int, value: str) -> None:
        """Let an input be on (1) or off (0)."""
        try:
            at, on = int(number), {"1": True, "0": False}[str(value)]
        except (ValueError, KeyError):
            raise ActionError(f"an input from 0 to {_SIZE - 1} and 0 or 1") from None
        if not 0 <= at < _SIZE:
            raise ActionError(f"an input from 0 to {_SIZE - 1} and 0 or 1")
        self._do(self._write(_INPUTS, at, on=on))

    def fail_next(self, fault: str, times: str | int = 1) -> None:
        """Let the next ``times`` answers go wrong."""
        try:
            kind, count = Fault(fault), int(times)
        except ValueError:
            raise ActionError(f"faults: {', '.join(Fault)}; then a number of times") from None
        self._faults.extend([kind] * count)

    def set_mode(self, mode: str) -> None:
        """Make the whole board healthy, mute or talk nonsense."""
        try:
            self._mode = Mode(mode)
        except ValueError:
            raise ActionError(f"modes: {', '.join(Mode)}") from None

    def power_cycle(self) -> None:
        """Cut its power for a moment: all outputs are off afterwards, lines break."""
        self._do(self._pull_out())
        self._board = self._new_board()
        self._do(self._plug_in())

    # --- on the loop's thread ---------------------------------------------------------------------

    def _do(self, work: Coroutine[object, object, _Answer]) -> _Answer:
        if self._loop is None:
            work.close()
            raise ActionError(f"{self._name} is not running")
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(_TIMEOUT_S)

    def _new_board(self) -> SimDevice:
        def bits() -> list[SimData]:
            return [SimData(0, values=[False] * _SIZE, datatype=DataType.BITS)]

        def register() -> list[SimData]:
            return [SimData(0, values=0, datatype=DataType.REGISTERS)]

        return SimDevice(
            id=self._unit,
            simdata=(bits(), bits(), register(), register()),
            use_bit_addressing=True,
            action=self._before_access,
        )

    async def _before_access(
        self,
        function: int,
        _start: int,
        address: int,
        _count: int,
        registers: list[int],
        values: list[int] | list[bool] | None,
    ) -> None:
        """Let a stuck relay keep its state whatever is written to it."""
        if self._stuck and values and function != _INPUTS:
            values[:] = [bool(registers[0] >> (address + i) & 1) for i in range(len(values))]

    async def _plug_in(self) -> None:
        if self._plugged:
            return
        server = ModbusTcpServer(
            self._board,
            framer=FramerType.SOCKET if self._line is None else FramerType.RTU,
            address=("127.0.0.1", self._port),
            trace_packet=self._on_packet,
        )
        try:
            await server.serve_forever(background=True)
        except RuntimeError:
            raise ActionError(f"port {self._port} is taken") from None
        self._server = server
        if self._line is None:
            self._port = _port_of(server)
        else:
            await self._connect_line(self._line, server)
        self._plugged = True

    async def _connect_line(self, line: PtyLine, server: ModbusTcpServer) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", _port_of(server))
        line.plug_in()
        if line.fd is None:
            raise ActionError("no pty")
        asyncio.get_running_loop().add_reader(line.fd, lambda: writer.write(line.receive()))
        self._bridge = writer
        self._bridge_task = asyncio.create_task(_pour(reader, line))

    async def _pull_out(self) -> None:
        if not self._plugged:
            return
        self._plugged = False
        if self._line is not None and self._line.fd is not None:
            asyncio.get_running_loop().remove_reader(self._line.fd)
            self._line.unplug()
        if self._bridge is not None and self._bridge_task is not None:
            self._bridge_task.cancel()
            self._bridge.close()
            self._bridge = self._bridge_task = None
        server, self._server = self._server, None
        if server is not None:
            await server.shutdown()  # type: ignore[no-untyped-call] # the library leaves it untyped
        # Let the loop see the closed sockets before anybody counts them.
        await asyncio.sleep(0)
        await asyncio.sleep(0)

    async def _read(self, block: int) -> tuple[bool, ...]:
        if self._server is None:
            return ()
        return tuple(
            bool(bit) for bit in await self._server.async_getValues(self._unit, block, 0, _SIZE)
        )

    async def _write(self, block: int, at: int, *, on: bool) -> None:
        if self._server is None:
            raise ActionError(f"{self._name} is unplugged")
        await self._server.async_setValues(self._unit, block, at, [on])

    def _on_packet(self, sending: bool, data: bytes) -> bytes:  # noqa: FBT001 - the library calls it like this
        """Spoil what the server sends, as far as it was asked for."""
        if not sending:
            return data
        if self._frozen or self._mode is Mode.MUTE:
            return b""
        if self._mode is Mode.GARBAGE:
            return self._random.randbytes(len(data) + 3)
        return self._spoiled(data, self._faults.popleft()) if self._faults else data

    def _spoiled(self, data: bytes, fault: Fault) -> bytes:
        is_tcp = self._line is None
        message = data[_HEADER_SIZE:] if is_tcp else data[1:-2]
        spoiled = {
            Fault.SILENT: b"",
            # The transaction number, or the CRC.
            Fault.DAMAGED: _flip(data, 0 if is_tcp else len(data) - 1),
            Fault.CUT: data[: len(data) // 2],
            Fault.OTHER_UNIT: self._framed(data, message, unit=self._unit + 1),
            # "Output 9 is off now" is nobody's question here.
            Fault.OTHER_ANSWER: self._framed(data, bytes.fromhex("0500090000"), unit=self._unit),
            Fault.BUSY: self._framed(data, bytes([message[0] | 0x80, 6]), unit=self._unit),
            Fault.BROKEN: self._framed(data, bytes([message[0] | 0x80, 4]), unit=self._unit),
        }
        return spoiled[fault]

    def _framed(self, original: bytes, message: bytes, *, unit: int) -> bytes:
        """Wrap another message as the original was wrapped."""
        body = bytes([unit]) + message
        if self._line is None:
            return original[:4] + len(body).to_bytes(2, "big") + body
        return body + _crc(body)


def _port_of(server: ModbusTcpServer) -> int:
    listening = cast("asyncio.Server", server.transport)
    return int(listening.sockets[0].getsockname()[1])


def _flip(data: bytes, at: int) -> bytes:
    return data[:at] + bytes([data[at] ^ 0x55]) + data[at + 1 :]


async def _pour(reader: asyncio.StreamReader, line: PtyLine) -> None:
    while data := await reader.read(4096):
        line.send(data)


def _crc(body: bytes) -> bytes:
    """Return the CRC of Modbus over Serial Line 1.02, appendix B, low byte first."""
    value = 0xFFFF
    for byte in body:
        value ^= byte
        for _ in range(8):
            value = value >> 1 ^ (0xA001 if value & 1 else 0)
    return value.to_bytes(2, "little")


def _row(bits: tuple[bool, ...]) -> str:
    return "".join("1" if bit else "0" for bit in bits)
