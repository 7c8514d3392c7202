# SPDX-License-Identifier: Apache-2.0
"""The terminal's core as the screen sees it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from kiosk.flows.intents import Intent
from kiosk.flows.views import View


class Core(Protocol):
    """Takes intents, publishes views."""

    def post(self, intent: Intent) -> None:
        """Take what the resident did. Called on the UI thread; returns at once, never raises."""
        ...

    def subscribe(self, callback: Callable[[View], None]) -> None:
        """Call ``callback`` with each new view, on any thread, from now until the core stops.

        ``callback`` returns at once and never raises, also after the screen has gone.
        """
        ...
