# SPDX-License-Identifier: Apache-2.0
"""``kiosk diag``: every device checked from cable to function, each step with its verdict."""

from __future__ import annotations

import json
from pathlib import Path

import typer

from kiosk.cli.failures import (
    FAILED,
    WRONG_USAGE,
    CommandFailed,
    ConfigOption,
    DataDirOption,
    JsonOption,
    settings_or_fail,
)

app = typer.Typer(help="Check every device and give a verdict.", add_completion=False)

DEADLINE_S = 15.0


@app.command()
def diag(
    slots: list[str] = typer.Argument(None, metavar="[SLOT…]", help="Only these slots."),
    *,
    as_json: bool = JsonOption,
    config: Path | None = ConfigOption,
    data_dir: Path | None = DataDirOption,
) -> None:
    """Check the devices; exit 0 when all pass, 1 when any fails."""
    settings = settings_or_fail(config, data_dir)
    known = [slot.name for slot in settings.slots]
    unknown = [name for name in slots or [] if name not in known]
    if unknown:
        raise CommandFailed(
            f"no slot named {unknown[0]}; the configuration has: {', '.join(known) or 'none'}",
            WRONG_USAGE,
        )

    from drivers.core import Check, DeviceError, Diagnose, Role, Verdict  # noqa: PLC0415
    from drivers.host import DeviceHost, SlotConfig  # noqa: PLC0415

    wanted = [slot for slot in settings.slots if not slots or slot.name in slots]
    host = DeviceHost(
        [SlotConfig(slot.name, Role(slot.role), slot.driver, slot.options) for slot in wanted],
        on_status=lambda _slot, _status: None,
    )
    host.start()
    try:
        jobs = {
            slot.name: host.submit(slot.name, Diagnose(), deadline_s=DEADLINE_S)
            for slot in wanted
            if slot.driver != "none"
        }
        rows: list[dict[str, str | int]] = []
        for slot in wanted:
            job = jobs.get(slot.name)
            checks: tuple[Check, ...]
            if job is None:
                checks = (Check("fitted", Verdict.SKIPPED, "dev.not_fitted"),)
            else:
                try:
                    checks = tuple(job.result(DEADLINE_S + 5))  # type: ignore[arg-type] # a Diagnose
                except DeviceError as error:
                    checks = (Check("answers", Verdict.FAIL, error.code, error.recovery.value),)
            rows.extend(_row(slot.name, check) for check in checks)
    finally:
        host.stop()
    if as_json:
        print(json.dumps(rows, ensure_ascii=False))
    else:
        for row in rows:
            print("{slot:<18} {check:<18} {verdict:<8} {reason:<24} {recovery}".format(**row))
    if any(row["verdict"] == Verdict.FAIL for row in rows):
        raise typer.Exit(FAILED)


def _row(slot: str, check: object) -> dict[str, str | int]:
    from drivers.core import Check  # noqa: PLC0415

    if not isinstance(check, Check):
        raise TypeError(check)
    return {
        "slot": slot,
        "check": check.name,
        "verdict": check.verdict.value,
        "reason": check.reason,
        "recovery": check.recovery,
        "ms": check.elapsed_ms,
    }
