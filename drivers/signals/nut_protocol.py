# SPDX-License-Identifier: Apache-2.0
"""Lines of the Network UPS Tools protocol (RFC 9271): words, lists of variables, refusals.

No I/O. Everything a server may send is either understood or a ``DeviceError``::

    not a line of this protocol              ProtocolError       dev.garbage
    ERR UNKNOWN-UPS                          MisconfiguredError  power.no_such_ups
    ERR ACCESS-DENIED, USERNAME-REQUIRED …   MisconfiguredError  power.access_denied
    ERR DATA-STALE                           NotReadyError       power.stale (the UPS is silent)
    ERR DRIVER-NOT-CONNECTED                 NotReadyError       power.no_driver
    any other ERR                            ProtocolError       power.refused
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

from drivers.core import (
    DeviceError,
    MisconfiguredError,
    NotReadyError,
    PowerState,
    ProtocolError,
    Recovery,
)

LONGEST_LINE: Final = 1024

_UPS_NAME: Final = re.compile(r"[A-Za-z0-9._-]{1,64}")
_WORD: Final = re.compile(r'\s*(?:"((?:[^"\\]|\\.)*)"|([^\s"\\]+))(?=\s|$)')
_ESCAPED: Final = re.compile(r"\\(.)")
_DENIED: Final = frozenset(
    {"ACCESS-DENIED", "USERNAME-REQUIRED", "PASSWORD-REQUIRED", "INVALID-USERNAME"}
)
_MOST_SECONDS: Final = 7 * 24 * 3600.0


def is_ups_name(name: str) -> bool:
    """Tell whether ``name`` can be a UPS's name; anything else could smuggle a second command."""
    return _UPS_NAME.fullmatch(name) is not None


def words_of(line: bytes) -> tuple[str, ...]:
    """Split a line; words in quotes keep their spaces. Raises ``ProtocolError``."""
    try:
        text = line.decode("utf-8").strip()
    except UnicodeDecodeError:
        raise ProtocolError("dev.garbage") from None
    words: list[str] = []
    at = 0
    while at < len(text):
        found = _WORD.match(text, at)
        if found is None:
            raise ProtocolError("dev.garbage")
        quoted, plain = found.groups()
        words.append(plain if quoted is None else _ESCAPED.sub(r"\1", quoted))
        at = found.end()
    if not words:
        raise ProtocolError("dev.garbage")
    return tuple(words)


class VariableList:
    """Takes the answer to ``LIST VAR`` line by line."""

    def __init__(self, ups: str) -> None:
        self._ups = ups
        self._begun = False
        self.variables: dict[str, str] = {}

    def take(self, line: bytes) -> bool:
        """Take a line; return whether the list is complete. Raises the errors of the module's table."""
        match words_of(line):
            case ("ERR", reason, *_):
                raise refusal(reason)
            case ("BEGIN", "LIST", "VAR", name) if name == self._ups and not self._begun:
                self._begun = True
                return False
            case ("VAR", name, variable, value) if name == self._ups and self._begun:
                self.variables[variable] = value
                return False
            case ("END", "LIST", "VAR", name) if name == self._ups and self._begun:
                return True
        raise ProtocolError("dev.garbage")


def refusal(reason: str) -> DeviceError:
    """Return the error that a line ``ERR reason`` stands for."""
    if reason == "UNKNOWN-UPS":
        return MisconfiguredError("power.no_such_ups")
    if reason in _DENIED:
        return MisconfiguredError("power.access_denied")
    if reason == "DATA-STALE":
        return NotReadyError("power.stale", recovery=Recovery.CLEAR)
    if reason == "DRIVER-NOT-CONNECTED":
        return NotReadyError("power.no_driver", recovery=Recovery.SERVICE)
    return ProtocolError("power.refused", recovery=Recovery.SERVICE)


def power_state(flags: Iterable[str], variables: dict[str, str]) -> PowerState:
    """Read ``ups.status``'s flags and two numbers. What contradicts itself is taken as the worse."""
    known = frozenset(flags)
    on_battery = True if "OB" in known else False if "OL" in known else None
    ending = bool(known & {"LB", "FSD"})
    runtime = _number(variables.get("battery.runtime"), _MOST_SECONDS)
    charge = _number(variables.get("battery.charge"), 100.0)
    return PowerState(
        on_battery=on_battery,
        low=ending if ending or on_battery is not None else None,
        runtime_s=runtime,
        charge_percent=charge,
    )


def _number(text: str | None, most: float) -> int | None:
    try:
        value = float(text or "")
    except ValueError:
        return None
    return int(value) if 0 <= value <= most else None
