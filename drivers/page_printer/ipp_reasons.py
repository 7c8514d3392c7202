# SPDX-License-Identifier: Apache-2.0
"""What a printer says of itself (RFC 8011 §5.4.11 and §5.4.12, PWG 5100.9), as our conditions.

A reason may end in ``-error``, ``-warning`` or ``-report``; without one of them it is an error. An error
keeps the printer from going on; a warning does not, unless the printer stands still; a report is history,
but for ``offline-report``, by which CUPS says that the printer behind its queue does not answer.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

from drivers.core import Condition, Recovery, Status, Supply
from drivers.page_printer.ipp_message import Answer, PrinterState
from drivers.page_printer.ipp_supplies import details, supply_levels

A4: Final = "iso_a4_210x297mm"

ATTRIBUTES: Final = (
    "printer-state",
    "printer-state-reasons",
    "printer-is-accepting-jobs",
    "media-ready",
)

_SEVERITIES: Final = ("-error", "-warning", "-report")
_TABLE: Final = tuple(
    (re.compile(pattern), code, recovery)
    for pattern, code, recovery in (
        # Most serious first: of several, this is the one to begin with.
        (r"media-jam|[a-z-]+-jam", "media.jam", Recovery.CLEAR),
        (r"([a-z-]+-)?(cover|door|interlock)-open", "media.cover_open", Recovery.CLEAR),
        (r"(input|output)-tray-missing", "media.tray_missing", Recovery.CLEAR),
        (r"[a-z-]+-feed|[a-z-]+-pick-roller-failure", "media.not_fed", Recovery.CLEAR),
        (r"input-cannot-feed-size-selected", "media.wrong", Recovery.CLEAR),
        (r"input-media-(size|type|form-parts)-change", "media.wrong", Recovery.CLEAR),
        (r"media-(empty|needed)|media-path-input-empty", "media.out", Recovery.CLEAR),
        (r"input-manual-input-request", "media.out", Recovery.CLEAR),
        (r"output-area-full|media-path-output-full", "media.output_full", Recovery.CLEAR),
        (
            r"(toner|marker-supply|marker-ink|developer)-(empty|missing)",
            "toner.out",
            Recovery.CLEAR,
        ),
        (r"marker-waste(-[a-z-]+)?-(full|missing)", "toner.waste_full", Recovery.CLEAR),
        (r"fuser-(over|under)-temp", "printer.hot", Recovery.WAIT),
        (r"[a-z-]+-(failure|life-over)", "printer.defect", Recovery.SERVICE),
        (r"spool-area-full", "printer.full", Recovery.WAIT),
        (r"moving-to-paused|paused", "printer.paused", Recovery.RESET),
        (r"shutdown", "printer.shut_down", Recovery.CLEAR),
        (r"offline|timed-out|connecting-to-device", "printer.offline", Recovery.CLEAR),
    )
)
BLOCKING: Final = frozenset(code for _, code, _ in _TABLE) | {
    "printer.stopped",
    "printer.not_accepting",
}
"""Codes with which a job does not go on by itself."""

_MEDIA_OUT: Final = re.compile(r"media-empty|media-path-input-empty")
_LOW_PAPER: Final = re.compile(r"media-low")
_LOW_TONER: Final = re.compile(
    r"(toner|marker-supply|marker-ink|developer)-(low|empty|almost-empty)"
)


def status_from(answer: Answer) -> Status:
    """Return the snapshot that a printer's attributes amount to."""
    reasons = answer.keywords("printer-state-reasons")
    state = answer.number("printer-state")
    code, recovery = _trouble(reasons, answer, stands=state == PrinterState.STOPPED)
    if not code and state == PrinterState.STOPPED:
        code, recovery = "printer.stopped", Recovery.RESET
    if not code and answer.attributes.get("printer-is-accepting-jobs") == (False,):
        code, recovery = "printer.not_accepting", Recovery.CONFIGURE
    told = details(answer)
    if reasons:
        told["reasons"] = " ".join(sorted(reasons))
    return Status(
        _condition(code, state),
        code,
        recovery,
        paper=_paper(code, reasons, answer),
        toner=_toner(code, reasons, answer),
        cover_open=code == "media.cover_open",
        details=told,
    )


def _trouble(reasons: frozenset[str], answer: Answer, *, stands: bool) -> tuple[str, Recovery]:
    blocking = {base for base, severity in map(_split, reasons) if _blocks(base, severity, stands)}
    # A queue of CUPS lists what its PPD knows, whatever lies in the trays.
    ready = frozenset() if answer.text("cups-version") else answer.keywords("media-ready")
    if A4 in ready:
        # Some *other* tray is empty: the reason does not say which one.
        blocking = {base for base in blocking if not _MEDIA_OUT.fullmatch(base)}
    for pattern, code, recovery in _TABLE:
        if any(pattern.fullmatch(base) for base in blocking):
            return code, recovery
    if ready and A4 not in ready:
        return ("media.out" if _any(_MEDIA_OUT, reasons) else "media.wrong"), Recovery.CLEAR
    return "", Recovery.NONE


def _split(reason: str) -> tuple[str, str]:
    for severity in _SEVERITIES:
        if reason.endswith(severity):
            return reason.removesuffix(severity), severity
    return reason, "-error"


def _blocks(base: str, severity: str, stands: bool) -> bool:  # noqa: FBT001 - one of three facts
    if base == "offline":
        return True
    return severity == "-error" or (severity == "-warning" and stands)


def _any(pattern: re.Pattern[str], reasons: Iterable[str]) -> bool:
    return any(pattern.fullmatch(_split(reason)[0]) for reason in reasons)


def _condition(code: str, state: int | None) -> Condition:
    if not code:
        return Condition.BUSY if state == PrinterState.PROCESSING else Condition.ONLINE
    if code == "printer.defect":
        return Condition.HARDWARE_ERROR
    return Condition.OFFLINE if code.startswith("printer.") else Condition.USER_ERROR


def _paper(code: str, reasons: frozenset[str], answer: Answer) -> Supply:
    if code == "media.jam":
        return Supply.JAMMED
    if code in {"media.out", "media.wrong", "media.tray_missing"}:
        return Supply.OUT
    if "printer-state-reasons" not in answer.attributes or code == "printer.offline":
        return Supply.UNKNOWN
    return Supply.LOW if _any(_LOW_PAPER, reasons) else Supply.FULL


def _toner(code: str, reasons: frozenset[str], answer: Answer) -> Supply | None:
    """``None``: this printer tells nothing of its toner."""
    levels = supply_levels(answer)
    if code == "toner.out":
        return Supply.OUT
    if _any(_LOW_TONER, reasons) or any(level.is_low for level in levels):
        return Supply.LOW
    if not levels:
        return None
    return Supply.FULL if any(level.percent is not None for level in levels) else Supply.UNKNOWN
