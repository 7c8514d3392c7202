# SPDX-License-Identifier: Apache-2.0
"""Codes in pictures, found by zxing-cpp: for pictures from files and for frames of a camera.

The bytes of a code are taken, never the library's text: for GBK that text is mojibake. One exception,
because only the library knows of it: QR symbols in kanji mode hold Shift JIS, whatever was meant.
"""

from __future__ import annotations

import io
import warnings
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final, Protocol, cast

import zxingcpp
from PIL import Image, ImageOps

from drivers.camera.broken_picture import BROKEN_PICTURE
from drivers.code_scanner.code_text import decode_code, is_printable
from drivers.core import CodeError, MisconfiguredError, ScannedCode

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

MAX_PIXELS: Final = 80_000_000
"""A picture that claims to be larger is not unpacked."""

PICTURE_FORMATS: Final = ("PNG", "JPEG", "BMP", "GIF", "TIFF", "WEBP", "PPM")
"""Pillow's names. The rest of its formats would only be more code for a damaged file to reach."""

_SMALL_EDGE_PX: Final = 800
"""A picture with no edge above this is also tried twice as large."""
_QUIET_ZONE: Final = 0.08
"""Border to add, as a part of the longer edge, where a code was cut out without its margin."""


class _Found(Protocol):
    """What is used of ``zxingcpp.Barcode``."""

    @property
    def text(self) -> str: ...
    @property
    def bytes(self) -> bytes: ...


def read_picture(data: bytes, formats: Iterable[str] = ()) -> tuple[ScannedCode, ...]:
    """Find every code in a PNG, JPEG or other picture file; empty when there is none.

    ``formats`` are names such as ``QRCode`` or ``PDF417``; none means all. Raises ``CodeError``
    (``code.no_picture``) when ``data`` is no whole picture, ``MisconfiguredError``
    (``code.unknown_format``). A binary code is a result, too; its ``text`` is ``None`` then.
    """
    wanted = chosen_formats(formats)
    grey = _grey_picture(data)
    for attempt in _attempts(grey):
        if codes := _read(attempt, wanted):
            return codes
    return ()


def read_frame(
    frame: NDArray[np.uint8], formats: Iterable[str] = ("QRCode",)
) -> tuple[ScannedCode, ...]:
    """Find the codes in one camera frame: rows × columns (grey) or rows × columns × 3 (BGR).

    One look, no second attempt: the next frame comes soon. QR only by default, which takes about 2 ms a
    frame instead of 18 (feasibility, measured). Raises ``MisconfiguredError`` (``code.unknown_format``).
    """
    return _read(frame, chosen_formats(formats))


def chosen_formats(names: Iterable[str]) -> zxingcpp.BarcodeFormats:
    """Turn names of symbols into the library's; none is all. Raises ``MisconfiguredError``."""
    found = []
    for name in names:
        kind = zxingcpp.BarcodeFormat.__members__.get(name)
        if kind is None:
            raise MisconfiguredError.because("code.unknown_format", format=name)
        found.append(kind)
    return zxingcpp.BarcodeFormats(found)


def _grey_picture(data: bytes) -> Image.Image:
    try:
        with _strict_about_size(), _opened(data) as picture:
            if picture.width * picture.height > MAX_PIXELS:
                raise CodeError("code.no_picture")
            picture.load()
            return _grey(picture)
    except BROKEN_PICTURE:
        raise CodeError("code.no_picture") from None


def _opened(data: bytes) -> Image.Image:
    return Image.open(io.BytesIO(data), formats=PICTURE_FORMATS)


@contextmanager
def _strict_about_size() -> Iterator[None]:
    """Let Pillow refuse what it would only warn of, and be quiet about odd pictures."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        warnings.simplefilter("error", Image.DecompressionBombWarning)
        yield


def _grey(picture: Image.Image) -> Image.Image:
    """Put it on white and take the colours away."""
    if picture.mode.startswith(("I", "F")):
        # 16 bits and more: stretch to 8 bits, because a plain conversion clips at 255.
        wide = picture.convert("F")
        low, high = (cast("float", edge) for edge in wide.getextrema())
        scale = 255.0 / ((high - low) or 1.0)
        return wide.point(lambda value: value * scale - low * scale).convert("L")
    if picture.has_transparency_data:
        colours = picture.convert("RGBA")
        white = Image.new("RGBA", colours.size, "white")
        return Image.alpha_composite(white, colours).convert("L")
    return picture.convert("L")


def _attempts(grey: Image.Image) -> Iterable[Image.Image]:
    """Yield the picture, then variants that help where it was cut tight, is pale or very small."""
    yield grey
    border = max(8, round(max(grey.size) * _QUIET_ZONE))
    yield ImageOps.expand(grey, border, fill=255)
    yield ImageOps.autocontrast(grey, cutoff=2)
    if max(grey.size) <= _SMALL_EDGE_PX:
        double = grey.resize((grey.width * 2, grey.height * 2), Image.Resampling.BICUBIC)
        yield ImageOps.expand(double, 2 * border, fill=255)


def _read(image: object, formats: zxingcpp.BarcodeFormats) -> tuple[ScannedCode, ...]:
    try:
        found = zxingcpp.read_barcodes(image, formats, text_mode=zxingcpp.TextMode.Plain)
    except (ValueError, TypeError, RuntimeError):
        raise CodeError("code.no_picture") from None
    return tuple(ScannedCode(each.format.name, each.bytes, _text_of(each)) for each in found)


def _text_of(found: _Found) -> str | None:
    if _is_kanji_mode(found):
        return found.text
    try:
        return decode_code(found.bytes).value
    except CodeError:
        return None


def _is_kanji_mode(found: _Found) -> bool:
    """Tell whether the library read Shift JIS, and not by a wrong guess about GBK bytes.

    Kanji mode has no half-width katakana, and its bytes are outside the common characters of GB 2312
    nearly always; where both readings are possible, GB 2312 is what a Chinese code means.
    """
    data, text = found.bytes, found.text
    if not is_printable(text) or any("\uff61" <= char <= "\uff9f" for char in text):
        return False
    if _decodes(data, "utf-8") is not None or _decodes(data, "gb2312") is not None:
        return False
    return _decodes(data, "shift_jis") == text


def _decodes(data: bytes, encoding: str) -> str | None:
    try:
        return data.decode(encoding)
    except UnicodeDecodeError:
        return None
