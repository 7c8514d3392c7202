# SPDX-License-Identifier: Apache-2.0
"""The slip on paper: aligned, complete, scannable, and free of commands that nobody meant."""

from __future__ import annotations

import logging
import re
import tempfile
from pathlib import Path

import pytest
import zxingcpp
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from drivers.core import Receipt
from drivers.receipt_printer.encoding import columns_of
from drivers.receipt_printer.glyphs import GlyphDrawer
from drivers.receipt_printer.layout import (
    NO_LINE_STARTS_WITH,
    RuleBlock,
    TextBlock,
    lay_out,
    wrap,
)
from drivers.receipt_printer.profiles import PROFILES
from drivers.receipt_printer.rendering import ReceiptError, defused, feed, render
from drivers.sim.escpos_machine import PrinterMachine
from drivers.sim.receipt_text import decode_receipt
from drivers.sim.slip_picture import draw_slip

DRAWER = GlyphDrawer()
SLIP = Receipt(
    title="受理回执\nAcceptance receipt",
    rows=(("办理事项", "高龄津贴申领"), ("姓名", "王𬱖"), ("承诺办结", "12月4日（周五）前")),
    notes=("请保管好这张小票，凭受理编号可以查询办理进度，也可以拨打电话询问。",),
    qr="https://example.invalid/progress?c=1121-4821-0007-3",
    number="1121-4821-0007-3",
)


def printed(receipt: Receipt, model: str) -> tuple[Image.Image, PrinterMachine]:
    profile = PROFILES[model]
    machine = PrinterMachine(dots=profile.dots)
    answers = machine.receive(render(receipt, profile, DRAWER).data)
    assert answers == b"", "a slip must never hold a real-time command"
    while machine.work() is not None:
        pass
    assert machine.cleared == 0
    assert len(machine.slips) == 1
    return draw_slip(machine.slips[0], profile.dots), machine


@pytest.mark.parametrize("model", sorted(PROFILES))
def test_every_model_prints_the_whole_slip_and_cuts_it(model: str) -> None:
    picture, machine = printed(SLIP, model)
    text = decode_receipt(machine.slips[0].raw)
    flat = text.replace("\n", "").replace(" ", "")
    for part in ("受理回执", "Acceptancereceipt", "1121-4821-0007-3", "高龄津贴申领", "办理进度"):
        assert part in flat
    assert text.endswith("\f")
    assert picture.height > 8 * 80


@pytest.mark.parametrize("model", sorted(PROFILES))
def test_a_phone_reads_the_code_from_the_paper(model: str) -> None:
    picture, _ = printed(SLIP, model)
    found = zxingcpp.read_barcodes(picture, formats=zxingcpp.BarcodeFormat.QRCode)
    assert [code.text for code in found] == [SLIP.qr]


@pytest.mark.parametrize("model", sorted(PROFILES))
def test_the_estimated_length_is_about_the_real_one(model: str) -> None:
    profile = PROFILES[model]
    job = render(SLIP, profile, DRAWER)
    _, machine = printed(SLIP, model)
    real = machine.slips[0].dots / profile.dots_per_mm
    assert real * 0.9 <= job.length_mm <= real * 1.15


def test_a_code_with_control_bytes_is_drawn_instead_of_sent() -> None:
    picture, _ = printed(Receipt(title="回执", qr="a\x10\x05\x02b"), "epson")
    found = zxingcpp.read_barcodes(picture, formats=zxingcpp.BarcodeFormat.QRCode)
    assert found[0].bytes == b"a\x10\x05\x02b"


def test_values_start_in_one_column() -> None:
    text = decode_receipt(render(SLIP, PROFILES["generic"], DRAWER).data)
    lines = [line for line in text.split("\n") if line.startswith(("办理事项", "姓名", "承诺办结"))]
    starts = {
        columns_of(re.split(r" {2,}", line)[0] + re.search(r" {2,}", line)[0]) for line in lines
    }  # type: ignore[index] - every row has its gap
    assert len(lines) == 3
    assert starts == {10}


def test_second_lines_of_title_and_rows_carry_english() -> None:
    receipt = Receipt(title="受理回执\nReceipt", rows=(("事项\nMatter", "津贴\nAllowance"),))
    text = decode_receipt(render(receipt, PROFILES["generic"], DRAWER).data)
    assert "受理回执\nReceipt\n" in text
    assert "事项    津贴\nMatter  Allowance" in text


def test_english_behind_chinese_takes_its_own_line_where_both_do_not_fit() -> None:
    receipt = Receipt(
        title="x",
        rows=(
            ("临时编号 Provisional number", "1121"),
            ("状态 State", "还没有送达平台，请留好凭条 Not at the platform yet"),
        ),
        notes=("可凭编号打电话查询办理进度和结果 You may call and give this number",),
    )
    text = decode_receipt(render(receipt, PROFILES["generic"], DRAWER).data)
    assert "临时编号            1121\nProvisional number\n" in text
    assert "状态 State          还没有送达平台，请留好凭条\n" in text
    assert "· 可凭编号打电话查询办理进度和结果\n   You may call" in text


