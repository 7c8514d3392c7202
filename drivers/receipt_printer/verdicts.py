# SPDX-License-Identifier: Apache-2.0
"""From what a printer says of itself to its status and to the findings of a check. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from drivers.core import Check, Condition, Media, Recovery, Status, Supply, Verdict
from drivers.receipt_printer.dle_eot import Sign, trouble

_CONDITIONS: Final = {
    "media.cover_open": (Condition.USER_ERROR, Recovery.CLEAR),
    "media.jam": (Condition.USER_ERROR, Recovery.CLEAR),
    "media.out": (Condition.USER_ERROR, Recovery.CLEAR),
    "media.cutter": (Condition.HARDWARE_ERROR, Recovery.CLEAR),
    "dev.hardware": (Condition.HARDWARE_ERROR, Recovery.SERVICE),
    "dev.not_ready": (Condition.OFFLINE, Recovery.WAIT),
}

_FINDINGS: Final = (
    ("cover", Sign.COVER_OPEN, "media.cover_open"),
    ("paper", Sign.PAPER_END, "media.out"),
    ("cutter", Sign.CUTTER, "media.cutter"),
    ("hardware", Sign.UNRECOVERABLE, "dev.hardware"),
    ("on_line", Sign.OFFLINE, "dev.not_ready"),
)
_EXIT_SIGNS: Final = frozenset({Sign.AT_EXIT, Sign.EXIT_CLEAR})


def status_of(signs: frozenset[Sign], media: Media | None, details: Mapping[str, str]) -> Status:
    """Return the status that these signs amount to."""
    code = trouble(signs)
    paper = Supply.FULL
    if Sign.JAM in signs:
        paper = Supply.JAMMED
    elif Sign.PAPER_END in signs:
        paper = Supply.OUT
    elif Sign.PAPER_LOW in signs:
        paper = Supply.LOW
    condition, recovery = _CONDITIONS.get(code, (Condition.ONLINE, Recovery.NONE))
    if not code and paper is Supply.LOW:
        code, recovery = "media.low", Recovery.CLEAR
    return Status(
        condition,
        code,
        recovery,
        paper=paper,
        media=media,
        cover_open=Sign.COVER_OPEN in signs,
        details=details,
    )


def findings(signs: frozenset[Sign] | None, *, presenter: bool) -> list[Check]:
    """Return a check for each part; ``UNKNOWN`` where the printer (``None``: all of it) said nothing."""
    checks = [_finding(name, sign, code, signs) for name, sign, code in _FINDINGS]
    if presenter:
        told = signs is not None and bool(signs & (_EXIT_SIGNS | {Sign.JAM}))
        checks.append(_finding("presenter", Sign.JAM, "media.jam", signs if told else None))
    return checks


def _finding(name: str, sign: Sign, code: str, signs: frozenset[Sign] | None) -> Check:
    if signs is None:
        return Check(name, Verdict.UNKNOWN, "dev.mute")
    if sign in signs:
        recovery = _CONDITIONS[code][1]
        return Check(name, Verdict.FAIL, code, recovery.value)
    return Check(name, Verdict.PASS)
