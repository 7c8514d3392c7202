# SPDX-License-Identifier: Apache-2.0
"""The device host with an eye on it: every command of the session is counted when it has ended."""

from __future__ import annotations

from collections.abc import Callable

from drivers.core import Command, Progress, Role, Status
from drivers.host import DeviceHost
from drivers.host.job import Job
from kiosk.supplies.book import SupplyBook


class CountedDevices:
    """Passes everything on to the host. Whoever asked is answered first, then the book is told."""

    def __init__(self, host: DeviceHost, book: SupplyBook) -> None:
        self._host = host
        self._book = book

    def slot_of(self, role: Role) -> str | None:
        """See ``DeviceHost``."""
        return self._host.slot_of(role)

    def status(self, slot: str) -> Status:
        """See ``DeviceHost``."""
        return self._host.status(slot)

    def submit(
        self,
        slot: str,
        command: Command,
        *,
        deadline_s: float,
        on_progress: Callable[[Progress], None] | None = None,
        on_done: Callable[[Job], None] | None = None,
    ) -> Job:
        """See ``DeviceHost``."""

        def done(job: Job) -> None:
            try:
                if on_done is not None:
                    on_done(job)
            finally:
                self._book.ended(job)

        return self._host.submit(
            slot, command, deadline_s=deadline_s, on_progress=on_progress, on_done=done
        )
