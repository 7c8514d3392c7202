# SPDX-License-Identifier: Apache-2.0
"""Checks that names can be written: without a Chinese font Qt draws boxes and says nothing."""

from __future__ import annotations

from typing import Final, NamedTuple

from PySide6.QtGui import QFont, QFontDatabase, QRawFont

FAMILY: Final = "Noto Sans CJK SC"
COMMON: Final = "政务服务自助终端身份证打印申请，。：①●"
"""Without these no screen can be read."""
RARE: Final = "䶮㛃㙍𠮷"
"""Characters of real names; a resident with such a name must see it right."""


class NoChineseFontError(Exception):
    """No installed font can write the screens; the text says what to install."""


class FontReport(NamedTuple):
    """Which family is used and which of the tried characters it cannot write."""

    family: str
    lacking: str


def choose_font() -> FontReport:
    """Return the family for all screens. Needs an application object.

    Raises :class:`NoChineseFontError` when nothing installed can write the screens.
    """
    families = QFontDatabase.families(QFontDatabase.WritingSystem.SimplifiedChinese)
    candidates = ([FAMILY] if FAMILY in families else []) + [
        name for name in families if name != FAMILY
    ]
    for family in candidates:
        if not _lacking(family, COMMON):
            return FontReport(family, _lacking(family, RARE))
    raise NoChineseFontError("no Chinese font installed; install the package fonts-noto-cjk")


def _lacking(family: str, characters: str) -> str:
    raw = QRawFont.fromFont(QFont(family), QFontDatabase.WritingSystem.SimplifiedChinese)
    return "".join(sign for sign in characters if not raw.supportsCharacter(ord(sign)))
