# SPDX-License-Identifier: Apache-2.0
"""The readiness report says what was found, and nobody can draw a better one."""

from __future__ import annotations

import datetime as dt
import io
import re
from dataclasses import replace
from pathlib import Path
from types import ModuleType

import pypdfium2
import pytest
import zxingcpp
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from pytestqt.qtbot import QtBot

from drivers.core import Recovery
from kiosk.diagnostics import keeping_checks, machine_checks, network_path
from kiosk.diagnostics.finding import Finding, failed, not_known, passed
from kiosk.diagnostics.report import (
    Facts,
    findings_sha256,
    read_seal,
    report_html,
    seal_of,
    seal_picture,
)
from kiosk.protocol.assertion import TokenInvalidError
from kiosk.words import all_words
from ui.report_pages import pdf_of

AT = dt.datetime(2026, 11, 24, 9, 30, tzinfo=dt.UTC)
FACTS = Facts("T360702-000001", "示范大厅", "0.1.0", AT, "technician", 7, simulated=True)
FINDINGS = (
    passed("terminal", "memory", free_mb=812),
    failed("receipt_printer", "paper", "media.out", Recovery.CLEAR),
    not_known("terminal", "temperature", "temperature.not_told"),
)


def test_the_seal_names_terminal_verdict_and_findings() -> None:
    key = Ed25519PrivateKey.generate()
    told = read_seal(seal_of(FACTS, FINDINGS, key), key.public_key(), AT.timestamp() + 86_400 * 700)
    assert told["ready"] is False
    assert told["simulated"] is True
    assert told["counts"] == {"fail": 1, "pass": 1, "unknown": 1}
    assert told["findings"] == findings_sha256(FINDINGS)
    better = (FINDINGS[0], passed("receipt_printer", "paper"), FINDINGS[2])
    assert told["findings"] != findings_sha256(better)


def test_another_terminals_key_seals_nothing_for_this_one() -> None:
    seal = seal_of(FACTS, FINDINGS, Ed25519PrivateKey.generate())
    with pytest.raises(TokenInvalidError):
        read_seal(seal, Ed25519PrivateKey.generate().public_key(), AT.timestamp())


def test_the_page_reads_in_chinese_and_its_code_can_be_scanned(qtbot: QtBot) -> None:
    del qtbot  # there is an application now
    key = Ed25519PrivateKey.generate()
    seal = seal_of(FACTS, FINDINGS, key)
    pdf = pdf_of(report_html(FACTS, FINDINGS, seal_picture(seal)), "report")
    document = pypdfium2.PdfDocument(io.BytesIO(pdf))
    page = document[0]
    text = page.get_textpage().get_text_range()
    assert "还不能对外服务" in text
    assert "模拟" in text
    assert text.index("media.out") < text.index("temperature.not_told")
    picture = page.render(scale=3).to_pil().convert("L")
    assert [code.text for code in zxingcpp.read_barcodes(picture)] == [seal]
    document.close()


def test_a_terminal_that_is_not_enrolled_gets_a_page_without_a_seal(qtbot: QtBot) -> None:
    del qtbot
    html = report_html(replace(FACTS, terminal="", place=""), FINDINGS[:1], seal_picture(""), "en")
    assert "Fit for residents" in html
    assert "<img" not in html
    assert pdf_of(html, "report").startswith(b"%PDF-")


def test_words_of_a_driver_cannot_break_the_page() -> None:
    strange = Finding("x", "<b>y</b>", FINDINGS[1].verdict, "</td><script>")
    assert "<script>" not in report_html(FACTS, [strange], "")


_REASON = re.compile(r'"((?:disk|memory|swap|temperature|clock|link|queue|audit)\.[a-z_]+)"')
_FIGURE = re.compile(
    r"\b([a-z_]+)=(?:round|len|up\b|skew\b|kbit_s\b|errors\b|count\b|hottest\b|0\))"
)


@pytest.mark.parametrize("module", [keeping_checks, machine_checks, network_path])
def test_every_reason_and_figure_of_our_checks_has_words(module: ModuleType) -> None:
    source = Path(str(module.__file__)).read_text("utf-8")
    needed = {f"diag.reason.{reason}" for reason in _REASON.findall(source)}
    needed |= {f"diag.figure.{name}" for name in _FIGURE.findall(source) if name != "elapsed_ms"}
    assert needed
    assert needed - all_words().keys() == set()
