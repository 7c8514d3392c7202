# SPDX-License-Identifier: Apache-2.0
"""What a SANE device can do, read from the list of options that ``scanimage --all-options`` prints.

A line of it names an option, its values and, in brackets, the one that is set: ``--source Flatbed|ADF [Flatbed]``,
``--duplex[=(yes|no)] [no]``; ``[inactive]`` is an option that this device lacks now (scanimage(1)). Backends
name a feeder as they like: SANE's own test device says ``Automatic Document Feeder``, others ``ADF``, ``ADF
Front``, ``ADF Duplex``; some have both sides in ``--adf-mode`` or a switch ``--duplex``.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final

AS_REPORTED: Final = "as reported"
"""In a configuration: what the device itself says."""

_LINE: Final = re.compile(
    r"^ +--([a-z0-9-]{1,40})(?:\[=\((.{1,400}?)\)\]| (.{1,400}?)) \[(.{0,100})\]$"
)
_INACTIVE: Final = "inactive"
_MOST_BYTES: Final = 200_000
"""Of the list; the longest ones have some thousands."""
_FEEDER_WORDS: Final = ("adf", "feeder")
_BOTH_WORD: Final = "duplex"
_BACK_WORD: Final = "back"


@dataclass(frozen=True, slots=True)
class ScannerOptions:
    """Options that can be set, each with its possible values."""

    values: Mapping[str, tuple[str, ...]] = field(default_factory=lambda: MappingProxyType({}))

    @property
    def flatbed(self) -> str:
        """The source for one page; empty where the device does not let one choose, or has no glass."""
        return next((each for each in self._sources if "flatbed" in each.lower()), "")

    @property
    def feeder(self) -> str:
        """The source of single-sided sheets; empty without a feeder."""
        return next((each for each in self._sources if _is_feeder(each)), "")

    def both_sides(self, feeder: str) -> tuple[str, ...]:
        """Return the arguments that make it take both sides of the sheets in ``feeder``; empty if it cannot."""
        source = next((each for each in self._sources if _BOTH_WORD in each.lower()), "")
        if source:
            return (f"--source={source}",)
        mode = next(
            (each for each in self.values.get("adf-mode", ()) if _BOTH_WORD in each.lower()), ""
        )
        if mode:
            return (f"--source={feeder}", f"--adf-mode={mode}")
        if "yes" in self.values.get(_BOTH_WORD, ()):
            return (f"--source={feeder}", f"--{_BOTH_WORD}=yes")
        return ()

    @property
    def _sources(self) -> tuple[str, ...]:
        return self.values.get("source", ())


def read_options(listed: bytes) -> ScannerOptions:
    """Read the list. Whatever is no such line is passed over; never raises."""
    found: dict[str, tuple[str, ...]] = {}
    for line in listed[:_MOST_BYTES].decode("utf-8", "replace").splitlines():
        match = _LINE.match(line)
        if match is not None and match[4] != _INACTIVE:
            found[match[1]] = tuple((match[2] or match[3]).split("|"))
    return ScannerOptions(MappingProxyType(found))


def _is_feeder(source: str) -> bool:
    words = source.lower()
    is_single = _BOTH_WORD not in words and _BACK_WORD not in words
    return is_single and any(word in words for word in _FEEDER_WORDS)
