# SPDX-License-Identifier: Apache-2.0
"""Secrets of other systems come from a file or from the environment: never from a settings file, never by default."""

from __future__ import annotations

import os
from pathlib import Path


class SecretMissingError(ValueError):
    """A secret that is named is not there; one line, which names where it should be and not what it is."""


def secret_value(file: Path | None, variable: str | None) -> str:
    """Return a secret from a file (without the white space around it) or a variable; "" when neither is named.

    Raises :class:`SecretMissingError` when what is named cannot be read or is empty.
    """
    if file is not None:
        try:
            value = file.read_text("utf-8").strip()
        except (OSError, ValueError):
            raise SecretMissingError(f"{file} cannot be read") from None
        if not value:
            raise SecretMissingError(f"{file} is empty")
        return value
    if variable is None:
        return ""
    value = os.environ.get(variable, "")
    if not value:
        raise SecretMissingError(f"{variable} is not set")
    return value
