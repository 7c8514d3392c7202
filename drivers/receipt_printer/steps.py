# SPDX-License-Identifier: Apache-2.0
"""One step of a longer work: bounded in time, or timed and reported as a check."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from drivers.core import (
    Check,
    CommandContext,
    DeadlineError,
    DeviceError,
    NotReadyError,
    Recovery,
    Verdict,
)


def bounded(
    context: CommandContext, seconds: float, work: Callable[[CommandContext], None]
) -> None:
    """Do one thing within ``seconds``; running out of them (not of the whole deadline) is silence."""
    part = replace(context, deadline=min(context.deadline, context.clock() + seconds))
    try:
        work(part)
    except DeadlineError:
        if context.clock() >= context.deadline:
            raise
        raise NotReadyError("dev.mute", recovery=Recovery.RESET) from None


def timed(
    checks: list[Check], name: str, context: CommandContext, work: Callable[[], None]
) -> DeviceError | None:
    """Append a check of doing ``work``; return its failure."""
    began = context.clock()
    failure: DeviceError | None = None
    try:
        work()
    except DeviceError as error:
        failure = error
    checks.append(
        Check(
            name,
            Verdict.PASS if failure is None else Verdict.FAIL,
            failure.code if failure else "",
            failure.recovery.value if failure else "none",
            round((context.clock() - began) * 1000),
        )
    )
    return failure
