# SPDX-License-Identifier: Apache-2.0
"""Brings the outbox to the platform: one thread, at least once, for ever.

Two kinds of waiting are kept apart. A submission that the platform could not take now waits by itself
(full jitter, doubling up to a quarter of an hour, or as long as the platform asks) and blocks nobody.
When nobody answers at all, no submission would fare better: the *lane* waits, never longer than
``Policy.lane_cap_s``, so that the first one goes out within seconds of the link's return.

A submission may itself be what breaks the link: too large for a bad line, or fatal to a server behind a
proxy. Then the link works for the others. So every fourth probe of a dead lane takes the next submission
instead of the first, and one that breaks a link that was alive waits by itself, longer each time.

Two clocks are kept apart, too. What waits in the database waits until a wall time, because it must outlive
the process; the lane, which does not, waits in monotonic seconds, and a wall clock that is set can neither
prolong nor shorten it. A wall clock that goes *back* would make every planned retry later than it was meant:
the engine notices and makes all of them due.

What ``deliver`` raises decides (``errors.DeliveryError``); anything else it raises is our own mistake and
is treated as transient, so that a bug delays one submission instead of stopping the queue.
"""

from __future__ import annotations

import logging
import math
import random
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Final
from uuid import UUID

from offline_cache.errors import (
    ConflictError,
    LaneClosedError,
    LinkDownError,
    OfflineCacheError,
    PartError,
    PoisonError,
    StoreError,
    TransientError,
)
from offline_cache.model import DeliveryReceipt, Entry, State
from offline_cache.outbox import Outbox

_log = logging.getLogger("hall24.sync")

OpenPart = Callable[[str], bytes]
Deliver = Callable[[Entry, OpenPart], DeliveryReceipt]

UNEXPECTED: Final = "sync.unexpected"
STOPPING: Final = "sync.stopping"
"""The engine was told to stop: no trouble of the submission or of the platform."""
LOOK_AGAIN_S: Final = 60.0
"""The longest sleep: a wall clock that was set is noticed by then."""
_SET_BACK_S: Final = 2.0
"""A wall clock that lost more than this against the monotonic one was set; less is its own drift."""
_STORE_DOWN_S: Final = 5.0
_PROBES_BEFORE_NEXT: Final = 4


class Link(StrEnum):
    """What is known of the way to the platform."""

    UNKNOWN = "unknown"
    """Not tried yet."""
    ONLINE = "online"
    OFFLINE = "offline"
    """Nobody answered the last time."""
    PAUSED = "paused"
    """The platform answers, but refuses this terminal."""


@dataclass(frozen=True, slots=True)
class LinkState:
    """The lane as it is now."""

    link: Link = Link.UNKNOWN
    code: str = ""
    """Why it is not online."""
    last_contact_at: float | None = None
    """Wall time when the platform last answered."""
    waiting: int = 0
    """Submissions that the platform has not confirmed."""


@dataclass(frozen=True, slots=True)
class Attempt:
    """One delivery that ended."""

    entry: Entry
    """As it stands after it."""
    code: str
    """Empty for delivered; else why not."""
    alarm: bool = False
    """Somebody must look: the platform holds the same id with another hash."""


@dataclass(frozen=True, slots=True)
class Policy:
    """How patient the engine is. All seconds."""

    base_s: float = 2.0
    cap_s: float = 900.0
    lane_base_s: float = 1.0
    lane_cap_s: float = 8.0
    retry_after_cap_s: float = 86_400.0
    """A platform that asks for longer is asked again then all the same."""
    paused_s: float = 900.0
    """How often a refused terminal asks whether it is known again."""
    keep_received_s: float = 86_400.0
    """How long the sealed payload stays after the receipt, in case the platform asks for it again."""


