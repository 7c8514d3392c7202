# SPDX-License-Identifier: Apache-2.0
"""May new work be taken? Three things decide: the store, the room on the disk, what waits already.

Asked with every heartbeat and told to the flow, whose readiness gate refuses before anybody logs in. Sending,
exporting and what is under way go on: only new work is refused.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Final

from kiosk.config import Settings
from kiosk.flows.events import StoreChanged
from kiosk.protocol.configuration import QueueQuotas
from offline_cache import Outbox, Reserve, ReservePolicy, StoreError

NEAR: Final = 0.8
"""From this share of a quota on, staff are warned."""
_MB: Final = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Judgement:
    """What the queue's fill means: stable codes, empty for nothing."""

    refused: str = ""
    """``store.full``, ``quota.items``, ``quota.size``, ``quota.oldest``, or the store's own code."""
    near: str = ""
    """The same, of what is near."""

    @property
    def code(self) -> str:
        """One word for staff: ``quota.items``, ``near.quota.items``, or nothing."""
        return self.refused or (f"near.{self.near}" if self.near else "")


def reserve_for(settings: Settings) -> Reserve:
    """Return the reserve of that terminal's data directory."""
    storage = settings.storage
    policy = ReservePolicy(ballast=storage.ballast_mb * _MB, floor=storage.new_work_mb * _MB)
    return Reserve(settings.data_dir, policy)


def judged(items: int, size: int, oldest_s: int | None, quotas: QueueQuotas) -> Judgement:
    """Compare what waits with what may wait; what is reached is full."""
    fills = {
        "quota.items": items / quotas.items,
        "quota.size": size / quotas.size,
        "quota.oldest": (oldest_s or 0) / quotas.oldest_s,
    }
    code, most = max(fills.items(), key=lambda fill: fill[1])
    if most >= 1.0:
        return Judgement(refused=code)
    return Judgement(near=code) if most >= NEAR else Judgement()


def glance(outbox: Outbox, reserve: Reserve, quotas: QueueQuotas) -> Judgement:
    """Measure disk and queue, changing nothing. Raises a ``StoreError``."""
    roomy, low = reserve.look()
    if not roomy:
        return Judgement(refused="store.full")
    found = judged(outbox.waiting(), outbox.occupied(), outbox.oldest_waiting_s(), quotas)
    return Judgement(near="store.full") if low and not found.code else found


def look(outbox: Outbox, reserve: Reserve, quotas: QueueQuotas) -> Judgement:
    """Do as :func:`glance`, and give the ballast up or make it anew. Raises a ``StoreError``."""
    if not reserve.tend():
        return Judgement(refused="store.full")
    return glance(outbox, reserve, quotas)


class Intake:
    """Tells the flow. ``store_changed`` may be called from the store's own thread, so it asks the store nothing."""

    def __init__(
        self,
        outbox: Outbox,
        reserve: Reserve,
        quotas: Callable[[], QueueQuotas],
        post: Callable[[StoreChanged], None],
    ) -> None:
        self._outbox = outbox
        self._reserve = reserve
        self._quotas = quotas
        self._post = post
        self._lock = threading.Lock()
        self._store_code = ""
        self._found = Judgement()

    @property
    def code(self) -> str:
        """What the heartbeat says."""
        with self._lock:
            return self._store_code or self._found.code

    def store_changed(self, accepting: bool, code: str) -> None:  # noqa: FBT001 - the store's shape
        """Take in that the store stopped or resumed accepting."""
        with self._lock:
            self._store_code = "" if accepting else code
            self._tell()

    def look(self) -> None:
        """Measure and tell; with every heartbeat."""
        with suppress(StoreError):  # the store says so itself
            found = look(self._outbox, self._reserve, self._quotas())
            with self._lock:
                self._found = found
                if found.refused != "store.full" and self._store_code == "store.full":
                    self._store_code = (
                        ""  # there is room again; nothing was written that would have told
                    )
        with self._lock:
            self._tell()

    def _tell(self) -> None:
        code = self._store_code or self._found.refused
        self._post(StoreChanged(accepting=not code, code=code, near=self._found.near))
