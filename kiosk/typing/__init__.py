# SPDX-License-Identifier: Apache-2.0
"""Typing Chinese on the glass: letters become candidates, a candidate becomes text.

* ``tables``: which characters and words have which pinyin and how often they are used; loaded once;
* ``pinyin``: the candidates for the letters typed so far;
* ``spelling``: the letters to type for a text, for who writes by machine.

Nothing here keeps what is typed: no word is learnt, nothing is cached from key to key, and no file is
written. Where the words come from stands in ``packaging/pinyin_table.py`` and in NOTICE.
"""

from __future__ import annotations

from kiosk.typing.pinyin import MAX_LETTERS, Candidate, candidates
from kiosk.typing.spelling import spell
from kiosk.typing.tables import PinyinTables, load_tables

__all__ = ["MAX_LETTERS", "Candidate", "PinyinTables", "candidates", "load_tables", "spell"]
