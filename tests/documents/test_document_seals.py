# SPDX-License-Identifier: Apache-2.0
"""Seals made here by throw-away authorities, then everything a forger might do to them."""

from __future__ import annotations

import io
import re
import socket
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pypdfium2
import pytest
from asn1crypto import keys as asn1_keys
from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
)
from cryptography.x509.oid import NameOID
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.sign import PdfSignatureMetadata, SimpleSigner, sign_pdf
from pyhanko.sign.fields import SigSeedSubFilter
from pyhanko_certvalidator.registry import SimpleCertificateStore

from kiosk.documents.preview import PreviewError, first_page_png
from kiosk.documents.seals import SealInvalidError, verify_seal

SIGNER = "赣州市社会保险服务中心（演示）"


@dataclass(frozen=True)
class Authority:
    key: ec.EllipticCurvePrivateKey
    certificate: x509.Certificate

    @property
    def pem(self) -> str:
        return self.certificate.public_bytes(Encoding.PEM).decode("ascii")

    def signer(self, valid: tuple[timedelta, timedelta], name: str = SIGNER) -> SimpleSigner:
        key = ec.generate_private_key(ec.SECP256R1())
        certificate = make_certificate(name, key, self.certificate, self.key, valid, ca=False)
        store = SimpleCertificateStore()
        store.register(asn1_x509.Certificate.load(self.certificate.public_bytes(Encoding.DER)))
        return SimpleSigner(
            signing_cert=asn1_x509.Certificate.load(certificate.public_bytes(Encoding.DER)),
            signing_key=asn1_keys.PrivateKeyInfo.load(
                key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
            ),
            cert_registry=store,
        )


def make_certificate(
    name: str,
    key: ec.EllipticCurvePrivateKey,
    issuer: x509.Certificate | None,
    issuer_key: ec.EllipticCurvePrivateKey,
    valid: tuple[timedelta, timedelta],
    *,
    ca: bool,
) -> x509.Certificate:
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.now(UTC)
    usage = dict.fromkeys(
        (
            "key_encipherment",
            "data_encipherment",
            "key_agreement",
            "crl_sign",
            "encipher_only",
            "decipher_only",
        ),
        False,
    )
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject if issuer is None else issuer.subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now + valid[0])
        .not_valid_after(now + valid[1])
        .add_extension(x509.BasicConstraints(ca=ca, path_length=None), critical=True)
        .add_extension(
            x509.KeyUsage(
                digital_signature=not ca, content_commitment=not ca, key_cert_sign=ca, **usage
            ),
            critical=True,
        )
        .sign(issuer_key, SHA256())
    )


DAY = timedelta(days=1)
NOW_VALID = (-DAY, 30 * DAY)


def make_authority(name: str = "演示根") -> Authority:
    key = ec.generate_private_key(ec.SECP256R1())
    return Authority(key, make_certificate(name, key, None, key, (-400 * DAY, 3000 * DAY), ca=True))


def blank_pdf(pages: int = 2) -> bytes:
    document = pypdfium2.PdfDocument.new()
    for _ in range(pages):
        document.new_page(595, 842)
    out = io.BytesIO()
    document.save(out)
    document.close()
    return out.getvalue()


def seal(pdf: bytes, signer: SimpleSigner, field: str = "Seal1") -> bytes:
    out = sign_pdf(
        IncrementalPdfFileWriter(io.BytesIO(pdf)),
        PdfSignatureMetadata(
            field_name=field, subfilter=SigSeedSubFilter.PADES, md_algorithm="sha256"
        ),
        signer=signer,
    )
    return bytes(out.getvalue())


@pytest.fixture(scope="module")
def root() -> Authority:
    return make_authority()


@pytest.fixture(scope="module")
def sealed(root: Authority) -> bytes:
    return seal(blank_pdf(), root.signer(NOW_VALID))


def code_of(call: Callable[[], object]) -> str:
    with pytest.raises(SealInvalidError) as caught:
        call()
    assert str(caught.value) == caught.value.code
    return caught.value.code


def test_a_whole_seal_tells_who_when_and_how_much(root: Authority, sealed: bytes) -> None:
    facts = verify_seal(sealed, root.pem)
    assert (facts.signer, facts.pages) == (SIGNER, 2)
    assert facts.sealed_at is not None
    assert abs(facts.sealed_at - datetime.now(UTC)) < timedelta(minutes=5)
    assert facts.certificate_valid_to > datetime.now(UTC)
    assert len(facts.sha256) == 64


def test_verifying_never_touches_the_network(
    root: Authority, sealed: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_args: object, **_kwargs: object) -> None:
        pytest.fail("the network was asked")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket.socket, "connect_ex", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    assert verify_seal(sealed, root.pem).pages == 2


def test_a_document_without_a_seal_is_refused(root: Authority) -> None:
    assert code_of(lambda: verify_seal(blank_pdf(), root.pem)) == "seal.none"


