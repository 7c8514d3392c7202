# SPDX-License-Identifier: Apache-2.0
"""Why the platform cannot be reached, in one word: the only place where codes of the link get a meaning.

The screen, ``kiosk outbox sync`` and the heartbeat all say what this says. Words for people stand in
``kiosk/words`` under ``link_reason.<reason>`` and ``link_advice.<reason>``.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Final


class LinkReason(StrEnum):
    """What is between us and the platform."""

    ONLINE = "online"
    STARTING = "starting"
    """Not tried yet."""
    NO_ROUTE = "no_route"
    """This machine has no network."""
    NAME = "name"
    """The network is there, the platform's name is not known in it."""
    SILENT = "silent"
    """The name is known, nobody answers."""
    CUT = "cut"
    """Connections break off."""
    TLS = "tls"
    """Somebody answers who cannot prove to be the platform."""
    CAPTIVE = "captive"
    """Somebody else answers: a log-in page, a proxy."""
    MAINTENANCE = "maintenance"
    """The platform, or what stands before it, asks for time."""
    CLOCK = "clock"
    """Our clock is wrong, so that nothing can be verified."""
    TERMINAL_REFUSED = "terminal_refused"
    """The platform answers and does not want this terminal."""
    ANSWER = "answer"
    """The platform's answers are not of the protocol, or it made a mistake."""
    SOFTWARE = "software"
    """A mistake of ours."""


SKEW_SHOWN_S: Final = 60.0
"""A clock that is wrong by more is said to staff; less nobody sees on a slip."""

_REASONS: Final = {
    "": LinkReason.ONLINE,
    "starting": LinkReason.STARTING,
    "link.starting": LinkReason.STARTING,
    "link.no_route": LinkReason.NO_ROUTE,
    "link.name": LinkReason.NAME,
    "link.refused": LinkReason.SILENT,
    "link.timeout": LinkReason.SILENT,
    "link.cut": LinkReason.CUT,
    "link.tls": LinkReason.TLS,
    "link.tls_early": LinkReason.CLOCK,
    "link.captive": LinkReason.CAPTIVE,
    "platform.busy": LinkReason.MAINTENANCE,
    "terminal.clock": LinkReason.CLOCK,
    "platform.unauthorized": LinkReason.TERMINAL_REFUSED,
    "platform.revoked": LinkReason.TERMINAL_REFUSED,
    "platform.http_401": LinkReason.TERMINAL_REFUSED,
    "platform.http_403": LinkReason.TERMINAL_REFUSED,
    "token.replayed": LinkReason.TERMINAL_REFUSED,
    "software.fault": LinkReason.SOFTWARE,
    "sync.unexpected": LinkReason.SOFTWARE,
}


def link_reason(code: str, skew_s: float | None = None) -> LinkReason:
    """Return what a stable code of the link or the platform means.

    ``skew_s`` is the platform's time minus ours as it was last known. A certificate that has run out by our
    clock has run out, unless that clock is known to be ahead; one that is not valid yet is our clock's fault:
    nobody installs certificates of the future.
    """
    if code == "link.tls_late":
        return LinkReason.CLOCK if (skew_s or 0.0) < -SKEW_SHOWN_S else LinkReason.TLS
    known = _REASONS.get(code)
    if known is not None:
        return known
    return LinkReason.SILENT if code.startswith("link.") else LinkReason.ANSWER


def skew_worth_saying(skew_s: float | None) -> float | None:
    """Return the skew when it is large enough to matter to a person, else ``None``."""
    return skew_s if skew_s is not None and abs(skew_s) > SKEW_SHOWN_S else None
