# SPDX-License-Identifier: Apache-2.0
"""An uninterruptible power supply behind Network UPS Tools: ``upsd`` on this machine or another.

NUT's own ``upsd`` knows hundreds of models; this is a small client of its line protocol (RFC 9271), made
of our cancellable transport. It only reads: what to do on battery is decided above, and switching the
UPS off is the operating system's last act (NUT's ``upsmon``).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from drivers.core import (
    CancelledError,
    Check,
    CommandContext,
    Condition,
    DeviceError,
    DeviceInfo,
    MisconfiguredError,
    NotReadyError,
    Power,
    PowerState,
    ProtocolError,
    ReadPower,
    Recovery,
    Status,
    Verdict,
    checked,
    condition_after,
)
from drivers.signals.nut_protocol import LONGEST_LINE, VariableList, is_ups_name, power_state
from drivers.transports import Transport, open_transport

ANSWER_S: Final = 0.6
_MOST_LINES: Final = 500
_CHARGE_STEP: Final = 5
_RUNTIME_STEP_S: Final = 60

_FLAGS: Final = (
    # Of ups.status (RFC 9271 §5.1), most serious first: flag, code, who can help.
    ("FSD", "power.low_battery", Recovery.WAIT),
    ("LB", "power.low_battery", Recovery.WAIT),
    ("OB", "power.on_battery", Recovery.WAIT),
    ("OFF", "power.output_off", Recovery.SERVICE),
    ("ALARM", "power.alarm", Recovery.SERVICE),
    ("OVER", "power.overload", Recovery.SERVICE),
    ("RB", "power.replace_battery", Recovery.SERVICE),
    ("BYPASS", "power.bypass", Recovery.SERVICE),
)


class NutUps(Power):
    """The UPS ``ups`` of the server at ``url``, e.g. ``tcp://127.0.0.1:3493``.

    ``transport`` takes the place of the one that ``url`` names, for tests on a virtual wire.

    ``Status`` is online while the UPS tells of itself, on line and on battery; ``code`` says more:
    ``power.on_battery``, ``power.low_battery`` (end now), ``power.replace_battery``, ``power.overload``,
    ``power.bypass``, ``power.alarm``, ``power.output_off``. Details: ``power`` (``line``, ``battery``),
    ``charge_percent`` and ``runtime_s``, rounded so that a slow discharge is not news every second.
    A UPS that its server does not hear (``power.stale``) or does not know yet (``power.unknown``) is
    offline: that says nothing about the power.
    """

    capabilities = ("read_power",)

    def __init__(
        self, slot: str, *, url: str, ups: str, transport: Transport | None = None
    ) -> None:
        super().__init__(slot)
        if not is_ups_name(ups):
            raise MisconfiguredError.because("dev.bad_options", option="ups")
        self._ups = ups
        self._transport = transport or open_transport(url)
        self._info = DeviceInfo()

    @property
    def info(self) -> DeviceInfo:
        """What the UPS told at the last question."""
        return self._info

    def open(self, context: CommandContext) -> None:
        """Connect and let the server tell of the UPS."""
        self._transport.open_and_greet(context, self._variables)

    def close(self) -> None:
        """Hang up."""
        self._transport.close()

    def status(self, context: CommandContext) -> Status:
        """Ask how the UPS is."""
        try:
            flags, state = self._power(context)
        except DeviceError as trouble:
            if not isinstance(trouble, CancelledError):
                self.close()
            return Status(condition_after(trouble), code=trouble.code, recovery=trouble.recovery)
        details = _details(state)
        for flag, code, recovery in _FLAGS:
            if flag in flags:
                return Status(Condition.ONLINE, code, recovery, details=details)
        return Status(Condition.ONLINE, details=details)

    def read_power(self, command: ReadPower, context: CommandContext) -> PowerState:
        """Ask what feeds the terminal; see :class:`drivers.core.Power`.

        Raises ``NotReadyError`` (``power.stale``, ``power.no_driver``, ``power.unknown``, ``dev.mute``)
        while nobody can tell, other ``DeviceError``.
        """
        del command
        return self._power(context)[1]

    def self_test(self, context: CommandContext) -> Sequence[Check]:
        """Ask; a battery test would drain it and is the UPS's own business."""
        return [checked("answers", lambda: self._power(context), context.clock)]

    def diagnose(self, context: CommandContext) -> Sequence[Check]:
        """Go from the server to the UPS to its battery."""
        self.close()
        checks = [checked("server", lambda: self._transport.open(context), context.clock)]
        if checks[0].verdict is not Verdict.PASS:
            return [*checks, Check("ups", Verdict.SKIPPED), Check("battery", Verdict.SKIPPED)]
        status = self.status(context)
        if status.condition is not Condition.ONLINE:
            ups = Check("ups", Verdict.FAIL, status.code, status.recovery.value)
            return [*checks, ups, Check("battery", Verdict.SKIPPED)]
        in_order = status.code in {"", "power.on_battery"}
        verdict = Verdict.PASS if in_order else Verdict.FAIL
        battery = Check("battery", verdict, status.code, status.recovery.value)
        return [*checks, Check("ups", Verdict.PASS), battery]

    # --- the conversation ------------------------------------------------------------------------

    def _power(self, context: CommandContext) -> tuple[frozenset[str], PowerState]:
        self.open(context)
        variables = self._variables(context)
        flags = frozenset(variables.get("ups.status", "").split())
        state = power_state(flags, variables)
        if state.on_battery is None and not state.low and "OFF" not in flags:
            # "WAIT" while its driver starts, or nothing that tells line from battery.
            raise NotReadyError("power.unknown", recovery=Recovery.WAIT)
        return flags, state

    def _variables(self, context: CommandContext) -> dict[str, str]:
        """Ask for all variables of the UPS; on any error the connection cannot be used again."""
        self._transport.drain()
        try:
            self._transport.write(f"LIST VAR {self._ups}\n".encode("ascii"), context)
            found = self._list(context)
        except DeviceError:
            # The rest of the answer may still come and would answer the next question.
            self.close()
            raise
        self._info = replace(
            self._info,
            manufacturer=found.get("ups.mfr", found.get("device.mfr", "")),
            model=found.get("ups.model", found.get("device.model", "")),
            serial=found.get("ups.serial", found.get("device.serial", "")),
            firmware=found.get("ups.firmware", ""),
        )
        return found

    def _list(self, context: CommandContext) -> dict[str, str]:
        answer = VariableList(self._ups)
        heard = b""
        lines = 0
        until = context.clock() + ANSWER_S
        while lines < _MOST_LINES:
            line, end, rest = heard.partition(b"\n")
            if end:
                heard = rest
                lines += 1
                if answer.take(line):
                    return answer.variables
                continue
            if len(heard) > LONGEST_LINE:
                break
            left_s = until - context.clock()
            piece = self._transport.read(1024, context, timeout_s=left_s) if left_s > 0 else b""
            if not piece:
                if heard or lines:
                    raise ProtocolError("dev.truncated")
                raise NotReadyError("dev.mute", recovery=Recovery.RESET)
            heard += piece
        raise ProtocolError("dev.garbage")


def _details(state: PowerState) -> dict[str, str]:
    """Return what staff may read, in steps coarse enough to be news."""
    words = {True: "battery", False: "line", None: "unknown"}
    details = {"power": words[state.on_battery]}
    if state.charge_percent is not None:
        details["charge_percent"] = str(state.charge_percent // _CHARGE_STEP * _CHARGE_STEP)
    if state.runtime_s is not None:
        details["runtime_s"] = str(state.runtime_s // _RUNTIME_STEP_S * _RUNTIME_STEP_S)
    return details
