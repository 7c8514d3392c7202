# SPDX-License-Identifier: Apache-2.0
"""A whole examination: devices side by side, then the machine, what it keeps, and its way to the platform."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from drivers.core import Check, DeviceError, Diagnose, Role, Verdict
from drivers.host import NOT_FITTED, DeviceHost, Job, SlotConfig
from kiosk.config import Settings, SlotSettings
from kiosk.diagnostics.finding import Finding, failed, skipped

DEADLINE_S = 15.0
_MARGIN_S = 5.0


def device_findings(settings: Settings, wanted: Collection[str]) -> Iterator[Finding]:
    """Start the wanted slots in a device host of their own, let each judge itself, and stop them.

    Not for a terminal that runs: its own host has the devices (:func:`findings_of_slot`). Raises
    ``MisconfiguredError`` for a driver that does not exist; a device's trouble is a finding.
    """
    slots = [slot for slot in settings.slots if slot.name in wanted]
    host = DeviceHost(
        [SlotConfig(slot.name, Role(slot.role), slot.driver, slot.options) for slot in slots],
        on_status=lambda _slot, _status: None,
    )
    host.start()
    try:
        jobs = {slot.name: ask(host, slot) for slot in slots}
        for slot in slots:
            yield from findings_of_slot(slot.name, jobs[slot.name])
    finally:
        host.stop()


def ask(host: DeviceHost, slot: SlotSettings) -> Job | None:
    """Ask a slot to examine itself; ``None`` when nothing is fitted there."""
    if slot.driver == NOT_FITTED:
        return None
    return host.submit(slot.name, Diagnose(), deadline_s=DEADLINE_S)


def findings_of_slot(slot: str, job: Job | None) -> Iterator[Finding]:
    """Yield what a slot found, once it is done; its silence is a finding, too."""
    if job is None:
        yield skipped(slot, "fitted", "dev.not_fitted")
        return
    try:
        checks: tuple[Check, ...] = tuple(job.result(DEADLINE_S + _MARGIN_S))  # type: ignore[arg-type] # a Diagnose
    except DeviceError as error:
        yield failed(slot, "answers", error.code, error.recovery)
        return
    for check in checks:
        yield Finding.of_device(slot, check)


def in_order(findings: Collection[Finding]) -> list[Finding]:
    """Return them with what needs somebody first."""
    weight = {Verdict.FAIL: 0, Verdict.UNKNOWN: 1, Verdict.PASS: 2, Verdict.SKIPPED: 3}
    return sorted(findings, key=lambda found: weight[found.verdict])
