# SPDX-License-Identifier: Apache-2.0
"""Two machines with one key: noticed by what they say, and kept out until somebody has looked.

A terminal draws a ``run_id`` at each start of its program and counts its heartbeats within the run. One
machine is in one run at a time, so these cannot happen with one machine:

* a run that was over (a later run has begun) beats on;
* a run counts backwards: the state of a running machine was copied and went on twice;
* a supervision event comes with a number that is stored with other content.

What happens then is the platform's policy: ``refuse`` (the terminal's tokens are refused until an operator
lets it in again) or ``alarm`` (it is only said). A heartbeat that was on its way while the program started
anew is no second machine: a run may still be heard shortly after it ended.
"""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import delete
from sqlalchemy.orm import Session

from central_platform.alarms import note_alarm
from central_platform.context import PlatformContext
from central_platform.storage.fleet import TerminalRun
from central_platform.storage.models import Terminal

CLONED = "terminal.cloned"
IN_FLIGHT = timedelta(seconds=60)


def notice_run(
    session: Session, platform: PlatformContext, terminal: Terminal, run_id: str, beat: int
) -> bool:
    """Note a heartbeat of a run; return whether it is from the one machine that we follow.

    ``terminal`` is locked by the caller. After ``False`` nothing of the heartbeat may be believed.
    """
    now = platform.now()
    if terminal.run_id == run_id:
        if beat < terminal.beat:
            suspect(session, platform, terminal, f"run counts back from {terminal.beat} to {beat}")
            return False
        terminal.beat = beat  # the same number again is a repetition after a lost answer
        return True
    known = session.get(TerminalRun, (terminal.id, run_id))
    if known is not None:
        if known.superseded_at is None or now - known.superseded_at > IN_FLIGHT:
            suspect(session, platform, terminal, "a run that was over beats on")
        return False
    if terminal.run_id is not None:
        earlier = session.get(TerminalRun, (terminal.id, terminal.run_id))
        if earlier is not None:
            earlier.superseded_at = now
    session.add(TerminalRun(terminal=terminal.id, run_id=run_id, first_beat_at=now))
    terminal.run_id, terminal.beat = run_id, beat
    return True


def suspect(session: Session, platform: PlatformContext, terminal: Terminal, detail: str) -> None:
    """Say that two machines use one key and, where that is the policy, refuse both."""
    if terminal.suspended_at is None or platform.policy.on_clone == "alarm":
        note_alarm(session, platform, CLONED, terminal.id, detail=detail)
    if platform.policy.on_clone == "refuse" and terminal.suspended_at is None:
        terminal.suspended_at, terminal.suspended_for = platform.now(), CLONED


def let_in_again(session: Session, terminal: str) -> None:
    """End a suspension, after somebody has looked that there is only one machine."""
    row = session.get_one(Terminal, terminal, with_for_update=True)
    row.suspended_at = row.suspended_for = None
    # The machine that stays may be in a run that the other one had superseded: none is over now.
    session.execute(delete(TerminalRun).where(TerminalRun.terminal == terminal))
    row.run_id, row.beat = None, 0
