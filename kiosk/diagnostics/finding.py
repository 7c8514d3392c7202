# SPDX-License-Identifier: Apache-2.0
"""One finding, the same for a device, the network, the disk and the queue."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Final

from drivers.core import Check, Recovery, Verdict

TERMINAL: Final = "terminal"
NETWORK: Final = "network"
QUEUE: Final = "queue"
PARTS: Final = (TERMINAL, NETWORK, QUEUE)
"""What is no device and is examined all the same; no slot of a configuration should be named so."""

_BY_WEIGHT: Final = (Verdict.SKIPPED, Verdict.PASS, Verdict.UNKNOWN, Verdict.FAIL)


@dataclass(frozen=True, slots=True)
class Finding:
    """What one check of one part came to."""

    part: str
    """A slot's name, or one of :data:`PARTS`."""
    check: str
    verdict: Verdict
    reason: str = ""
    """A stable code, ``code.<reason>`` in the words; empty when it passed and there is no more to say."""
    recovery: str = "none"
    elapsed_ms: int = 0
    figures: Mapping[str, float] = field(default_factory=dict)
    """What was measured; the unit ends the name: ``free_mb``, ``days_left``, ``skew_s``."""

    @classmethod
    def of_device(cls, slot: str, check: Check) -> Finding:
        """Return a driver's own finding as one of ours."""
        return cls(slot, check.name, check.verdict, check.reason, check.recovery, check.elapsed_ms)


def passed(part: str, check: str, **figures: float) -> Finding:
    """Return a finding without anything to do."""
    return Finding(part, check, Verdict.PASS, figures=figures)


def failed(part: str, check: str, reason: str, recovery: Recovery, **figures: float) -> Finding:
    """Return a finding with what is wrong and who can mend it."""
    return Finding(part, check, Verdict.FAIL, reason, recovery.value, figures=figures)


def not_known(
    part: str, check: str, reason: str, recovery: Recovery = Recovery.NONE, **figures: float
) -> Finding:
    """Return a finding that says honestly that this cannot be judged here."""
    return Finding(part, check, Verdict.UNKNOWN, reason, recovery.value, figures=figures)


def skipped(part: str, check: str, reason: str = "") -> Finding:
    """Return a finding for a check that had no sense after an earlier one, or here at all."""
    return Finding(part, check, Verdict.SKIPPED, reason)


def timed(look: Callable[[], Finding], clock: Callable[[], float] = time.monotonic) -> Finding:
    """Return what ``look`` finds, with how long that took."""
    started = clock()
    found = look()
    return replace(found, elapsed_ms=round((clock() - started) * 1000))


def worst(findings: Iterable[Finding]) -> Verdict:
    """Return the verdict on the whole; ``SKIPPED`` of nothing."""
    return max((found.verdict for found in findings), key=_BY_WEIGHT.index, default=Verdict.SKIPPED)


def ready(findings: Iterable[Finding]) -> bool:
    """Tell whether nothing failed. What is unknown needs a person and does not close the terminal."""
    return worst(findings) is not Verdict.FAIL
