# SPDX-License-Identifier: Apache-2.0
"""A SAM card reader on a pty, with everything a tester can do to it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from drivers.sim.people import PEOPLE, SyntheticPerson
from drivers.sim.pty_device import Piece, PtyDevice
from drivers.sim.sam_machine import Fault, Mode, SamMachine
from drivers.sim.simulator import ActionError, Value


class SamReaderSimulator(PtyDevice):
    """A reader at ``serial:LINK``; see :class:`drivers.sim.simulator.Simulator`.

    ``padding`` is what fills the fields of its cards: a space, or NUL as on some cards.
    """

    def __init__(
        self, name: str, link: Path, *, seed: int = 1, paced: bool = False, padding: str = " "
    ) -> None:
        super().__init__(name, link, paced=paced)
        self._machine = SamMachine(seed=seed, padding=padding)

    def on_input(self, data: bytes) -> list[Piece]:
        """Let the machine answer."""
        return self._machine.take(data)

    def on_power_on(self) -> None:
        """Start a new conversation."""
        self._machine.power_on()

    def actions(self) -> Mapping[str, Callable[..., object]]:
        """Name what can be done."""
        return {
            "place": self.place,
            "remove": self.remove,
            "people": self.people,
            "fail_next": self.fail_next,
            "clear_faults": self.clear_faults,
            "mode": self.set_mode,
            "freeze": self.freeze,
            "thaw": self.thaw,
            "unplug": self.unplug,
            "replug": self.replug,
        }

    def state(self) -> Mapping[str, Value]:
        """Tell how it is."""
        person = self._machine.person
        return {
            "card": person.key if person else None,
            "card_type": person.card.card_type.value if person else None,
            "card_state": self._machine.card_state.value if person else None,
            "mode": self._machine.mode.value,
            "frozen": self.frozen,
            "plugged": self.plugged,
            "faults": self._machine.faults_waiting,
            "reads": self._machine.reads,
        }

    def place(self, person: str) -> None:
        """Put somebody's card on the reader, in place of any other."""
        if person not in PEOPLE:
            raise ActionError(f"no such person; there are: {', '.join(PEOPLE)}")
        self.place_card(PEOPLE[person])

    def place_card(self, person: SyntheticPerson) -> None:
        """Put any card on the reader (for tests with cards of their own)."""
        self.do(lambda: self._machine.place(person))

    def remove(self) -> None:
        """Take the card away."""
        self.do(self._machine.lift)

    def people(self) -> list[str]:
        """List whose cards there are."""
        return list(PEOPLE)

    def fail_next(self, fault: str, times: str | int = 1) -> None:
        """Let the next ``times`` commands of the fault's kind go wrong."""
        try:
            kind, count = Fault(fault), int(times)
        except ValueError:
            raise ActionError(f"faults: {', '.join(Fault)}; then a number of times") from None
        self.do(lambda: self._machine.expect(kind, count))

    def clear_faults(self) -> None:
        """Forget the faults that wait."""
        self.do(self._machine.forget_faults)

    def set_mode(self, mode: str) -> None:
        """Make the whole reader healthy, mute, defective or talk nonsense."""
        try:
            wanted = Mode(mode)
        except ValueError:
            raise ActionError(f"modes: {', '.join(Mode)}") from None
        self.do(lambda: setattr(self._machine, "mode", wanted))
