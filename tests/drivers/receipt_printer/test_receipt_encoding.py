# SPDX-License-Identifier: Apache-2.0
"""Text for the printer: what its font holds is typed, the rest is drawn or named, nothing becomes ``?``."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.core import Receipt
from drivers.receipt_printer.encoding import Drawn, Typed, clean, clusters, columns_of, pieces
from drivers.receipt_printer.glyphs import GlyphDrawer
from drivers.receipt_printer.profiles import PROFILES
from drivers.receipt_printer.rendering import render
from drivers.sim.receipt_text import PICTURE, decode_receipt

NAMES = st.text(st.sampled_from("王苗李测试䶮𬱖㛃𠮷欧阳·é한A1 　"), max_size=20)
DRAWER = GlyphDrawer()


@given(st.text())
def test_every_text_is_split_without_loss(text: str) -> None:
    wanted = "".join(clusters(clean(text).replace("\n", " ")))
    assert "".join(piece.text for piece in pieces(text)) == wanted


@given(st.text())
def test_typed_runs_decode_to_what_they_say(text: str) -> None:
    for piece in pieces(text):
        if isinstance(piece, Typed):
            assert piece.data.decode("gbk") == piece.text
            assert piece.columns == len(piece.data)


@given(st.text())
def test_no_byte_of_a_text_is_a_control(text: str) -> None:
    data = b"".join(piece.data for piece in pieces(text) if isinstance(piece, Typed))
    assert all(byte >= 0x20 and byte != 0x7F for byte in data)


@given(st.text())
def test_drawn_characters_are_those_that_gbk_lacks(text: str) -> None:
    for piece in pieces(text):
        if isinstance(piece, Drawn) and len(piece.text) == 1:
            with pytest.raises(UnicodeEncodeError):
                piece.text.encode("gbk")


@given(st.text())
def test_the_width_of_a_text_is_that_of_its_parts(text: str) -> None:
    for piece in pieces(text):
        if isinstance(piece, Typed):
            assert columns_of(piece.text) == sum(2 if ord(c) > 0x7E else 1 for c in piece.text)
        else:
            assert piece.columns in {1, 2}
    assert columns_of(text) == sum(piece.columns for piece in pieces(text))


@pytest.mark.parametrize(
    ("text", "columns"),
    [("王苗苗", 6), ("A1-3", 4), ("“引”…—·", 12), ("é", 2), ("e\u0301", 2), ("王𬱖䶮", 6), ("", 0)],
)
def test_widths_are_those_of_the_printer(text: str, columns: int) -> None:
    # Quotation marks, ellipsis and accents are "ambiguous" to Unicode and two columns on paper.
    assert columns_of(text) == columns


def test_controls_and_invisible_characters_never_reach_the_printer() -> None:
    assert clean("a\x1b@\x10\x04\x01b\u200b\ufe0fc\u202ed\tx\u00a0y") == "a@bcd x y"
    assert clean("一\r\n二\u2028三\x0b四") == "一\n二\n三\n四"
    assert clean("\ud842") == "\ufffd"


def test_a_compatibility_character_of_a_name_keeps_its_form() -> None:
    assert clean("\uf92c") == "\uf92c"
    assert "".join(clusters("\uf92c")) == "\uf92c"
    assert unicodedata.normalize("NFC", "\uf92c") != "\uf92c"


@given(NAMES, st.sampled_from(sorted(PROFILES)))
def test_any_name_stands_on_the_slip_typed_or_drawn(name: str, model: str) -> None:
    profile = PROFILES[model]
    job = render(Receipt(title="回执", rows=(("姓名", name),)), profile, DRAWER)
    text = decode_receipt(job.data)
    assert job.substituted == 0
    assert "?" not in text
    assert "\ufffd" not in text
    expected = "".join(
        PICTURE if isinstance(piece, Drawn) else piece.text for piece in pieces(name)
    )
    for word in expected.split():
        assert word in text.replace("\n", "").replace(" ", "") or len(word) > 12


@given(st.text(max_size=30))
def test_no_text_breaks_the_slip_or_becomes_a_question_mark(text: str) -> None:
    receipt = Receipt(title=text, rows=((text, text),), notes=(text,), number=text)
    data = render(receipt, PROFILES["generic"], DRAWER).data
    decoded = decode_receipt(data)
    assert decoded.count("?") <= text.count("?") * 5
    assert "\ufffd" not in decoded


@pytest.mark.parametrize("letter", "ÜÉÅÑŐŻỄÇŞọ")
def test_a_drawn_letter_keeps_its_accent(letter: str) -> None:
    plain = unicodedata.normalize("NFD", letter)[0]

    def ink_height(character: str) -> int:
        edges = DRAWER.draw_cell(character, 1).getbbox()
        assert edges is not None
        return edges[3] - edges[1]

    assert ink_height(letter) >= ink_height(plain) + 2


def test_a_character_that_no_font_has_is_named_and_the_slip_says_so() -> None:
    job = render(Receipt(title="回执", rows=(("姓名", "王😀"),)), PROFILES["generic"], DRAWER)
    text = decode_receipt(job.data)
    assert job.substituted == 1
    assert "王〔U+1F600〕" in text
    assert "字库没有" in text


def test_without_any_font_rare_characters_are_named() -> None:
    drawer = GlyphDrawer(files=("/nowhere/font.ttf",))
    job = render(Receipt(title="回执", rows=(("姓名", "王𬱖"),)), PROFILES["generic"], drawer)
    assert not drawer.has_fonts
    assert "王〔U+2CC56〕" in decode_receipt(job.data)


def test_text_is_sent_in_chinese_mode_only() -> None:
    data = render(Receipt(title="回执"), PROFILES["generic"], DRAWER).data
    assert b"\x1b@" in data[:2]
    assert b"\x1c&" + "回执".encode("gbk") + b"\x1c." in data
