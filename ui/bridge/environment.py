# SPDX-License-Identifier: Apache-2.0
"""What Qt reads from the environment, decided before the application object exists."""

from __future__ import annotations

import os
from collections.abc import Mapping, MutableMapping
from pathlib import Path
from typing import Final

_LOCALE_NAMES: Final = ("LC_ALL", "LC_CTYPE", "LANG")
"""In the order in which they win."""
_CHINESE: Final = "zh_CN.UTF-8"


def prepare_environment(
    *,
    headless: bool,
    windowed: bool = False,
    environment: MutableMapping[str, str] = os.environ,
    render_nodes: Path = Path("/dev/dri"),
) -> None:
    """Settle platform, renderer, locale and style; what an operator has set stays, except for headless.

    Without effect once a QGuiApplication exists.
    """
    if headless or not has_display(environment):
        environment["QT_QPA_PLATFORM"] = "offscreen"
    offscreen = environment.get("QT_QPA_PLATFORM", "").startswith("offscreen")
    if offscreen or not any(render_nodes.glob("renderD*")):
        environment.setdefault("QT_QUICK_BACKEND", "software")
    if not windowed:
        # On the glass the profile's dpi says how large a millimetre is; nothing may scale it again.
        environment.setdefault("QT_ENABLE_HIGHDPI_SCALING", "0")
    environment.setdefault("QT_QUICK_CONTROLS_STYLE", "Basic")
    _be_chinese(environment)


def has_display(environment: Mapping[str, str] = os.environ) -> bool:
    """Tell whether a window can appear: a display server, or a platform that needs none was chosen."""
    return any(environment.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"))


def _be_chinese(environment: MutableMapping[str, str]) -> None:
    # The locale chooses between Chinese and Japanese forms of the same character (直, 令, 画). It need
    # not be generated: only its name is looked at.
    set_here = [environment[name] for name in _LOCALE_NAMES if environment.get(name)]
    if set_here and set_here[0].startswith("zh") and "UTF-8" in set_here[0].upper():
        return
    for name in _LOCALE_NAMES:
        environment.pop(name, None)
    environment["LANG"] = _CHINESE