@pytest.mark.parametrize(
    ("number", "size"),
    [("A17", 4), ("1121-4821-0007-3", 3), ("360702202611210001", 2), ("x" * 40, 1)],
)
def test_the_number_is_as_large_as_one_line_holds(number: str, size: int) -> None:
    blocks = lay_out(Receipt(title="回执", number=number), 48, columns_of)
    found = [block for block in blocks if isinstance(block, TextBlock) and block.text == number]
    assert [block.width for block in found] == [size]
    assert found[0].height >= 2


@pytest.mark.parametrize(
    ("title", "lines"),
    [
        ("办件回执 Receipt", [("办件回执", 2), ("Receipt", 1)]),
        ("临时凭条（还没有送达平台）", [("临时凭条", 2), ("（还没有送达平台）", 2)]),
        ("社会保险参保证明打印回执单据", [("社会保险参保证", 2), ("明打印回执单据", 2)]),
        ("受理回执 A", [("受理回执 A", 2)]),
        ("长" * 30, [("长" * 15, 1), ("长" * 15, 1)]),
    ],
)
def test_titles_break_where_a_reader_would(title: str, lines: list[tuple[str, int]]) -> None:
    blocks = lay_out(Receipt(title=title), 48, columns_of)
    assert [(b.text, b.width) for b in blocks if isinstance(b, TextBlock)] == lines


def test_digits_are_grouped_by_spacing_and_stay_one_word() -> None:
    data = render(Receipt(title="x", number="360702202611"), PROFILES["generic"], DRAWER).data
    assert "360702202611" in decode_receipt(data)
    assert data.count(b"\x1b \x0c") == 2


def test_a_slip_of_only_a_title_has_no_rule() -> None:
    assert not [
        b for b in lay_out(Receipt(title="回执"), 48, columns_of) if isinstance(b, RuleBlock)
    ]


@given(st.text(st.sampled_from("办理，。（）“”A b1-…进度"), max_size=80), st.integers(6, 48))
def test_wrapped_lines_fit_and_lose_nothing(text: str, columns: int) -> None:
    lines = wrap(text, columns, columns_of)
    assert all(columns_of(line) <= columns for line in lines)
    assert "".join(lines).replace(" ", "") == text.replace(" ", "")


def test_no_line_starts_with_closing_punctuation() -> None:
    lines = wrap("请您保管好这张小票，凭编号（十六位）查询进度。" * 4, 20, columns_of)
    assert len(lines) > 4
    assert not [line for line in lines if line[0] in NO_LINE_STARTS_WITH]


@given(st.binary(max_size=400))
def test_pictures_never_hold_real_time_commands(data: bytes) -> None:
    safe = defused(data)
    assert not re.search(rb"\x10[\x04\x05\x14]", safe)
    assert not safe.endswith(b"\x10")
    assert len(safe) == len(data)
    assert PrinterMachine().receive(safe) == b""


@given(st.text(max_size=40), st.text(max_size=40), st.sampled_from(sorted(PROFILES)))
@settings(max_examples=60)
def test_no_slip_holds_a_real_time_command(text: str, code: str, model: str) -> None:
    job = render(Receipt(title=text, number=text, qr=code), PROFILES[model], DRAWER)
    assert not re.search(rb"\x10[\x04\x05\x14]", job.data)


@given(st.integers(0, 1000))
def test_feeds_add_up_and_hold_no_dle(dots: int) -> None:
    machine = PrinterMachine()
    before = machine.left_mm
    machine.receive(feed(dots))
    while machine.work() is not None:
        pass
    assert round((before - machine.left_mm) * 8) == dots
    assert b"\x10" not in feed(dots)


def test_a_slip_that_no_printer_could_print_is_refused() -> None:
    with pytest.raises(ReceiptError, match=r"receipt\.too_long"):
        render(Receipt(title="长" * 7000), PROFILES["generic"], DRAWER)
    with pytest.raises(ReceiptError, match=r"receipt\.qr_too_long"):
        render(Receipt(title="回执", qr="x" * 3000), PROFILES["generic"], DRAWER)


def test_rendering_leaves_no_files_and_no_log_handlers() -> None:
    before = set(Path(tempfile.gettempdir()).iterdir())
    handlers = logging.root.handlers[:]
    render(SLIP, PROFILES["generic"], DRAWER)
    assert logging.root.handlers == handlers
    added = set(Path(tempfile.gettempdir()).iterdir()) - before
    assert not [path for path in added if any(path.glob("*.capabilities.pickle"))]
