# SPDX-License-Identifier: Apache-2.0
"""The roll of paper in the simulated printer: what was printed where, and the slips cut from it.

Lengths are dots of an eighth of a millimetre, measured along the roll from where it began.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

DOTS_PER_MM: Final = 8
HEAD_TO_CUTTER: Final = 12 * DOTS_PER_MM
"""The knife is downstream of the head: what was printed last is still inside when it cuts."""


@dataclass(frozen=True, slots=True)
class Mark:
    """One thing on the paper; ``x`` and ``width`` across, ``y`` and ``height`` along."""

    x: int
    y: int
    width: int
    height: int
    text: str = field(default="", repr=False)
    bits: bytes = field(default=b"", repr=False)
    """Rows of dots, most significant first, each row filled up to bytes."""
    stretch: tuple[int, int] = (1, 1)
    bold: bool = False
    smooth: bool = False

    def moved(self, dx: int, dy: int) -> Mark:
        """Return the mark elsewhere."""
        return Mark(
            self.x + dx,
            self.y + dy,
            self.width,
            self.height,
            self.text,
            self.bits,
            self.stretch,
            self.bold,
            self.smooth,
        )


@dataclass(frozen=True, slots=True)
class Slip:
    """What the knife cut off (or what hangs out of the printer, not yet cut)."""

    number: int
    raw: bytes = field(repr=False)
    marks: tuple[Mark, ...] = field(repr=False)
    dots: int = 0
    """Length."""
    finished: bool = True


class Roll:
    """Paper that moves one way."""

    def __init__(self, length_mm: float) -> None:
        self.head = 0
        self._last_cut = -HEAD_TO_CUTTER
        self._end = round(length_mm * DOTS_PER_MM)
        self._marks: list[Mark] = []

    @property
    def left_mm(self) -> float:
        """What is left in front of the head."""
        return max(0, self._end - self.head) / DOTS_PER_MM

    def ends_after(self, length_mm: float) -> None:
        """Let the roll end so much further on."""
        self._end = self.head + round(length_mm * DOTS_PER_MM)

    def advance(self, dots: int) -> bool:
        """Move on; ``False`` if the paper ended on the way."""
        possible = min(dots, max(0, self._end - self.head))
        self.head += possible
        return possible == dots

    def put(self, mark: Mark) -> None:
        """Print at the head's place (``mark.y`` counts from there)."""
        self._marks.append(mark.moved(0, self.head))

    def cut(self, number: int, raw: bytes) -> Slip:
        """Cut at the knife, which is behind the head."""
        place = self.head - HEAD_TO_CUTTER
        slip = self._between(place, number, raw, finished=True)
        self._marks = [mark for mark in self._marks if mark.y + mark.height > place]
        self._last_cut = place
        return slip

    def hanging(self, number: int, raw: bytes) -> Slip:
        """Return what was printed since the last cut, as if torn off at the head."""
        return self._between(self.head, number, raw, finished=False)

    def _between(self, place: int, number: int, raw: bytes, *, finished: bool) -> Slip:
        marks = tuple(mark.moved(0, -self._last_cut) for mark in self._marks if mark.y < place)
        return Slip(number, raw, marks, max(0, place - self._last_cut), finished)
