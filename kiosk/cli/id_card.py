# SPDX-License-Identifier: Apache-2.0
"""``kiosk id-card read``: one card on one reader, masked unless asked otherwise."""

from __future__ import annotations

import json
from collections.abc import Mapping
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

if TYPE_CHECKING:  # importing the driver costs time that --help does not have
    from drivers.core import IdCard

app = typer.Typer(help="Identity-card reader.", no_args_is_help=True, add_completion=False)

_WORDS: Final = {
    "card.none": "no card was placed in time",
    "card.removed": "the card was taken away while it was read",
    "card.unreadable": "the card cannot be read",
    "card.unknown_type": "a card of an unknown kind",
    "dev.not_present": "nothing there",
    "dev.unplugged": "the reader was unplugged",
    "dev.port_taken": "another program holds the port",
    "dev.no_permission": "no permission to open the port",
    "dev.not_a_port": "not a serial port",
    "dev.bad_url": "not an address; serial:PATH[?baud=N], tcp://HOST:PORT or usb://VID:PID[/SERIAL]",
    "dev.no_libusb": "libusb-1.0 is not installed",
    "dev.several": "several such devices; add /SERIAL or ?port=1-1.4 to the address",
    "dev.no_pipes": "that USB device has no pipes for plain bytes",
    "dev.stalled": "the USB device refuses transfers",
    "dev.mute": "the reader does not answer",
    "dev.checksum": "the answers arrive damaged",
    "dev.truncated": "the answers break off",
    "dev.garbage": "what answers does not speak the reader's protocol",
    "dev.deadline": "not finished in time",
    "reader.self_test_failed": "the reader's security module failed its self-test",
    "reader.not_authorised": "the reader's security module is not authorised",
    "reader.refused": "the reader refuses the command",
}


@app.callback()
def _group() -> None:
    """Identity-card reader."""


@app.command()
def read(
    port: str = typer.Option(
        ..., "--port", help="serial:PATH[?baud=N], tcp://HOST:PORT or usb://VID:PID."
    ),
    timeout: float = typer.Option(15.0, "--timeout", min=0.5, max=600, help="Seconds."),
    *,
    as_json: bool = JsonOption,
    unmask: bool = typer.Option(False, "--unmask", help="Show everything; never in production."),
    config: Path | None = ConfigOption,
    data_dir: Path | None = DataDirOption,
) -> None:
    """Wait for a card and print its fields; exit 1 with one line when that fails."""
    if unmask and settings_or_fail(config, data_dir).production:
        raise CommandFailed("--unmask: not on a production terminal", WRONG_USAGE)

    from drivers.core import (  # noqa: PLC0415 - keeps --help quick
        CommandContext,
        DeviceError,
        MisconfiguredError,
        ReadCard,
    )
    from drivers.id_card.sam_serial import SamSerialReader  # noqa: PLC0415
    from drivers.id_card.sam_usb import SamUsbReader  # noqa: PLC0415

    kind = SamUsbReader if port.startswith("usb:") else SamSerialReader
    try:
        reader = kind("id_card", url=port)
    except MisconfiguredError as error:
        raise CommandFailed(f"--port {port}: {_WORDS[error.code]}", WRONG_USAGE) from error
    try:
        card = reader.read_card(ReadCard(), CommandContext.within(timeout))
    except DeviceError as error:
        words = _WORDS.get(error.code, "the card was not read")
        raise CommandFailed(f"{port}: {words} ({error})") from error
    finally:
        reader.close()
    fields = _fields(card) if unmask else masked(_fields(card))
    if as_json:
        print(json.dumps(fields, ensure_ascii=False))
    else:
        for name, value in fields.items():
            if value is not None:
                print(f"{name:<24}{value}")


def _fields(card: IdCard) -> dict[str, str | int | None]:
    def day(name: str) -> str | None:
        value = getattr(card, name)
        return value.isoformat() if value else None

    return {
        "card_type": card.card_type.value,
        "name": card.name,
        "english_name": card.english_name,
        "sex": card.sex,
        "ethnicity": card.ethnicity,
        "nationality": card.nationality,
        "birth": day("birth"),
        "address": card.address,
        "number": card.number,
        "issuer": card.issuer,
        "valid_from": day("valid_from"),
        "valid_to": day("valid_to"),
        "long_term": card.long_term,
        "permit_number": card.permit_number,
        "issue_count": card.issue_count,
        "card_version": card.card_version,
        "previous_number_suffix": card.previous_number_suffix,
    }


_KEPT: Final = {
    "name": (1, 0),
    "english_name": (1, 0),
    "birth": (0, 0),
    "address": (6, 0),
    "number": (4, 2),
    "permit_number": (1, 2),
    "previous_number_suffix": (0, 0),
}
"""How many characters stay at the beginning and at the end."""


def masked(
    fields: dict[str, str | int | None], kept: Mapping[str, tuple[int, int]] = _KEPT
) -> dict[str, str | int | None]:
    """Replace what tells a person; how much was there is not told either."""
    hidden = dict(fields)
    for name, (first, last) in kept.items():
        value = fields.get(name)
        if isinstance(value, str):
            hidden[name] = f"{value[:first]}***{value[len(value) - last :]}"
    return hidden
