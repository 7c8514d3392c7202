# SPDX-License-Identifier: Apache-2.0
"""A thread beside a server that looks at the fleet: silence is nobody's request, so somebody must look for it.

Every worker has one; the database lets one of them look at a time (:func:`look_when_due`).
"""

from __future__ import annotations

import logging
import threading
from typing import Final

from sqlalchemy.exc import SQLAlchemyError

from central_platform.context import PlatformContext
from central_platform.operations.alerts import EVERY, look_when_due

_log = logging.getLogger("central_platform.watching")

_JOIN_S: Final = 15.0


class FleetWatch:
    """Looks at the fleet until :meth:`stop`. A database that is away is tried again, and said once."""

    def __init__(
        self, platform: PlatformContext, *, every_s: float = EVERY.total_seconds()
    ) -> None:
        self._platform = platform
        self._every_s = every_s
        self._end = threading.Event()
        self._thread = threading.Thread(target=self._run, name="fleet-watch")

    def start(self) -> None:
        """Begin; the first look comes after the first pause."""
        self._thread.start()

    def stop(self) -> None:
        """End, and wait for a look that is under way."""
        self._end.set()
        if self._thread.is_alive():
            self._thread.join(_JOIN_S)

    def _run(self) -> None:
        failing = False
        while not self._end.wait(self._every_s):
            try:
                look_when_due(self._platform)
                failing = False
            except SQLAlchemyError as error:
                if not failing:
                    _log.warning("the fleet could not be looked at: %s", type(error).__name__)
                failing = True
