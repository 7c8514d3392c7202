# SPDX-License-Identifier: Apache-2.0
"""An ESC/POS printer on TCP or a pty, with a roll of paper and everything a tester can do to it."""

from __future__ import annotations

import os
import queue
import select
import threading
import time
from collections import deque
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from pathlib import Path
from typing import Final, TypeVar, cast

from drivers.sim.escpos_machine import ROLL_MM, PrinterMachine, Talk
from drivers.sim.escpos_paper import DOTS_PER_MM, Slip
from drivers.sim.escpos_presenter import SimulatedPresenter
from drivers.sim.printer_wire import PrinterWire, PtyPrinterWire, TcpPrinterWire
from drivers.sim.receipt_text import decode_receipt
from drivers.sim.simulator import ActionError, Value
from drivers.sim.slip_picture import draw_slip

_ACTION_TIMEOUT_S: Final = 5.0
_BATCH: Final = 400
"""Commands worked off before the wire is looked at again."""
Answer = TypeVar("Answer")


class EscPosPrinterSimulator:
    """See :class:`drivers.sim.simulator.Simulator`. One thread owns wire and mechanism.

    ``speed_mm_s`` paces the paper; ``None`` prints as fast as it can.
    """

    def __init__(
        self,
        name: str = "receipt_printer",
        *,
        wire: PrinterWire | None = None,
        dots: int = 576,
        seed: int = 1,
        speed_mm_s: float | None = 200.0,
        ordered: bool = True,
        presenter: SimulatedPresenter | None = None,
    ) -> None:
        self._name = name
        self._wire: PrinterWire = wire or TcpPrinterWire()
        self._presenter = presenter
        self._machine = PrinterMachine(dots=dots, seed=seed, ordered=ordered, presenter=presenter)
        self._speed = speed_mm_s
        self._delay_s = 0.0
        self._frozen = False
        self._hang_up_after: int | None = None
        self._answers: deque[tuple[float, bytes]] = deque()
        self._work_at = 0.0
        self._requests: queue.SimpleQueue[tuple[Callable[[], object], Future[object]]] = (
            queue.SimpleQueue()
        )
        self._wake_read, self._wake_write = -1, -1
        self._thread: threading.Thread | None = None
        self._stopping = False

    @classmethod
    def on_tcp(cls, name: str = "receipt_printer", port: int = 0) -> EscPosPrinterSimulator:
        """Make one at ``tcp://127.0.0.1:port``; 0 takes a free port at ``start``."""
        return cls(name, wire=TcpPrinterWire(port=port))

    @classmethod
    def on_pty(cls, name: str, link: Path) -> EscPosPrinterSimulator:
        """Make a serial one at ``link``."""
        return cls(name, wire=PtyPrinterWire(link))

    @property
    def name(self) -> str:
        """The slot."""
        return self._name

    @property
    def endpoint(self) -> str:
        """The URL for the driver; with a free port, known after ``start``."""
        return self._wire.endpoint

    @property
    def machine(self) -> PrinterMachine:
        """The mechanism; touch it only through :meth:`do` while started."""
        return self._machine

    # --- life -----------------------------------------------------------------------------------------

    def start(self) -> None:
        """Switch it on."""
        if self._thread is not None:
            return
        self._stopping = False
        self._wake_read, self._wake_write = os.pipe()
        self._thread = threading.Thread(target=self._run, name=f"sim-{self._name}", daemon=True)
        self._thread.start()
        self.do(self._plug_in)

    def stop(self) -> None:
        """Switch it off and end its thread."""
        thread, self._thread = self._thread, None
        if thread is None:
            return
        self._stopping = True
        os.write(self._wake_write, b".")
        thread.join()
        os.close(self._wake_read)
        os.close(self._wake_write)

    def do(self, change: Callable[[], Answer]) -> Answer:
        """Let the owning thread make a change, wait until it holds, and return what it returned."""
        if self._thread is None:
            return change()
        done: Future[object] = Future()
        self._requests.put((change, done))
        os.write(self._wake_write, b".")
        return cast("Answer", done.result(timeout=_ACTION_TIMEOUT_S))

    # --- actions ----------------------------------------------------------------------------------------

    def actions(self) -> Mapping[str, Callable[..., object]]:
        """Name what can be done."""
        return {
            "paper_out": lambda: self.do(lambda: self._machine.end_paper_after(0)),
            "paper_out_after": self.paper_out_after,
            "paper_low": lambda: self._set("paper_low", value=True),
            "load_paper": lambda: self.do(self._machine.new_roll),
            "cover_open": lambda: self._set("cover_open", value=True),
            "cover_close": lambda: self._set("cover_open", value=False),
            "cutter_error": lambda: self._set("fail_cut", value=True),
            "cutter_stuck": lambda: self._set("cutter_error", value=True),
            "cutter_free": self.cutter_free,
            "defect": lambda: self._set("defect", value=True),
            "repair": lambda: self._set("defect", value=False),
            "mute": lambda: self._talk(Talk.MUTE),
            "unmute": lambda: self._talk(Talk.NORMAL),
            "garbage": lambda: self._talk(Talk.GARBAGE),
            "freeze": lambda: self.do(lambda: setattr(self, "_frozen", True)),
            "thaw": lambda: self.do(lambda: setattr(self, "_frozen", False)),
            "speed": self.speed,
            "delay": self.delay,
            "disconnect_after": self.disconnect_after,
            "unplug": lambda: self.do(self._wire.unplug),
            "replug": lambda: self.do(self._plug_in),
            "power_cycle": lambda: self.do(self._machine.power_cycle),
            "jobs": self.jobs,
            "text": self.text,
            "save": self.save,
            **self._presenter_actions(),
        }

    def _presenter_actions(self) -> dict[str, Callable[..., object]]:
        if self._presenter is None:
            return {}
        presenter = self._presenter
        return {
            "take_slip": self.take_slip,
            "jam": lambda: self.do(lambda: setattr(presenter, "jam_next", True)),
            "stay_inside": lambda: self.do(lambda: setattr(presenter, "slip_next", True)),
            "hold_slip": lambda: self.do(lambda: setattr(presenter, "blocked", True)),
            "clear": lambda: self.do(presenter.clear),
        }

    def state(self) -> Mapping[str, Value]:
        """Tell how it is."""
        return self.do(self._state)

    def take_slip(self) -> None:
        """Pull the slip out of the presenter's mouth."""
        if self._presenter is None or not self.do(self._presenter.take):
            raise ActionError("no slip lies at the mouth")

    def paper_out_after(self, millimetres: str | float) -> None:
        """Let the paper end after so much more has been printed."""
        length = _number(millimetres)
        self.do(lambda: self._machine.end_paper_after(length))

    def cutter_free(self) -> None:
        """Free the knife, as opening and closing the cover does."""
        self._set("cutter_error", value=False)
        self._set("fail_cut", value=False)

    def speed(self, mm_per_second: str | float) -> None:
        """Print that fast; 0 is as fast as it can."""
        speed = _number(mm_per_second)
        self.do(lambda: setattr(self, "_speed", speed or None))

    def delay(self, seconds: str | float) -> None:
        """Answer so much later."""
        wait = _number(seconds)
        self.do(lambda: setattr(self, "_delay_s", wait))

    def disconnect_after(self, count: str | int) -> None:
        """Hang up when so many more bytes have come; what came is printed."""
        size = int(_number(count))
        self.do(lambda: setattr(self, "_hang_up_after", size))

    def jobs(self) -> list[dict[str, Value]]:
        """List the slips so far, the oldest first: number, finished, bytes, length in millimetres."""
        return [
            {
                "number": slip.number,
                "finished": slip.finished,
                "bytes": len(slip.raw),
                "length_mm": slip.dots / DOTS_PER_MM,
            }
            for slip in self.slips()
        ]

    def slips(self) -> tuple[Slip, ...]:
        """Return the slips that were cut or torn off."""
        return self.do(lambda: tuple(self._machine.slips))

    def hanging(self) -> Slip:
        """Return what was printed since the last cut and still hangs out of the printer."""
        return self.do(self._machine.hanging)

    def text(self) -> str:
        """Return the text of the last finished slip."""
        return decode_receipt(self._last().raw)

    def save(self, folder: str | Path) -> dict[str, str]:
        """Write the last finished slip as ``receipt.png`` and ``receipt.bin``; return their paths."""
        slip, place = self._last(), Path(folder)
        try:
            place.mkdir(parents=True, exist_ok=True)
            draw_slip(slip, self._machine.dots).save(place / "receipt.png")
            (place / "receipt.bin").write_bytes(slip.raw)
        except OSError as failure:
            raise ActionError(f"{place}: {failure.strerror}") from None
        return {"png": str(place / "receipt.png"), "bin": str(place / "receipt.bin")}

    def _last(self) -> Slip:
        finished = [slip for slip in self.slips() if slip.finished]
        if not finished:
            raise ActionError("no slip has been printed and cut yet")
        return finished[-1]

    def _set(self, name: str, *, value: bool) -> None:
        self.do(lambda: setattr(self._machine, name, value))

    def _talk(self, talk: Talk) -> None:
        self.do(lambda: setattr(self._machine, "talk", talk))

    def _state(self) -> dict[str, Value]:
        machine = self._machine
        return {
            "plugged": self._wire.plugged,
            "frozen": self._frozen,
            "talk": machine.talk.value,
            "offline": machine.offline,
            "paper_end": machine.paper_end,
            "paper_low": machine.paper_low,
            "paper_left_mm": round(min(machine.left_mm, ROLL_MM), 1),
            "cover_open": machine.cover_open,
            "cutter_error": machine.cutter_error,
            "waiting_bytes": machine.waiting_bytes,
            "slips": len(machine.slips),
            "cleared": machine.cleared,
            "slip_lies": self._presenter.lying.value if self._presenter else None,
            "retracted": self._presenter.retracted if self._presenter else None,
        }

    # --- the owning thread --------------------------------------------------------------------------

    def _run(self) -> None:
        busy = False
        while not self._stopping:
            readable = self._wait(busy=busy)
            self._serve_requests()
            if self._frozen:
                busy = False
                continue
            if readable:
                self._take_input()
            busy = self._print_some()
            self._give_answers()
        self._wire.unplug()

    def _wait(self, *, busy: bool) -> bool:
        readers = [self._wake_read]
        due: list[float] = []
        if not self._frozen:
            if self._machine.has_room:
                readers += self._wire.waits_on()
            if busy:
                due.append(self._work_at)
            if self._answers:
                due.append(self._answers[0][0])
        timeout = max(0.0, min(due) - time.monotonic()) if due else None
        ready = select.select(readers, [], [], timeout)[0]
        if self._wake_read in ready:
            os.read(self._wake_read, 4096)
        return any(fd != self._wake_read for fd in ready)

    def _serve_requests(self) -> None:
        while not self._requests.empty():
            change, done = self._requests.get()
            try:
                done.set_result(change())
            except OSError as failure:
                done.set_exception(ActionError(failure.strerror or "failed"))

    def _take_input(self) -> None:
        data = self._wire.receive()
        if data is None:
            self._machine.connection_lost()
            return
        if self._hang_up_after is not None:
            data, rest = data[: self._hang_up_after], data[self._hang_up_after :]
            self._hang_up_after -= len(data)
            if rest or self._hang_up_after == 0:
                self._hang_up_after = None
                self._machine.receive(data)
                self._machine.connection_lost()
                self._wire.hang_up()
                return
        self._answer(self._machine.receive(data))

    def _print_some(self) -> bool:
        """Work off what is due; tell whether more waits for its time."""
        for _ in range(_BATCH):
            now = time.monotonic()
            if now < self._work_at:
                return True
            done = self._machine.work()
            if done is None:
                return False
            moved_mm, answer = done
            self._answer(answer)
            if self._speed:
                self._work_at = max(now, self._work_at) + moved_mm / self._speed
        return True

    def _answer(self, data: bytes) -> None:
        if data:
            self._answers.append((time.monotonic() + self._delay_s, data))

    def _give_answers(self) -> None:
        while self._answers and self._answers[0][0] <= time.monotonic():
            self._wire.send(self._answers.popleft()[1])

    def _plug_in(self) -> None:
        if not self._wire.plugged:
            self._machine.power_cycle()
            self._answers.clear()
            self._wire.plug_in()


def _number(text: str | float) -> float:
    try:
        number = float(text)
    except ValueError:
        raise ActionError(f"not a number: {text}") from None
    if not 0 <= number < 1e6:  # noqa: PLR2004 - also refuses NaN
        raise ActionError(f"out of range: {text}")
    return number
