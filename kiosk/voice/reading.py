# SPDX-License-Identifier: Apache-2.0
"""Text as an engine can read it.

espeak-ng's voice for Chinese characters reads the tones as English words; its voice for pinyin with tone numbers
has the right sounds. So characters become pinyin here.
"""

from __future__ import annotations

from typing import Final

_PAUSES: Final = str.maketrans(
    {sign: f"{pause} " for sign, pause in zip("，。、；：？！（）", ",.,;:?!,,", strict=True)}
)


def as_pinyin(text: str) -> str:
    """Return ``qing3 fang4 shen1 fen4 zheng4`` for 请放身份证; what is no character stays."""
    from pypinyin import Style, lazy_pinyin  # noqa: PLC0415 - its tables take longer than any other start

    parts = lazy_pinyin(text, style=Style.TONE3, neutral_tone_with_five=True)
    return " ".join(" ".join(parts).translate(_PAUSES).split())


def one_line(text: str) -> str:
    """Return the text without what would end a line or mean something to a terminal."""
    return " ".join("".join(sign if sign.isprintable() else " " for sign in text).split())
