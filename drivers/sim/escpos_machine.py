# SPDX-License-Identifier: Apache-2.0
"""The simulated printer's mechanism: receive buffer, interpreter, head, paper, knife. No I/O, no clock.

As in the real thing, real-time commands are obeyed the moment their bytes arrive, wherever they stand,
even within a picture; everything else waits in the receive buffer for the head. Off line, nothing is
printed, the buffer fills, and a new roll prints what waited.
"""

from __future__ import annotations

import random
from collections import deque
from enum import StrEnum
from typing import Final

from drivers.sim.escpos_commands import Interpreter
from drivers.sim.escpos_head import Head
from drivers.sim.escpos_paper import DOTS_PER_MM, Roll, Slip
from drivers.sim.escpos_presenter import SimulatedPresenter

ROLL_MM: Final = 80_000.0
BUFFER_BYTES: Final = 65_536
_CLEAR: Final = bytes.fromhex("10 14 08 01 03 14 01 06 02 08")
_KEPT_SLIPS: Final = 20
EPSON_FORM: Final = 0x12
_EXIT, _FULL = 5, 20


class Talk(StrEnum):
    """How it answers."""

    NORMAL = "normal"
    MUTE = "mute"
    GARBAGE = "garbage"


class PrinterMachine:
    """One printer.

    ``ordered`` tells whether it knows ``GS r``; ``form`` are the fixed bits of its status bytes;
    ``exit_byte`` is what it answers to Masung's ``DLE EOT 5``, ``None`` if it does not.
    """

    def __init__(
        self,
        *,
        dots: int = 576,
        seed: int = 1,
        ordered: bool = True,
        presenter: SimulatedPresenter | None = None,
        form: int = EPSON_FORM,
        exit_byte: int | None = None,
    ) -> None:
        self.dots = dots
        self.presenter = presenter
        self.full_status = presenter is not None
        """Answers ``DLE EOT 20``, as Custom and Pyramid do."""
        self.exit_byte = exit_byte
        self._form = form
        self.talk = Talk.NORMAL
        self.cover_open = False
        self.paper_low = False
        self.cutter_error = False
        self.defect = False
        self.fail_cut = False
        self.low_after_mm: float | None = None
        self.slips: deque[Slip] = deque(maxlen=_KEPT_SLIPS)
        self.cleared = 0
        """How often the buffer was cleared by a real-time command."""
        self._ordered = ordered
        self._random = random.Random(seed)  # noqa: S311 - repeatable noise, no secret
        self._roll = Roll(ROLL_MM)
        self._buffer = bytearray()
        self._tail = b""
        self._count = 0
        self._cut_at = -1
        self._power_on()

    def _power_on(self) -> None:
        self._interpreter = Interpreter()
        self._raw = bytearray()
        self._head = Head(self.dots, self._roll, self._knife)

    # --- state ------------------------------------------------------------------------------------

    @property
    def paper_end(self) -> bool:
        """No paper at the head."""
        return self._roll.left_mm <= 0

    @property
    def offline(self) -> bool:
        """Prints nothing until somebody helps."""
        stuck = self.presenter is not None and self.presenter.jammed
        return self.paper_end or self.cover_open or self.cutter_error or self.defect or stuck

    @property
    def left_mm(self) -> float:
        """Paper on the roll."""
        return self._roll.left_mm

    @property
    def waiting_bytes(self) -> int:
        """What is in the receive buffer."""
        return len(self._buffer)

    @property
    def has_room(self) -> bool:
        """Tell whether it takes more bytes; a full buffer makes the sender wait."""
        return len(self._buffer) < BUFFER_BYTES

    def hanging(self) -> Slip:
        """Return what was printed since the last cut."""
        return self._roll.hanging(self._count + 1, bytes(self._raw))

    def new_roll(self, length_mm: float = ROLL_MM) -> None:
        """Put a full roll in: the printer goes on with what waits. What hung out is torn off."""
        if self.hanging().marks:
            self._store(self.hanging())
        self._roll = self._head.roll = Roll(length_mm)
        self._cut_at = -1
        self.paper_low = False

    def end_paper_after(self, length_mm: float) -> None:
        """Let the paper end after so much more."""
        self._roll.ends_after(length_mm)

    def power_cycle(self) -> None:
        """Lose buffer and style, keep paper; a knife that was stuck is free again."""
        self._buffer.clear()
        self._tail = b""
        self.cutter_error = False
        self._power_on()

    def connection_lost(self) -> None:
        """Forget the half of a command that nobody will complete."""
        probe = bytearray(self._buffer)
        interpreter = Interpreter()
        interpreter.chinese = self._interpreter.chinese
        while interpreter.take(probe) is not None:
            pass
        if probe:
            del self._buffer[-len(probe) :]
        self._tail = b""

    # --- bytes in, real-time answers out --------------------------------------------------------------

    def receive(self, data: bytes) -> bytes:
        """Take bytes; return what it answers at once."""
        answers = bytearray()
        for byte in data:
            self._buffer.append(byte)
            self._tail = (self._tail + bytes((byte,)))[-len(_CLEAR) :]
            answers += self._real_time()
        return self._spoken(bytes(answers))

    def _real_time(self) -> bytes:
        last = self._tail[-3:]
        if last[:2] == b"\x10\x04" and last[2:] and 1 <= last[2] <= 4:  # noqa: PLR2004
            return bytes((self._status(last[2]),))
        if last == bytes((0x10, 0x04, _FULL)) and self.full_status:
            return self._full()
        if last == bytes((0x10, 0x04, _EXIT)) and self.exit_byte is not None:
            return bytes((self.exit_byte,))
        if last == b"\x10\x05\x02" and not (self.paper_end or self.cover_open):
            self.cutter_error = False
            self._clear()
        elif self._tail == _CLEAR:
            self._clear()
        return b""

    def _clear(self) -> None:
        self.cleared += 1
        self._buffer.clear()
        chinese = self._interpreter.chinese
        self._interpreter = Interpreter()
        self._interpreter.chinese = chinese
        self._head.drop_line()

    def _status(self, number: int) -> int:
        bits = self._form
        if number == 1:
            bits |= 0x08 if self.offline else 0
        elif number == 2:  # noqa: PLR2004
            bits |= 0x04 if self.cover_open else 0
            bits |= 0x20 if self.paper_end else 0
            bits |= 0x40 if self.cutter_error or self.defect else 0
        elif number == 3:  # noqa: PLR2004
            bits |= 0x08 if self.cutter_error else 0
            bits |= 0x20 if self.defect else 0
        else:
            bits |= 0x0C if self._is_low() else 0
            bits |= 0x60 if self.paper_end else 0
        return bits

    def _full(self) -> bytes:
        """Answer ``DLE EOT 20``: paper, user, recoverable, unrecoverable (§7.2)."""
        presenter = self.presenter
        paper = (0x01 if self.paper_end else 0) | (0x04 if self._is_low() else 0)
        paper |= 0x20 if presenter is not None and presenter.at_exit else 0
        recoverable = 0x40 if presenter is not None and presenter.jammed else 0
        broken = (0x01 if self.cutter_error else 0) | (0x08 if self.defect else 0)
        return bytes((0x10, 0x0F, paper, 0x02 if self.cover_open else 0, recoverable, broken))

    def _is_low(self) -> bool:
        return self.paper_low or self.paper_end

    def _spoken(self, answers: bytes) -> bytes:
        if self.talk is Talk.MUTE:
            return b""
        if self.talk is Talk.GARBAGE:
            # Never of an answer's form, so that a test of garbage is a test of garbage.
            return bytes(self._random.choice((0x00, 0x3F, 0xA5, 0xFF)) for _ in answers)
        return answers

    # --- the head ---------------------------------------------------------------------------------

    def work(self) -> tuple[float, bytes] | None:
        """Do the next command; return the millimetres it moved and what it answers.

        ``None``: nothing to do, or not possible now.
        """
        if self.offline:
            return None
        before = self._roll.head
        if self._head.owes:
            self._head.catch_up()
            return self._moved(before), b""
        heard = self._interpreter.take(self._buffer)
        if heard is None:
            return None
        answer = b""
        if not heard.name.startswith("DLE"):
            self._raw += heard.raw
            if heard.name == "GS r" and self._ordered:
                answer = bytes((self._ordered_status(),))
            elif heard.name in {"GS e", "FS P"} and self.presenter is not None:
                self._cut_first(heard.name)
                self.presenter.obey(heard.name, heard.numbers)
            else:
                self._head.do(heard)
        return self._moved(before), self._spoken(answer)

    def _moved(self, before: int) -> float:
        if self.low_after_mm is not None and self._roll.left_mm <= self.low_after_mm:
            self.paper_low = True
        return (self._roll.head - before) / DOTS_PER_MM

    def _ordered_status(self) -> int:
        return (0x03 if self._is_low() else 0) | (0x0C if self.paper_end else 0)

    def _cut_first(self, name: str) -> None:
        """Do as ``GS e`` says: what is not cut yet is cut before it is moved."""
        if name == "GS e" and self._roll.head != self._cut_at:
            self._knife()

    def _knife(self) -> None:
        if self.fail_cut:
            self.fail_cut, self.cutter_error = False, True
            return
        if self._roll.head == self._cut_at:
            return  # it falls on the same place again: nothing is cut off
        self._cut_at = self._roll.head
        self._store(self._roll.cut(self._count + 1, bytes(self._raw)))
        if self.presenter is not None:
            self.presenter.slip_was_cut()

    def _store(self, slip: Slip) -> None:
        self._count += 1
        self.slips.append(slip)
        self._raw.clear()
