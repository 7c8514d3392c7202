# SPDX-License-Identifier: Apache-2.0
"""The second line of defence for the log and the audit chain: what looks like a person is withheld.

The first line is that nobody writes personal data: both take only listed keys. But a message of a
library, or a mistake of ours, may still quote what a resident typed. So every text that goes in is
searched for numbers that belong to people, and for Han characters: our own messages are written in
English and codes, so Chinese in them can only be a name, an address or something typed.

This finds no English name. Nothing may rely on it.
"""

from __future__ import annotations

import re

WITHHELD = "[withheld]"

_NUMBERS = re.compile(
    r"""
    (?<![0-9A-Za-z])
    (?:
        \d{6}[ -]?\d{8}[ -]?\d{3}[0-9Xx]        # identity number, also of J and Y cards, grouped or not
      | \d{15,19}[Xx]?                          # the old identity number, bank and social security cards
      | (?:\d{4}[ ]){3,4}\d{1,4}                # a bank card as it is shown
      | [A-Za-z]{3}\d{12}                       # the permanent residence card of 2017
      | (?:\+?86[ -]?)?1[3-9]\d[ -]?\d{4}[ -]?\d{4}   # mobile phone
      | [HMCEG][0-9A-Z]?\d{7,10}                # travel permits and passports
    )
    (?![0-9A-Za-z])
    """,
    re.VERBOSE,
)
_HAN = re.compile(
    "["
    "\u2e80-\u2fdf\u3005\u3007\u3400-\u4dbf\u4e00-\u9fff\ue000-\uf8ff\uf900-\ufaff"
    "\U00020000-\U0003ffff\U000f0000-\U0010ffff"
    "][^\x00-\x7f]*"
)
# The same characters as a repr or a JSON text without Unicode would write them.
_ESCAPED = re.compile(r"(?:\\u[0-9a-fA-F]{4}|\\U[0-9a-fA-F]{8}|(?:\\x[0-9a-fA-F]{2}){2,})+")


def withhold_personal(text: str) -> str:
    """Return the text with everything that looks like a person replaced by ``[withheld]``."""
    for pattern in (_NUMBERS, _HAN, _ESCAPED):
        text = pattern.sub(WITHHELD, text)
    return text


def looks_personal(text: str) -> bool:
    """Tell whether :func:`withhold_personal` would change the text."""
    return any(pattern.search(text) for pattern in (_NUMBERS, _HAN, _ESCAPED))
