# SPDX-License-Identifier: Apache-2.0
"""Is this PDF exactly what the platform sealed? Asked before anything is printed or shown.

A document passes only if every signature in it is a whole and valid PAdES or PDF signature by a
certificate that chains to the platform's root, now, and the last one covers the file to its last byte.
Nothing is fetched from the network: revocation lists and missing certificates come inside the
document or not at all.
"""

from __future__ import annotations

import hashlib
import io
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from asn1crypto import pem, x509
from pyhanko.pdf_utils.misc import PdfError
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.general import SigningError
from pyhanko.sign.validation import SignatureCoverageLevel, validate_pdf_signature
from pyhanko.sign.validation.errors import SignatureValidationError
from pyhanko_certvalidator import ValidationContext

NOT_A_PDF = "seal.not_pdf"
NONE = "seal.none"
BROKEN = "seal.broken"
PARTIAL = "seal.partial"
UNTRUSTED = "seal.untrusted"
EXPIRED = "seal.expired"

# What they find wrong they also log, with names from the certificate; our code says it once.
for _name_of_logger in ("pyhanko", "pyhanko_certvalidator"):
    logging.getLogger(_name_of_logger).setLevel(logging.CRITICAL)


class SealInvalidError(Exception):
    """The document must not be printed. ``code`` says why; no word of the document is in here.

    ========================= ==========================================================
    ``seal.not_pdf``          cannot be read as a PDF
    ``seal.none``             bears no seal
    ``seal.broken``           changed after it was sealed, or the seal itself is damaged
    ``seal.partial``          something was added that the seal does not cover
    ``seal.untrusted``        sealed by somebody whom the platform's root does not vouch for
    ``seal.expired``          the sealer's certificate is not valid at this time
    ========================= ==========================================================
    """

    def __init__(self, code: str) -> None:
        self.code = code
        super().__init__(code)


@dataclass(frozen=True, slots=True)
class SealFacts:
    """What a valid seal says."""

    signer: str
    """Who sealed it, from the certificate: common name, else organization."""
    pages: int
    sha256: str
    """Of the whole file, hex."""
    sealed_at: datetime | None
    """As the sealer says; ``None`` when it does not."""
    certificate_valid_to: datetime


def verify_seal(pdf: bytes, root_pem: str, *, at: datetime | None = None) -> SealFacts:
    """Return what the seal says, or raise :class:`SealInvalidError`.

    ``root_pem`` is the platform's root certificate as stored at enrolment; ``at`` (with zone) is the time
    that certificates have to be valid at, by default now. Raises ``ValueError`` for a root that is no
    certificate: that is the terminal's fault, not the document's.
    """
    root = _certificate(root_pem)
    with _every_failure_is_a_broken_seal():
        reader = _read(pdf)
        seals = reader.embedded_regular_signatures
        if not seals:
            raise SealInvalidError(NONE)
        for seal in seals:
            status = _check(seal, root, at)
        if status.coverage != SignatureCoverageLevel.ENTIRE_FILE:
            raise SealInvalidError(PARTIAL)
        signer = status.signing_cert
        return SealFacts(
            signer=_name(signer),
            pages=_page_count(reader),
            sha256=hashlib.sha256(pdf).hexdigest(),
            sealed_at=_utc(status.signer_reported_dt),
            certificate_valid_to=signer.not_valid_after.astimezone(UTC),
        )


def _certificate(root_pem: str) -> x509.Certificate:
    try:
        kind, _headers, der = pem.unarmor(root_pem.encode("ascii"))
        certificate = x509.Certificate.load(der, strict=True)
        certificate.subject  # noqa: B018 - parsing is lazy; this is where garbage shows
    except (ValueError, TypeError) as error:
        raise ValueError("the platform's root is not a PEM certificate") from error
    if kind != "CERTIFICATE":
        raise ValueError("the platform's root is not a PEM certificate")
    return certificate


def _read(pdf: bytes) -> Any:  # noqa: ANN401 - pyHanko's reader has no published types
    try:
        reader = PdfFileReader(io.BytesIO(pdf), strict=True)
        if reader.encrypted:
            raise SealInvalidError(NOT_A_PDF)
        _page_count(reader)
    except SealInvalidError:
        raise
    except Exception as error:
        # Whatever a hostile file does to the parser, it is not a PDF that we print.
        raise SealInvalidError(NOT_A_PDF) from error
    return reader


def _page_count(reader: Any) -> int:  # noqa: ANN401 - the same
    return int(reader.root["/Pages"]["/Count"])


def _check(seal: Any, root: x509.Certificate, at: datetime | None) -> Any:  # noqa: ANN401 - the same
    status = _validate(seal, root, at)
    if not (status.intact and status.valid):
        raise SealInvalidError(BROKEN)
    if not status.trusted:
        # Was it only the time? Then the same chain held when the certificate began.
        began = status.signing_cert.not_valid_before + timedelta(seconds=1)
        only_time = _validate(seal, root, began).trusted
        raise SealInvalidError(EXPIRED if only_time else UNTRUSTED)
    # False, too, where something was added that changes more than a further seal may.
    if not status.bottom_line:
        raise SealInvalidError(PARTIAL)
    return status


def _validate(seal: Any, root: x509.Certificate, at: datetime | None) -> Any:  # noqa: ANN401 - the same
    context = ValidationContext(
        trust_roots=[root], moment=at, allow_fetching=False, revocation_mode="soft-fail"
    )
    return validate_pdf_signature(seal, signer_validation_context=context)


@contextmanager
def _every_failure_is_a_broken_seal() -> Iterator[None]:
    try:
        yield
    except SealInvalidError:
        raise
    except (SignatureValidationError, SigningError, PdfError, ValueError, TypeError) as error:
        raise SealInvalidError(BROKEN) from error
    except (LookupError, AttributeError, NotImplementedError, RecursionError) as error:
        raise SealInvalidError(BROKEN) from error


def _name(certificate: x509.Certificate) -> str:
    subject = certificate.subject.native
    name = subject.get("common_name") or subject.get("organization_name") or ""
    return name if isinstance(name, str) else str(next(iter(name), ""))


def _utc(value: datetime | None) -> datetime | None:
    return None if value is None or value.tzinfo is None else value.astimezone(UTC)
