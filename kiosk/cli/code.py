# SPDX-License-Identifier: Apache-2.0
"""``kiosk code scan``: the codes in a picture, or the next one shown to a scanner."""

from __future__ import annotations

import base64
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

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

if TYPE_CHECKING:  # importing the drivers costs time that --help does not have
    from drivers.core import ScannedCode
    from kiosk.config import Settings

app = typer.Typer(help="Code scanner.", no_args_is_help=True)

_WORDS: Final = {
    "code.none": "no code was shown in time",
    "code.too_long": "the code is longer than codes are",
    "code.not_text": "what was shown is not the text of a code",
    "code.no_picture": "not a picture that can be read",
    "dev.not_present": "nothing there",
    "dev.unplugged": "the scanner was unplugged",
    "dev.port_taken": "another program holds the port",
    "dev.no_permission": "no permission to open the port",
    "dev.not_a_port": "not a serial port",
    "dev.bad_url": "not an address; serial:PATH[?baud=N] or tcp://HOST:PORT",
    "dev.bad_options": "the slot's options do not fit its driver",
    "dev.mute": "the scanner does not answer",
    "dev.garbage": "what answers is not the configured scanner",
    "dev.truncated": "the codes arrive damaged",
    "dev.flood": "the scanner does not stop sending",
    "dev.deadline": "not finished in time",
}


@app.callback()
def _group() -> None:
    """Code scanner."""


@app.command()
def scan(
    image: Path | None = typer.Option(None, "--image", help="A picture (PNG, JPEG …)."),
    slot: str | None = typer.Option(None, "--slot", help="A code scanner of the configuration."),
    timeout: float = typer.Option(30.0, "--timeout", min=0.5, max=600, help="Seconds to wait."),
    *,
    as_json: bool = JsonOption,
    config: Path | None = ConfigOption,
    data_dir: Path | None = DataDirOption,
) -> None:
    """Print every code found; exit 1 when there is none. Give --image or --slot."""
    if (image is None) == (slot is None):
        raise CommandFailed("one of --image FILE and --slot SLOT is needed", WRONG_USAGE)
    if image is not None:
        codes = _in_picture(image)
    else:
        codes = _from_slot(settings_or_fail(config, data_dir), slot or "", timeout)
    rows = [_row(code) for code in codes]
    if as_json:
        print(json.dumps(rows, ensure_ascii=False))
    else:
        for row in rows:
            binary = f"base64:{row['bytes_base64']}"
            print(
                f"{row['format'] or '-':<16} {row['text'] if row['text'] is not None else binary}"
            )
    if not rows:
        sys.stderr.write(f"kiosk: {image}: no code found\n")
        raise typer.Exit(FAILED)


def _in_picture(image: Path) -> Sequence[ScannedCode]:
    from drivers.code_scanner.image_codes import read_picture  # noqa: PLC0415
    from drivers.core import CodeError  # noqa: PLC0415 - keeps --help quick

    try:
        return read_picture(image.read_bytes())
    except OSError as error:
        raise CommandFailed(f"{image}: {error.strerror}", WRONG_USAGE) from error
    except CodeError as error:
        raise CommandFailed(f"{image}: {_WORDS[error.code]}") from error


def _from_slot(settings: Settings, name: str, timeout: float) -> Sequence[ScannedCode]:
    from drivers.core import (  # noqa: PLC0415 - keeps --help quick
        CodeScanner,
        CommandContext,
        DeviceError,
        MisconfiguredError,
        ScanCode,
    )
    from drivers.host.registry import DRIVERS, build_driver  # noqa: PLC0415

    scanners = [each for each in settings.slots if each.role == "code_scanner"]
    chosen = next((each for each in scanners if each.name == name), None)
    if chosen is None:
        known = ", ".join(each.name for each in scanners) or "none"
        raise CommandFailed(f"no code scanner named {name}; there are: {known}", WRONG_USAGE)
    entry = DRIVERS.get(chosen.driver)
    if entry is None:
        raise CommandFailed(f"{name}: no driver named {chosen.driver}", WRONG_USAGE)
    try:
        scanner = build_driver(entry.target, name, chosen.options)
    except MisconfiguredError as error:
        raise CommandFailed(f"{name}: {_line(error)}", WRONG_USAGE) from error
    if not isinstance(scanner, CodeScanner):
        raise CommandFailed(f"{name}: {chosen.driver} is not a code scanner", WRONG_USAGE)
    try:
        return [scanner.scan_code(ScanCode(), CommandContext.within(timeout))]
    except DeviceError as error:
        raise CommandFailed(f"{name}: {_line(error)}") from error
    finally:
        scanner.close()


def _line(error: Exception) -> str:
    code = getattr(error, "code", "")
    return f"{_WORDS.get(code, 'no code was read')} ({error})"


def _row(code: ScannedCode) -> dict[str, str | None]:
    return {
        "format": code.format,
        "text": code.text,
        "bytes_base64": base64.b64encode(code.data).decode("ascii"),
    }