@pytest.mark.parametrize("garbage", [b"", b"%PDF-1.7", b"<html>login</html>", b"\0" * 5000])
def test_what_is_no_pdf_is_refused(root: Authority, garbage: bytes) -> None:
    assert code_of(lambda: verify_seal(garbage, root.pem)) == "seal.not_pdf"


def test_another_authority_is_not_trusted_even_under_the_same_name(root: Authority) -> None:
    impostor = make_authority("演示根")
    forged = seal(blank_pdf(), impostor.signer(NOW_VALID))
    assert code_of(lambda: verify_seal(forged, root.pem)) == "seal.untrusted"


def test_a_certificate_that_may_not_sign_documents_is_not_trusted(root: Authority) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    certificate = make_certificate(SIGNER, key, root.certificate, root.key, NOW_VALID, ca=True)
    signer = SimpleSigner(
        asn1_x509.Certificate.load(certificate.public_bytes(Encoding.DER)),
        asn1_keys.PrivateKeyInfo.load(
            key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
        ),
        SimpleCertificateStore(),
    )
    forged = seal(blank_pdf(), signer)
    assert code_of(lambda: verify_seal(forged, root.pem)) == "seal.untrusted"


@pytest.mark.parametrize(
    ("valid", "at"),
    [
        ((-200 * DAY, -DAY), None),
        ((DAY, 30 * DAY), None),
        (NOW_VALID, datetime.now(UTC) + 31 * DAY),
    ],
    ids=["expired", "not yet", "asked for later"],
)
def test_a_certificate_outside_its_time_is_expired(
    root: Authority, valid: tuple[timedelta, timedelta], at: datetime | None
) -> None:
    document = seal(blank_pdf(), root.signer(valid))
    assert code_of(lambda: verify_seal(document, root.pem, at=at)) == "seal.expired"


def test_something_added_behind_the_seal_is_refused(root: Authority, sealed: bytes) -> None:
    writer = IncrementalPdfFileWriter(io.BytesIO(sealed))
    page = writer.root["/Pages"]["/Kids"][0].get_object()
    page["/Rotate"] = page.get("/Rotate", 0)
    writer.update_container(page)
    out = io.BytesIO()
    writer.write(out)
    assert code_of(lambda: verify_seal(out.getvalue(), root.pem)) == "seal.partial"
    assert code_of(lambda: verify_seal(sealed + b"\n%%EOF\n", root.pem)).startswith("seal.")


def test_two_seals_are_valid_when_the_last_covers_all(root: Authority, sealed: bytes) -> None:
    twice = seal(sealed, root.signer(NOW_VALID, "第二部门（演示）"), "Seal2")
    assert verify_seal(twice, root.pem).signer == "第二部门（演示）"


def test_a_good_last_seal_does_not_cover_for_a_bad_first_one(root: Authority) -> None:
    first = seal(blank_pdf(), make_authority().signer(NOW_VALID))
    twice = seal(first, root.signer(NOW_VALID), "Seal2")
    assert code_of(lambda: verify_seal(twice, root.pem)) == "seal.untrusted"


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_no_changed_byte_passes(root: Authority, sealed: bytes, data: st.DataObject) -> None:
    place = data.draw(st.integers(0, len(sealed) - 1))
    changed = bytearray(sealed)
    changed[place] ^= data.draw(st.integers(1, 255))
    try:
        facts = verify_seal(bytes(changed), root.pem)
    except SealInvalidError:
        return
    # Only inside the signature's own container may a byte differ without a change of meaning:
    # a hex digit in the other case, an unsigned attribute, the padding behind the signature.
    ranges = re.search(rb"/ByteRange \[0 (\d+) (\d+) \d+\]", sealed)
    assert ranges is not None
    assert int(ranges[1]) <= place < int(ranges[2])
    assert facts.signer == SIGNER


@settings(max_examples=25)
@given(data=st.data())
def test_no_shortened_document_passes(root: Authority, sealed: bytes, data: st.DataObject) -> None:
    end = data.draw(st.integers(0, len(sealed) - 2))
    assert code_of(lambda: verify_seal(sealed[:end], root.pem)).startswith("seal.")


@pytest.mark.parametrize(
    "pem", ["", "not a certificate", "-----BEGIN X-----\nAAAA\n-----END X-----"]
)
def test_a_root_that_is_no_certificate_is_our_fault_not_the_documents(
    sealed: bytes, pem: str
) -> None:
    with pytest.raises(ValueError, match="root is not a PEM certificate"):
        verify_seal(sealed, pem)


def test_the_preview_is_the_first_page_as_png(sealed: bytes) -> None:
    picture = first_page_png(sealed, width_px=300)
    assert picture.startswith(b"\x89PNG")
    assert int.from_bytes(picture[16:20], "big") == 300


@pytest.mark.parametrize("garbage", [b"", b"%PDF-1.7 nothing"])
def test_a_preview_of_garbage_is_an_error_of_one_kind(garbage: bytes) -> None:
    with pytest.raises(PreviewError):
        first_page_png(garbage)
