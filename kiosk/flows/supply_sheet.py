# SPDX-License-Identifier: Apache-2.0
"""The sheet for staff about paper and toner: what is left, and how long it will do. Unknown is said as unknown."""

from __future__ import annotations

from typing import Final

from drivers.core import Supply
from kiosk.flows.sentences import button, moment_words, tell
from kiosk.flows.state import ATTRACT, State
from kiosk.flows.views import Action, DialogOverlay, Row
from kiosk.supplies.forecast import MOST_DAYS, Forecast
from kiosk.supplies.levels import Level
from kiosk.words import knows

DIALOG: Final = "supplies"
_MM_PER_METRE: Final = 1_000
_SOON_DAYS: Final = 2
"""Staff who come every other day should bring paper with them."""


def offered(state: State) -> tuple[Action, ...]:
    """Return the button that opens the sheet, where there is anything to show."""
    shown = state.machine.levels or state.machine.plugged
    return (button(state, "supplies", icon="printer"),) if shown else ()


def opened(state: State) -> State:
    """Open the sheet; only where nobody is served."""
    return state.session_with(dialog=DIALOG) if state.session.place == ATTRACT else state


def render(state: State) -> DialogOverlay:
    """Show each supply with what is left and how long it will do."""
    levels = state.machine.levels
    return DialogOverlay(
        kind=DIALOG,
        heading=tell(state, "supplies.heading"),
        help=tell(state, f"supplies.help.{_worst(levels)}"),
        rows=(
            *(
                Row(tell(state, f"supplies.{level.consumable}"), level_words(state, level))
                for level in levels
            ),
            *_plugged(state),
        ),
        actions=(
            button(state, "terminal_info", "to_terminal", icon="back"),
            button(state, "close", icon="check", primary=True),
        ),
    )


def _plugged(state: State) -> tuple[Row, ...]:
    """Say what was plugged in or pulled out last: what it is for where that is known, else its numbers."""
    last = state.machine.plugged
    if last is None:
        return ()
    what = tell(state, f"role.{last.role}") if knows(f"role.{last.role}") else last.code
    key = "supplies.plugged_in" if last.appeared else "supplies.pulled_out"
    words = tell(state, key, what=what, moment=moment_words(state, last.at))
    return (Row(tell(state, "supplies.plugged"), words),)


def level_words(state: State, level: Level) -> str:
    """Say what is left of one supply and for how long it will do."""
    if level.state is Supply.OUT:
        return tell(state, "supplies.left.out")
    left = _left_words(state, level)
    if level.state is Supply.LOW:
        return _both(state, tell(state, "supplies.left.low"), left if level.left else "")
    return _both(state, left, _days_words(state, level.forecast))


def _left_words(state: State, level: Level) -> str:
    if level.left is None:
        return tell(state, "supplies.left.unknown")
    count = level.left / _MM_PER_METRE if level.unit == "mm" else level.left
    return tell(state, f"supplies.left.{level.unit}", count=int(count))


def _days_words(state: State, forecast: Forecast) -> str:
    days = forecast.days
    if days is None:
        reason = forecast.reason
        return "" if reason == "level_unknown" else tell(state, f"supplies.days.{reason}")
    if days >= MOST_DAYS:
        return tell(state, "supplies.days.most")
    if days == 0:
        return tell(state, "supplies.days.none")
    return tell(state, "supplies.days.one" if days == 1 else "supplies.days", count=days)


def _both(state: State, first: str, second: str) -> str:
    return tell(state, "supplies.and", first=first, second=second) if second else first


def _worst(levels: tuple[Level, ...]) -> str:
    if any(level.state is Supply.OUT for level in levels):
        return "out"
    soon = any(
        level.state is Supply.LOW
        or (level.forecast.days is not None and level.forecast.days <= _SOON_DAYS)
        for level in levels
    )
    return "low" if soon else "good"
