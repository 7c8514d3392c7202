# SPDX-License-Identifier: Apache-2.0
"""From blocks to the bytes of one job. Pure: no I/O but reading fonts.

python-escpos renders pictures and native QR codes; Chinese text is our own (its magic encoder sends no
``FS &`` and writes ``?``). A printer obeys real-time commands even inside a picture, so no picture may
hold their bytes by chance (``DLE ENQ``, ``DLE DC4``: reset, clear, switch off): :func:`defused`.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from functools import lru_cache
from tempfile import TemporaryDirectory
from typing import Final, Protocol, cast

import segno
from PIL import Image

from drivers.core import DeviceError, Receipt, Recovery
from drivers.receipt_printer.encoding import (
    CHINESE_OFF,
    CHINESE_ON,
    Drawn,
    Piece,
    Typed,
    clean,
    clusters,
    columns_of,
    pieces,
    typed_bytes,
)
from drivers.receipt_printer.glyphs import CELL, COLUMN, GlyphDrawer
from drivers.receipt_printer.layout import (
    Block,
    CodeBlock,
    RuleBlock,
    SpaceBlock,
    TextBlock,
    lay_out,
)
from drivers.receipt_printer.profiles import PrinterProfile

LONGEST_TEXT: Final = 6000
"""Characters in one slip; more is a mistake, not a receipt."""
CODE_DOTS: Final = 256
"""The side that a QR code aims at: 32 mm, large enough for any phone."""
QUIET_MODULES: Final = 4
"""White modules around a code (ISO/IEC 18004)."""
FEED_TO_CUTTER_MM: Final = 15.0
"""A guess of the way from the head to the knife, for the time a job takes."""

SUBSTITUTE_NOTE: Final = (
    "〔U+…〕处为本机字库没有的字，以屏幕和系统记录为准。\n"
    "〔U+…〕: a character that this printer's fonts lack."
)
"""Printed as the last note of a slip on which a character had to be replaced by its code point."""


class ReceiptError(DeviceError):
    """The slip itself cannot be printed by any printer: ``receipt.too_long``, ``receipt.qr_too_long``."""

    default_code = "receipt.too_long"
    default_recovery = Recovery.SOFTWARE


@dataclass(frozen=True, slots=True)
class Job:
    """The bytes of one slip, piece by piece; between two pieces the printer may be asked."""

    pieces: tuple[bytes, ...] = field(repr=False)
    length_mm: float = 0.0
    substituted: int = 0
    """Characters that no font had; the slip shows their code points and says so."""

    @property
    def data(self) -> bytes:
        """All bytes in one."""
        return b"".join(self.pieces)


def render(receipt: Receipt, profile: PrinterProfile, glyphs: GlyphDrawer) -> Job:
    """Return the job for a receipt. Raises :class:`ReceiptError`."""
    texts = (
        receipt.title,
        receipt.number or "",
        *receipt.notes,
        *(text for row in receipt.rows for text in row),
    )
    if sum(map(len, texts)) > LONGEST_TEXT:
        raise ReceiptError
    return _Renderer(profile, glyphs).job(receipt)


class _Renderer:
    """Holds what one job needs: the profile, the fonts, and what was replaced so far."""

    def __init__(self, profile: PrinterProfile, glyphs: GlyphDrawer) -> None:
        self._profile = profile
        self._glyphs = glyphs
        self._substituted = 0
        self._dots = 0

    def job(self, receipt: Receipt) -> Job:
        ready = Receipt(
            title=self._printable(receipt.title),
            rows=tuple((self._printable(a), self._printable(b)) for a, b in receipt.rows),
            notes=tuple(self._printable(note) for note in receipt.notes),
            qr=receipt.qr,
            number=self._printable(receipt.number or ""),
        )
        if self._substituted:
            ready = Receipt(
                title=ready.title,
                rows=ready.rows,
                notes=(*ready.notes, SUBSTITUTE_NOTE),
                qr=ready.qr,
                number=ready.number,
            )
        blocks = lay_out(ready, self._profile.columns, self._measure)
        parts = [self._begin(), *(self._block(block) for block in blocks)]
        presenter = self._profile.presenter
        parts.append(feed(CELL) + self._profile.cut + (presenter.present if presenter else b""))
        return Job(
            pieces=tuple(parts),
            length_mm=self._dots / self._profile.dots_per_mm + FEED_TO_CUTTER_MM,
            substituted=self._substituted,
        )

    def _measure(self, text: str) -> int:
        return _columns(text, self._profile.charset)

    def _begin(self) -> bytes:
        start = b"\x1b@"
        if self._profile.set_motion_units:
            start += b"\x1dP\xcb\xcb"  # 203 units an inch: one unit is one dot
        if self._profile.smoothing:
            start += b"\x1db\x01"
        return start

    def _printable(self, text: str) -> str:
        """Clean a text and replace what nobody can draw by its code point, ``〔U+1F600〕``."""
        out = []
        for cluster in clusters(clean(text)):
            known = cluster == "\n" or typed_bytes(cluster, self._profile.charset) is not None
            if known or self._glyphs.can_draw(cluster):
                out.append(cluster)
            else:
                self._substituted += 1
                out.append("〔" + " ".join(f"U+{ord(one):04X}" for one in cluster) + "〕")
        return "".join(out)

    # --- blocks -----------------------------------------------------------------------------------

    def _block(self, block: Block) -> bytes:
        match block:
            case TextBlock():
                return self._text(block)
            case SpaceBlock():
                self._dots += block.dots
                return feed(block.dots)
            case RuleBlock():
                self._dots += block.dots
                return self._rule(block)
            case CodeBlock():
                return self._code(block.content)

    def _text(self, block: TextBlock) -> bytes:
        self._dots += CELL * block.height + block.lead
        if not block.text:
            return feed(CELL * block.height + block.lead)
        parts = pieces(block.text, self._profile.charset)
        drawn = any(isinstance(piece, Drawn) for piece in parts)
        plain = block.width == block.height == 1
        if drawn and not (plain and self._profile.inline_glyphs):
            return raster(self._line_picture(block, parts), self._profile) + feed(block.lead)
        line = b"".join(
            _grouped(piece.data)
            if block.grouped and isinstance(piece, Typed)
            else self._typed_or_drawn(piece)
            for piece in parts
        )
        # The line's own height is the feed: characters are taller than a fixed spacing allows.
        return b"".join(
            (
                b"\x1ba" + bytes((1 if block.centred else 0,)),
                b"\x1bE" + bytes((1 if block.bold else 0,)),
                b"\x1d!" + bytes((((block.width - 1) << 4) | (block.height - 1),)),
                b"\x1b3" + bytes((CELL * block.height + block.lead,)),
                line,
                b"\n",
            )
        )

    def _typed_or_drawn(self, piece: Piece) -> bytes:
        if isinstance(piece, Typed):
            return CHINESE_ON + piece.data + CHINESE_OFF
        return _inline(self._glyphs.draw_cell(piece.text, piece.columns))

    def _line_picture(self, block: TextBlock, parts: tuple[Piece, ...]) -> Image.Image:
        """Draw a whole line, with the printer's own grid, where single characters cannot be mixed in."""
        width = self._profile.dots
        picture = Image.new("L", (width, CELL * block.height))
        needed = sum(part.columns for part in parts) * COLUMN * block.width
        left = max(0, (width - needed) // 2) if block.centred else 0
        for part in parts:
            for cluster in clusters(part.text):
                data = typed_bytes(cluster, self._profile.charset)
                columns = len(data) if data else part.columns
                if cluster != " " and self._glyphs.can_draw(cluster):
                    cell = self._glyphs.draw_scaled(cluster, columns, block.width, block.height)
                    picture.paste(cell, (left, 0))
                left += columns * COLUMN * block.width
        return picture

    def _rule(self, block: RuleBlock) -> bytes:
        picture = Image.new("L", (self._profile.dots, block.dots))
        pattern = (255, 255, 255, 0, 0, 0) if block.dotted else (255,)
        for x in range(self._profile.dots):
            shade = pattern[x % len(pattern)]
            for y in range(block.dots):
                picture.putpixel((x, y), shade)
        return raster(picture, self._profile)

    def _code(self, content: str) -> bytes:
        matrix, module = code_matrix(content, self._profile.dots)
        quiet = QUIET_MODULES * module
        side = len(matrix) * module
        self._dots += side + 2 * quiet
        # Real-time bytes in the content would be obeyed while it is sent; a picture can be defused.
        if self._profile.native_qr and b"\x10" not in content.encode():
            drawn = _library().qr(content, module)
            body = b"\x1ba\x01" + drawn + b"\x1ba\x00"
        else:
            flat = bytes(255 if dark else 0 for row in matrix for dark in row)
            small = Image.frombytes("L", (len(matrix), len(matrix)), flat)
            picture = small.resize((side, side), Image.Resampling.NEAREST)
            body = raster(picture, self._profile, centred=True)
        return feed(quiet) + body + feed(quiet)


@lru_cache(maxsize=4096)
def _columns(text: str, charset: str) -> int:
    return columns_of(text, charset)


def feed(dots: int) -> bytes:
    """Return the commands that advance the paper: ESC J takes at most 255 dots at once."""
    out = b""
    while dots > 0:
        step = min(dots, 255)
        # 16 is DLE: a following byte must never make it a real-time command.
        out += b"\x1bJ" + (bytes((step,)) if step != 0x10 else b"\x0f\x1bJ\x01")  # noqa: PLR2004
        dots -= step
    return out


def _grouped(data: bytes) -> bytes:
    """Open ASCII up in fours by ESC SP behind each fourth character: the text itself stays whole."""
    last = len(data) - 1
    out = CHINESE_ON
    for place, byte in enumerate(data):
        ends_group = (place + 1) % 4 == 0 and place != last
        one = bytes((byte,))
        out += b"\x1b " + bytes((COLUMN,)) + one + b"\x1b \x00" if ends_group else one
    return out + CHINESE_OFF


def _inline(cell: Image.Image) -> bytes:
    """Return one drawn character for within a line: ESC * 33, columns of 24 dots, top bit first."""
    width, height = cell.size
    data = bytearray()
    for x in range(width):
        column = 0
        for y in range(height):
            column = column << 1 | (1 if cell.getpixel((x, y)) else 0)
        data += column.to_bytes(height // 8, "big")
    return b"\x1b*\x21" + width.to_bytes(2, "little") + defused(bytes(data))


def raster(picture: Image.Image, profile: PrinterProfile, *, centred: bool = False) -> bytes:
    """Return a picture (mode ``L``, 255 is ink) as GS v 0, centred by the printer or by white dots."""
    align = b""
    if centred and profile.aligns_raster:
        align = b"\x1ba\x01"
    elif centred:
        left = (profile.dots - picture.width) // 2
        wider = Image.new("L", (left + picture.width, picture.height))
        wider.paste(picture, (left, 0))
        picture = wider
    else:
        align = b"\x1ba\x00"
    command = _library().picture(picture)
    header = 8  # GS v 0 m xL xH yL yH
    return align + command[:header] + defused(command[header:])


def defused(data: bytes) -> bytes:
    """Break every DLE EOT, DLE ENQ and DLE DC4 in a picture by one dot more, which nobody sees."""
    safe = bytearray(data)
    for place, byte in enumerate(safe):
        following = safe[place + 1] if place + 1 < len(safe) else None
        # The last byte is changed too: what follows the picture is not known here.
        if byte == 0x10 and following in {0x04, 0x05, 0x14, None}:  # noqa: PLR2004 - DLE
            safe[place] = 0x30
    return bytes(safe)


def code_matrix(content: str, dots: int) -> tuple[tuple[tuple[bool, ...], ...], int]:
    """Return a QR code of level M and its module size in dots. Raises ``receipt.qr_too_long``."""
    try:
        code = segno.make(
            content.encode("utf-8", "replace"), error="m", micro=False, boost_error=False
        )
    except segno.DataOverflowError:
        raise ReceiptError("receipt.qr_too_long") from None
    matrix = tuple(tuple(bool(cell) for cell in row) for row in code.matrix)
    whole = len(matrix) + 2 * QUIET_MODULES
    module = min(8, max(3, CODE_DOTS // len(matrix)), dots // whole)
    if module < 2:  # noqa: PLR2004 - a quarter of a millimetre is the least a phone reads
        raise ReceiptError("receipt.qr_too_long")
    return matrix, module


# --- the seam to python-escpos --------------------------------------------------------------------


class _Library(Protocol):
    """What we ask of python-escpos."""

    def picture(self, picture: Image.Image) -> bytes: ...

    def qr(self, content: str, module: int) -> bytes: ...


class _Escpos:
    """python-escpos's dummy printer as a pure function: it never sees a port."""

    def __init__(self, dummy: type, level_m: int) -> None:
        self._dummy = dummy
        self._level_m = level_m

    def picture(self, picture: Image.Image) -> bytes:
        printer = self._dummy(profile=_WIDEST)
        ink = picture.point(lambda grey: 0 if grey else 255)
        # One piece up to a metre: pieces of its own would move the header that we look behind.
        printer.image(ink, impl="bitImageRaster", fragment_height=8000)
        return cast("bytes", printer.output)

    def qr(self, content: str, module: int) -> bytes:
        printer = self._dummy(profile=_WIDEST)
        printer.qr(content, ec=self._level_m, size=module, native=True)
        return cast("bytes", printer.output)


_WIDEST: Final = "KR-306"
"""A 576-dot profile; with a profile of unknown width the library writes to standard output."""


@lru_cache(maxsize=1)
def _library() -> _Library:
    """Import python-escpos late (0.3 s) and undo what its import does to the process.

    It leaves a directory with a pickle behind and installs a handler on the root logger.
    """
    import logging  # noqa: PLC0415 - only for the repair

    name = "ESCPOS_CAPABILITIES_PICKLE_DIR"
    handlers, before = logging.root.handlers[:], os.environ.get(name)
    with TemporaryDirectory() as scratch:
        os.environ[name] = scratch
        try:
            from escpos.constants import QR_ECLEVEL_M  # noqa: PLC0415
            from escpos.printer import Dummy  # noqa: PLC0415
        finally:
            logging.root.handlers[:] = handlers
            if before is None:
                del os.environ[name]
            else:
                os.environ[name] = before
    return _Escpos(Dummy, QR_ECLEVEL_M)
