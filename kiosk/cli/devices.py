# SPDX-License-Identifier: Apache-2.0
"""``kiosk devices``: what is at each slot, how it is, what is left in it; and what else is connected."""

from __future__ import annotations

import json
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

import typer

from kiosk.cli.device_discovery import discover
from kiosk.cli.device_supplies import kept_supplies, supplies, supply_facts, supply_lines
from kiosk.cli.failures import (
    WRONG_USAGE,
    CommandFailed,
    ConfigOption,
    DataDirOption,
    JsonOption,
    settings_or_fail,
)

if TYPE_CHECKING:  # importing the drivers costs time that --help does not have
    from drivers.core import DeviceInfo, Status
    from kiosk.config import Settings

app = typer.Typer(help="What is at each slot, and how it is.", add_completion=False)
app.command("supplies")(supplies)

PATIENCE_S: Final = 5.0


@app.callback(invoke_without_command=True)
def devices(
    context: typer.Context,
    *,
    what_is_there: bool = typer.Option(
        False,
        "--discover",
        help="Only report what is connected and where the slots stand; no device is opened.",
    ),
    as_json: bool = JsonOption,
    config: Path | None = ConfigOption,
    data_dir: Path | None = DataDirOption,
) -> None:
    """Start every configured device, ask how it is, and stop again; with what is left of paper and toner."""
    if context.invoked_subcommand is not None:
        return
    settings = settings_or_fail(config, data_dir)
    if what_is_there:
        discover(settings, as_json=as_json)
        return
    kept = {each.slot: each for each in kept_supplies(settings)}
    rows = _ask(settings)
    if as_json:
        told = [{**row, **supply_facts(kept[str(row["slot"])])} for row in rows]
        print(json.dumps(told, ensure_ascii=False))
        return
    if not rows:
        print("no slots are configured")
    for row in rows:
        details = " ".join(f"{key}={value}" for key, value in dict(row["details"]).items())  # type: ignore[call-overload] # built below
        print(
            "{slot:<18} {driver:<12} {condition:<16} {code:<24} {recovery:<10}".format(**row),
            details,
        )
        for line in supply_lines(kept[str(row["slot"])]):
            print(line)


def _ask(settings: Settings) -> Sequence[dict[str, object]]:
    """Start every device, wait until each has spoken (five seconds at most), and stop them."""
    from drivers.core import Condition, MisconfiguredError, Role  # noqa: PLC0415 - see above
    from drivers.host import DeviceHost, SlotConfig  # noqa: PLC0415

    starting = {slot.name for slot in settings.slots}
    all_known = threading.Event()

    def heard(slot: str, status: Status) -> None:
        if status.condition is not Condition.STARTING:
            starting.discard(slot)
        if not starting:
            all_known.set()

    try:
        host = DeviceHost(
            [
                SlotConfig(slot.name, Role(slot.role), slot.driver, slot.options)
                for slot in settings.slots
            ],
            on_status=heard,
            simulated=frozenset(slot.name for slot in settings.slots if slot.simulated),
        )
    except MisconfiguredError as error:
        raise CommandFailed(f"configuration: {error}", WRONG_USAGE) from error
    host.start()
    try:
        if starting:
            all_known.wait(PATIENCE_S)
        return [
            _row(slot.name, slot.driver, host.status(slot.name), host.info(slot.name))
            for slot in settings.slots
        ]
    finally:
        host.stop()


def _row(slot: str, driver: str, status: Status, info: DeviceInfo) -> dict[str, object]:
    """Tell one slot; what the device cannot report is left out of the details."""
    told = {
        "paper": status.paper.value if status.paper else None,
        "toner": status.toner.value if status.toner else None,
        "media": status.media.value if status.media else None,
        "cover_open": None if status.cover_open is None else str(status.cover_open).lower(),
        "model": info.model or None,
        "serial": info.serial or None,
        "firmware": info.firmware or None,
        "simulated": "true" if info.simulated else None,
    }
    details = {name: value for name, value in told.items() if value is not None}
    return {
        "slot": slot,
        "driver": driver,
        "condition": status.condition.value,
        "code": status.code,
        "recovery": status.recovery.value,
        "details": {**details, **status.details},
    }
