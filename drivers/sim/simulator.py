# SPDX-License-Identifier: Apache-2.0
"""What the bench needs of a simulator, whatever device it plays."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Protocol

Value = str | int | float | bool | None
"""What an action takes and a state holds; it crosses the control socket as JSON."""


class ActionError(Exception):
    """An action that cannot be done now or with these arguments; the text is shown to the tester."""


class Simulator(Protocol):
    """One simulated device on one real wire.

    ``start`` and ``stop`` may be repeated; ``stop`` joins every thread and releases every descriptor.
    Actions are called from another thread than the simulator's own, and return when their effect holds.
    They take strings (what a command line or a JSON control line carries) and return something that
    JSON can carry; a wrong argument raises :class:`ActionError`.
    """

    @property
    def name(self) -> str:
        """The slot it plays, e.g. ``id_card``."""
        ...

    @property
    def endpoint(self) -> str:
        """The URL that the driver's ``url`` option takes; stable across unplug and replug."""
        ...

    def start(self) -> None:
        """Put the device on its wire, so that a driver finds it at ``endpoint``."""
        ...

    def stop(self) -> None:
        """Take it away for good. Never raises."""
        ...

    def actions(self) -> Mapping[str, Callable[..., object]]:
        """Name what can be done to it, e.g. ``place``, ``remove``, ``fail_next``, ``freeze``."""
        ...

    def state(self) -> Mapping[str, Value]:
        """Tell how it is now, for the bench panel; synthetic data only."""
        ...