class SyncEngine:
    """Owns the sync thread.

    ``on_change(state)`` and ``on_attempt(attempt)`` are called on the sync thread and must not block.
    ``clock`` is wall seconds, ``monotonic`` is seconds that nobody sets; with clocks of its own a test calls
    :meth:`wake` after moving them, or uses :meth:`step` without the thread.
    """

    def __init__(
        self,
        outbox: Outbox,
        deliver: Deliver,
        *,
        clock: Callable[[], float] = time.time,
        monotonic: Callable[[], float] = time.monotonic,
        rng: random.Random | None = None,
        on_change: Callable[[LinkState], None] | None = None,
        on_attempt: Callable[[Attempt], None] | None = None,
        policy: Policy | None = None,
    ) -> None:
        self._outbox = outbox
        self._deliver = deliver
        self._clock = clock
        self._monotonic = monotonic
        self._wall_ahead_s = clock() - monotonic()
        self._rng = rng or random.SystemRandom()
        self._on_change = on_change or (lambda _state: None)
        self._on_attempt = on_attempt or (lambda _attempt: None)
        self._policy = policy or Policy()
        self._condition = threading.Condition()
        self._wakes = 0
        self._kicked: bool | None = None
        self._stopping = False
        self._thread: threading.Thread | None = None
        self._state = LinkState()
        self._lane_until = -math.inf
        self._asked_until = -math.inf
        self._lane_failures = 0
        self._claim_open = False
        self._probe_after = 0
        self._strikes: dict[UUID, int] = {}
        outbox.subscribe(self.wake)

    # --- life -----------------------------------------------------------------------------------

    def start(self) -> None:
        """Begin delivering."""
        self._thread = threading.Thread(target=self._run, name="sync", daemon=True)
        self._thread.start()

    def stop(self, timeout_s: float = 30.0) -> bool:
        """End after the running delivery, which is abandoned at its next part; return whether it ended in time.

        An abandoned submission is still ``sending`` only if the process dies now; the next start sees to it.
        """
        with self._condition:
            self._stopping = True
            self._condition.notify_all()
        if self._thread is None:
            return True
        self._thread.join(timeout_s)
        return not self._thread.is_alive()

    def wake(self) -> None:
        """Look at the queue again; forget no waiting time."""
        with self._condition:
            self._wakes += 1
            self._condition.notify_all()

    def kick(self, *, by_hand: bool = False) -> None:
        """Try everything now: the link came back, or (``by_hand``) staff pressed "try now".

        A person may try although the platform asked for time; what happens by itself may not.
        """
        with self._condition:
            self._kicked = by_hand or bool(self._kicked)
            self._wakes += 1
            self._condition.notify_all()

    @property
    def link(self) -> LinkState:
        """Return the lane as it was last seen."""
        return self._state

    # --- one step -------------------------------------------------------------------------------

    def step(self) -> float | None:
        """Do at most one delivery; return seconds until the next may begin, ``None`` when nothing waits.

        Raises a ``StoreError``. For the sync thread and for tests; never from two threads at once.
        """
        self._take_kick()
        now = self._clock()
        self._mind_the_clock(now)
        if (held := self._held()) > 0:
            self._settle_old(now)  # receipts come on sticks, too, where the lane never opens
            self._publish(self._state.link, self._state.code)
            return held
        if self._claim_open:  # the store failed before the end of a delivery was written down
            self._outbox.return_claims()
            self._claim_open = False
        entry = self._outbox.claim_next(now, after=self._probe_after)
        if entry is None and self._probe_after:
            self._probe_after = 0
            entry = self._outbox.claim_next(now)
        if entry is None:
            self._settle_old(now)
            self._publish(self._state.link, self._state.code)
            due = self._outbox.next_due(now)
            return None if due is None else due - now
        self._claim_open = True
        self._attempt(entry)
        self._claim_open = False
        return 0.0

    def _take_kick(self) -> None:
        with self._condition:
            kicked, self._kicked = self._kicked, None
        if kicked is None:
            return
        if kicked:
            self._asked_until = -math.inf
        self._lane_until = -math.inf
        self._lane_failures = 0
        self._outbox.hurry()

    def _mind_the_clock(self, now: float) -> None:
        """Make everything due when the wall clock was put back: what was planned by it lies too far ahead."""
        ahead_s = now - self._monotonic()
        if ahead_s < self._wall_ahead_s - _SET_BACK_S:
            _log.info("clock put back", extra={"seconds": round(self._wall_ahead_s - ahead_s)})
            self._outbox.hurry()
        self._wall_ahead_s = ahead_s

    def _held(self) -> float:
        """Return how long the lane still waits."""
        return max(self._lane_until, self._asked_until) - self._monotonic()

    def _attempt(self, entry: Entry) -> None:
        damage: list[PartError] = []

        def open_part(name: str) -> bytes:
            if self._stopping:
                raise TransientError(STOPPING)
            try:
                return self._outbox.read_part(entry.id, name)
            except PartError as error:
                damage.append(error)  # whatever the deliverer makes of it
                raise

        try:
            receipt = self._deliver(entry, open_part)
        except Exception as error:  # noqa: BLE001 - see the module's docstring
            self._failed(entry, damage[0] if damage else error)
        else:
            now = self._clock()
            after = self._outbox.record_receipt(entry.id, receipt, now)
            self._strikes.pop(entry.id, None)
            self._heard(now)
            self._on_attempt(Attempt(after, ""))

    def _failed(self, entry: Entry, error: Exception) -> None:
        now = self._clock()
        code = error.code if isinstance(error, OfflineCacheError) else UNEXPECTED
        alarm = isinstance(error, ConflictError)
        if isinstance(error, PartError | PoisonError | ConflictError):
            after = self._outbox.quarantine(entry.id, code)
            if not isinstance(error, PartError):
                self._heard(now)
            _log.log(
                logging.ERROR if alarm else logging.WARNING,
                "submission set aside",
                extra={"submission": str(entry.id), "code": code},
            )
        else:
            wait_s = self._wait_after(entry, error, now)
            after = self._outbox.record_attempt(
                entry.id, code=code, now=now, next_attempt_at=now + wait_s if wait_s else None
            )
        if code == UNEXPECTED:
            _log.error("delivery failed unexpectedly", extra={"error": type(error).__name__})
        self._on_attempt(Attempt(after, code, alarm))

    def _wait_after(self, entry: Entry, error: Exception, now: float) -> float:
        """Return how long this submission waits; set the lane where the failure is everybody's."""
        policy = self._policy
        if isinstance(error, LinkDownError):
            return self._link_broke(entry, error.code)
        if isinstance(error, LaneClosedError):
            self._lane_until = self._monotonic() + policy.paused_s * self._rng.uniform(0.5, 1.0)
            self._state = _touched(self._state, now)
            self._publish(Link.PAUSED, error.code)
            return 0.0
        wait_s = self._jitter(policy.base_s, entry.attempts, policy.cap_s)
        if isinstance(error, TransientError):
            if error.retry_after_s is not None:
                asked_s = min(max(error.retry_after_s, 0.0), policy.retry_after_cap_s)
                # The platform is busy for everybody; and not all terminals come back at the same second.
                wait_s = asked_s + self._rng.uniform(0.0, policy.base_s)
                self._asked_until = self._monotonic() + wait_s
            if error.code != STOPPING:
                self._heard(now, keep_lane=True)
        return wait_s

    def _link_broke(self, entry: Entry, code: str) -> float:
        policy = self._policy
        wait_s = 0.0
        if self._state.link is not Link.OFFLINE:
            strikes = self._strikes.get(entry.id, 0)
            self._strikes[entry.id] = strikes + 1
            wait_s = self._jitter(policy.base_s, strikes, policy.cap_s)
        self._lane_until = self._monotonic() + self._jitter(
            policy.lane_base_s, self._lane_failures, policy.lane_cap_s
        )
        self._lane_failures += 1
        skip = self._lane_failures % _PROBES_BEFORE_NEXT == 0
        self._probe_after = entry.sequence if skip else 0
        self._publish(Link.OFFLINE, code)
        return wait_s

    def _jitter(self, base_s: float, failures: int, cap_s: float) -> float:
        """Full jitter: anything from nothing to the doubled and capped ceiling."""
        ceiling = min(cap_s, base_s * 2.0 ** min(failures, 32))
        return self._rng.uniform(0.0, ceiling)

    def _settle_old(self, now: float) -> None:
        """Purge payloads whose receipt is old enough. A clock set back only keeps them longer."""
        for entry in self._outbox.entries({State.RECEIVED}, limit=50):
            received_at = entry.received_at
            if received_at is not None and received_at + self._policy.keep_received_s <= now:
                self._outbox.settle(entry.id, now)

    # --- what is known of the link --------------------------------------------------------------

    def _heard(self, now: float, *, keep_lane: bool = False) -> None:
        if not keep_lane:
            self._lane_until = -math.inf
            self._asked_until = -math.inf
        self._lane_failures = 0
        self._probe_after = 0
        self._state = _touched(self._state, now)
        self._publish(Link.ONLINE, "")

    def _publish(self, link: Link, code: str) -> None:
        state = LinkState(link, code, self._state.last_contact_at, self._outbox.waiting())
        if (state.link, state.code) != (self._state.link, self._state.code):
            _log.info("link", extra={"link": state.link.value, "code": state.code})
        changed = state != self._state
        self._state = state
        if changed:
            self._on_change(state)

    # --- the thread -----------------------------------------------------------------------------

    def _run(self) -> None:
        complained = False
        while not self._stopping:
            with self._condition:
                seen = self._wakes
            try:
                wait_s = self.step()
                complained = False
            except StoreError as error:
                if not complained:
                    _log.error("outbox unavailable", extra={"code": error.code})
                complained = True
                wait_s = _STORE_DOWN_S
            except Exception as error:  # noqa: BLE001 - the thread outlives every mistake of ours
                _log.error("sync step failed", extra={"error": type(error).__name__})
                wait_s = _STORE_DOWN_S
            self._pause(wait_s, seen)

    def _pause(self, wait_s: float | None, seen: int) -> None:
        with self._condition:
            if wait_s == 0.0 or self._stopping or self._wakes != seen:
                return
            self._condition.wait(LOOK_AGAIN_S if wait_s is None else min(wait_s, LOOK_AGAIN_S))


def _touched(state: LinkState, now: float) -> LinkState:
    return LinkState(state.link, state.code, now, state.waiting)
