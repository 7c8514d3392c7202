# SPDX-License-Identifier: Apache-2.0
"""What is known of each printer model, as data. Adding a model is adding one entry.

Sources: device-protocols sheet §7.1-7.3. Where the sheet has no evidence for a feature, the profile
takes the way that every printer understands (raster instead of native QR, waiting instead of an
ordered status).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from drivers.core import MisconfiguredError

FEED_AND_CUT_PART: Final = b"\x1dVB\x00"
"""GS V 66 0: feed to the cutter, then cut leaving one point (§7.1)."""
FEED_AND_CUT_FULL: Final = b"\x1dVA\x00"
"""GS V 65 0: feed to the cutter, then cut through (§7.1); a presenter carries the slip out."""

EPSON_FORM: Final = (0x93, 0x12)
"""Bits 0 and 7 clear, 1 and 4 set: the fixed bits of a DLE EOT answer (§7.2)."""


@dataclass(frozen=True, slots=True)
class Presenter:
    """How a model hands the slip out after the cut (§7.3). Empty bytes: no such command is known."""

    present: bytes
    """Push the slip out far enough to be taken, and hold it."""
    retract: bytes = b""
    """Draw it in, into the bin."""
    eject: bytes = b""
    """Let go of it."""
    retracts_after_s: float | None = None
    """After how long ``present`` makes the printer draw it in by itself; ``None``: never."""


GS_E_PRESENTER: Final = Presenter(
    present=b"\x1de\x03\x06", retract=b"\x1de\x02", eject=b"\x1de\x05"
)
"""GS e of the VKP80II family and Reliance; 6 steps of 7 mm (the step from one source only)."""
FS_P_PRESENTER: Final = Presenter(present=b"\x1cP\x08\x01R\x3c", retracts_after_s=60.0)
"""FS P of the VKP80III (one source): 8 steps of 5 mm, blinking, R(etract) after 60 s. It has no command
known to draw the slip in at once."""


@dataclass(frozen=True, slots=True)
class PrinterProfile:
    """One model. Lengths are dots unless the name says otherwise."""

    name: str
    title: str
    dots: int = 576
    columns: int = 48
    """Latin characters of font A in a line; a Chinese character takes two."""
    dots_per_mm: int = 8
    charset: str = "gbk"
    """Python's codec for what the printer's Chinese font holds; everything else is drawn."""
    inline_glyphs: bool = True
    """Knows ``ESC *`` within a line of text; otherwise a line with a drawn character is one raster."""
    native_qr: bool = False
    """Knows ``GS ( k``; otherwise the code is sent as a picture."""
    aligns_raster: bool = False
    """Centres a raster picture by ``ESC a``; otherwise the picture is padded."""
    smoothing: bool = False
    """Knows ``GS b 1``: enlarged characters without steps."""
    set_motion_units: bool = False
    """Needs ``GS P`` to count feeds in dots."""
    cut: bytes = FEED_AND_CUT_PART
    status_queries: tuple[int, ...] = (1, 2, 4, 3)
    """The ``DLE EOT n`` that exist, in the order they are asked."""
    valid_mask: int = EPSON_FORM[0]
    valid_value: int = EPSON_FORM[1]
    ordered_status: bool = False
    """Answers ``GS r 1`` in its turn, after what was sent before it."""
    clear_buffer: bytes = b""
    """Drops what waits in the printer, so that a later roll of paper does not print it."""
    full_status: bool = False
    """Answers ``DLE EOT 20`` with six bytes, the exit among them."""
    exit_byte: bool = False
    """Answers ``DLE EOT 5`` with bits of the exit whose sense nobody knows (Masung)."""
    presenter: Presenter | None = None
    speed_mm_s: float = 75.0
    """A slow guess: a slip is not called printed before it can be."""

    def accepts(self, answer: int) -> bool:
        """Tell whether a byte has the form of this model's DLE EOT answers."""
        return answer & self.valid_mask == self.valid_value


_MODELS: Final = (
    # DLE DC4 8 with its fixed parameters clears receive and print buffer also while off-line.
    PrinterProfile(
        name="epson",
        title="Epson TM (80 mm)",
        native_qr=True,
        aligns_raster=True,
        smoothing=True,
        set_motion_units=True,
        ordered_status=True,
        clear_buffer=bytes.fromhex("10 14 08 01 03 14 01 06 02 08"),
        speed_mm_s=120.0,
    ),
    # GS ( k may be missing on older units, so the code is a picture.
    PrinterProfile(name="masung", title="Masung (80 mm)"),
    # KP-628E, 2 inch: bit 7 of DLE EOT 1 means "paper not yet torn off" there, so it is not checked.
    PrinterProfile(
        name="cashino",
        title="Cashino KP-628E (58 mm)",
        dots=384,
        columns=32,
        valid_mask=0x13,
        speed_mm_s=50.0,
    ),
    # The same with a presenter: its exit byte is shown to staff, and nothing is concluded from it. No
    # command to draw a slip in was found.
    PrinterProfile(
        name="masung-presenter",
        title="Masung (80 mm, presenter)",
        cut=FEED_AND_CUT_FULL,
        exit_byte=True,
    ),
    # The presenter holds the slip at its mouth after the cut, until it is taken or told to draw it in.
    PrinterProfile(
        name="custom-vkp80",
        title="Custom VKP80II (80 mm, presenter)",
        native_qr=True,
        aligns_raster=True,
        cut=FEED_AND_CUT_FULL,
        ordered_status=True,
        full_status=True,
        presenter=GS_E_PRESENTER,
        speed_mm_s=100.0,
    ),
    # GS r 1 is documented for this one.
    PrinterProfile(
        name="custom-vkp80iii",
        title="Custom VKP80III (80 mm, presenter)",
        native_qr=True,
        aligns_raster=True,
        cut=FEED_AND_CUT_FULL,
        ordered_status=True,
        full_status=True,
        presenter=FS_P_PRESENTER,
        speed_mm_s=100.0,
    ),
    # Answers without the fixed bits (0C low, 6C none), so those must be clear.
    PrinterProfile(
        name="pyramid",
        title="Pyramid Reliance (80 mm, presenter)",
        native_qr=True,
        valid_value=0x00,
        cut=FEED_AND_CUT_FULL,
        full_status=True,
        presenter=GS_E_PRESENTER,
    ),
    # Of an unknown printer only a slow guess is honest.
    PrinterProfile(name="generic", title="ESC/POS (80 mm)", speed_mm_s=50.0),
)

PROFILES: Final[Mapping[str, PrinterProfile]] = MappingProxyType(
    {model.name: model for model in _MODELS}
)
"""Every model by the name that configuration and command line use."""

DEFAULT_MODEL: Final = "generic"


def profile_named(name: str) -> PrinterProfile:
    """Return the profile; raise ``MisconfiguredError`` (``dev.unknown_model``) if there is none."""
    try:
        return PROFILES[name]
    except KeyError:
        known = ", ".join(PROFILES)
        raise MisconfiguredError("dev.unknown_model", params={"known": known}) from None
