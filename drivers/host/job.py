# SPDX-License-Identifier: Apache-2.0
"""A command on its way to a device and back."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable

from drivers.core import Command, DeadlineError, DeviceError, Progress, Recovery

_log = logging.getLogger("hall24.devices")


class Job:
    """Ends exactly once, with a result or a ``DeviceError``. Any thread may wait for or cancel it."""

    def __init__(
        self,
        number: int,
        slot: str,
        command: Command,
        deadline: float,
        *,
        request_cancel: Callable[[Job], None],
        on_progress: Callable[[Progress], None] | None = None,
        on_done: Callable[[Job], None] | None = None,
    ) -> None:
        self.number = number
        self.slot = slot
        self.command = command
        self.deadline = deadline
        self._request_cancel = request_cancel
        self._on_progress = on_progress
        self._on_done = on_done
        self._ended = threading.Event()
        self._result: object = None
        self._error: DeviceError | None = None

    def __repr__(self) -> str:
        """Name the verb, not what it carries."""
        return f"<Job {self.number} {self.slot} {self.command.verb}>"

    @property
    def done(self) -> bool:
        """Tell whether it ended."""
        return self._ended.is_set()

    def cancel(self) -> None:
        """Ask for an early end; what holds then is in the verb's docstring. Returns at once."""
        self._request_cancel(self)

    def result(self, timeout_s: float | None = None) -> object:
        """Return the result or raise the ``DeviceError`` it ended with.

        Raises ``DeadlineError`` (``dev.no_answer_yet``) when it has not ended within ``timeout_s``; it
        goes on then.
        """
        if not self._ended.wait(timeout_s):
            raise DeadlineError("dev.no_answer_yet", recovery=Recovery.WAIT)
        if self._error is not None:
            raise self._error
        return self._result

    # --- called by the device thread ---------------------------------------------------------------

    def step(self, progress: Progress) -> None:
        """Pass progress on."""
        if self._on_progress is not None and not self.done:
            try:
                self._on_progress(progress)
            except Exception as error:  # noqa: BLE001 - a listener's mistake must not end the host
                _log.error("slot=%s progress callback: %s", self.slot, type(error).__name__)

    def end(self, result: object = None, error: DeviceError | None = None) -> None:
        """Complete it; a second time changes nothing."""
        if self.done:
            return
        self._result, self._error = result, error
        self._ended.set()
        if self._on_done is not None:
            try:
                self._on_done(self)
            except Exception as mistake:  # noqa: BLE001 - see step
                _log.error("slot=%s completion callback: %s", self.slot, type(mistake).__name__)
