# SPDX-License-Identifier: Apache-2.0
"""Levels and counters that an IPP printer tells: toner, trays, pages printed so far.

Printers use one of two ways: lists side by side (``marker-names``, ``marker-levels``, … of CUPS), or texts
of ``key=value;`` (``printer-supply``, ``printer-input-tray`` of PWG 5100.13, after the Printer MIB, RFC
3805). Negative levels mean "not known" or "some is left", and are not a figure.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from drivers.page_printer.ipp_message import Answer

ATTRIBUTES: Final = (
    "marker-names",
    "marker-levels",
    "marker-types",
    "marker-low-levels",
    "printer-supply",
    "printer-input-tray",
    "printer-impressions-completed",
    "printer-pages-completed",
)
_LOW_PERCENT: Final = 10
_MOST: Final = 16
"""Supplies and trays that are looked at; a printer that tells more of them is not believed."""
_MARKS_PAPER: Final = frozenset({"toner", "tonercartridge", "ink", "inkcartridge", "inkribbon"})
_PER_CENT: Final = 100
_A4_SIDES: Final = frozenset({21_000, 29_700})
"""In hundredths of a millimetre."""


@dataclass(frozen=True, slots=True)
class Level:
    """One supply. ``percent`` is what is left of it; of a waste box, as the printer means it."""

    kind: str
    colour: str
    percent: int | None
    low_percent: int = _LOW_PERCENT

    @property
    def is_low(self) -> bool:
        """Tell whether what marks the paper is nearly used up; an unknown level is not low."""
        return (
            self.kind in _MARKS_PAPER
            and self.percent is not None
            and self.percent <= self.low_percent
        )


def supply_levels(answer: Answer) -> tuple[Level, ...]:
    """Return the supplies that the printer tells, in its order; none told is an empty tuple."""
    told = tuple(_from_supplies(answer)) or tuple(_from_markers(answer))
    return told[:_MOST]


def tray_levels(answer: Answer) -> Mapping[str, str]:
    """Return the filling of each tray as ``level/capacity`` in sheets, where both are figures."""
    trays: dict[str, str] = {}
    for text in answer.texts("printer-input-tray")[:_MOST]:
        pairs = _pairs(text)
        level, capacity = _number(pairs.get("level")), _number(pairs.get("maxcapacity"))
        if pairs.get("name") and level is not None and capacity:
            trays[pairs["name"]] = f"{level}/{capacity}"
    return trays


def a4_sheets(answer: Answer) -> str:
    """Return what lies in all trays of A4 as ``level/capacity``; empty unless each of them tells both."""
    level = capacity = 0
    trays = [pairs for pairs in map(_pairs, answer.texts("printer-input-tray")) if _holds_a4(pairs)]
    for pairs in trays[:_MOST]:
        filled, most = _number(pairs.get("level")), _number(pairs.get("maxcapacity"))
        if filled is None or not most:
            return ""
        level, capacity = level + filled, capacity + most
    return f"{level}/{capacity}" if trays else ""


def pages_printed(answer: Answer) -> int | None:
    """Return how many pages the printer has printed in its life, ``None`` where it does not tell."""
    pages = answer.number("printer-impressions-completed")
    return answer.number("printer-pages-completed") if pages is None else pages


def details(answer: Answer) -> dict[str, str]:
    """Return levels and counters in plain words for staff."""
    told = {
        f"level.{'.'.join(filter(None, (level.kind, level.colour)))}": str(level.percent)
        for level in supply_levels(answer)
        if level.percent is not None
    }
    told |= {f"tray.{name}": filling for name, filling in tray_levels(answer).items()}
    if a4 := a4_sheets(answer):
        told["a4"] = a4
    pages = pages_printed(answer)
    return told if pages is None else told | {"pages": str(pages)}


def _from_supplies(answer: Answer) -> Iterator[Level]:
    for text in answer.texts("printer-supply"):
        pairs = _pairs(text)
        level, capacity = _number(pairs.get("level")), _number(pairs.get("maxcapacity"))
        colour = pairs.get("colorantname", "")
        yield Level(
            pairs.get("type", "other").lower(),
            "" if colour in {"unknown", "none"} else colour,
            min(_PER_CENT, level * _PER_CENT // capacity)
            if level is not None and capacity
            else None,
        )


def _from_markers(answer: Answer) -> Iterator[Level]:
    names = answer.texts("marker-names")
    kinds, lows = answer.texts("marker-types"), answer.numbers("marker-low-levels")
    for number, level in enumerate(answer.numbers("marker-levels")):
        kind = kinds[number] if number < len(kinds) else "other"
        name = names[number] if number < len(names) else str(number)
        low = lows[number] if number < len(lows) and lows[number] > 0 else _LOW_PERCENT
        yield Level(
            kind.replace("-", "").lower(), name, level if 0 <= level <= _PER_CENT else None, low
        )


def _holds_a4(tray: Mapping[str, str]) -> bool:
    """Tell by both sides; a sheet that is fed by hand lies in no tray."""
    sides = {_number(tray.get("mediafeed")), _number(tray.get("mediaxfeed"))}
    return sides == _A4_SIDES and not tray.get("type", "").startswith("sheetFeedManual")


def _pairs(text: str) -> dict[str, str]:
    pairs = (part.partition("=") for part in text.split(";"))
    return {key.strip(): value.strip() for key, _, value in pairs if key.strip()}


def _number(text: str | None) -> int | None:
    """Return a figure; ``None`` for the negative numbers that stand for "not known"."""
    if text is None or not text.isascii() or not text.isdigit() or len(text) > len("2147483647"):
        return None
    return int(text)
