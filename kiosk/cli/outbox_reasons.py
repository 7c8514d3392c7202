# SPDX-License-Identifier: Apache-2.0
"""States and codes of the queue in words that a clerk understands."""

from __future__ import annotations

from typing import Final

from kiosk.words import all_words

_STATE: Final = "outbox.state."
_REASON: Final = "outbox.reason."
_INTAKE: Final = "intake."


def state_words(state: str) -> dict[str, str]:
    """Return what a state means for the resident's matter, in both languages."""
    return dict(all_words()[_STATE + state])


def intake_line(code: str) -> str:
    """Return why no new work is taken or which limit is near; empty for neither."""
    words = _family(_INTAKE, code)
    return f"{words['zh']}  {words['en']}" if words else ""


def reason(code: str | None) -> dict[str, str] | None:
    """Return why a submission waits or is set aside, in both languages; ``None`` for no reason.

    Falls back from the exact code to its family, so that a code that is new over there still says something.
    """
    return _family(_REASON, code)


def _family(area: str, code: str | None) -> dict[str, str] | None:
    if not code:
        return None
    words = all_words()
    parts = code.split(".")
    for length in range(len(parts), 0, -1):
        found = words.get(area + ".".join(parts[:length]))
        if found is not None:
            return dict(found)
    return dict(words[area + "other"])
