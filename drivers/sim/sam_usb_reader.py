# SPDX-License-Identifier: Apache-2.0
"""A SAM card reader on the played USB bus, in both framings (device-protocols sheet §1.1)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Final

from drivers.sim.people import PEOPLE
from drivers.sim.pty_device import Piece
from drivers.sim.sam_machine import Fault, Mode, SamMachine
from drivers.sim.simulator import ActionError, Value
from drivers.sim.usb_bus import PlayedUsbBus
from drivers.sim.usb_descriptors import CLASSIC_FOUR_PIPES, DescriptorSet
from drivers.sim.usb_device import PlayedUsbDevice

_PREAMBLE: Final = bytes.fromhex("AAAAAA9669")
_HEAD: Final = 7
_VENDOR_CLASS: Final = 0xFF


class PlayedSamReader(PlayedUsbDevice):
    """The firmware: joins what comes in, lets the SAM answer, spreads the answer over the pipes."""

    def __init__(self, machine: SamMachine, descriptors: DescriptorSet, *, seed: int = 1) -> None:
        super().__init__(descriptors, seed=seed)
        self.machine: Final = machine
        [setting] = [one for one in self.settings if one.interface.bInterfaceClass == _VENDOR_CLASS]
        addresses = sorted(
            (endpoint.bEndpointAddress for endpoint in setting.endpoints), key=lambda a: a & 0x0F
        )
        self.outs: Final = [address for address in addresses if not address & 0x80]
        self.ins: Final = [address for address in addresses if address & 0x80]
        self._request = b""

    def power_on(self) -> None:
        """Start a new conversation."""
        super().power_on()
        self.machine.power_on()
        self._request = b""

    def hear(self, address: int, data: bytes) -> Sequence[tuple[int, Piece]]:
        """Answer when a request is complete."""
        if len(self.outs) == 1:
            return [(self.ins[0], piece) for piece in self.machine.take(data)]
        if address == self.outs[0]:
            # A new head takes the place of one whose rest never came.
            self._request = data
            return []
        self._request += data
        wanted = int.from_bytes(self._request[5:_HEAD], "big")
        if not self._request.startswith(_PREAMBLE) or len(self._request) < _HEAD + wanted:
            return []
        request, self._request = self._request, b""
        return _over_two_pipes(self.machine.take(request), *self.ins)


def _over_two_pipes(pieces: list[Piece], head: int, body: int) -> list[tuple[int, Piece]]:
    """Put preamble and LEN (and noise before them) on one pipe, the rest of the frame on the other."""
    spread: list[tuple[int, Piece]] = []
    kept, left, pause_s = b"", 0, 0.0
    for piece in pieces:
        data, pause_s = piece.data, pause_s + piece.pause_s
        if not left:
            kept, data = kept + data, b""
            start = _frame_start(kept)
            if start is None:
                continue
            left = int.from_bytes(kept[start + 5 : start + _HEAD], "big")
            spread.append((head, Piece(kept[: start + _HEAD], pause_s)))
            kept, data, pause_s = b"", kept[start + _HEAD :], 0.0
        if data:
            spread.append((body, Piece(data, pause_s)))
            left, pause_s = max(0, left - len(data)), 0.0
    return [*spread, (head, Piece(kept, pause_s))] if kept else spread


def _frame_start(data: bytes) -> int | None:
    """Find the frame: the preamble whose LEN ends with the data, or else the first."""
    starts = [at for at in range(len(data) - _HEAD + 1) if data.startswith(_PREAMBLE, at)]
    for start in starts:
        length = int.from_bytes(data[start + 5 : start + _HEAD], "big")
        if start + _HEAD + length == len(data):
            return start
    return starts[0] if starts else None


class SamUsbSimulator:
    """A reader at ``usb://VID:PID`` of ``bus``; see :class:`drivers.sim.simulator.Simulator`."""

    def __init__(
        self,
        name: str = "id_card",
        *,
        descriptors: DescriptorSet = CLASSIC_FOUR_PIPES,
        bus: PlayedUsbBus | None = None,
        seed: int = 1,
    ) -> None:
        self._name = name
        self.bus: Final = bus or PlayedUsbBus()
        self.reader: Final = PlayedSamReader(SamMachine(seed=seed), descriptors, seed=seed)

    @property
    def name(self) -> str:
        """The slot."""
        return self._name

    @property
    def endpoint(self) -> str:
        """The URL for the driver."""
        return f"usb://{self.reader.descriptors.identity}"

    def start(self) -> None:
        """Plug it in."""
        self.bus.plug_in(self.reader)

    def stop(self) -> None:
        """Pull it out."""
        self.bus.pull_out(self.reader)

    def actions(self) -> Mapping[str, Callable[..., object]]:
        """Name what can be done."""
        return {
            "place": self.place,
            "remove": lambda: self.bus.do(self.reader.machine.lift),
            "fail_next": self.fail_next,
            "clear_faults": lambda: self.bus.do(self.reader.machine.forget_faults),
            "mode": self.set_mode,
            "stall": self.stall,
            "empty_packets": lambda: self._set("empty_packets", value=True),
            "short_packets": lambda: self._set("short_packets", value=True),
            "freeze": lambda: self._set("frozen", value=True),
            "thaw": lambda: self._set("frozen", value=False),
            "unplug": self.stop,
            "replug": self.start,
        }

    def state(self) -> Mapping[str, Value]:
        """Tell how it is."""
        machine = self.reader.machine
        return {
            "card": machine.person.key if machine.person else None,
            "card_state": machine.card_state.value if machine.person else None,
            "mode": machine.mode.value,
            "frozen": self.reader.frozen,
            "plugged": self.bus.has(self.reader),
            "faults": machine.faults_waiting,
            "reads": machine.reads,
        }

    def place(self, person: str) -> None:
        """Put somebody's card on the reader, in place of any other."""
        if person not in PEOPLE:
            raise ActionError(f"no such person; there are: {', '.join(PEOPLE)}")
        self.bus.do(lambda: self.reader.machine.place(PEOPLE[person]))

    def fail_next(self, fault: str, times: str | int = 1) -> None:
        """Let the next ``times`` commands of the fault's kind go wrong."""
        try:
            kind, count = Fault(fault), int(times)
        except ValueError:
            raise ActionError(f"faults: {', '.join(Fault)}; then a number of times") from None
        self.bus.do(lambda: self.reader.machine.expect(kind, count))

    def set_mode(self, mode: str) -> None:
        """Make the whole reader healthy, mute, defective or talk nonsense."""
        try:
            wanted = Mode(mode)
        except ValueError:
            raise ActionError(f"modes: {', '.join(Mode)}") from None
        self.bus.do(lambda: setattr(self.reader.machine, "mode", wanted))

    def stall(self, endpoint: str | int, times: str | int = 1) -> None:
        """Let an end point (81 means IN 1) refuse its next ``times`` transfers."""
        try:
            address, count = int(str(endpoint), 16), int(times)
            self.reader.endpoint(address)
        except (ValueError, LookupError):
            known = ", ".join(f"{one:02X}" for one in (*self.reader.outs, *self.reader.ins))
            raise ActionError(f"end points: {known}; then a number of times") from None
        self.bus.do(lambda: self.reader.stalls.update({address: count}))

    def _set(self, name: str, *, value: bool) -> None:
        self.bus.do(lambda: setattr(self.reader, name, value))
