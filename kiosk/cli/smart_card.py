# SPDX-License-Identifier: Apache-2.0
"""``kiosk smart-card read``: what a social security card gives freely, masked unless asked otherwise."""

from __future__ import annotations

import json
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
    from drivers.core import SocialCard

app = typer.Typer(help="Smart-card reader.", no_args_is_help=True)

_WORDS: Final = {
    "card.none": "no card was put in in time",
    "card.removed": "the card was pulled while it was read",
    "card.mute": "the card does not answer; is it the right way round?",
    "card.not_social": "this is not a social security card",
    "card.blocked": "the card is switched off",
    "card.unreadable": "the card cannot be read",
    "reader.no_service": "the PC/SC service (pcscd) does not run",
    "reader.refused": "the reader refuses",
    "dev.not_present": "there is no such reader",
    "dev.no_permission": "no permission to use the PC/SC service",
    "dev.port_taken": "another program holds the card",
    "dev.mute": "the PC/SC service does not answer",
    "dev.deadline": "not finished in time",
}
_NOTES: Final = {"card.needs_certified_reader": "needs the certified reader"}
_KEPT: Final = {
    "name": (1, 0),
    "birth": (0, 0),
    "number": (4, 2),
    "card_number": (1, 2),
    "identification": (6, 0),
}
"""How many characters stay at the beginning and at the end."""


@app.callback()
def _group() -> None:
    """Smart-card reader."""


@app.command()
def read(
    reader: str = typer.Option("", "--reader", help="Its name or the beginning; default: any."),
    timeout: float = typer.Option(15.0, "--timeout", min=0.5, max=600, help="Seconds."),
    *,
    as_json: bool = JsonOption,
    unmask: bool = typer.Option(False, "--unmask", help="Show everything; never in production."),
    config: Path | None = ConfigOption,
    data_dir: Path | None = DataDirOption,
) -> None:
    """Wait for a card and print its fields; exit 1 with one line when that fails. Sends no PIN."""
    if unmask and settings_or_fail(config, data_dir).production:
        raise CommandFailed("--unmask: not on a production terminal", WRONG_USAGE)

    from drivers.core import CommandContext, DeviceError, ReadSocialCard  # noqa: PLC0415 - see above

    try:
        from drivers.smart_card.pcsc import PcscReader  # noqa: PLC0415
    except ModuleNotFoundError as missing:
        raise CommandFailed(
            "smart cards need pyscard, which is not installed: pip install 'hall24[smart-card]'"
        ) from missing
    device = PcscReader("smart_card", reader=reader)
    try:
        card = device.read_social_card(ReadSocialCard(), CommandContext.within(timeout))
    except DeviceError as error:
        words = _WORDS.get(error.code, "the card was not read")
        place = f"{reader}: " if reader else ""
        raise CommandFailed(f"{place}{words} ({error})") from error
    finally:
        device.close()
    fields = _fields(card)
    if not unmask:
        from kiosk.cli.id_card import masked  # noqa: PLC0415

        fields = masked(fields, _KEPT)
    if as_json:
        print(json.dumps(fields, ensure_ascii=False))
    else:
        for name, value in fields.items():
            if value is not None:
                print(f"{name:<16}{value}")


def _fields(card: SocialCard) -> dict[str, str | int | None]:
    notes = [_NOTES.get(card.note, card.note)] if card.note else []
    if card.unreadable:
        notes.append("unreadable: " + ", ".join(card.unreadable))
    return {
        "version": card.version,
        "card_number": card.card_number,
        "identification": card.identification,
        "region": card.region,
        "class": card.card_class,
        "initialiser": card.initialiser,
        "issued": card.issued.isoformat() if card.issued else None,
        "valid_to": card.valid_to.isoformat() if card.valid_to else None,
        "number": card.number,
        "name": card.name,
        "sex": card.sex,
        "ethnicity": card.ethnicity,
        "birthplace": card.birthplace,
        "birth": card.birth.isoformat() if card.birth else None,
        "note": "; ".join(notes) or None,
    }
