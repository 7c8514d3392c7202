# SPDX-License-Identifier: Apache-2.0
"""``kiosk bench``: steer the simulated devices of a demo that runs."""

from __future__ import annotations

import json
from pathlib import Path

import typer

from kiosk.cli.failures import (
    WRONG_USAGE,
    CommandFailed,
    ConfigOption,
    DataDirOption,
    settings_or_fail,
)

app = typer.Typer(help="Steer a simulator.", add_completion=False)


@app.command(no_args_is_help=True)
def bench(
    slot: str | None = typer.Argument(None, help="The simulated device, e.g. id_card."),
    action: str | None = typer.Argument(None, help="What to do to it, e.g. place."),
    args: list[str] | None = typer.Argument(None, metavar="[ARG]…"),
    *,
    list_all: bool = typer.Option(False, "--list", help="Every slot, its actions and its state."),
    config: Path | None = ConfigOption,
    data_dir: Path | None = DataDirOption,
) -> None:
    """Do ACTION to SLOT; what it answers is printed. The bench listens in the data directory."""
    if not list_all and (slot is None or action is None):
        raise CommandFailed("bench: SLOT and ACTION are needed, or --list", WRONG_USAGE)
    settings = settings_or_fail(config, data_dir)

    from kiosk.bench_client import SOCKET_NAME, BenchClient, BenchError  # noqa: PLC0415

    client = BenchClient(settings.data_dir / SOCKET_NAME)
    try:
        if list_all:
            for known in client.slots():
                print(f"{known.slot}: {' '.join(known.actions)}")
                print(f"    {json.dumps(dict(known.state), ensure_ascii=False)}")
            return
        result = client.act(slot or "", action or "", *(args or []))
    except BenchError as error:
        raise CommandFailed(str(error)) from error
    if result is not None:
        print(result if isinstance(result, str) else json.dumps(result, ensure_ascii=False))
