# SPDX-License-Identifier: Apache-2.0
"""Runs the sync engine for ``kiosk outbox sync``: one pass, or until nothing waits."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from kiosk.cli.failures import said
from offline_cache import STOPPING, Attempt, Deliver, Link, LinkState, Outbox, State, SyncEngine

_STOP_S: Final = 65.0
"""A running request ends by its own time-outs before that."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a run came to."""

    delivered: int
    waiting: int
    quarantined: int
    """Set aside by this run."""
    problem: str
    """Why it is not all done; empty when it is."""


def run_sync(
    outbox: Outbox, deliver: Deliver, *, until_empty: bool, timeout_s: float | None
) -> Outcome:
    """Deliver what waits and say how far it came. Interrupting is safe at any moment.

    A platform that refuses this terminal ends the run at once: waiting would not help.
    """
    run = _Run(outbox, until_empty=until_empty)
    if not outbox.waiting():
        return run.outcome(timed_out=False)
    engine = SyncEngine(outbox, deliver, on_change=run.link_changed, on_attempt=run.attempted)
    engine.kick()
    engine.start()
    try:
        finished = run.over.wait(timeout_s)
    finally:
        engine.stop(_STOP_S)
    return run.outcome(timed_out=not finished)


class _Run:
    def __init__(self, outbox: Outbox, *, until_empty: bool) -> None:
        self._outbox = outbox
        self._until_empty = until_empty
        self._untried = None if until_empty else _waiting_ids(outbox)
        self._delivered = 0
        self._quarantined: list[str] = []
        self._last_code = ""
        self._link = LinkState()
        self.over = threading.Event()

    def attempted(self, attempt: Attempt) -> None:
        if not attempt.code:
            self._delivered += 1
        elif attempt.entry.state is State.QUARANTINED:
            self._quarantined.append(attempt.code)
        elif attempt.code != STOPPING:
            self._last_code = attempt.code
        if self._untried is not None:
            self._untried.discard(attempt.entry.id)
            if not self._untried or self._link.link is Link.OFFLINE:
                self.over.set()
        if not self._outbox.waiting():
            self.over.set()

    def link_changed(self, state: LinkState) -> None:
        self._link = state
        if state.link is Link.PAUSED or not state.waiting:
            self.over.set()

    def outcome(self, *, timed_out: bool) -> Outcome:
        waiting = self._outbox.waiting()
        problem = ""
        if self._link.link is Link.PAUSED:
            problem = f"{said(self._link.code)}; {waiting} wait"
        elif waiting:
            why = self._last_code or self._link.code
            late = "time is up; " if timed_out else ""
            problem = f"{late}{waiting} wait" + (f" ({said(why)})" if why else "")
        elif self._quarantined:
            codes = ", ".join(sorted(set(self._quarantined)))
            problem = f"{len(self._quarantined)} set aside ({codes}); see `kiosk outbox list`"
        return Outcome(self._delivered, waiting, len(self._quarantined), problem)


def _waiting_ids(outbox: Outbox) -> set[UUID]:
    return {
        entry.id for entry in outbox.entries({State.QUEUED, State.RESEND_ASKED, State.EXPORTED})
    }
