# SPDX-License-Identifier: Apache-2.0
"""What commands share: the common options, and the words for how they end badly."""

from __future__ import annotations

from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

import typer

from kiosk.cli.ending import FAILED, WRONG_USAGE, CommandFailed, settings_or_fail

__all__ = [
    "FAILED",
    "WRONG_USAGE",
    "CommandFailed",
    "ConfigOption",
    "DataDirOption",
    "JsonOption",
    "address_or_fail",
    "said",
    "settings_or_fail",
]

ConfigOption: Path | None = typer.Option(
    None, "--config", help="Settings (TOML); default: KIOSK_CONFIG, else the built-in profile."
)
DataDirOption: Path | None = typer.Option(
    None, "--data-dir", help="Where the terminal keeps its data; default: KIOSK_DATA_DIR."
)
JsonOption: bool = typer.Option(False, "--json", help="One JSON document on standard output.")


_OTHER_WORDS: Final = {"enrolment.token": "the token is wrong or used up"}


def said(code: str, skew_s: float | None = None) -> str:
    """Return what a code of the link or the platform means, the code behind it as small print."""
    from kiosk.platform_client.link_reason import (  # noqa: PLC0415 - start-up time
        LinkReason,
        link_reason,
    )
    from kiosk.words import say  # noqa: PLC0415

    words = _OTHER_WORDS.get(code, "")
    reason = link_reason(code, skew_s)
    if not words and reason is not LinkReason.ANSWER:
        words = say(f"link_reason.{reason}", "en")
    return f"{words}; {code}" if words else code


def address_or_fail(url: str, option: str = "--platform") -> str:
    """Return a platform's address, or end the command with status 2 when it cannot be one."""
    try:
        parts = urlsplit(url)
        usable = parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:
        usable = False
    if not usable:
        raise CommandFailed(f"{option} {url}: http://HOST[:PORT] or https://…", WRONG_USAGE)
    return url
