# SPDX-License-Identifier: Apache-2.0
"""The fixed labels of the controls (``kiosk/words/ui.yaml``), as a table for QML."""

from __future__ import annotations

from functools import cache

from kiosk.words import Language, all_words

_PREFIX = "ui."


@cache
def ui_words(language: Language) -> dict[str, str]:
    """Return every ``ui.…`` sentence in that language, by the key without ``ui.``.

    Parameters stay as ``{name}``; QML's ``Words.t(key, params)`` fills them in.
    """
    return {
        key.removeprefix(_PREFIX): sentence[language]
        for key, sentence in all_words().items()
        if key.startswith(_PREFIX)
    }
