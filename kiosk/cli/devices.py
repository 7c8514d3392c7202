# SPDX-License-Identifier: Apache-2.0
"""``kiosk devices``: what is at each slot, and how it is."""

from __future__ import annotations

import json
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Final

import typer

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

app = typer.Typer(help="What is at each slot, and how it is.", add_completion=False)

PATIENCE_S: Final = 5.0


@app.command()
def devices(
    *,
    as_json: bool = JsonOption,
    config: Path | None = ConfigOption,
    data_dir: Path | None = DataDirOption,
) -> None:
    """Start every configured device, ask how it is, and stop again."""
    settings = settings_or_fail(config, data_dir)

    from drivers.core import Condition, MisconfiguredError, Role  # noqa: PLC0415
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
        rows = [
            _row(slot.name, slot.driver, host.status(slot.name), host.info(slot.name))
            for slot in settings.slots
        ]
    finally:
        host.stop()
    if as_json:
        print(json.dumps(rows, ensure_ascii=False))
    elif not rows:
        print("no slots are configured")
    else:
        for row in rows:
            details = " ".join(f"{key}={value}" for key, value in dict(row["details"]).items())  # type: ignore[call-overload] # built below
            print(
                "{slot:<18} {driver:<12} {condition:<16} {code:<24} {recovery:<10}".format(**row),
                details,
            )


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
