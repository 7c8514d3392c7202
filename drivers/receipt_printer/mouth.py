# SPDX-License-Identifier: Apache-2.0
"""The slip at a presenter's mouth: lying there, taken, drawn back in. No I/O; the clock is the caller's.

A printer tells only whether something lies at its exit. That it was *taken* is concluded where it cannot
have been drawn in: nobody asked for that, and the printer's own time for it has not come. Where both are
possible, the answer is ``UNKNOWN``.
"""

from __future__ import annotations

from typing import Final

from drivers.core import Media
from drivers.receipt_printer.dle_eot import Sign

_CLOCK_SLACK_S: Final = 2.0
"""The printer counts from the moment it presents, and its clock is not ours."""


class Mouth:
    """Remembers what a printer's answers about its exit mean together.

    ``retracts_after_s`` is after how long the printer draws a slip in by itself; ``None``: never.
    """

    def __init__(self, retracts_after_s: float | None = None) -> None:
        self._retracts_after_s = retracts_after_s
        self._since: float | None = None
        self._we_retract = False
        self._news = False
        self.media = Media.UNKNOWN

    def forget(self) -> None:
        """Know nothing, as after losing the printer: anything may have happened meanwhile."""
        self._since, self._we_retract, self._news = None, False, False
        self.media = Media.UNKNOWN

    def we_retract(self) -> None:
        """Note that the printer is being told to draw in what lies there."""
        self._we_retract = True

    def begin(self) -> None:
        """Note that a new slip is coming: what was drawn in before is no longer the news."""
        self._since, self._we_retract, self._news = None, False, False

    def observe(self, signs: frozenset[Sign], now: float) -> Media:
        """Take one answer and return what lies, or happened, at the mouth."""
        if Sign.JAM in signs:
            self._since, self.media = None, Media.JAMMED
        elif Sign.AT_EXIT in signs:
            self._since = now if self._since is None else self._since
            self.media = Media.PRESENT
        elif Sign.EXIT_CLEAR in signs:
            self.media = self._gone(now)
            self._since, self._we_retract = None, False
        return self.media

    def _gone(self, now: float) -> Media:
        """Judge an empty exit by what was seen there before."""
        if self._since is None:
            # Old news stays until the next slip: "retracted", or that nobody knows.
            return self.media if self._news else Media.NOT_PRESENT
        limit = self._retracts_after_s
        if self._we_retract:
            # Or pulled out in that very moment, which looks the same from here.
            self._news, found = True, Media.RETRACTED
        elif limit is not None and now - self._since > limit - _CLOCK_SLACK_S:
            self._news, found = True, Media.UNKNOWN
        else:
            found = Media.NOT_PRESENT
        return found
