# SPDX-License-Identifier: Apache-2.0
"""The sheet for staff: the link and why it is down, what waits, the clock; and "try now".

It opens by a long touch on the link in the header while nobody is served. It shows numbers of the machine and
never anything of a resident.
"""

from __future__ import annotations

from typing import Final

from kiosk.flows import supply_sheet
from kiosk.flows.effects import TryLink
from kiosk.flows.sentences import button, intake_words, moment_words, tell
from kiosk.flows.state import ATTRACT, State, Turn
from kiosk.flows.views import DialogOverlay, Row

_DIALOG: Final = "terminal"
_TRYING: Final = "terminal_trying"
_SKEW_SHOWN_S: Final = 60.0
_MINUTE_S: Final = 60.0
_HOUR_S: Final = 3_600.0
_DAY_S: Final = 86_400.0


def opened(state: State) -> State:
    """Open the sheet; only where nobody is served."""
    return state.session_with(dialog=_DIALOG) if state.session.place == ATTRACT else state


def try_now(state: State) -> Turn:
    """Reach for the platform at once; the button rests until something is heard."""
    return state.session_with(dialog=_TRYING), (TryLink(state.session.number),)


def heard(state: State) -> State:
    """Let the button be pressed again: the link was tried."""
    return state.session_with(dialog=_DIALOG) if state.session.dialog == _TRYING else state


def render(state: State) -> DialogOverlay:
    """Show what is known, unknown things as unknown."""
    link = state.machine.link
    rows = [
        Row(tell(state, "terminal.link"), tell(state, f"link_reason.{link.reason}")),
        Row(tell(state, "terminal.last_contact"), _last_contact(state)),
        Row(tell(state, "terminal.waiting"), _waiting(state)),
    ]
    if link.set_aside:
        words = tell(state, "terminal.count", count=link.set_aside)
        rows.append(Row(tell(state, "terminal.set_aside"), words))
    if intake := _intake(state):
        rows.append(Row(tell(state, "terminal.intake"), intake))
    rows.append(Row(tell(state, "terminal.clock"), _clock(state)))
    if state.machine.voice is not None:
        engine = state.machine.voice or tell(state, "terminal.no_voice")
        rows.append(Row(tell(state, "terminal.voice"), engine))
    if link.code:
        rows.append(Row(tell(state, "terminal.code"), link.code))
    trying = state.session.dialog == _TRYING
    return DialogOverlay(
        kind=_DIALOG,
        heading=tell(state, "terminal.heading"),
        help=tell(state, f"link_advice.{link.reason}"),
        rows=tuple(rows),
        actions=(
            button(
                state,
                "try_now",
                "trying" if trying else "try_now",
                icon="refresh",
                enabled=not trying,
            ),
            *supply_sheet.offered(state),
            button(state, "close", icon="check", primary=True),
        ),
    )


def _last_contact(state: State) -> str:
    at = state.machine.link.last_contact_at
    return tell(state, "terminal.never") if at is None else moment_words(state, at)


def _waiting(state: State) -> str:
    link = state.machine.link
    if not link.waiting:
        return tell(state, "terminal.none")
    if link.oldest_s is None:
        return tell(state, "terminal.count", count=link.waiting)
    time = _duration(state, link.oldest_s)
    return tell(state, "terminal.count_oldest", count=link.waiting, time=time)


def _intake(state: State) -> str:
    """Say why nothing new is taken, or which limit is near; nothing while all is well or not known yet."""
    machine = state.machine
    if machine.store_code == "starting":
        return ""
    if not machine.accepting:
        return intake_words(state, machine.store_code)
    return intake_words(state, f"near.{machine.store_near}") if machine.store_near else ""


def _clock(state: State) -> str:
    skew_s = state.machine.link.skew_s
    if skew_s is None:
        return tell(state, "terminal.clock_unknown")
    if abs(skew_s) <= _SKEW_SHOWN_S:
        return tell(state, "terminal.clock_right")
    key = "terminal.clock_behind" if skew_s > 0 else "terminal.clock_ahead"
    return tell(state, key, time=_duration(state, abs(skew_s)))


def _duration(state: State, seconds: float) -> str:
    """Say a length of time as roughly as people do."""
    for unit_s, key in (
        (_DAY_S, "duration.days"),
        (_HOUR_S, "duration.hours"),
        (_MINUTE_S, "duration.minutes"),
    ):
        if seconds >= unit_s:
            return tell(state, key, count=int(seconds // unit_s))
    return tell(state, "duration.under")
