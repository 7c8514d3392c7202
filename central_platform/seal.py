# SPDX-License-Identifier: Apache-2.0
"""Sealing a document: a PAdES B-B signature whose appearance is a red round seal, marked 演示.

The seal says in its ring who seals and below its star that it is a demonstration; its certificate chains to
the platform's demonstration root. A city puts its own electronic seal service (GB/T 38540) here.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache
from html import escape
from io import BytesIO
from tempfile import NamedTemporaryFile

from central_platform.html_pages import pdf_of
from central_platform.keys import SealingIdentity

SEAL_MM = 42.0
_POINTS_PER_MM = 72 / 25.4
_RED = "#c8161d"
_ARC_DEGREES = 250.0
"""How much of the ring the name may fill; the rest stays open below."""


@dataclass(frozen=True, slots=True)
class SealPlace:
    """Where the seal goes: page from 0, lower left corner in millimetres from the page's lower left."""

    page: int
    x_mm: float
    y_mm: float


def seal_pdf(pdf: bytes, place: SealPlace, owner: str, identity: SealingIdentity) -> bytes:
    """Return ``pdf`` sealed by ``owner`` at ``place``; any later change of a byte breaks the seal."""
    from asn1crypto import keys, pem, x509  # noqa: PLC0415 - half a second; needed when something is sealed
    from pyhanko.pdf_utils.content import ImportedPdfPage  # noqa: PLC0415
    from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter  # noqa: PLC0415
    from pyhanko.sign import PdfSignatureMetadata, PdfSigner, SimpleSigner  # noqa: PLC0415
    from pyhanko.sign.fields import SigFieldSpec, SigSeedSubFilter  # noqa: PLC0415
    from pyhanko.stamp import StaticStampStyle  # noqa: PLC0415
    from pyhanko_certvalidator.registry import SimpleCertificateStore  # noqa: PLC0415

    def certificate(text: bytes) -> x509.Certificate:
        return x509.Certificate.load(pem.unarmor(text)[2])

    store = SimpleCertificateStore()  # type: ignore[no-untyped-call]  # pyHanko has no types here
    store.register(certificate(identity.root_pem))
    signer = SimpleSigner(
        signing_cert=certificate(identity.certificate_pem),
        signing_key=keys.PrivateKeyInfo.load(pem.unarmor(identity.private_key_pem)[2]),
        cert_registry=store,
    )
    side = SEAL_MM * _POINTS_PER_MM
    left, bottom = place.x_mm * _POINTS_PER_MM, place.y_mm * _POINTS_PER_MM
    box = (round(left), round(bottom), round(left + side), round(bottom + side))
    with NamedTemporaryFile(
        suffix=".pdf"
    ) as drawing:  # pyHanko takes a path; only the seal is in it
        drawing.write(_appearance(owner))
        drawing.flush()
        style = StaticStampStyle(
            background=ImportedPdfPage(drawing.name),  # type: ignore[no-untyped-call]  # as above
            border_width=0,
            background_opacity=0.86,
        )
        sealed = PdfSigner(
            PdfSignatureMetadata(
                field_name="Seal",
                subfilter=SigSeedSubFilter.PADES,
                md_algorithm="sha256",
                name=owner,
                reason="电子印章（演示）",
                certify=True,
            ),
            signer=signer,
            stamp_style=style,
            new_field_spec=SigFieldSpec("Seal", on_page=place.page, box=box),
        ).sign_pdf(IncrementalPdfFileWriter(BytesIO(pdf)))
    return bytes(sealed.getvalue())


@lru_cache(maxsize=8)
def _appearance(owner: str) -> bytes:
    """Return the seal as a one-page PDF with a transparent ground."""
    page = (
        f"<style>@page{{size:{SEAL_MM}mm {SEAL_MM}mm;margin:0}}body{{margin:0}}"
        f"svg{{display:block}}</style>{seal_svg(owner)}"
    )
    return pdf_of(page)


def seal_svg(owner: str) -> str:
    """Return the drawing: ring, star, the owner's name around, the word 演示 below."""
    step = min(_ARC_DEGREES / max(len(owner) - 1, 1), 24.0)
    size = min(11.6, 2 * math.pi * 36 * step / 360 * 1.02)
    first = -step * (len(owner) - 1) / 2
    ring = "".join(
        f'<text transform="rotate({first + step * number:.2f} 50 50)" x="50" y="19.5" '
        f'font-size="{size:.2f}" text-anchor="middle">{escape(character)}</text>'
        for number, character in enumerate(owner)
    )
    star = " ".join(
        f"{50 + radius * math.sin(math.radians(36 * n)):.2f},"
        f"{49 - radius * math.cos(math.radians(36 * n)):.2f}"
        for n in range(10)
        for radius in [13.0 if n % 2 == 0 else 4.97]
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 100 100" '
        f'width="{SEAL_MM}mm" height="{SEAL_MM}mm" fill="{_RED}" '
        'font-family="Noto Sans CJK SC" font-weight="700">'
        f'<circle cx="50" cy="50" r="46.5" fill="none" stroke="{_RED}" stroke-width="3"/>'
        f'<polygon points="{star}"/>{ring}'
        '<text x="50" y="75" font-size="8.6" text-anchor="middle">演示专用章</text>'
        '<text x="50" y="83.5" font-size="5" text-anchor="middle">SYNTHETIC</text></svg>'
    )
