# SPDX-License-Identifier: Apache-2.0
"""What every driver does with trouble: a check that says how a step went, and the condition it leaves."""

from __future__ import annotations

from collections.abc import Callable

from drivers.core.device import Check, Verdict
from drivers.core.errors import (
    DeviceError,
    HardwareFaultError,
    MisconfiguredError,
    NotPresentError,
)
from drivers.core.status import Condition


def checked(name: str, step: Callable[[], object], clock: Callable[[], float]) -> Check:
    """Take a step of ``diagnose`` or ``self_test`` and say how it went. Only ``DeviceError`` is an answer."""
    started = clock()
    verdict, reason, recovery = Verdict.PASS, "", "none"
    try:
        step()
    except DeviceError as trouble:
        verdict, reason, recovery = Verdict.FAIL, trouble.code, trouble.recovery.value
    return Check(name, verdict, reason, recovery, round((clock() - started) * 1000))


def condition_after(trouble: DeviceError) -> Condition:
    """Return the condition of a device that could not be asked because of this."""
    match trouble:
        case NotPresentError() | MisconfiguredError():
            return Condition.NO_DEVICE
        case HardwareFaultError():
            return Condition.HARDWARE_ERROR
        case _:
            return Condition.OFFLINE
