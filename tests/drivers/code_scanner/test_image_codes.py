# SPDX-License-Identifier: Apache-2.0
"""Codes in pictures are read as bytes, in every format and kind of picture."""

from __future__ import annotations

import io
import zlib

import numpy as np
import pytest
import segno
import zxingcpp
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageFilter

from drivers.code_scanner.image_codes import read_frame, read_picture
from drivers.core import CodeError, MisconfiguredError


def file_of(picture: Image.Image, kind: str = "PNG") -> bytes:
    out = io.BytesIO()
    picture.save(out, kind)
    return out.getvalue()


def qr(content: str | bytes, scale: int = 5, border: int = 4) -> Image.Image:
    out = io.BytesIO()
    segno.make_qr(content).save(out, kind="png", scale=scale, border=border)
    return Image.open(out).convert("L")


@pytest.mark.parametrize(
    ("content", "text"),
    [
        ("赣通码 0042", "赣通码 0042"),
        ("王苗苗".encode("gbk"), "王苗苗"),
        ("饒镕".encode("gbk"), "饒镕"),  # also valid Shift JIS
        ("王喆堃".encode("gbk"), "王喆堃"),
        ("䶮𬱖".encode("gb18030"), "䶮𬱖"),
        ("王苗苗", "王苗苗"),  # this library writes kanji mode here: Shift JIS bytes
        ("点茗ABC", "点茗ABC"),
        (b"\x00\x01\xff\xfebin", None),
    ],
)
def test_the_bytes_decide_not_the_librarys_guess(content: str | bytes, text: str | None) -> None:
    (code,) = read_picture(file_of(qr(content)))
    assert (code.format, code.text) == ("QRCode", text)
    if isinstance(content, bytes):
        assert code.data == content


@pytest.mark.parametrize("name", ["EAN13", "Code128", "Code39", "PDF417", "DataMatrix", "Aztec"])
def test_other_symbols_are_read_too(name: str) -> None:
    content = "6901234567892" if name == "EAN13" else "HALL24"
    symbol = zxingcpp.create_barcode(content, zxingcpp.BarcodeFormat.__members__[name])
    picture = Image.fromarray(np.array(symbol.to_image(scale=3)))
    assert [(code.format, code.text) for code in read_picture(file_of(picture))] == [
        (name, content)
    ]


def test_every_code_of_a_picture_is_found() -> None:
    sheet = Image.new("L", (800, 400), 255)
    sheet.paste(qr("eins"), (20, 20))
    sheet.paste(qr("zwei").rotate(90), (420, 120))
    assert {code.text for code in read_picture(file_of(sheet))} == {"eins", "zwei"}


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA", "I;16"])
def test_the_kind_of_picture_does_not_matter(mode: str) -> None:
    assert [code.text for code in read_picture(file_of(qr("A17").convert(mode)))] == ["A17"]


def test_sixteen_bits_and_transparency_are_understood() -> None:
    deep = Image.fromarray((np.array(qr("A17")).astype("uint16")) * 257)
    assert [code.text for code in read_picture(file_of(deep))] == ["A17"]
    grey = np.array(qr("A17"))
    clear = Image.fromarray(np.dstack([np.zeros_like(grey)] * 3 + [255 - grey]), "RGBA")
    assert [code.text for code in read_picture(file_of(clear))] == ["A17"]


@pytest.mark.parametrize("kind", ["JPEG", "BMP", "TIFF", "WEBP"])
def test_the_file_format_does_not_matter(kind: str) -> None:
    assert [code.text for code in read_picture(file_of(qr("A17"), kind))] == ["A17"]


def test_tight_small_pale_and_blurred_codes_are_found() -> None:
    dark = qr("GFM-0042" * 6, scale=4)
    pale = dark.point(lambda value: 200 + value // 10)
    for picture in (
        qr("GFM-0042", border=0),
        qr("GFM-0042" * 6, scale=1, border=1),
        pale,
        dark.filter(ImageFilter.GaussianBlur(1.5)),
        dark.rotate(31, expand=True, fillcolor=255),
    ):
        assert len(read_picture(file_of(picture))) == 1


def test_an_empty_picture_has_no_codes() -> None:
    assert read_picture(file_of(Image.new("RGB", (640, 480), "white"))) == ()


def test_only_wanted_formats_are_read_and_unknown_ones_refused() -> None:
    data = file_of(qr("A17"))
    assert read_picture(data, ["PDF417"]) == ()
    with pytest.raises(MisconfiguredError):
        read_picture(data, ["Hieroglyphs"])


def test_a_camera_frame_is_read_in_colour_and_grey() -> None:
    frame = np.full((480, 640, 3), 180, np.uint8)
    code = np.array(qr("帧"))
    frame[50 : 50 + code.shape[0], 60 : 60 + code.shape[1]] = code[..., None]
    assert [code.text for code in read_frame(frame)] == ["帧"]
    assert [code.text for code in read_frame(np.ascontiguousarray(frame[..., 0]))] == ["帧"]


@pytest.mark.parametrize("data", [b"", b"%PDF-1.7", b"\x89PNG\r\n\x1a\n", file_of(qr("A17"))[:120]])
def test_what_is_no_whole_picture_is_told(data: bytes) -> None:
    with pytest.raises(CodeError) as error:
        read_picture(data)
    assert error.value.code == "code.no_picture"


@pytest.mark.parametrize("edge", [9_200, 10_000, 60_000])
def test_a_picture_that_claims_to_be_huge_is_not_unpacked(edge: int) -> None:
    data = bytearray(file_of(Image.new("1", (8, 8))))
    data[16:24] = edge.to_bytes(4, "big") * 2
    data[29:33] = zlib.crc32(bytes(data[12:29])).to_bytes(4, "big")
    with pytest.raises(CodeError):
        read_picture(bytes(data))


SMALL = [file_of(qr("A17", scale=2), kind) for kind in ("PNG", "JPEG", "GIF", "BMP", "TIFF")]


@settings(max_examples=60)
@given(st.sampled_from(SMALL), st.lists(st.tuples(st.integers(0, 10**6), st.integers(0, 255))))
def test_a_damaged_file_is_codes_or_one_of_our_errors(
    data: bytes, damage: list[tuple[int, int]]
) -> None:
    broken = bytearray(data)
    for at, value in damage:
        broken[at % len(broken)] = value
    try:
        read_picture(bytes(broken))
    except CodeError as error:
        assert error.code == "code.no_picture"  # noqa: PT017 - nothing else may come
