# SPDX-License-Identifier: Apache-2.0
"""A code scanner on a pty, with everything a tester can do to it.

It plays an imager in serial trigger mode (SYN T CR, SYN U CR, SYN M CR REVINF.), or with ``triggered``
off one that looks all the time. A code lies before it until it is taken away, like a telephone that a
resident holds there.
"""

from __future__ import annotations

import random
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from enum import StrEnum
from pathlib import Path
from typing import Final

from drivers.sim.phone import fresh_code
from drivers.sim.pty_device import Piece, PtyDevice
from drivers.sim.simulator import ActionError, Value

_START, _STOP, _REVISION = b"\x16T\r", b"\x16U\r", b"\x16M\rREVINF."
_REVISION_ANSWER: Final = b"REVINFSimulated imager 1.0\x06."
_SPLIT_PAUSE_S: Final = 0.05
_FLOOD_BYTES: Final = 300_000
_TOO_LONG: Final = 3000


class Mode(StrEnum):
    """How the whole scanner is, until it is changed."""

    HEALTHY = "healthy"
    MUTE = "mute"
    GARBAGE = "garbage"
    """Random bytes in place of everything it would send."""


class Fault(StrEnum):
    """What can be made to go wrong with the next codes."""

    SPLIT = "split"
    """In three pieces with short pauses, as USB adapters do: still a whole code."""
    BREAK_OFF = "break_off"
    """The first half, without a terminator."""
    NOISE = "noise"
    """Zero bytes before the code, as a loose plug makes."""
    FLOOD = "flood"
    """Endless letters instead."""


class CodeScannerSimulator(PtyDevice):
    """A scanner at ``serial:LINK``; see :class:`drivers.sim.simulator.Simulator`."""

    def __init__(
        self,
        name: str,
        link: Path,
        *,
        seed: int = 1,
        triggered: bool = True,
        terminator: bytes = b"\r",
        phone: Sequence[str] = (),
    ) -> None:
        """``phone`` is a command that prints a fresh code of the person whose number is appended to it."""
        super().__init__(name, link)
        self._phone = tuple(phone)
        self._random = random.Random(seed)  # noqa: S311 - repeatable nonsense, no secret
        self._triggered = triggered
        self._terminator = terminator
        self._mode = Mode.HEALTHY
        self._faults: deque[Fault] = deque()
        self._shown: bytes | None = None
        self._looking = False
        self._heard = b""
        self._sent = 0

    def on_input(self, data: bytes) -> list[Piece]:
        """Obey commands; send the code that lies there while it looks."""
        self._heard += data
        pieces = []
        while command := self._next_command():
            if command == _START:
                self._looking = True
            elif command == _STOP:
                self._looking = False
            else:
                pieces += self._answer(_REVISION_ANSWER)
        if self._looking and self._shown is not None:
            self._looking = False
            pieces += self._send_code(self._shown)
        return pieces

    def on_power_on(self) -> None:
        """Stand still and know nothing; what lies before it still lies there."""
        self._looking = False
        self._heard = b""

    def actions(self) -> Mapping[str, Callable[..., object]]:
        """Name what can be done."""
        return {
            **({"phone": self.show_phone} if self._phone else {}),
            "present": self.present,
            "present_hex": self.present_hex,
            "too_long": lambda: self._show(b"0123456789" * (_TOO_LONG // 10)),
            "binary": lambda: self._show(bytes(range(1, 32)) + b"\xff\xfe"),
            "remove": lambda: self._show(None),
            "fail_next": self.fail_next,
            "mode": self.set_mode,
            "mute": lambda: self.set_mode(Mode.MUTE),
            "garbage": lambda: self.set_mode(Mode.GARBAGE),
            "unmute": lambda: self.set_mode(Mode.HEALTHY),
            "calm": lambda: self.do(self._forget),
            "freeze": self.freeze,
            "thaw": self.thaw,
            "unplug": self.unplug,
            "replug": self.replug,
        }

    def state(self) -> Mapping[str, Value]:
        """Tell how it is."""
        return {
            "plugged": self.plugged,
            "frozen": self.frozen,
            "mode": self._mode.value,
            "looking": self._looking,
            "shown_bytes": None if self._shown is None else len(self._shown),
            "codes_sent": self._sent,
        }

    def present(self, text: str, encoding: str = "utf-8") -> None:
        """Hold a code before it; ``encoding`` is how it was made, e.g. ``utf-8`` or ``gbk``."""
        try:
            data = text.encode(encoding)
        except (LookupError, UnicodeEncodeError):
            raise ActionError(f"cannot be written in {encoding}") from None
        self._show(data)

    def show_phone(self, person: str) -> None:
        """Hold a telephone before it that shows a fresh code of this person; it stays there until removed."""
        self.present(fresh_code(self._phone, person))

    def present_hex(self, data: str) -> None:
        """Hold a code of these bytes before it."""
        try:
            self._show(bytes.fromhex(data))
        except ValueError:
            raise ActionError("not bytes in hex") from None

    def fail_next(self, fault: str, times: str | int = 1) -> None:
        """Let the next ``times`` codes go wrong."""
        try:
            kind, count = Fault(fault), int(times)
        except ValueError:
            raise ActionError(f"faults: {', '.join(Fault)}; then a number of times") from None
        self.do(lambda: self._faults.extend([kind] * count))

    def set_mode(self, mode: str) -> None:
        """Make the whole scanner healthy, mute or talk nonsense."""
        try:
            wanted = Mode(mode)
        except ValueError:
            raise ActionError(f"modes: {', '.join(Mode)}") from None
        self.do(lambda: setattr(self, "_mode", wanted))

    # --- the owning thread ------------------------------------------------------------------------

    def _show(self, data: bytes | None) -> None:
        def change() -> None:
            self._shown = data
            if data is not None and not self._triggered:
                self._looking = True

        self.do(change)

    def _forget(self) -> None:
        self._faults.clear()
        self._output.clear()

    def _next_command(self) -> bytes:
        """Take one command off what was heard; drop what is none."""
        known = (_START, _STOP, _REVISION)
        while self._heard:
            for command in known:
                if self._heard.startswith(command):
                    self._heard = self._heard[len(command) :]
                    return command if self._triggered else b""
            if any(command.startswith(self._heard) for command in known):
                return b""
            self._heard = self._heard[1:]
        return b""

    def _send_code(self, code: bytes) -> list[Piece]:
        self._sent += 1
        whole = code + self._terminator
        match self._faults.popleft() if self._faults else None:
            case Fault.SPLIT:
                first, second = len(whole) // 3, 2 * len(whole) // 3
                return [
                    *self._answer(whole[:first]),
                    *self._answer(whole[first:second], _SPLIT_PAUSE_S),
                    *self._answer(whole[second:], _SPLIT_PAUSE_S),
                ]
            case Fault.BREAK_OFF:
                return self._answer(code[: len(code) // 2])
            case Fault.NOISE:
                return self._answer(b"\0\0\0" + whole)
            case Fault.FLOOD:
                return self._answer(b"A" * _FLOOD_BYTES)
            case _:
                return self._answer(whole)

    def _answer(self, data: bytes, pause_s: float = 0.0) -> list[Piece]:
        match self._mode:
            case Mode.HEALTHY:
                return [Piece(data, pause_s)]
            case Mode.MUTE:
                return []
            case Mode.GARBAGE:
                return [Piece(b"\x00\xff" + self._random.randbytes(len(data)), pause_s)]
