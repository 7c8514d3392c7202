# SPDX-License-Identifier: Apache-2.0
"""Was paper filled in? Concluded from what a printer says of its paper, one status after the other. Pure.

Printers do not say "somebody put a new roll in". What they say is read like this:

* a roll that was out and is not low afterwards is a new one; out with the cover open says nothing, because
  many printers report the end of the paper while they are open;
* a roll that was low, was opened, and is not low afterwards is a new one: staff change it before it ends;
* a roll that was out and is low afterwards is the rest of an old one: how long, nobody knows;
* a tray that was out or low and is not any more was filled, to the brim as far as we know.

Jammed, unknown and not reported change nothing: what was last known holds.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum

from drivers.core import Supply


class Consumable(StrEnum):
    """What is used up, with its unit."""

    ROLL = "roll"
    """Millimetres of a receipt printer's paper."""
    SHEETS = "sheets"
    """Sheets of A4."""
    TONER = "toner"
    """Percent."""


class Filled(StrEnum):
    """What one status amounts to."""

    NOTHING = "nothing"
    NEW = "new"
    """Full, as far as anybody can tell."""
    PARTLY = "partly"
    """Something was put in that is not full."""


@dataclass(frozen=True, slots=True)
class PaperSeen:
    """What has to be remembered of the statuses before."""

    state: Supply | None = None
    """The last one that said something: full, low or out."""
    opened: bool = False
    """The cover is open and the paper was low before."""


def look(
    seen: PaperSeen, consumable: Consumable, paper: Supply | None, *, cover_open: bool | None
) -> tuple[PaperSeen, Filled]:
    """Return what is to be remembered now, and whether somebody filled in paper before this status."""
    if consumable is Consumable.ROLL and cover_open:
        return replace(seen, opened=seen.opened or seen.state is Supply.LOW), Filled.NOTHING
    if paper not in {Supply.FULL, Supply.LOW, Supply.OUT}:
        return seen, Filled.NOTHING
    return PaperSeen(paper), _filled(seen, consumable, paper)


def _filled(seen: PaperSeen, consumable: Consumable, paper: Supply | None) -> Filled:
    was_out, was_low = seen.state is Supply.OUT, seen.state is Supply.LOW
    if consumable is Consumable.ROLL:
        if paper is Supply.FULL and (was_out or (was_low and seen.opened)):
            return Filled.NEW
        return Filled.PARTLY if paper is Supply.LOW and was_out else Filled.NOTHING
    if paper is Supply.FULL and (was_out or was_low):
        return Filled.NEW
    return Filled.PARTLY if paper is Supply.LOW and was_out else Filled.NOTHING
