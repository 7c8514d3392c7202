# SPDX-License-Identifier: Apache-2.0
"""The readiness report: what was examined, what it came to, signed by the terminal.

One page that a host can hang beside the terminal and an auditor can check: the QR code carries the
verdict, the version of the software and the hash of the findings, signed with the terminal's key, so that
nobody can draw a better one.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final

import jinja2
import rfc8785
import segno
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from drivers.core import Verdict
from kiosk.diagnostics.examination import in_order
from kiosk.diagnostics.finding import Finding, ready
from kiosk.protocol.assertion import sign_token, verified_claims
from kiosk.words import Language, knows, say

AUDIENCE: Final = "hall24-readiness"
_GOOD_FOR_S: Final = 10 * 365 * 86_400
"""A report is proof of a day in the past; it does not run out while anybody may ask for it."""

_PAGE: Final = Path(__file__).with_name("readiness.html")


@dataclass(frozen=True, slots=True)
class Facts:
    """Of which terminal, when, by whom."""

    terminal: str
    """Empty where it is not enrolled."""
    place: str
    software: str
    at: datetime
    by: str
    run: int
    simulated: bool
    """Some device is a simulator: the report says so in its title."""


def findings_sha256(findings: Sequence[Finding]) -> str:
    """Return the hash of what was found, in the order it was found (RFC 8785, SHA-256, hex)."""
    rows = [
        [found.part, found.check, found.verdict.value, found.reason, dict(found.figures)]
        for found in findings
    ]
    return hashlib.sha256(rfc8785.dumps(rows)).hexdigest()


def seal_of(facts: Facts, findings: Sequence[Finding], key: Ed25519PrivateKey) -> str:
    """Return what the QR code carries: a signed token (RFC 7519, EdDSA) without anything personal."""
    now = int(facts.at.timestamp())
    counts = Counter(found.verdict.value for found in findings)
    claims: dict[str, Any] = {
        "iss": facts.terminal,
        "sub": facts.terminal,
        "aud": AUDIENCE,
        "iat": now,
        "exp": now + _GOOD_FOR_S,
        "software": facts.software,
        "run": facts.run,
        "ready": ready(findings),
        "simulated": facts.simulated,
        "counts": dict(sorted(counts.items())),
        "findings": findings_sha256(findings),
    }
    return sign_token(claims, key)


def read_seal(token: str, key: Ed25519PublicKey, now: float) -> dict[str, Any]:
    """Return what a report's QR code says. Raises ``TokenInvalidError`` when this key did not sign it."""
    return verified_claims(token, key, audience=AUDIENCE, now=now)


def seal_picture(seal: str) -> str:
    """Return the QR code as a ``data:`` address; empty for no seal."""
    if not seal:
        return ""
    code = segno.make(seal, error="l", micro=False)
    return str(code.png_data_uri(scale=4, border=2))


def report_html(
    facts: Facts, findings: Sequence[Finding], qr: str, language: Language = "zh"
) -> str:
    """Return the page; ``qr`` is the picture of the seal as a ``data:`` address, empty for none."""
    rows = [_row(found, language) for found in in_order(findings)]
    told = [
        (say("diag.report.place", language), facts.place or "—"),
        (say("diag.report.terminal", language), facts.terminal or "—"),
        (say("diag.report.software", language), facts.software),
        (say("diag.report.at", language), facts.at.strftime("%Y-%m-%d %H:%M %z")),
        (say("diag.report.by", language), facts.by),
        (say("diag.report.run", language), str(facts.run)),
    ]
    title = "diag.report.title_simulated" if facts.simulated else "diag.report.title"
    page = jinja2.Template(_PAGE.read_text("utf-8"), autoescape=True)
    html: str = page.render(
        words={
            "title": say(title, language),
            "fit": say("diag.report.fit", language),
            "unfit": say("diag.report.unfit", language),
            "qr": say("diag.report.qr", language),
            "findings": say("diag.report.findings", language),
            "small_print": say("diag.report.small_print", language),
        },
        fit=ready(findings),
        facts=told,
        qr=qr,
        rows=rows,
    )
    return html


def _row(found: Finding, language: Language) -> dict[str, str]:
    needs = found.verdict in {Verdict.FAIL, Verdict.UNKNOWN}
    return {
        "part": part_words(found.part, language),
        "check": check_words(found.check, language),
        "verdict": found.verdict.value,
        "said": say(f"diag.verdict.{found.verdict.value}", language),
        "reason": reason_words(found, language) if found.reason else "",
        "todo": say(f"diag.recovery.{found.recovery}", language) if needs else "",
        "figures": figures_words(found, language),
    }


def part_words(part: str, language: Language = "zh") -> str:
    """Return a slot's or part's name; a slot with a name of its own keeps that."""
    for key in (f"diag.part.{part}", f"role.{part}"):
        if knows(key):
            return say(key, language)
    return part


def check_words(check: str, language: Language = "zh") -> str:
    """Return what is checked; the plain name where a driver of somebody else has a check of its own."""
    key = f"diag.check.{check}"
    return say(key, language) if knows(key) else check


def reason_words(found: Finding, language: Language = "zh") -> str:
    """Return why, with the stable code as small print."""
    for key in (f"diag.reason.{found.reason}", f"code.{found.reason}"):
        if knows(key):
            return f"{say(key, language, device=part_words(found.part, language))} ({found.reason})"
    return found.reason


def figures_words(found: Finding, language: Language = "zh") -> str:
    """Return the figures with their units."""
    told = []
    for name, value in found.figures.items():
        key = f"diag.figure.{name}"
        told.append(say(key, language, value=f"{value:g}") if knows(key) else f"{name} {value:g}")
    return "，".join(told) if language == "zh" else ", ".join(told)
