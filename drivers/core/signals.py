# SPDX-License-Identifier: Apache-2.0
"""The roles of signals (lamps, beeper, sensors of the cabinet) and of power (what feeds the terminal)."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass
from typing import ClassVar

from drivers.core.device import CommandContext, Device
from drivers.core.errors import UnsupportedError
from drivers.core.roles import Command, Role


@dataclass(frozen=True, slots=True)
class SetLight(Command):
    """Light the lamp at the slot of ``role``, all others off. Result: ``True`` when that lamp is lit.

    ``None`` turns all off; its result is ``False``.
    """

    verb: ClassVar[str] = "set_light"
    role: Role | None = None


@dataclass(frozen=True, slots=True)
class Beep(Command):
    """Sound the beeper once. Result: ``None``."""

    verb: ClassVar[str] = "beep"
    seconds: float = 0.15
    """At most 2; longer ones are cut."""


@dataclass(frozen=True, slots=True)
class ReadPower(Command):
    """Ask what feeds the terminal. Result: :class:`PowerState`."""

    verb: ClassVar[str] = "read_power"


@dataclass(frozen=True, slots=True)
class PowerState:
    """What feeds the terminal. ``None`` where the UPS does not tell."""

    on_battery: bool | None = None
    low: bool | None = None
    """The battery is nearly empty or the UPS has announced its end: shut down now."""
    runtime_s: int | None = None
    """Seconds that the battery lasts with the present load, as the UPS estimates them."""
    charge_percent: int | None = None


class Signals(Device):
    """Lamps, beeper, sensors of the cabinet. A device of this role has some of these verbs.

    ``capabilities`` names them; the others raise :class:`UnsupportedError` (``dev.unsupported``).
    What its sensors see stands in ``Status.details``.
    """

    def set_light(self, command: SetLight, context: CommandContext) -> bool:
        """Light one lamp, all others off; return whether it is lit (``False``: there is no such lamp).

        After cancel, deadline or unplug any lamps may be lit until the next ``set_light`` or ``status``.
        """
        del context
        raise UnsupportedError.because("dev.unsupported", verb=command.verb)

    def beep(self, command: Beep, context: CommandContext) -> None:
        """Sound the beeper; a cancel or deadline ends it early. Unplugged: ``status`` silences it later."""
        del context
        raise UnsupportedError.because("dev.unsupported", verb=command.verb)


class Power(Device):
    """Tells what feeds the terminal. What is done about it is decided above."""

    @abstractmethod
    def read_power(self, command: ReadPower, context: CommandContext) -> PowerState:
        """Ask what feeds the terminal; a question only, so nothing is left after cancel or unplug."""
