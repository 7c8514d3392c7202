# SPDX-License-Identifier: Apache-2.0
"""What is wired to which output and input of a signal board, from the options of its slot."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from drivers.core import MisconfiguredError, Role

_LAST_ADDRESS: Final = 0xFFFF
_WIDEST: Final = 128
"""Boards have no more; a wider span is a slip of the pen."""

NO_BEEPER: Final = -1


@dataclass(frozen=True, slots=True)
class Words:
    """What an input that is off and on is called in ``Status.details``."""

    off: str
    on: str


SENSORS: Final[Mapping[str, Words]] = MappingProxyType(
    {
        "presence": Words("nobody", "somebody"),
        "door": Words("closed", "open"),
        "tamper": Words("quiet", "touched"),
    }
)


@dataclass(frozen=True, slots=True)
class BoardMap:
    """Addresses count from 0, as they go over the wire."""

    lights: Mapping[Role, int]
    inputs: Mapping[str, int]
    inverted: frozenset[str]
    """Inputs that are on when nothing is the matter (contacts that open)."""
    beeper: int | None

    @property
    def coils(self) -> tuple[int, ...]:
        """All outputs, ascending."""
        beeper = () if self.beeper is None else (self.beeper,)
        return tuple(sorted((*self.lights.values(), *beeper)))


def read_map(*, lights: str, inputs: str, inverted: str, beeper: int) -> BoardMap:
    """Understand ``"id_card=0,code_scanner=1"``, ``"presence=0,door=1"``, ``"door"`` and an address.

    Raises ``MisconfiguredError`` (``dev.bad_options``) naming the option.
    """
    by_role = {_role(name): at for name, at in _pairs("lights", lights).items()}
    by_sensor = _pairs("inputs", inputs)
    turned = frozenset(name.strip() for name in inverted.split(",") if name.strip())
    if not by_sensor.keys() <= SENSORS.keys():
        raise _bad("inputs")
    if not turned <= by_sensor.keys():
        raise _bad("inverted")
    if not NO_BEEPER <= beeper <= _LAST_ADDRESS or beeper in by_role.values():
        raise _bad("beeper")
    board = BoardMap(by_role, by_sensor, turned, None if beeper == NO_BEEPER else beeper)
    for option, addresses in (("lights", board.coils), ("inputs", tuple(by_sensor.values()))):
        if addresses and max(addresses) - min(addresses) >= _WIDEST:
            raise _bad(option)
    if not board.coils and not board.inputs:
        raise _bad("lights")
    return board


def _pairs(option: str, text: str) -> dict[str, int]:
    found: dict[str, int] = {}
    for pair in filter(None, (each.strip() for each in text.split(","))):
        name, _, number = (part.strip() for part in pair.partition("="))
        if not number.isascii() or not number.isdigit() or int(number) > _LAST_ADDRESS:
            raise _bad(option)
        if name in found or int(number) in found.values():
            raise _bad(option)
        found[name] = int(number)
    return found


def _role(name: str) -> Role:
    try:
        return Role(name)
    except ValueError:
        raise _bad("lights") from None


def _bad(option: str) -> MisconfiguredError:
    return MisconfiguredError.because("dev.bad_options", option=option)
