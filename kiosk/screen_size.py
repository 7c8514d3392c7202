# SPDX-License-Identifier: Apache-2.0
"""How large the glass is, known before the settings are: the first picture does not wait for them."""

from __future__ import annotations

from pathlib import Path
from typing import Final, NamedTuple

WIDTH_PX: Final = 1080
HEIGHT_PX: Final = 1920
DPI: Final = 102.5
"""21.5 inches at 1080×1920."""


class ScreenSize(NamedTuple):
    """Of the panel, in pixels and pixels per inch."""

    width_px: int = WIDTH_PX
    height_px: int = HEIGHT_PX
    dpi: float = DPI


def glance(config: Path | None) -> ScreenSize:
    """Read the size alone from a settings file; the usual one where the file says nothing usable.

    Never raises: whoever reads the settings next says what is wrong with them.
    """
    if config is None:
        return ScreenSize()
    import tomllib  # noqa: PLC0415 - most terminals at a desk have no file

    try:
        screen = tomllib.loads(config.read_text("utf-8")).get("screen", {})
        size = ScreenSize(
            int(screen.get("width_px", WIDTH_PX)),
            int(screen.get("height_px", HEIGHT_PX)),
            float(screen.get("dpi", DPI)),
        )
    except (OSError, ValueError, TypeError, AttributeError, OverflowError):
        return ScreenSize()
    return size if all(0 < length < 2**15 for length in size) else ScreenSize()
