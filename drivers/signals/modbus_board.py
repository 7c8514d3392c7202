# SPDX-License-Identifier: Apache-2.0
"""A board of relays and inputs on Modbus: lamps at the slots, beeper, presence, door, tamper contact.

Nothing a resident does depends on it: when it is lost, lamps stay as they are and everything else goes
on. The driver remembers which lamp has to be lit and puts that right with every status, so a board that
comes back after a power cut, or a beeper left on by a cut line, needs nobody.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Final
from urllib.parse import urlsplit

from drivers.core import (
    Beep,
    CancelledError,
    Check,
    CommandContext,
    Condition,
    DeviceError,
    DeviceInfo,
    HardwareFaultError,
    MisconfiguredError,
    Recovery,
    Role,
    SetLight,
    Signals,
    Status,
    UnsupportedError,
    Verdict,
    checked,
    condition_after,
)
from drivers.signals.board_map import NO_BEEPER, SENSORS, BoardMap, read_map
from drivers.signals.modbus_line import Framing, ModbusLine
from drivers.transports import Transport, open_transport

LONGEST_BEEP_S: Final = 2.0
_SILENCE_S: Final = 0.3
"""Given to switching the beeper off after a cancel or deadline."""
_LAST_UNIT: Final = 247


class ModbusBoard(Signals):
    """A board at ``url``: ``tcp://HOST:502`` or ``serial:/dev/ttyUSB0?baud=9600`` (8N1).

    ``framing`` is ``tcp`` or ``rtu``; by default it follows the URL. ``unit`` is the board's address.
    ``lights``, ``inputs``, ``inverted`` and ``beeper``: see :func:`drivers.signals.board_map.read_map`.
    ``transport`` takes the place of the one that ``url`` names, for tests on a virtual wire.

    ``Status.details`` hold ``light`` (role or ``none``) and, as far as they are wired, ``presence``
    (``nobody``, ``somebody``), ``door`` (``closed``, ``open``), ``tamper`` (``quiet``, ``touched``).
    A touched tamper contact is ``Condition.FRAUD_ATTEMPT`` with code ``signals.tamper``; an open door is
    told by the code ``signals.door_open`` and stops nothing.
    """

    def __init__(
        self,
        slot: str,
        *,
        url: str,
        framing: str = "",
        unit: int | str = 1,
        lights: str = "",
        inputs: str = "",
        inverted: str = "",
        beeper: int | str = NO_BEEPER,
        model: str = "",
        transport: Transport | None = None,
    ) -> None:
        super().__init__(slot)
        self._map = read_map(
            lights=lights, inputs=inputs, inverted=inverted, beeper=_number("beeper", beeper)
        )
        address = _number("unit", unit)
        if not 1 <= address <= _LAST_UNIT:
            raise MisconfiguredError.because("dev.bad_options", option="unit")
        self._transport = transport or open_transport(url)
        self._line = ModbusLine(self._transport, framing=_framing(framing, url), unit=address)
        self._info = DeviceInfo(model=model)
        self._wanted: Role | None = None
        self.capabilities = _capabilities(self._map)

    @property
    def info(self) -> DeviceInfo:
        """The model is the configuration's; boards of this kind do not tell."""
        return self._info

    def open(self, context: CommandContext) -> None:
        """Connect and let the board answer with its inputs or outputs."""
        self._transport.open_and_greet(context, self._look)

    def close(self) -> None:
        """Release the line; lamps stay as they are."""
        self._transport.close()

    def status(self, context: CommandContext) -> Status:
        """Read the inputs, and put lamps and beeper right where they are not as they should be."""
        try:
            self.open(context)
            seen = self._sensors(context)
            self._put_right(context)
        except DeviceError as trouble:
            if not isinstance(trouble, CancelledError):
                self.close()
            return Status(condition_after(trouble), code=trouble.code, recovery=trouble.recovery)
        details = {"light": self._wanted.value if self._wanted else "none"}
        details |= {
            name: SENSORS[name].on if on else SENSORS[name].off for name, on in seen.items()
        }
        if seen.get("tamper"):
            return Status(
                Condition.FRAUD_ATTEMPT, "signals.tamper", Recovery.SERVICE, details=details
            )
        if seen.get("door"):
            return Status(Condition.ONLINE, "signals.door_open", Recovery.CLEAR, details=details)
        return Status(Condition.ONLINE, details=details)

    def set_light(self, command: SetLight, context: CommandContext) -> bool:
        """Light one lamp, all others off, and read back that it is so; see :class:`Signals`.

        A role without a lamp turns all off and returns ``False``. When it fails, the next good
        ``status`` carries it out.
        """
        self._need("set_light")
        self._wanted = command.role if command.role in self._map.lights else None
        self.open(context)
        self._put_right(context)
        return self._wanted is not None

    def beep(self, command: Beep, context: CommandContext) -> None:
        """Sound the beeper; see :class:`Signals`."""
        self._need("beep")
        self.open(context)
        try:
            self._switch_beeper(context, on=True)
            context.pause(max(0.0, min(command.seconds, LONGEST_BEEP_S)))
        finally:
            if self._transport.is_open:
                self._switch_beeper(CommandContext.within(_SILENCE_S, context.clock), on=False)

    def self_test(self, context: CommandContext) -> Sequence[Check]:
        """Switch each lamp on and off and read it back, then light the one that has to be lit."""
        checks = [
            self._step(f"light_{role.value}", lambda at=at: self._blink(at, context), context)  # type: ignore[misc] # mypy cannot infer a lambda with a default
            for role, at in self._map.lights.items()
        ]
        return [*checks, self._step("lights_restored", lambda: self._put_right(context), context)]

    def diagnose(self, context: CommandContext) -> Sequence[Check]:
        """Go from the line to the board to its sensors."""
        self.close()
        checks = [self._step("port_opens", lambda: self._transport.open(context), context)]
        for name, step in (
            ("answers", lambda: self._look(context)),
            ("lights", lambda: self._put_right(context)),
        ):
            failed = checks[-1].verdict is not Verdict.PASS
            checks.append(
                Check(name, Verdict.SKIPPED) if failed else self._step(name, step, context)
            )
        if checks[-1].verdict is not Verdict.PASS:
            return checks
        return [*checks, *self._sensor_checks(context)]

    # --- inside ----------------------------------------------------------------------------------

    def _need(self, verb: str) -> None:
        if verb not in self.capabilities:
            raise UnsupportedError.because("dev.unsupported", verb=verb)

    def _look(self, context: CommandContext) -> None:
        """Ask anything that is wired: the answer proves that the board is there."""
        if self._map.inputs:
            self._sensors(context)
        else:
            self._coils(context)

    def _sensors(self, context: CommandContext) -> dict[str, bool]:
        """Return what each sensor says, contacts that open already turned round."""
        places = self._map.inputs
        if not places:
            return {}
        first, last = min(places.values()), max(places.values())
        bits = self._line.read_inputs(first, last - first + 1, context)
        return {
            name: bits[at - first] is not (name in self._map.inverted)
            for name, at in places.items()
        }

    def _coils(self, context: CommandContext) -> dict[int, bool]:
        coils = self._map.coils
        if not coils:
            return {}
        bits = self._line.read_coils(coils[0], coils[-1] - coils[0] + 1, context)
        return {at: bits[at - coils[0]] for at in coils}

    def _put_right(self, context: CommandContext) -> None:
        """Switch what is not as it should be and read it back. Raises ``HardwareFaultError``."""
        lit = self._map.lights.get(self._wanted) if self._wanted else None
        should = {at: at == lit for at in self._map.coils}
        wrong = self._differences(should, context)
        # Off before on: two lit lamps would point to two places.
        for at in sorted(wrong, key=lambda at: should[at]):
            self._line.write_coil(at, context, on=should[at])
        if wrong and self._differences(should, context):
            raise HardwareFaultError("signals.stuck")

    def _differences(self, should: Mapping[int, bool], context: CommandContext) -> list[int]:
        return [at for at, on in self._coils(context).items() if on is not should[at]]

    def _switch_beeper(self, context: CommandContext, *, on: bool) -> None:
        if self._map.beeper is not None:
            self._line.write_coil(self._map.beeper, context, on=on)

    def _blink(self, at: int, context: CommandContext) -> None:
        for on in (True, False):
            self._line.write_coil(at, context, on=on)
            if self._coils(context)[at] is not on:
                raise HardwareFaultError("signals.stuck")

    def _sensor_checks(self, context: CommandContext) -> list[Check]:
        try:
            seen = self._sensors(context)
        except DeviceError as trouble:
            return [Check("sensors", Verdict.FAIL, trouble.code, trouble.recovery.value)]
        troubles = {
            "tamper": ("signals.tamper", Recovery.SERVICE),
            "door": ("signals.door_open", Recovery.CLEAR),
        }
        checks = []
        for name, on in seen.items():
            if on and name in troubles:
                code, recovery = troubles[name]
                checks.append(Check(name, Verdict.FAIL, code, recovery.value))
            else:
                checks.append(Check(name, Verdict.PASS, SENSORS[name].on if on else ""))
        return checks

    def _step(self, name: str, step: Callable[[], object], context: CommandContext) -> Check:
        def opened() -> None:
            self._transport.open(context)
            step()

        return checked(name, opened, context.clock)


def _number(option: str, given: int | str) -> int:
    try:
        return int(given)
    except ValueError:
        raise MisconfiguredError.because("dev.bad_options", option=option) from None


def _framing(name: str, url: str) -> Framing:
    if not name:
        return Framing.TCP if urlsplit(url).scheme in {"tcp", "socket"} else Framing.RTU
    try:
        return Framing(name)
    except ValueError:
        raise MisconfiguredError.because("dev.bad_options", option="framing") from None


def _capabilities(board: BoardMap) -> tuple[str, ...]:
    """Name the verbs, then each lamp and sensor, e.g. ``light:id_card``, ``sensor:door``."""
    verbs = [("set_light", bool(board.lights)), ("beep", board.beeper is not None)]
    return (
        *(verb for verb, there in verbs if there),
        *(f"light:{role.value}" for role in board.lights),
        *(f"sensor:{name}" for name in board.inputs),
    )
