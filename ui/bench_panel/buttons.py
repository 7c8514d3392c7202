# SPDX-License-Identifier: Apache-2.0
"""Which of a simulator's actions get a button, with which arguments, and what stands on it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from kiosk.bench_client import BenchSlot
from kiosk.words import knows, say

_PRESETS: Final[Mapping[str, tuple[tuple[str, ...], ...]]] = {
    "fail_next": (("wrong_checksum",), ("truncated",), ("garbage",), ("mute",)),
    "paper_out_after": (("40",),),
    "slow": (("800", "20000"),),
    "tear_next": (("200",),),
    "lay": (("page",), ("card_front",), ("card_back",)),
    "load": (("3",), ("15",)),
    "jam_after": (("2",),),
}
"""Actions that take arguments, with those of each button; ``place`` and ``phone`` take the people of the reader."""
_KEPT_FOR_THE_COMMAND_LINE: Final = frozenset({"people", "jobs", "text", "save"})


@dataclass(frozen=True, slots=True)
class BenchButton:
    """One button; ``args`` are joined by a unit separator for the way through QML."""

    action: str
    args: str
    label: str


@dataclass(frozen=True, slots=True)
class BenchCard:
    """One simulated device on the panel."""

    slot: str
    title: str
    state: str
    buttons: tuple[BenchButton, ...]


ARG_SEPARATOR: Final = "\x1f"


def card_of(slot: BenchSlot, people: tuple[str, ...] = ()) -> BenchCard:
    """Lay out one device; ``people`` are those whose cards can be placed."""
    title = say(f"bench.slot.{slot.slot}") if knows(f"bench.slot.{slot.slot}") else slot.slot
    buttons = tuple(
        BenchButton(action, ARG_SEPARATOR.join(args), label_of(action, args))
        for action in slot.actions
        if knows(f"bench.action.{action}") and action not in _KEPT_FOR_THE_COMMAND_LINE
        for args in _arguments(action, people)
    )
    return BenchCard(slot.slot, title, _facts(slot.state), buttons)


def label_of(action: str, args: tuple[str, ...]) -> str:
    """Return what stands on the button of an action with these arguments."""
    return say(f"bench.action.{action}", what=_in_words(args))


def _arguments(action: str, people: tuple[str, ...]) -> tuple[tuple[str, ...], ...]:
    if action in ("place", "phone"):
        return tuple((person,) for person in people)
    return _PRESETS.get(action, ((),))


def _in_words(args: tuple[str, ...]) -> str:
    return " ".join(
        say(f"bench.argument.{arg}") if knows(f"bench.argument.{arg}") else arg for arg in args
    )


def _facts(state: Mapping[str, object]) -> str:
    """Return what is out of the ordinary: nothing that is off, empty or zero."""
    shown = (key if value is True else f"{key}: {value}" for key, value in state.items() if value)
    return "   ".join(shown) or say("bench.nothing")
